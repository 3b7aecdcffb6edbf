"""What stands in a field of a list: markup for the page, and the plain value for a download."""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape as escaped

from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.common import display, parts
from apps.common.pages import Bar
from apps.common.text import shortened
from apps.common.worded import once_per_language
from apps.common.words import Tone, Word

# Longer than the words of a language: an address, a file's name. On a narrow page it may be broken anywhere. A sign that
# is written as a reference is one sign.
LONG = 22
_LONG = re.compile(rf"(?:&[#\w]+;|[^\s&]){{{LONG},}}")


@dataclass(frozen=True, slots=True)
class Cell:
    """``value``: what a download holds: text, number, boolean, date, moment or None."""

    html: SafeString
    value: object = ""


def escape(value: str) -> SafeString:
    """As Django's; without what lazy texts take there and in ``mark_safe``, a table has hundreds of fields."""
    return SafeString(escaped(value))  # escaped here


def _brief(value: str) -> SafeString:
    """As much of it as a row has room for, with what no line may hold marked."""
    shown = shortened(value)
    markup = escaped(shown)
    if len(shown) >= LONG and max(map(len, shown.split()), default=0) >= LONG:
        markup = _LONG.sub(_marked, markup)
    return SafeString(markup)  # escaped here


def _marked(found: re.Match[str]) -> str:
    return f'<span class="long">{found[0]}</span>'


def text(value: object, note: str = "") -> Cell:
    """Plain text, with an optional small second line."""
    shown = "" if value is None else str(value)
    return Cell(_with_note(_brief(shown), note), shown)


def link(label: str, href: str, note: str = "") -> Cell:
    """``href`` is a path of the portal; pages build it by string, because ``reverse`` per cell costs too much."""
    return Cell(_with_note(_anchor(href, _brief(str(label))), note), str(label))


def beneath(cell: Cell, said: str) -> Cell:
    """The field with what a narrow page has no column for: it stands below there, and nowhere else."""
    note = format_html('<span class="note only-narrow">{}</span>', _brief(said))
    return Cell(SafeString(f"{cell.html}{note}"), cell.value)  # both parts are escaped


def code(value: str, href: str = "") -> Cell:
    """An identifier, in the typewriter face; it may be broken anywhere."""
    if not value:
        return Cell(SafeString(""), value)
    markup = SafeString(f"<code>{escaped(str(value))}</code>")  # escaped here
    return Cell(_anchor(href, markup) if href else markup, value)


def count(number: int | None, href: str = "") -> Cell:
    return _maybe_linked(display.count_text(number), href, number)


def size(number: int | None) -> Cell:
    return Cell(escape(display.size_text(number)), number)


def percent(part: float, whole: float, href: str = "") -> Cell:
    return _maybe_linked(display.percent_text(part, whole), href, part / whole if whole else None)


def moment(at: dt.datetime | None, seconds: bool = False) -> Cell:
    return Cell(display.moment(at, seconds), at)


def age(at: dt.datetime | None) -> Cell:
    return Cell(display.age(at), at)


def day(value: dt.date | None, note: str = "") -> Cell:
    """Never broken between day and year."""
    shown = format_html('<span class="day">{}</span>', display.day_text(value))
    return Cell(_with_note(shown, note), value)


def status(word: Word, note: str = "") -> Cell:
    return Cell(_with_note(parts.status_word(word), note), _label(word))


@once_per_language
def _label(word: Word) -> str:
    return str(word.label)


def toned(tone: Tone, label: str, note: str = "", href: str = "") -> Cell:
    return Cell(_with_note(parts.toned(tone, label, href), note), str(label))


def shelf(copies: Sequence[parts.Copy], label: str = "") -> Cell:
    """``label`` in the place of how many agree."""
    said = label or parts.shelf_label([parts.CopyState(copy.state) for copy in copies])
    return Cell(parts.shelf(copies, label=said), said)


def progress(bar: Bar) -> Cell:
    return Cell(render_to_string("common/progress.html", {"bar": bar}), bar.text)


def _maybe_linked(shown: str, href: str, value: object) -> Cell:
    return Cell(_anchor(href, escape(shown)) if href else escape(shown), value)


def _anchor(href: str, markup: SafeString) -> SafeString:
    return SafeString(f'<a href="{escaped(href)}">{markup}</a>')  # escaped here and before


def _with_note(markup: SafeString, note: str) -> SafeString:
    if not note:
        return markup
    return SafeString(f'{markup}<span class="note">{_brief(note)}</span>')  # both parts are escaped
