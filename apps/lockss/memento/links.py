"""Links of Memento: the ``Link`` field of TimeGates and mementos, and addresses that may stand in it (RFC 8288, 7089)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from apps.lockss.http_dates import format_date as http_date
from apps.lockss.memento.captures import Around, Capture
from apps.lockss.memento.moments import stamp_of

LINK_FORMAT = "application/link-format"
JSON = "application/json"
# What RFC 3986 allows in a URI, except that "%" must begin an escape.
_NOT_IN_URI = re.compile(rb"[^A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]|%(?![0-9A-Fa-f]{2})")
_NOT_QUOTED = re.compile(r'[\\"\x00-\x1f\x7f-\U0010ffff]')


def safe_uri(url: str) -> str:
    """``url`` as it may stand between ``<`` and ``>``, in JSON and in a ``Location``: ASCII, without blanks, quotes,
    brackets of either kind that end it, control characters, or a ``%`` that escapes nothing.

    What is a URI already stays as it is.
    """
    raw = url.encode("utf-8", "surrogatepass")
    return _NOT_IN_URI.sub(lambda found: b"%%%02X" % found[0][0], raw).decode("ascii")


def quoted(text: str) -> str:
    """A parameter's value; what a quoted-string of printable ASCII cannot hold becomes ``?``."""
    return '"' + _NOT_QUOTED.sub("?", text) + '"'


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the node shows versions of URLs. ``base``: the content host's address without a slash at its end."""

    base: str
    collection: str

    def memento(self, url: str, one: Capture, modifier: str = "") -> str:
        return self._under(f"{stamp_of(one.moment)}{modifier}", url)

    def timegate(self, url: str) -> str:
        return self._under("timegate", url)

    def timemap(self, url: str, kind: str = "link", page: int | None = None) -> str:
        """``page`` counts from 1; None is the TimeMap itself."""
        return self._under(f"timemap/{kind}" if page is None else f"timemap/{kind}/{page}", url)

    def _under(self, how: str, url: str) -> str:
        # A name may hold what begins a fragment: no browser would send that back, nor what follows.
        return f"{self.base}/{self.collection}/{how}/{safe_uri(url).replace('#', '%23')}"


def link(uri: str, rel: str, **parameters: str) -> str:
    """One link; ``from_`` is ``from``. ``uri`` is encoded again, which does no harm to what is encoded."""
    said = {"rel": rel, **{name.rstrip("_"): value for name, value in parameters.items()}}
    return f"<{safe_uri(uri)}>" + "".join(f"; {name}={quoted(value)}" for name, value in said.items())


def timegate_links(addresses: Addresses, url: str, around: Around) -> str:
    """The ``Link`` of a TimeGate's redirect (RFC 7089): it names all but itself."""
    return ", ".join(
        [*_sources(addresses, url, around, own_timegate=False), *_mementos(addresses, url, around)]
    )


def memento_links(addresses: Addresses, url: str, around: Around) -> str:
    """The ``Link`` of a memento: original, TimeGate, TimeMap, itself and its neighbours."""
    return ", ".join(
        [*_sources(addresses, url, around, own_timegate=True), *_mementos(addresses, url, around)]
    )


def missing_links(addresses: Addresses, url: str) -> str:
    """The ``Link`` of a TimeGate that knows no version."""
    return link(url, "original")


def _sources(addresses: Addresses, url: str, around: Around, *, own_timegate: bool) -> Iterator[str]:
    yield link(url, "original")
    if own_timegate:
        yield link(addresses.timegate(url), "timegate")
    span = {"from_": http_date(around.first.moment), "until": http_date(around.last.moment)}
    yield link(addresses.timemap(url), "timemap", type=LINK_FORMAT, **span)


def _mementos(addresses: Addresses, url: str, around: Around) -> Iterator[str]:
    """Each memento once, oldest first, with all it is to the chosen one: ``first prev memento``."""
    roles: dict[Capture, list[str]] = {}
    for role, one in (
        ("first", around.first),
        ("prev", around.before),
        ("", around.chosen),
        ("next", around.after),
        ("last", around.last),
    ):
        if one is not None:
            roles.setdefault(one, []).append(role)
    for one, mine in roles.items():
        rel = " ".join([*filter(None, mine), "memento"])
        yield link(addresses.memento(url, one), rel, datetime=http_date(one.moment))
