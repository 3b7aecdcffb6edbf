"""What rows of this room keep in words besides the ends of a crawl (``run.OUTCOMES``)."""

from django.utils.translation import gettext_noop as _

from apps.common.stored import remember

STOPPED = _("The crawl was stopped by a person.")
READ_ONLY = _("The store takes no data since a write to it failed.")
NEARLY_FULL = _("The store's disk is nearly full.")
# Of the AU's parameter crawl_proxy.
PROXY_MALFORMED = _("Its crawl proxy is “%s”; expected host:port or DIRECT.")
PROXY_NOT_ALLOWED = _(
    "It is to be collected through the proxy %s, which this node's crawl_proxies does not name."
)
remember(STOPPED, READ_ONLY, NEARLY_FULL, PROXY_MALFORMED, PROXY_NOT_ALLOWED)
