"""The node's disks on its own page: how full, what that stops, how fast they fill."""

from collections import defaultdict
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from apps.common.clock import now
from apps.common.disks import Disk, DiskLevel, content_held, level_of
from apps.common.display import moment_text, percent_text, size_text
from apps.common.lists import Column, Page, cells, small_list
from apps.common.models import Finding
from apps.common.pages import Bar, Empty
from apps.common.words import Tone
from apps.nodes import machine
from apps.nodes.growth import Growth, growth
from apps.nodes.models import DiskDay
from apps.nodes.services.sizing import PACE

LABELS = {
    "content": _("Content"),
    "spool": _("Unfinished messages"),
    "media": _("Uploads"),
    "log": _("Logs"),
    "database": _("Database"),
}
MONTH, YEAR = 30.4, 365.25
STOPPED = {
    DiskLevel.LOW: _("Better select nothing new."),
    DiskLevel.NO_CRAWLS: _("No collection begins; polls and repairs go on."),
    DiskLevel.NO_WRITES: _("Collections and repairs wait, long messages are refused."),
}


@dataclass(frozen=True, slots=True)
class DiskRow:
    name: str
    space: Disk
    level: DiskLevel
    growth: Growth | None
    # Since when and why nothing is written to it, however much is free.
    held: Finding | None = None


def disks_list() -> Page:
    days, held = _days(), content_held()
    rows = [
        DiskRow(
            name,
            space,
            level_of(space.free_percent),
            growth(days[name], space.free),
            held if name == "content" else None,
        )
        for name, space in machine.volumes()
    ]
    return small_list(
        "disks",
        gettext("Disks"),
        (
            Column("what", _("For"), lambda row: cells.text(LABELS[row.name], str(row.space.path))),
            Column("used", _("Used"), lambda row: cells.progress(_filled(row.space))),
            Column("free", _("Free"), _free),
            Column("growth", _("At the present growth"), _forecast, priority=2),
        ),
        rows,
        empty=Empty(gettext("Not readable"), gettext("The node's folders cannot be looked at.")),
    )


def _days() -> dict[str, list]:
    found: dict[str, list] = defaultdict(list)
    since = timezone.localdate(now()) - PACE
    for row in DiskDay.objects.filter(day__gte=since).order_by("day"):
        found[row.name].append((row.day, row.total - row.free))
    return found


def _filled(space: Disk) -> Bar:
    return Bar(space.used, space.total, gettext("of %s") % size_text(space.total))


def _free(row: DiskRow):
    said = f"{size_text(row.space.free)} ({percent_text(row.space.free, row.space.total)})"
    if row.held:
        since = {"when": moment_text(row.held.first_at), "cause": row.held.params.get("cause", "")}
        return cells.toned(Tone.HARM, said, gettext("Read-only since %(when)s: %(cause)s.") % since)
    if row.level == DiskLevel.FREE:
        return cells.text(said)
    tone = Tone.CARE if row.level == DiskLevel.LOW else Tone.HARM
    return cells.toned(tone, said, str(STOPPED[row.level]))


def _forecast(row: DiskRow):
    if row.growth is None:
        return cells.text("–", gettext("Known after some days."))
    if row.growth.days_left is None:
        return cells.text(gettext("it does not fill"))
    pace = gettext("%s a day") % size_text(int(row.growth.per_day))
    return cells.text(gettext("full in about %s") % span_text(row.growth.days_left), pace)


def span_text(days: float) -> str:
    """``about`` what follows it: days up to two months, then months, then years."""
    if days < 2 * MONTH:
        n = max(1, round(days))
        return ngettext("%d day", "%d days", n) % n
    if days < 2 * YEAR:
        n = round(days / MONTH)
        return ngettext("%d month", "%d months", n) % n
    n = min(100, round(days / YEAR))
    return ngettext("%d year", "%d years", n) % n
