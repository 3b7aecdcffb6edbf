"""What rows keep in words of this room's record: how the chain of the audit record is broken, in an alert."""

from django.utils.translation import gettext_noop as _

from apps.common.stored import remember

NOT_NOTED = _("The head of the audit record could not be noted in %(file)s (%(cause)s).")
remember(
    NOT_NOTED,
    _("the head noted at %(at)s, %(head)s, is not in the chain"),
    _("event %s was inserted beside the record"),
    _("event %s was removed before it was sealed"),
    _("event %s was removed"),
    _("event %(event)s (%(act)s) is not as it was sealed"),
    _("seal %s of the chain is gone, with its event"),
    _("seals %(first)s to %(last)s of the chain are gone, with their events"),
    _("seal %s does not follow the one before it"),
)
