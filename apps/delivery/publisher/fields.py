"""What of a reader's request reaches the publisher: it is written anew, from a short list (delivery §2.4)."""

import hashlib
import hmac
import re
from collections.abc import Iterable, Sequence

from django.conf import settings

from apps.delivery.conditions import understands

SOFTWARE = "LOCKSS-Portal/0.1"
_READERS = ("accept", "accept-language", "user-agent")
# Of a body that goes along, where other methods than reading are forwarded at all.
_BODYS = ("content-type", "content-encoding", "content-language", "content-length")
_CONDITIONS = ("if-match", "if-unmodified-since", "if-none-match", "if-modified-since", "range", "if-range")
# Those that the caller makes itself or takes from the reader on purpose.
_MADE = ("accept-encoding", "referer", "x-forwarded-for", "cookie", "via")
PASSED = frozenset((*_READERS, *_BODYS, *_CONDITIONS, *_MADE))
_VALUE = re.compile(r"[\x20-\x7e\x80-\xff\t]{0,8192}")
_HOP = re.compile(r"[\w.]*(?:/[\w.]+)?[ \t]+([^ \t,]+)", re.ASCII)
MOST_HOPS = 10


def own_name() -> str:
    """The node's name in Via: the same for its content host and its proxies, and nothing a stranger learns from."""
    key = settings.SECRET_KEY.encode()
    return f"lockss-{hmac.new(key, b'apps.delivery.via', hashlib.sha256).hexdigest()[:12]}"


def is_loop(via: Iterable[str], name: str) -> bool:
    """Whether a request has been here before, or has come further than any sensible chain of proxies."""
    hops = [hop.strip() for value in via for hop in value.split(",") if hop.strip()]
    names = {found[1].lower() for hop in hops if (found := _HOP.match(hop))}
    return name.lower() in names or len(hops) > MOST_HOPS


def with_via(via: Sequence[str], name: str) -> str:
    """The value of Via with our own hop behind those that were there."""
    return ", ".join([*via, f"1.1 {name} ({SOFTWARE})"])


def reader_fields(
    given: Iterable[tuple[str, str]],
    name: str,
    *,
    referer: str | None = None,
    address: str | None = None,
    cookies: bool = False,
    codings: str | None = None,
) -> list[tuple[str, str]]:
    """The reader's fields as they go to the publisher, Via ours behind those that came.

    ``referer``: the original URL, where it is known. ``address``: the reader's, where the publisher may know it.
    ``cookies``: the reader's own cookies for that very origin; for a proxy only. ``codings``: what is offered;
    without it gzip where the reader understands it.
    """
    every = [(key.lower(), value) for key, value in given]
    accepted = ", ".join(value for key, value in every if key == "accept-encoding")
    offered = codings or ("gzip" if understands(accepted, "gzip") else "identity")
    wanted = (*_READERS, "cookie") if cookies else _READERS
    found = [(key.title(), value) for key, value in every if key in wanted]
    found.append(("Accept-Encoding", offered))
    if referer is not None:
        found.append(("Referer", referer))
    if address is not None:
        found.append(("X-Forwarded-For", address))
    return [*found, ("Via", with_via([value for key, value in every if key == "via"], name))]


def sendable(fields: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those whose names may go to a publisher and whose values are one clean line; the rest is dropped whole."""
    return [
        (name, value)
        for name, value in fields
        if name.lower() in PASSED and value and _VALUE.fullmatch(value) is not None
    ]
