"""Which publishers did not answer a while ago, and which URLs were served instead lately; in memory, of one process."""

import time
from collections import OrderedDict
from collections.abc import Callable

from apps.lockss.delivery import DownHosts, Mark
from apps.lockss.delivery.stems import Stem, stem_of

RECENT_FOR = 3600.0
MOST_URLS = 50_000


class HostRecord:
    """The owner of the tables' marks. Who carries out a step gives its marks here; ``Publisher.ask`` tells who answered.

    ``recent_for``: seconds for which a URL counts as served lately; 0 switches that off, as it is at first.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        hosts: DownHosts | None = None,
        recent_for: float = 0.0,
    ) -> None:
        self._clock = clock
        self._hosts = hosts or DownHosts()
        self._recent_for = recent_for
        self._recent: OrderedDict[str, float] = OrderedDict()

    def is_down(self, url: str) -> bool:
        host = _host(url)
        return host is not None and self._hosts.is_down(host, self._clock())

    def is_recent(self, url: str) -> bool:
        return self._clock() < self._recent.get(url, float("-inf"))

    def note(self, url: str, marks: frozenset[Mark], *, held: bool) -> None:
        """The marks of a step, for the URL that was asked last."""
        host = _host(url)
        if Mark.HOST_DOWN in marks and host is not None:
            self._hosts.mark(host, self._clock(), held=held)
        if Mark.RECENT in marks and self._recent_for > 0:
            self._recent[url] = self._clock() + self._recent_for
            self._recent.move_to_end(url)
            while len(self._recent) > MOST_URLS:
                self._recent.popitem(last=False)

    def answered(self, url: str) -> None:
        host = _host(url)
        if host is not None:
            self._hosts.answered(host)


def _host(url: str) -> str | None:
    """Host and port: another port is another server, and may well be up."""
    stem = stem_of(url)
    return f"{stem.host}:{stem.port}" if isinstance(stem, Stem) else None
