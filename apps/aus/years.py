"""The years of a title as one picture: what the lists name, and how far this library is with it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from apps.aus.choices import AuState
from apps.aus.models import Au
from apps.titles.models import ListedAu, Title

MOST_YEARS = 160
STEP, SPACE, HEIGHT = 10, 3, 48
STEP_SMALL = 6
# Few bars are drawn wider than many.
FEW_YEARS, WIDE = 24, 28
# Runs of years that are read out; a title with more gaps than this is told by its numbers.
MOST_RUNS = 12


class Stage(StrEnum):
    """How far a unit has come, the furthest first. Bars stand before each other in this order; what is blocked is selected
    too, and can go no further before somebody has seen to it."""

    AGREED = "agreed"
    COLLECTED = "collected"
    SELECTED = "selected"
    BLOCKED = "blocked"
    LISTED = "listed"


LABELS: dict[Stage, str | Promise] = {
    Stage.AGREED: _("agreed in its last proof"),
    Stage.COLLECTED: _("collected"),
    Stage.SELECTED: _("selected here"),
    Stage.BLOCKED: _("selected here, and blocked"),
    Stage.LISTED: _("named by a list"),
}
GAP = _("gap: no list names a unit")


@dataclass(frozen=True, slots=True)
class Year:
    """``counts``: units of the year by the furthest they have come; empty: a gap."""

    year: int
    counts: Counter[Stage] = field(default_factory=Counter)

    @property
    def listed(self) -> int:
        return self.counts.total()

    def reached(self, stage: Stage) -> int:
        """How many have come at least so far."""
        order = list(Stage)
        return sum(self.counts[one] for one in order[: order.index(stage) + 1])

    @property
    def selected(self) -> int:
        return self.reached(Stage.BLOCKED)


def years_of_title(title: Title) -> list[Year]:
    """Every year from the first to the last, gaps too; a range counts in each of its years."""
    rows = ListedAu.objects.filter(title=title, first_year__isnull=False).exclude(status="")
    here = _stages(title)
    found: dict[int, Counter[Stage]] = {}
    for pk, first, last in rows.values_list("pk", "first_year", "last_year"):
        end = min(max(first, last or first), first + MOST_YEARS)
        for year in range(first, end + 1):
            found.setdefault(year, Counter())[here.get(pk, Stage.LISTED)] += 1
    if not found:
        return []
    last = max(found)
    first = max(min(found), last - MOST_YEARS + 1)
    return [Year(year, found.get(year, Counter())) for year in range(first, last + 1)]


def _stages(title: Title) -> dict[int | None, Stage]:
    """By listed AU. The standing is a row of the room above, reached by its name: no standing, nothing known."""
    rows = Au.objects.filter(title=title, state=AuState.SELECTED)
    told = rows.values_list("listed_id", "standing__urls", "standing__agreeing", "standing__word")
    return {pk: _stage(urls or 0, agreeing or 0, word or "") for pk, urls, agreeing, word in told}


def _stage(urls: int, agreeing: int, word: str) -> Stage:
    if not urls:
        return Stage.BLOCKED if word == "blocked" else Stage.SELECTED
    # Our own copy is one of those that agree; alone it has been agreed with by nobody.
    return Stage.AGREED if word == "proved" and agreeing > 1 else Stage.COLLECTED


def drawn(years: Sequence[Year]) -> SafeString:
    """Empty for a single year: one bar says nothing."""
    if len(years) < 2:
        return SafeString("")
    most = max(year.listed for year in years)
    shown = [stage for stage in Stage if any(year.counts[stage] for year in years)]
    gaps = [year.year for year in years if not year.listed]
    context = {
        "bars": [_bar(index, year, most) for index, year in enumerate(years)],
        "width": len(years) * STEP - SPACE,
        "drawn_width": len(years) * (WIDE if len(years) <= FEW_YEARS else STEP),
        "height": HEIGHT,
        "first": years[0].year,
        "last": years[-1].year,
        "label": in_words(years),
        "key": [(str(stage), str(LABELS[stage])) for stage in shown],
        "gap": str(GAP) if gaps else "",
    }
    return render_to_string("aus/years.html", context)


def _bar(index: int, year: Year, most: int) -> dict[str, object]:
    """Bars that stand before each other: what has come further is never higher."""
    parts = []
    for stage in reversed(Stage):
        high = _height(year.reached(stage), most)
        if high:
            parts.append({"stage": str(stage), "y": HEIGHT - high, "height": high})
    return {
        "x": index * STEP,
        "width": STEP - SPACE,
        "parts": parts,
        "middle": HEIGHT // 2,
        "title": _said(year),
    }


def _said(year: Year) -> str:
    if not year.listed:
        return gettext("%(year)s: no list names a unit") % {"year": year.year}
    counts = ", ".join(f"{year.counts[stage]} {LABELS[stage]}" for stage in Stage if year.counts[stage])
    noun = ngettext("unit", "units", year.listed)
    return f"{year.year}: {year.listed} {noun}, {counts}"


def _height(number: int, most: int) -> int:
    """Something is never drawn as nothing."""
    return max(4, round(number / most * HEIGHT)) if number else 0


def in_words(years: Sequence[Year]) -> str:
    """The picture read out: ``Years 1990 to 2004. Selected here: 1995–2004. Gaps: 1999.``"""
    none = gettext("none")
    parts = [
        gettext("Years %(first)s to %(last)s") % {"first": years[0].year, "last": years[-1].year},
        *(
            f"{LABELS[stage]}: {runs(year.year for year in years if _so_far(year, stage)) or none}"
            for stage in reversed(Stage)
            if stage is not Stage.BLOCKED
        ),
    ]
    if blocked := runs(year.year for year in years if year.counts[Stage.BLOCKED]):
        parts.append(f"{LABELS[Stage.BLOCKED]}: {blocked}")
    if gaps := runs(year.year for year in years if not year.listed):
        parts.append(gettext("gaps: %s") % gaps)
    return ". ".join(part[:1].upper() + part[1:] for part in parts) + "."


def _so_far(year: Year, stage: Stage) -> int:
    return year.selected if stage is Stage.SELECTED else year.reached(stage)


def runs(years: Iterable[int]) -> str:
    """``1990–1994, 1996``, of years in their order."""
    found: list[list[int]] = []
    for year in years:
        if found and found[-1][1] == year - 1:
            found[-1][1] = year
        else:
            found.append([year, year])
    shown = [f"{first}–{last}" if last > first else str(first) for first, last in found[:MOST_RUNS]]
    return ", ".join(shown) + (" …" if len(found) > MOST_RUNS else "")


def strip(held: Sequence[int], missing: Sequence[int]) -> SafeString:
    """A line of years in small: full where the lists name it, hollow where none does."""
    wanted = {**dict.fromkeys(held, True), **dict.fromkeys(missing, False)}
    if not wanted:
        return SafeString("")
    last = max(wanted)
    first = max(min(wanted), last - MOST_YEARS + 1)
    marks = [
        {"x": (year - first) * STEP_SMALL, "held": wanted[year]}
        for year in range(first, last + 1)
        if year in wanted
    ]
    label = gettext("%(first)s to %(last)s: %(held)s of %(all)s years are in the lists") % {
        "first": first,
        "last": last,
        "held": sum(1 for mark in marks if mark["held"]),
        "all": len(marks),
    }
    context = {"marks": marks, "width": (last - first + 1) * STEP_SMALL, "label": label}
    return render_to_string("aus/year_strip.html", context)
