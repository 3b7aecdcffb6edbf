"""Whole answers that the next reader may have as well, from memory and without a thread: a page's pictures are asked for
by a whole class within seconds.

Kept are versions that are open to whoever has the same standing, whatever the publisher does, as long as nobody has
said anything else about serving (``kept``) and SERVING_REMEMBERED_S at most. What is found broken is forgotten with
the rest; what a crawl adds meanwhile is met that much later.
"""

import time
from dataclasses import dataclass

from django.conf import settings

from apps.common.clock import now
from apps.delivery.bodies import Answer
from apps.delivery.bounded import Bounded
from apps.delivery.request import Request
from apps.delivery.services.judging import who
from apps.delivery.services.kept import Kept, fresh, newest
from apps.delivery.services.readers import asker_of
from apps.lockss.delivery import Surface

LONGEST_BODY = 256 << 10
MOST_BYTES = 32 << 20
# With one of these, another answer may be right for the same address.
DECIDES = (
    "accept-datetime", "if-match", "if-modified-since", "if-none-match", "if-range", "if-unmodified-since", "range",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Question:
    """A request that an answer may be kept for, and what had been said about serving when it came."""

    key: tuple[object, ...]
    address: str
    held: Kept
    stems: int | None
    since: float


@dataclass(frozen=True, slots=True)
class _Known:
    """``asked``: for whom the answer was made."""

    asked: Question
    answer: Answer
    body: bytes


class AtOnce:
    """Of one process; asked and told by its event loop alone. No method asks the database."""

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._known: Bounded[_Known] = Bounded(most)

    def question(self, request: Request) -> Question | None:
        """None for a request whose answer is nobody else's: with a pass, a condition, a range or a moment."""
        held = newest()
        plain = request.method == "GET" and not request.key
        if held is None or not held.whole or not plain or any(name in request.given for name in DECIDES):
            return None
        standing = who(asker_of(Surface.CONTENT, request.address), held)
        key = (request.target, request.given.get("accept-encoding"), request.language, standing)
        return Question(key, request.address, held, held.stems, time.monotonic())

    def get(self, asked: Question) -> Answer | None:
        """The answer to another who asked the same, if it still is the right one."""
        if fresh(now()) is not asked.held:
            return None
        for key in ((*asked.key, None), (*asked.key, asked.address)):
            known = self._known.get(key)
            if known is not None and self._is_good(known, asked):
                return known.answer
        return None

    def put(self, asked: Question, answer: Answer) -> None:
        """Kept only if nothing was said about serving while the answer was made."""
        lasting, body = answer.lasting, answer.body
        if lasting is None or answer.status != 200 or not isinstance(body, bytes) or len(body) > LONGEST_BODY:
            return
        if newest() is asked.held and asked.held.stems == asked.stems:
            key = (*asked.key, asked.address if lasting.personal else None)
            self._known.put(key, _Known(asked, answer, body))

    def _is_good(self, known: _Known, asked: Question) -> bool:
        then = known.asked
        recent = asked.since - then.since < settings.SERVING_REMEMBERED_S
        return recent and then.held is asked.held and then.stems == asked.stems
