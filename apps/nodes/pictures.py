"""A small picture of how a scope stood day by day: what is selected, of it collected, of it preserved."""

from collections.abc import Sequence

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from apps.common.display import count_text, day_text, short_day_text
from apps.nodes.models import StandingDay

WIDTH, HEIGHT = 400, 100
# A day each is finer than a pixel; of more days every second, third… is drawn, the last one always.
MOST_POINTS = 200
BANDS = ("selected", "collected", "preserved")


def ladder_picture(days: Sequence[StandingDay]) -> SafeString:
    """The oldest first. Of one day nothing is drawn: a picture over time needs two."""
    if len(days) < 2:
        return SafeString("")
    step = -(-len(days) // MOST_POINTS)
    shown = [*reversed(days[::-1][::step])]
    most = max((day.selected for day in shown), default=0) or 1
    first, last = shown[0], shown[-1]
    span = max(1, (last.day - first.day).days)
    bands = []
    for name in BANDS:
        points = [
            (
                (day.day - first.day).days / span * WIDTH,
                HEIGHT - getattr(day, name) / most * (HEIGHT - 6),
            )
            for day in shown
        ]
        bands.append({"name": name, "path": _path(points)})
    context = {
        "bands": bands,
        "first": short_day_text(first.day),
        "last": short_day_text(last.day),
        "label": gettext(
            "From %(first)s to %(last)s: selected from %(s0)s to %(s1)s, collected from %(c0)s to %(c1)s, "
            "preserved from %(p0)s to %(p1)s"
        )
        % {
            "first": day_text(first.day),
            "last": day_text(last.day),
            **{f"{name[0]}0": count_text(getattr(first, name)) for name in BANDS},
            **{f"{name[0]}1": count_text(getattr(last, name)) for name in BANDS},
        },
    }
    return render_to_string("nodes/ladder.html", context)


def _path(points: Sequence[tuple[float, float]]) -> str:
    line = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return f"M0 {HEIGHT}L{line}L{WIDTH} {HEIGHT}Z"
