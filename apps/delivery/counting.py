"""Where a preserved copy goes out, whoever counts is told: with what is known already, without a question to anybody.

Not told: what an auditor reads, whether through the audit proxy, by a pass of the portal for who looks after the copy, or
byte for byte by a role that does (docs/usage.md).
"""

import datetime as dt
import hashlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from apps.accounts.choices import Role
from apps.common.clock import now
from apps.delivery.request import Request
from apps.delivery.services.readers import asker_of
from apps.lockss.delivery import Reader, Reason, Surface, Verdict
from apps.lockss.usage import is_ahead, is_reading
from apps.repository.values import StoredArtifact

logger = logging.getLogger(__name__)
# Many may wait to be counted, and publishers' URLs have up to 64 kB.
LONGEST_URL, LONGEST_AGENT, LONGEST_WORD = 2_000, 1_000, 200
# Who opens stored bytes by their AU with one of these looks whether they are right.
_CARERS = frozenset({Role.LIBRARIAN, Role.NETWORK, Role.SYSTEM})


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """A copy that a reader gets. Held in memory until it is counted: address and user agent are written nowhere.

    ``url``: a long one is cut, and has its digest behind it. ``destination``: what the browser says it wants it for.
    """

    moment: dt.datetime
    au: int
    url: str
    content_type: str
    verdict: Verdict
    reader: Reader
    agent: str
    destination: str


Sink = Callable[[Delivered], None]
_sinks: list[Sink] = []


def provide(sink: Sink | None) -> None:
    """Who counts in this process; None: nobody. It must not wait, nor ask the database."""
    _sinks[:] = [sink] if sink is not None else []


def count_content(
    request: Request,
    au: int,
    artifact: StoredArtifact | None,
    verdict: Verdict,
    status: int,
    *,
    raw: bool = False,
) -> None:
    """Of the content host; ``raw``: byte for byte, by its AU."""
    if artifact is None or not _sinks or not request.wants_body or (raw and request.roles & _CARERS):
        return
    reader = asker_of(Surface.CONTENT, request.address, roles=request.roles).reader
    _tell(au, artifact, verdict, status, request.given, reader)


def count_proxy(
    given: Mapping[str, str],
    au: int,
    artifact: StoredArtifact,
    verdict: Verdict,
    status: int,
    reader: Reader,
    *,
    body: bool,
) -> None:
    """Of the content proxy."""
    if body and _sinks:
        _tell(au, artifact, verdict, status, given, reader)


def _shortened(url: str) -> str:
    if len(url) <= LONGEST_URL:
        return url
    return url[:LONGEST_URL] + hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()


def _tell(
    au: int,
    artifact: StoredArtifact,
    verdict: Verdict,
    status: int,
    given: Mapping[str, str],
    reader: Reader,
) -> None:
    if verdict.reason is Reason.AUDITOR or not is_reading(status, given.get("range")) or is_ahead(given):
        return
    delivered = Delivered(
        moment=now(),
        au=au,
        url=_shortened(artifact.url),
        content_type=artifact.content_type[:LONGEST_WORD],
        verdict=verdict,
        reader=reader,
        agent=given.get("user-agent", "")[:LONGEST_AGENT],
        destination=given.get("sec-fetch-dest", "")[:LONGEST_WORD],
    )
    try:
        for sink in _sinks:
            sink(delivered)
    except Exception:
        # The reader's page is worth more than its number.
        logger.exception("a delivery was not counted")
