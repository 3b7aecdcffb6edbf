"""Heads of a file that is judged: which column each of them means, misspelt ones too, and what is wrong with them."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from apps.lockss.kbart.findings import KbartCode, KbartFinding
from apps.lockss.kbart.model import COLUMNS

# So alike that nothing else is meant: one letter of a short name.
ALIKE = 0.88


def meant(names: Sequence[str]) -> list[str]:
    """The names, each that is none of ours as that column which it nearly is and which is missing."""
    missing = [name for name in COLUMNS if name not in names]
    found = []
    for name in names:
        near = [] if name in COLUMNS else get_close_matches(name[:60], missing, 1, ALIKE)
        found.append(near[0] if near else name)
        missing = [one for one in missing if one not in near]
    return found


def header_faults(header: tuple[str, ...]) -> Iterator[KbartFinding]:
    """Every misspelt head, or else the first column that differs."""
    if header == COLUMNS:
        return
    told = False
    for place, (found, near) in enumerate(zip(header, meant(header), strict=True)):
        if found == near or place >= len(COLUMNS):
            continue
        told = True
        expected = f"{COLUMNS[place]} as column {place + 1}"
        if near != COLUMNS[place]:
            expected = f"{COLUMNS[place]} as column {place + 1}; this is nearly {near}"
        yield KbartFinding(KbartCode.HEADER, True, COLUMNS[place], found[:200], expected, 1)
    if not told or (tuple(meant(header)) != COLUMNS and len(header) != len(COLUMNS)):
        yield _first_other(tuple(meant(header)))


def _first_other(header: tuple[str, ...]) -> KbartFinding:
    for place, expected in enumerate(COLUMNS):
        found = header[place] if place < len(header) else ""
        if found != expected:
            text = f"{expected} as column {place + 1}"
            return KbartFinding(KbartCode.HEADER, True, expected, found[:200], text, 1)
    return KbartFinding(KbartCode.HEADER, True, "", header[25][:200], "25 columns and no more", 1)
