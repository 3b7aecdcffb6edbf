"""What rows of this room keep in words besides the ends of a crawl (``run.OUTCOMES``)."""

from django.utils.translation import gettext_noop as _

from apps.common.stored import remember

STOPPED = _("The crawl was stopped by a person.")
READ_ONLY = _("The store takes no data since a write to it failed.")
NEARLY_FULL = _("The store's disk is nearly full.")
remember(STOPPED, READ_ONLY, NEARLY_FULL)
