"""Sentences that rows keep. They are kept in English, whoever caused them, and said again in the reader's language.

A room that keeps sentences remembers their templates here, one with its plural as a pair; what no template fits, and
what a reader of English reads, stays as it is.
"""

import datetime as dt
import re
from collections import defaultdict
from functools import lru_cache
from typing import Final

from django.conf import settings
from django.utils.translation import get_language, gettext, ngettext, override

from apps.common.display import count_text, day_text

PLACE = re.compile(r"%\((\w+)\)s|%s")
_COUNT = r"\d{1,3}(?:,\d{3})+|\d+"
_NUMBER = re.compile(_COUNT)
_DAY = re.compile(r"\d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4}")
# What is longer is no sentence of ours.
LONGEST, MOST_ENDS = 1_000, 8
_BETWEEN = re.compile(r"\. | and ")
AND: Final = " and "
# By the first word of a sentence; "" are those that begin with a value.
_known: dict[str, list[tuple[re.Pattern[str], str, str]]] = defaultdict(list)


def in_english() -> override:
    """A context for what makes such a sentence."""
    return override(settings.LANGUAGE_CODE)


def remember(*templates: str | tuple[str, str]) -> None:
    """What a room keeps; ``%s`` and ``%(name)s`` stand for values. Of a pair the first is of one, the second of many."""
    for template in templates:
        one, many = (template, "") if isinstance(template, str) else template
        value = _COUNT if many else ".*?"
        for form in filter(None, (one, many)):
            _known[_first_word(form)].append((_pattern(form, value), one, many))
    _said.cache_clear()


def remembered() -> set[tuple[str, str]]:
    """Every template with its plural, or ""."""
    return {(one, many) for room in _known.values() for _pattern, one, many in room}


def _first_word(form: str) -> str:
    word, blank, _rest = form.partition(" ")
    return "" if PLACE.search(word) or not blank else word


def _pattern(template: str, value: str) -> re.Pattern[str]:
    parts, end = [], 0
    for place in PLACE.finditer(template):
        parts.append(re.escape(template[end : place.start()]))
        parts.append(f"(?P<{place[1]}>{value})" if place[1] else f"({value})")
        end = place.end()
    return re.compile("".join(parts) + re.escape(template[end:]), re.DOTALL)


@lru_cache(maxsize=4096)
def _said(text: str, language: str) -> str:
    # Several in a row, wherever one may end; a value could swallow the next.
    for mark in _BETWEEN.finditer(text):
        before, after = text[: mark.start()] + ("" if mark[0] == AND else "."), text[mark.end() :]
        first, rest = _said(before, language), _said(after, language)
        if first != before and rest != after:
            return f"{first}{gettext(AND) if mark[0] == AND else ' '}{rest}"
    for pattern, one, many in (*_known.get(text.partition(" ")[0], ()), *_known[""]):
        if found := pattern.fullmatch(text):
            return _again(found, one, many)
    return text


def retold(text: str) -> str:
    """A kept sentence in the reader's language."""
    language = get_language() or settings.LANGUAGE_CODE
    if not text or language == settings.LANGUAGE_CODE or len(text) > LONGEST:
        return text
    return text if len(_BETWEEN.findall(text)) > MOST_ENDS else _said(text, language)


def _again(found: re.Match[str], one: str, many: str) -> str:
    given = found.groupdict() or found.groups()
    texts = [found[n] for n in range(1, found.re.groups + 1)]
    number = int(texts[0].replace(",", "")) if many and texts and _NUMBER.fullmatch(texts[0]) else 1
    template = ngettext(one, many, number) if many else gettext(one)
    if isinstance(given, dict):
        return template % {name: _value(value) for name, value in given.items()}
    return template % tuple(map(_value, given)) if given else template


def _value(text: str) -> str:
    """Numbers and days as this language writes them."""
    if _NUMBER.fullmatch(text):
        return count_text(int(text.replace(",", "")))
    if _DAY.fullmatch(text):
        return day_text(dt.datetime.strptime(text, "%d %b %Y").date())  # noqa: DTZ007
    return retold(text)
