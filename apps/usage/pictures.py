"""A small picture of how much was read, month by month."""

import datetime as dt
from collections.abc import Sequence

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from apps.common.display import count_text
from apps.lockss.usage.periods import months, next_month
from apps.usage.words import month_text

WIDTH, HEIGHT = 400, 100
# A year at least, so that a first month is a bar and no wall.
FEWEST, MOST = 12, 36


def since(today: dt.date) -> dt.date:
    """The first month that is ever drawn."""
    return next_month(today, 1 - MOST)


def reading_picture(totals: Sequence[tuple[dt.date, int, int]], today: dt.date) -> SafeString:
    """``totals``: month, requests and further investigations, as ``services.reporting.totals`` gives them; of nothing
    nothing is drawn."""
    if not totals:
        return SafeString("")
    last = next_month(today, 0)
    first = min(totals[0][0], next_month(last, 1 - FEWEST))
    by_month = {month: full for month, full, _more in totals}
    shown = [(month, by_month.get(month, 0)) for month in months(first, last)]
    most = max(number for _month, number in shown) or 1
    step = WIDTH / len(shown)
    bars = [
        {
            "x": f"{place * step:.2f}",
            "width": f"{step * 0.72:.2f}",
            "y": f"{HEIGHT - _height(number, most):.1f}",
            "height": f"{_height(number, most):.1f}",
            "title": _said(month, number),
        }
        for place, (month, number) in enumerate(shown)
    ]
    number = sum(number for _month, number in shown)
    said = ngettext(
        "%(n)s request from %(first)s to %(last)s", "%(n)s requests from %(first)s to %(last)s", number
    )
    told = {"n": count_text(number), "first": month_text(first), "last": month_text(last)}
    context = {"bars": bars, "label": said % told, "first": told["first"], "last": told["last"]}
    return render_to_string("usage/months.html", context)


def _height(number: int, most: int) -> float:
    # Something is never drawn as nothing.
    return max(2.0, number / most * (HEIGHT - 8)) if number else 0.0


def _said(month: dt.date, number: int) -> str:
    said = ngettext("%(month)s: %(n)s request", "%(month)s: %(n)s requests", number)
    return said % {"month": month_text(month), "n": count_text(number)}
