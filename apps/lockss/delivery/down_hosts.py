"""Which hosts did not answer a short while ago, so that nobody waits for them again (delivery §1, rulings C6)."""

from collections import OrderedDict

DOWN_FOR = 600.0
MOST_HOSTS = 10_000


class DownHosts:
    """Hosts with the time until which they count as down; times are seconds of one clock that never goes back.

    A host enters only for a URL that the node holds, so that made-up hosts never fill the table; once in, it is
    marked again for any URL. Beyond ``most`` hosts the one that was marked longest ago is forgotten.
    """

    def __init__(self, *, down_for: float = DOWN_FOR, most: int = MOST_HOSTS) -> None:
        self._down_for = down_for
        self._most = most
        self._until: OrderedDict[str, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._until)

    def mark(self, host: str, now: float, *, held: bool) -> bool:
        """The host did not answer; whether that was noted. ``host`` as ``stems.Stem`` spells it."""
        if not held and host not in self._until:
            return False
        self._until[host] = now + self._down_for
        self._until.move_to_end(host)
        while len(self._until) > self._most:
            self._until.popitem(last=False)
        return True

    def answered(self, host: str) -> None:
        """The host is up again; it stays known."""
        if host in self._until:
            self._until[host] = float("-inf")

    def is_down(self, host: str, now: float) -> bool:
        return now < self._until.get(host, float("-inf"))
