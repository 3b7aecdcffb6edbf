"""The date of an OpenURL, refined by its season or quarter (Z39.88-2004, formats ``journal`` and ``book``)."""

import re
from datetime import date

_WHOLE = re.compile(r"([0-9]{4})(?:([-/.]?)([0-9]{2})(?:\2([0-9]{2}))?)?(?:[T ].*)?", re.DOTALL)
_FIRST_YEAR = re.compile(r"(?<![0-9])(1[0-9]{3}|2[0-9]{3})(?![0-9])")
_SEASONS = {"spring": "S1", "summer": "S2", "fall": "S3", "autumn": "S3", "winter": "S4"}
_NUMBERED = frozenset("1234")


def date_of(text: str) -> tuple[str, bool]:
    """``2009``, ``2009-05`` or ``2009-05-10``; and whether the whole text was understood."""
    text = text.strip()
    found = _WHOLE.fullmatch(text) if text.isascii() else None
    if found is not None and found[1] >= "1000":
        year, _sign, month, day = found.groups()
        if month is None:
            return year, True
        if _is_day(year, month, day or "01"):
            return "-".join(filter(None, (year, month, day))), True
    year_found = _FIRST_YEAR.search(text)
    return (year_found[1] if year_found else ""), False


def _is_day(year: str, month: str, day: str) -> bool:
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return False
    return True


def refined(when: str, season: str, quarter: str) -> tuple[str, bool]:
    """A bare year with its quarter or season; and whether both were understood."""
    season, quarter = season.strip().lower(), quarter.strip().upper().removeprefix("Q")
    season = _SEASONS.get(season) or (f"S{season}" if season in _NUMBERED else season)
    known = season in {"", "S1", "S2", "S3", "S4"} and (not quarter or quarter in _NUMBERED)
    if len(when) == 4:
        if quarter in _NUMBERED:
            return f"{when}-Q{quarter}", known
        if season in {"S1", "S2", "S3", "S4"}:
            return f"{when}-{season}", known
    return when, known
