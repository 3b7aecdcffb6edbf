"""The years of a title as bars: what the lists name, and how much of it is selected here."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from apps.aus.choices import AuState
from apps.aus.models import Au
from apps.titles.models import ListedAu, Title

MOST_YEARS = 160
STEP, GAP, HEIGHT = 10, 3, 48
STEP_SMALL = 6


@dataclass(frozen=True, slots=True)
class Year:
    year: int
    listed: int
    selected: int


def years_of_title(title: Title) -> list[Year]:
    """Every year from the first to the last, those between without an AU too; a range counts in each of its years."""
    rows = ListedAu.objects.filter(title=title, first_year__isnull=False).exclude(status="")
    here = set(Au.objects.filter(title=title, state=AuState.SELECTED).values_list("listed_id", flat=True))
    listed: Counter[int] = Counter()
    selected: Counter[int] = Counter()
    for pk, first, last in rows.values_list("pk", "first_year", "last_year"):
        end = min(max(first, last or first), first + MOST_YEARS)
        for year in range(first, end + 1):
            listed[year] += 1
            selected[year] += pk in here
    if not listed:
        return []
    last = max(listed)
    first = max(min(listed), last - MOST_YEARS + 1)
    return [Year(year, listed[year], selected[year]) for year in range(first, last + 1)]


def drawn(years: list[Year]) -> SafeString:
    """Empty for a single year: one bar says nothing."""
    if len(years) < 2:
        return SafeString("")
    most = max(year.listed for year in years)
    bars = []
    for index, year in enumerate(years):
        full, done = _height(year.listed, most), _height(year.selected, most)
        bars.append(
            {
                "x": index * STEP,
                "width": STEP - GAP,
                "y": HEIGHT - full,
                "height": full,
                "done_y": HEIGHT - done,
                "done": done,
                "title": gettext("%(year)s: %(selected)s of %(listed)s selected here")
                % {"year": year.year, "selected": year.selected, "listed": year.listed},
            }
        )
    context = {
        "bars": bars,
        "width": len(years) * STEP,
        "height": HEIGHT,
        "first": years[0].year,
        "last": years[-1].year,
        "label": gettext("Years %(first)s to %(last)s, %(with)s of %(all)s years selected here")
        % {
            "first": years[0].year,
            "last": years[-1].year,
            "with": sum(1 for year in years if year.selected),
            "all": sum(1 for year in years if year.listed),
        },
    }
    return render_to_string("aus/years.html", context)


def _height(number: int, most: int) -> int:
    """Something is never drawn as nothing."""
    return max(4, round(number / most * HEIGHT)) if number else 0


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
