"""A reader's request as the content host's rooms get it, and who is meant by it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings

from apps.common.languages import accepted_language
from apps.delivery import passes
from apps.delivery.passes import Proof, Right

_FRONT = re.compile(r"/(?P<how>[to])/(?P<key>[A-Za-z0-9._-]{1,100})(?P<rest>/.*)", re.ASCII | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Front:
    """What stands before an address: nothing, a pass (``key``) or a ticket."""

    rest: str
    key: str = ""
    ticket: str = ""


def front_of(target: str) -> Front:
    """A request's target, path and query as they were sent, without pass or ticket."""
    found = _FRONT.fullmatch(target)
    if found is None:
        return Front(target)
    if found["how"] == "o":
        return Front(found["rest"], ticket=found["key"])
    return Front(found["rest"], key=found["key"])


@dataclass(frozen=True, slots=True)
class Request:
    """``target`` without pass. ``given``: fields by name in lower case, those that come several times as one list.

    ``address`` is the client's; ``proof`` what the pass in front proves, None without a good one.
    """

    method: str
    target: str
    given: Mapping[str, str]
    address: str
    key: str = ""
    proof: Proof | None = None

    @property
    def wants_body(self) -> bool:
        return self.method != "HEAD"

    @property
    def before(self) -> str:
        """What this reader's links begin with."""
        return f"/t/{self.key}" if self.proof else ""

    @property
    def language(self) -> str:
        """In which this host's own words are said to this reader."""
        return accepted_language(self.given.get("accept-language", ""))

    @property
    def roles(self) -> frozenset[str]:
        return self.proof.roles if self.proof else frozenset()

    @property
    def own_slug(self) -> str:
        """The AU that the pass is good for."""
        return self.proof.slug if self.proof else ""

    @property
    def lapsed(self) -> str:
        """The AU of a pass that is good no more, or is another client's."""
        return passes.slug_of(self.key) if self.key and not self.proof else ""


def request_of(front: Front, method: str, given: Mapping[str, str], peer: str) -> Request:
    address = address_of(given, peer)
    proof = passes.proven(Right.PASS, front.key, passes.client_of(address)) if front.key else None
    return Request(method, front.rest, given, address, front.key, proof)


def address_of(given: Mapping[str, str], peer: str) -> str:
    """Behind a proxy the last entry is the proxy's own word; the earlier ones are anybody's."""
    if settings.NODE.behind_proxy and (forwarded := given.get("x-forwarded-for")):
        return forwarded.rpartition(",")[2].strip()
    return peer
