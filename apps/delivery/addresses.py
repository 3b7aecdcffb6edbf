"""Where preserved pages are opened: on the content host, another origin than the portal's (delivery §9).

The content host knows no cookies. An address carries the right to open one AU, signed by the portal for the
person to whom it showed the link, and good for some hours: ``/t/<token>/<slug>/<version or ->/<URL>``.
"""

from dataclasses import dataclass
from urllib.parse import quote, unquote

from django.conf import settings
from django.core import signing

from apps.aus.models import Au

NEWEST = "-"
# A URL stands in the address as it is; only what would end the path, or is no part of an address, is escaped.
_AS_IT_IS = "/:&=+,;@!$'()*[]~"
SALT = "delivery.open"
VALID_S = 8 * 3600
LONGEST = 100_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for; ``version`` None: the newest good one."""

    slug: str
    version: int | None
    url: str


def delivery_url(au: Au, url: str, version: int | None = None) -> str:
    """The signed address of a preserved URL; made when a page is shown to somebody who may read the AU."""
    token = signing.dumps(au.slug, salt=SALT)
    return f"{settings.NODE.content_url}/t/{token}/{au.slug}/{version or NEWEST}/{quote(url, safe=_AS_IT_IS)}"


def parse(path: str) -> Asked | None:
    """The request path as sent, without a query; None for what no portal gave out, or too long ago."""
    if len(path) > LONGEST:
        return None
    parts = path.split("/", 5)
    if len(parts) != 6 or parts[0] or parts[1] != "t" or not parts[5]:
        return None
    token, slug, version, url = parts[2:]
    try:
        signed = signing.loads(token, salt=SALT, max_age=VALID_S)
    except signing.BadSignature:
        return None
    if signed != slug or not (
        version == NEWEST or (version.isascii() and version.isdigit() and len(version) < 10)
    ):
        return None
    return Asked(slug, None if version == NEWEST else int(version), unquote(url, errors="surrogatepass"))
