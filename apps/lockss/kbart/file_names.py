"""Names of KBART files: ``Provider_Region_Package_2026-11-26.txt`` (kbart §7, ruling 11)."""

import re
import unicodedata
from datetime import date

from apps.lockss.kbart.model import KbartError, KbartProblem

_NOT_PLAIN = re.compile(r"[^A-Za-z0-9]+")
_KNOWN = re.compile(r"(?:[^\W_]|[.&-])+(?:_(?:[^\W_]|[.&-])+){1,2}_([0-9]{4}-[0-9]{2}-[0-9]{2})\.(?:txt|tsv)")
SUFFIXES = frozenset({".txt", ".tsv"})
GLOBAL = "Global"
ALL_TITLES = "AllTitles"


def file_name(
    provider: str, on: date, *, region: str = GLOBAL, package: str = ALL_TITLES, suffix: str = ".txt"
) -> str:
    """Letters and digits of each part, accents dropped. KbartError if nothing is left of one."""
    if suffix not in SUFFIXES:
        raise KbartError(KbartProblem.BAD_FILE_NAME, f"{suffix!r}: expected .txt or .tsv")
    parts = []
    for part in (provider, region, package):
        plain = _NOT_PLAIN.sub("", unicodedata.normalize("NFKD", part))
        if not plain:
            raise KbartError(KbartProblem.BAD_FILE_NAME, f"{part!r} has no letter A–Z and no digit")
        parts.append(plain)
    return f"{'_'.join(parts)}_{on.isoformat()}{suffix}"


def expected_name(name: str) -> str:
    """What the validator expects instead; "" for a fit name: hyphen, dot and ``&`` too; a region may be missing, as in
    phase I.
    """
    found = _KNOWN.fullmatch(name)
    if found is None:
        return "Provider_Region_Package_YYYY-MM-DD.txt"
    try:
        date.fromisoformat(found[1])
    except ValueError:
        return f"a day that the calendar has, not {found[1]}"
    return ""


def is_file_name(name: str) -> bool:
    return not expected_name(name)
