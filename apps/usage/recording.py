"""From a request to a row without the request waiting: deliveries are held in memory and written by a thread, together.

What is lost is counted: when more is read than is held, and when the database refuses a batch for good. When it is merely
away, the batch waits for it. A process that dies loses the last seconds, and nothing is written twice.
"""

import atexit
import logging
import threading
import time
from collections import deque
from itertools import islice

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from apps.common.clock import now
from apps.delivery import counting
from apps.delivery.connected import kept_connected
from apps.delivery.counting import Delivered
from apps.usage.choices import Reason
from apps.usage.keys import Keys
from apps.usage.models import UsageEvent
from apps.usage.services.recording import events_of, note_loss, write

logger = logging.getLogger(__name__)
HELD = 10_000
"""Deliveries in memory; some 40 MB where all their texts are as long as they may be."""
BATCH = 500
PAUSE_S = 2.0
"""So long a delivery waits for others at most, while the database answers."""
LAST_S = 3.0


class Recorder:
    """``take`` from any thread; the rest is the writer's. ``held``: what fits in memory."""

    def __init__(self, held: int = HELD, pause: float = PAUSE_S) -> None:
        self._held, self._pause = held, pause
        self._waiting: deque[Delivered] = deque()
        self._lost = 0
        self._batch: list[Delivered] = []
        self._events: list[UsageEvent] | None = None
        self._keys = Keys()
        self._guard = threading.Lock()
        self._more = threading.Event()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def take(self, delivered: Delivered) -> None:
        """Without waiting for anything; what does not fit is lost, and counted as that."""
        with self._guard:
            if len(self._waiting) >= self._held:
                self._lost += 1
                return
            self._waiting.append(delivered)
            full = len(self._waiting) >= BATCH
        if full:
            self._more.set()

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="usage", daemon=True)
        self._thread.start()

    def end(self, patience: float = LAST_S) -> None:
        """Write what is held, as far as that goes."""
        self._ended.set()
        self._more.set()
        if self._thread is not None:
            self._thread.join(patience)

    def write_some(self) -> bool:
        """One batch; whether there was one. Raises OperationalError or InterfaceError where the database is away: then
        the same rows are written by the next call."""
        with self._guard:
            if not self._batch:
                self._batch = list(islice(self._waiting, BATCH))
            lost = self._lost
        if not self._batch and not lost:
            return False
        try:
            kept_connected(lambda: self._put(lost))
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            # What cannot be written today cannot be written tomorrow, and all behind it would wait for ever.
            refused = len(self._batch)
            logger.exception("%d deliveries were not counted", refused)
            kept_connected(lambda: note_loss(day=now().date(), reason=Reason.FAILED, number=refused))
            lost = 0
        with self._guard:
            # Only now: what is being written takes room as well.
            for _ in self._batch:
                self._waiting.popleft()
            self._lost -= lost
            self._batch, self._events = [], None
        return True

    def _put(self, lost: int) -> None:
        if self._events is None:
            self._events = events_of(self._batch, self._keys)
        write(events=self._events, lost=lost)

    def _run(self) -> None:
        try:
            while not self._ended.is_set():
                self._more.wait(self._pause)
                self._more.clear()
                self._write_all()
            self._write_all()
        finally:
            connection.close()

    def _write_all(self) -> None:
        try:
            while self.write_some():
                pass
        except Exception:
            # The edge of the thread: without it nothing would ever be counted again.
            logger.exception("nothing could be written just now: deliveries wait")
            if not self._ended.is_set():
                time.sleep(self._pause)


def begin() -> Recorder | None:
    """Count in this process from now on, until it ends; None where counting is switched off."""
    if not settings.NODE.count_usage:
        return None
    recorder = Recorder()
    counting.provide(recorder.take)
    recorder.start()
    atexit.register(recorder.end)
    return recorder
