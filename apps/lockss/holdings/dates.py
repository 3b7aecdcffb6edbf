"""A cell that holds one date: its year, and whether anything else stands in it that was not understood."""

import re
import unicodedata

YEAR = re.compile(r"(?<![0-9])(1[6-9][0-9]{2}|2[01][0-9]{2})(?![0-9])")
LONGEST = 100
# Of exports in which an empty cell is not empty.
NOTHING = frozenset(["", "-", "–", "—", "n/a", "none", "null"])
_TOKEN = re.compile(r"[0-9]+|[^\W\d_]+")
_SHORT_END = re.compile(r"[0-9]{2}([0-9]{2})\s*[-–—/]\s*([0-9]{2})(?![0-9]|[-./][0-9])")
_BEGINNINGS = """jan feb mar apr may jun jul aug sep oct nov dec maa mae mai okt dez fev avr jui aou out ene abr ago dic
    gen mag giu lug set ott win spr sum aut fal"""
_MONTHS, _LONGEST_MONTH = frozenset(_BEGINNINGS.split()), 10
_BESIDE = "v vol vols volume no nr n issue iss bd band jg jahrgang heft h t z y q s de del du of 年 月 日"
_WORDS = frozenset(_BESIDE.split())


def year_of(text: str) -> int | None:
    """The year of a date in any order; of ``2001/2002`` the first."""
    found = YEAR.search(text[:LONGEST])
    return int(found[1]) if found else None


def is_whole(text: str) -> bool:
    """Whether the cell is one date and no more, or empty. ``1990;abc``, ``1990?`` and ``1990-1995`` are not."""
    text = text.strip()
    if text.casefold() in NOTHING:
        return True
    years = sorted({int(year) for year in YEAR.findall(text)})
    if not years or len(text) > LONGEST or "?" in text or "\ufffd" in text:
        return False
    if len(years) > 2 or years[-1] - years[0] > 1 or _names_an_end(text):
        return False
    bare = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(sign for sign in bare if unicodedata.category(sign) != "Mn")
    return all(_is_known(token) for token in _TOKEN.findall(bare))


def _names_an_end(text: str) -> bool:
    """``1990-95``; but ``1990-05`` is a month and ``1990/91`` one year."""
    found = _SHORT_END.search(text)
    return found is not None and int(found[2]) > 12 and int(found[2]) != (int(found[1]) + 1) % 100


def _is_known(token: str) -> bool:
    if token.isdigit():
        return len(token) < 4 or not token.strip("0") or YEAR.fullmatch(token) is not None
    return token in _WORDS or (token[:3] in _MONTHS and len(token) <= _LONGEST_MONTH)
