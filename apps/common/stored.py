"""Sentences that rows keep. They are kept in English, whoever caused them, and said again in the reader's language.

A room that keeps sentences remembers their templates here, one with its plural as a pair; what no template fits, and
what a reader of English reads, stays as it is.
"""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from django.conf import settings
from django.utils.translation import get_language, gettext, ngettext, override

from apps.common.display import count_text, day_text

PLACE = re.compile(r"%\((\w+)\)s|%s")
_SPLIT = re.compile(r"%\(\w+\)s|%s")
_COUNT = r"\d{1,3}(?:,\d{3})+|\d+"
_NUMBER = re.compile(_COUNT)
_DAY = re.compile(r"\d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4}")
# What is longer is no sentence of ours.
LONGEST, MOST_ENDS = 1_000, 8
_BETWEEN = re.compile(r"\. |; | and ")
_BESIDE = re.compile(r"(.*?) \((.*)\)", re.DOTALL)
AND: Final = " and "


class _Form(NamedTuple):
    """``part``: the longest of its own words in one piece, without which nothing fits; ``letters``: of all of them;
    ``several``: they hold what else ends a sentence.
    """

    part: str
    pattern: re.Pattern[str]
    letters: int
    several: bool
    one: str
    many: str


# By the first word of a sentence; "" are those that begin with a value.
_known: dict[str, list[_Form]] = defaultdict(list)


def ngettext_noop(one: str, many: str) -> tuple[str, str]:
    """A pair for ``remember`` that nothing else translates, marked for the catalogues."""
    return one, many


def in_english() -> override:
    """A context for what makes such a sentence."""
    return override(settings.LANGUAGE_CODE)


def remember(*templates: str | tuple[str, str]) -> None:
    """What a room keeps; ``%s`` and ``%(name)s`` stand for values, ``%(n)s`` for a count. Of a pair the first is of one,
    the second of many; ``%s`` is a count there, and ``%(n)s`` decides where there are names.
    """
    for template in templates:
        one, many = (template, "") if isinstance(template, str) else template
        for form in filter(None, (one, many)):
            known = _known[_first_word(form)]
            own = PLACE.sub("", form)
            several = len(own.strip()) > len(AND) and bool(_BETWEEN.search(own))
            part = longest_part(form)
            known.append(_Form(part, _pattern(form, counts=bool(many)), len(own), several, one, many))
            # Of two that fit, the one that says more by itself.
            known.sort(key=lambda form: -form.letters)
    _said.cache_clear()
    _told.cache_clear()


def remembered() -> set[tuple[str, str]]:
    """Every template with its plural, or ""."""
    return {(form.one, form.many) for forms in _known.values() for form in forms}


def longest_part(form: str) -> str:
    """Of a form's own words, the longest in one piece: no sentence is of it that does not hold this."""
    return max(_SPLIT.split(form), key=len)


def _first_word(form: str) -> str:
    word, blank, _rest = form.partition(" ")
    return "" if PLACE.search(word) or not blank else word


def _pattern(template: str, *, counts: bool) -> re.Pattern[str]:
    parts, end = [], 0
    for place in PLACE.finditer(template):
        value = _COUNT if place[1] == "n" or (counts and not place[1]) else ".*?"
        parts.append(re.escape(template[end : place.start()]))
        parts.append(f"(?P<{place[1]}>{value})" if place[1] else f"({value})")
        end = place.end()
    return re.compile("".join(parts) + re.escape(template[end:]), re.DOTALL)


@lru_cache(maxsize=4096)
def _said(text: str, language: str) -> str:
    if (told := _told(text, language)) is not None:
        return told
    # Of several in a row, each as far as it is known.
    for before, glue, after in _halves(text):
        first, rest = _said(before, language), _said(after, language)
        if first != before and rest != after:
            return f"{first}{glue}{rest}"
    # Behind what it is about: a file, an entry, a code. Or beside it.
    about, colon, rest = text.partition(": ")
    if colon and (said := _said(rest, language)) != rest:
        return about + colon + said
    if beside := _BESIDE.fullmatch(text):
        return f"{beside[1]} ({_said(beside[2], language)})"
    return text


@lru_cache(maxsize=4096)
def _told(text: str, language: str) -> str | None:
    """None for what is not wholly made of sentences that are remembered."""
    forms = (*_known.get(text.partition(" ")[0], ()), *_known[""])
    # One that has such an end within it; else several in a row, wherever one may end; a value could swallow the next.
    if (said := _fitting(text, (form for form in forms if form.several))) is not None:
        return said
    for before, glue, after in _halves(text):
        first = _told(before, language)
        if first is not None and (rest := _told(after, language)) is not None:
            return f"{first}{glue}{rest}"
    return _fitting(text, forms)


def _halves(text: str) -> Iterator[tuple[str, str, str]]:
    """Wherever a sentence may end: what stands before, what joins them in the reader's language, what stands behind."""
    for mark in _BETWEEN.finditer(text):
        end = "." if mark[0] == ". " else ""
        glue = gettext(AND) if mark[0] == AND else mark[0].removeprefix(".")
        yield text[: mark.start()] + end, glue, text[mark.end() :]


def _fitting(text: str, forms: Iterable[_Form]) -> str | None:
    for form in forms:
        if form.part in text and (found := form.pattern.fullmatch(text)):
            return _again(found, form.one, form.many)
    return None


def retold(text: str) -> str:
    """A kept sentence in the reader's language."""
    language = get_language() or settings.LANGUAGE_CODE
    if not text or language == settings.LANGUAGE_CODE or len(text) > LONGEST:
        return text
    ends = len(_BETWEEN.findall(text)) + text.count(": ")
    return text if ends > MOST_ENDS else _said(text, language)


def _again(found: re.Match[str], one: str, many: str) -> str:
    texts = [_value(found, n) for n in range(1, found.re.groups + 1)]
    names = found.re.groupindex
    number = int(found["n" if "n" in names else 1].replace(",", "")) if many and texts else 1
    template = ngettext(one, many, number) if many else gettext(one)
    if names:
        return template % {name: texts[n - 1] for name, n in names.items()}
    return template % tuple(texts) if texts else template


def _value(found: re.Match[str], place: int) -> str:
    """Counts and days as this language writes them; what is quoted stays as it was written."""
    text, start = found[place], found.start(place)
    if found.string[start - 1 : start] == "“":
        return text
    if _NUMBER.fullmatch(text):
        # Without its commas it is a year or another number that nobody counted.
        return count_text(int(text.replace(",", ""))) if "," in text else text
    if _DAY.fullmatch(text):
        return _day(text)
    return retold(text)


def _day(text: str) -> str:
    """Somebody else's value may be written like a day and be none: it stays as it was written."""
    try:
        return day_text(dt.datetime.strptime(text, "%d %b %Y").date())  # noqa: DTZ007
    except ValueError:
        return text
