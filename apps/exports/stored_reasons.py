"""What rows of this room keep in words: why an export could not be made, and what could not be read."""

from django.utils.translation import gettext_noop as _

from apps.common.stored import ngettext_noop, remember

remember(
    ngettext_noop("%(n)s file", "%(n)s files"),
    _("known to be damaged since it was last read"),
    _("its file is known to be gone"),
    _("its request and facts cannot be read"),
    _("The disk of the exports is nearly full."),
    _("The disk of the exports is full."),
    _("Exports may take %(quota)s together, and would take %(taken)s."),
    _("%s is no longer what was made"),
)
