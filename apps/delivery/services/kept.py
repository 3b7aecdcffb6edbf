"""What a process keeps of what was said about serving, for as long as nobody has said anything else.

Each request asks for the stamp, which is another after every change of a rule, a trigger event, own readers or an
agreement; so a change counts from the next request on, in every process. Where requests come closer together than
SERVING_STAMP_S (20 ms) they share one look, so that a change counts after that time at the latest. What title lists
and titles' numbers add is read anew within a minute.
"""

import datetime as dt
import time
from dataclasses import dataclass, field

from django.conf import settings

from apps.common.clock import node_day
from apps.common.prepared import Prepared
from apps.delivery.choices import Changed
from apps.delivery.models import Generation
from apps.delivery.services.remembered import Remembered
from apps.lockss.delivery import Embargo, OwnReaders, PolicyLine, PublisherFlag, Trigger
from apps.permissions.services import agreements_stamp

LONGEST_S = 60.0
MOST = 100_000


@dataclass(frozen=True, slots=True)
class Said:
    """What rules, agreements and trigger events together say of one AU; None: nothing."""

    lines: tuple[PolicyLine, ...]
    open_access: bool | None = None
    publisher: PublisherFlag | None = None
    embargoes: tuple[Embargo, ...] = ()
    trigger: Trigger | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """What is said of an AU depends on these, and on the day."""

    au: int
    publisher: int | None
    title: int | None
    listed: int | None
    plugin_id: str


@dataclass(slots=True)
class Kept:
    """``stems`` is the number of the sites' own generation: what is kept of sites has it in its key."""

    day: dt.date
    stamp: tuple
    stems: int | None
    born: float = field(default_factory=time.monotonic)
    said: dict[Place, Said] = field(default_factory=dict)
    own: OwnReaders | None = None
    proxies: tuple | None = None
    on_site: dict[tuple, int | None] = field(default_factory=dict)
    checked: float = field(default_factory=time.monotonic)
    answers: Remembered = field(default_factory=Remembered)

    @property
    def whole(self) -> bool:
        """Whether the node's own readers and proxies have been read, so that who asks is known without a query."""
        return self.own is not None and self.proxies is not None

    @property
    def old(self) -> bool:
        return time.monotonic() - self.born > LONGEST_S


_newest: list[Kept] = []
_numbers = Prepared(lambda: Generation.objects.values_list("what", "number"))


def kept(moment: dt.datetime) -> Kept:
    """What may be used for a question about this moment; two queries, or none within SERVING_STAMP_S of the last ones.

    The stamp is read before anything that is kept under it: what is newer than its stamp is read once more at worst.
    """
    held = fresh(moment)
    if held is not None:
        return held
    day, found, asked = node_day(moment), newest(), time.monotonic()
    numbers = dict(_numbers.rows())
    node = settings.NODE
    stamp = (day, numbers.get(Changed.POLICY), agreements_stamp(), node.serving_policy, node.network_name)
    stems = numbers.get(Changed.STEMS)
    if found is None or found.stamp != stamp or found.old or len(found.said) > MOST:
        found = Kept(day, stamp, stems)
        _newest[:] = [found]
    if found.stems != stems:
        found.stems, found.on_site = stems, {}
        found.answers.clear()
    found.checked = asked
    return found


def newest() -> Kept | None:
    """What is kept, whether anything has been said since or not."""
    return _newest[0] if _newest else None


def fresh(moment: dt.datetime) -> Kept | None:
    """What is kept, where the last look at the stamp counts for this moment as well; no query."""
    found = newest()
    if found is None or time.monotonic() - found.checked >= settings.SERVING_STAMP_S:
        return None
    return found if found.day == node_day(moment) else None


def forget() -> None:
    """Keep nothing: for processes that fork, and for tests."""
    _newest.clear()
