"""The small drawings that stand in every list: status word, shelf of copies, bars per day.

Each is one template. A list shows the same few again and again, so what was drawn once is kept.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, ngettext

from apps.common.display import count_text, day_text, short_day_text
from apps.common.worded import once_per_language
from apps.common.words import Tone, Word


class CopyState(StrEnum):
    """What is known of one node's copy of an AU."""

    AGREED = "agreed"
    DIFFERS = "differs"
    OLD = "old"
    SELECTED = "selected"
    # Of others' copies, while ours is damaged: what was found before holds no more, what is found now says nothing.
    BEFORE = "before"
    WAITS = "waits"


@dataclass(frozen=True, slots=True)
class Copy:
    node: str
    state: CopyState


@dataclass(frozen=True, slots=True)
class Day:
    """One day's bar: how many went well, how many did not, how many came to no full result."""

    day: dt.date
    good: int
    bad: int = 0
    open: int = 0


# Beyond this a row of spines is a hatching, not a number.
MOST_SPINES = 12
SPINE, SPINE_WIDTH, SPINE_HEIGHT = 10, 7, 16
SPINE_MARK = {
    CopyState.AGREED: "safe",
    CopyState.DIFFERS: "harm",
    CopyState.OLD: "care",
    CopyState.SELECTED: "idle",
    CopyState.BEFORE: "care",
    CopyState.WAITS: "idle",
}


@once_per_language
def status_word(word: Word) -> SafeString:
    return _word(get_language(), word.tone, str(word.label), word.address, str(word.meaning))


def toned(tone: Tone, label: str, href: str = "", title: str = "") -> SafeString:
    """For what is no word of state but has a tone: a percentage, "disk in 40 days"."""
    return _word(get_language(), tone, str(label), href, str(title))


@lru_cache(maxsize=2048)
def _word(language: str, tone: str, label: str, href: str, title: str) -> SafeString:
    # One way of writing them, wherever a word comes from.
    label = f"{label[:1].upper()}{label[1:]}"
    context = {"tone": str(tone), "label": label, "href": href, "title": title}
    return _drawn("common/status_word.html", context)


def _drawn(template: str, context: dict[str, object]) -> SafeString:
    """Without the template's last line end, so that it can stand in a sentence; ``strip`` alone forgets it is safe."""
    return mark_safe(render_to_string(template, context).strip())  # noqa: S308 - the template has escaped


def shelf(copies: Sequence[Copy], *, large: bool = False, label: str = "") -> SafeString:
    """The copies of an AU as spines, ``copies`` in the order of the nodes; ``label`` in the place of how many agree."""
    pairs = tuple((copy.node, CopyState(copy.state)) for copy in copies)
    if len(pairs) > MOST_SPINES:
        # Which node it is cannot be seen there, so that many AUs share one drawing.
        pairs = tuple(
            ("", state) for _, state in sorted(pairs, key=lambda pair: list(CopyState).index(pair[1]))
        )
    return _shelf(get_language(), pairs, large, label)


@lru_cache(maxsize=4096)
def _shelf(
    language: str, pairs: tuple[tuple[str, CopyState], ...], large: bool, label: str = ""
) -> SafeString:
    states = [state for _, state in pairs]
    many = len(pairs) > MOST_SPINES
    spines = _spines(pairs[:MOST_SPINES])
    context = {
        "label": label or shelf_label(states),
        "large": large,
        "many": many,
        "agreed": count_text(states.count(CopyState.AGREED)),
        "total": count_text(len(states)),
        "bands": _bands(states) if many else (),
        "spines": () if many else spines,
        "width": spines[-1]["right"] + 2 if spines else SPINE,
    }
    return _drawn("common/shelf.html", context)


def _spines(pairs: Sequence[tuple[str, CopyState]]) -> list[dict[str, object]]:
    said = {
        CopyState.AGREED: gettext("agrees"),
        CopyState.DIFFERS: gettext("differs"),
        CopyState.OLD: gettext("not proved lately"),
        CopyState.SELECTED: gettext("not proved yet"),
        CopyState.BEFORE: gettext("agreed before ours was damaged"),
        CopyState.WAITS: gettext("not comparable until ours is repaired"),
    }
    spines, x = [], 2
    for index, (node, state) in enumerate(pairs):
        leans = state == CopyState.DIFFERS
        # Every third is a little lower: books, not a bar chart.
        drop = 1 if not leans and index % 3 == 1 else 0
        spines.append(
            {
                "x": x,
                "y": 1 + drop,
                "height": SPINE_HEIGHT - drop,
                "foot": 1 + SPINE_HEIGHT,
                "right": x + SPINE_WIDTH,
                "leans": leans,
                "mark": SPINE_MARK[state],
                "title": f"{node}: {said[state]}" if node else said[state],
            }
        )
        # A leaning book needs room at its top.
        x += SPINE + (2 if leans else 0)
    return spines


def _bands(states: Sequence[CopyState]) -> list[dict[str, object]]:
    """Parts of a bar 100 units wide; each band that exists is wide enough to be seen."""
    counts = [(SPINE_MARK[state], states.count(state)) for state in CopyState]
    shown = [(mark, max(3, round(100 * n / len(states)))) for mark, n in counts if n]
    scale = 100 / sum(width for _, width in shown)
    x, bands = 0.0, []
    for mark, width in shown:
        bands.append({"mark": mark, "x": f"{x:.1f}", "width": f"{width * scale:.1f}"})
        x += width * scale
    return bands


def shelf_label(states: Sequence[CopyState]) -> str:
    """``5 of 7 copies agree, 1 differs, 1 not proved``"""
    total = len(states)
    if not total:
        return gettext("no copies yet")
    said = [
        ngettext("%(agreed)s of %(total)s copy agrees", "%(agreed)s of %(total)s copies agree", total)
        % {"agreed": count_text(states.count(CopyState.AGREED)), "total": count_text(total)}
    ]
    rest = (
        (CopyState.DIFFERS, lambda n: ngettext("%s differs", "%s differ", n)),
        (CopyState.OLD, lambda n: ngettext("%s not proved lately", "%s not proved lately", n)),
        (CopyState.SELECTED, lambda n: ngettext("%s not proved", "%s not proved", n)),
        (
            CopyState.BEFORE,
            lambda n: ngettext("%s agreed before ours was damaged", "%s agreed before ours was damaged", n),
        ),
        (
            CopyState.WAITS,
            lambda n: ngettext(
                "%s not comparable until ours is repaired", "%s not comparable until ours is repaired", n
            ),
        ),
    )
    for state, phrase in rest:
        if n := states.count(state):
            said.append(phrase(n) % count_text(n))
    return ", ".join(said)


BARS_WIDTH, BARS_HEIGHT = 400, 100


def day_bars(days: Sequence[Day]) -> SafeString:
    """One bar a day, the oldest first; what had no full result sits on what went well, what went wrong on top."""
    if not days:
        return SafeString("")
    most = max((day.good + day.open + day.bad for day in days), default=0) or 1
    step = BARS_WIDTH / len(days)
    bars = []
    for index, day in enumerate(days):
        good = _height(day.good, most)
        bad = _height(day.bad, most)
        left = _height(day.open, most)
        below = good + left + (2 if left and good else 0)
        bars.append(
            {
                "x": f"{index * step:.2f}",
                "width": f"{step * 0.72:.2f}",
                "good_y": f"{BARS_HEIGHT - good:.1f}",
                "good": f"{good:.1f}",
                "open_y": f"{BARS_HEIGHT - below:.1f}",
                "open": f"{left:.1f}" if left else "",
                "bad_y": f"{BARS_HEIGHT - below - bad - (2 if bad and below else 0):.1f}",
                "bad": f"{bad:.1f}" if bad else "",
                "recent": index >= len(days) * 2 // 3,
                "title": _said(day),
            }
        )
    good, bad, left = (sum(getattr(day, part) for day in days) for part in ("good", "bad", "open"))
    context = {
        "bars": bars,
        "first": short_day_text(days[0].day),
        "last": short_day_text(days[-1].day),
        "label": gettext(
            "%(good)s went well, %(bad)s did not, %(open)s had no full result, from %(first)s to %(last)s"
        )
        % {
            "good": count_text(good),
            "bad": count_text(bad),
            "open": count_text(left),
            "first": day_text(days[0].day),
            "last": day_text(days[-1].day),
        },
    }
    return render_to_string("common/day_bars.html", context)


def _height(number: int, most: int) -> float:
    # Something is never drawn as nothing.
    return max(2.0, number / most * (BARS_HEIGHT - 8)) if number else 0.0


def _said(day: Day) -> str:
    parts = [ngettext("%s went well", "%s went well", day.good) % count_text(day.good)]
    if day.bad:
        parts.append(ngettext("%s did not", "%s did not", day.bad) % count_text(day.bad))
    if day.open:
        parts.append(
            ngettext("%s had no full result", "%s had no full result", day.open) % count_text(day.open)
        )
    return f"{day_text(day.day)}: {', '.join(parts)}"
