"""Where preserved pages are opened: on the content host, another origin than the portal's (delivery §9).

``<content host>/<AU>/<version or ->/<URL>`` names a page for ever. Who opens it is sent to the portal, which asks who
is there and sends back with a ticket; the content host turns that into a pass that is good for one AU, one client and
some minutes, and stands in front: ``/t/<pass>/<AU>/…``. Relative links of a page keep its pass.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote

from django.conf import settings

from apps.aus.models import Au
from apps.delivery.spelling import Named, digest_of, read, spell

NEWEST = "-"
# Longer ones go to the portal by their digest: its request lines are short.
LONGEST_QUOTED = 2_000
_ADDRESS = re.compile(
    r"(?:/(?P<how>[to])/(?P<key>[A-Za-z0-9._-]{1,100}))?"
    r"/(?P<slug>[0-9a-f]{20})/(?P<version>-|[1-9][0-9]{0,8})/(?P<url>.+)",
    re.ASCII | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for; ``version`` None: the newest good one. ``url`` is empty where only the digest stands."""

    slug: str
    version: int | None
    url: str
    digest: str = ""
    ticket: str = ""
    key: str = ""

    @property
    def named(self) -> Named:
        return Named(self.url, self.digest)


def parse(target: str) -> Asked | None:
    """A request target, path and query as they were sent; None where it is no address of a preserved page."""
    found = _ADDRESS.fullmatch(target)
    named = read(found["url"]) if found else None
    if not found or named is None:
        return None
    version = None if found["version"] == NEWEST else int(found["version"])
    given = found["key"] or ""
    ticket, key = (given, "") if found["how"] == "o" else ("", given)
    return Asked(found["slug"], version, named.url, named.digest, ticket, key)


def delivery_url(au: Au, url: str, version: int | None = None) -> str:
    """The address of a preserved URL on the content host; it says nothing of who may read it."""
    return f"{settings.NODE.content_url}{path_of(au.slug, version, spell(url))}"


def path_of(slug: str, version: int | None, spelt: str, *, ticket: str = "", key: str = "") -> str:
    before = f"/o/{ticket}" if ticket else f"/t/{key}" if key else ""
    return f"{before}/{slug}/{version or NEWEST}/{spelt}"


def spelt(named: Named) -> str:
    return spell(named.url) if named.url else f"@{named.digest}"


def portal_url(asked: Asked) -> str:
    """Where the portal decides about an address, and gives a ticket for it."""
    given = f"url={quote(asked.url, safe='')}" if asked.url else f"sha256={asked.digest}"
    if len(given) > LONGEST_QUOTED:
        given = f"sha256={digest_of(asked.url)}"
    version = f"&version={asked.version}" if asked.version else ""
    return f"{settings.NODE.public_url}/aus/{asked.slug}/open/?{given}{version}"
