"""Where preserved pages are opened: on the content host, another origin than the portal's (delivery §9)."""

from urllib.parse import quote

from django.conf import settings

from apps.aus.models import Au

NEWEST = "-"
# A URL stands in the address as it is; only what would end the path, or is no part of an address, is escaped.
_AS_IT_IS = "%/:?&=+,;@!$'()*[]~"


def delivery_url(au: Au, url: str, version: int | None = None) -> str:
    """``<content host>/<slug>/<version or ->/<url>``; without a version the newest good one."""
    return f"{settings.NODE.content_url}/{au.slug}/{version or NEWEST}/{quote(url, safe=_AS_IT_IS)}"
