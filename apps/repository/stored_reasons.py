"""What rows of this room keep in words: what was found wrong with stored bytes."""

from django.utils.translation import gettext_noop as _

from apps.common.stored import ngettext_noop, remember

remember(
    ngettext_noop(
        "%(n)s stored version is damaged: %(first)s", "%(n)s stored versions are damaged: %(first)s"
    ),
    ngettext_noop(
        "%(n)s stored version is missing: %(first)s", "%(n)s stored versions are missing: %(first)s"
    ),
    ngettext_noop(
        "%(n)s stored version is not checkable: %(first)s",
        "%(n)s stored versions are not checkable: %(first)s",
    ),
    ngettext_noop("%(n)s version could not be read", "%(n)s versions could not be read"),
    # Where it was found.
    _("version %(version)s of %(url)s"),
    _("%(file)s.warc.gz at %(offset)s"),
    _("%(left)s bytes of %(size)s are left"),
    _("another record lies at its place"),
    _("the record's head is not the one that was stored"),
    _("no metadata record follows"),
    _("other bytes than were stored"),
    _("fewer bytes than were stored"),
    _("more bytes than were stored"),
    _("the store is not mounted"),
    _("the store at %s is not mounted"),
    _("this writer ended, or failed; open another one"),
    _("%s does not lie in a file"),
    _("%s ends inside a body"),
    _("a body ends too soon"),
    _("does not inflate: %s"),
    _("its facts cannot be read: %s"),
    _("the HTTP head is not whole"),
    _("the record's head does not inflate: %s"),
    _("%s was changed by another writer"),
    _("%s is gone"),
)
