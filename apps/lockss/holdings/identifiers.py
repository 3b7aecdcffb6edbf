"""ISSNs and ISBNs out of a cell, whatever else stands in it and whatever a spreadsheet did to it."""

import re
from dataclasses import dataclass

from apps.lockss.holdings.model import HoldingsCode, Note
from apps.lockss.kbart.identifiers import isbn, issn

LONGEST_CELL = 400
_SPACES = re.compile(r"[\u00a0\u2007\u202f]")
_DASHES = re.compile("[‐‑‒–—−]")
_ISBN = re.compile(r"(?<![0-9A-Za-z])(?:97[89][- ]?)?(?:[0-9][- ]?){9}[0-9Xx](?![0-9A-Za-z])")
_ISSN = re.compile(r"(?<![0-9A-Za-z-])[0-9]{4}-?[0-9]{3}[0-9Xx](?![0-9A-Za-z-])")
# A spreadsheet took the text for a number: leading zeros are gone, or all but the first digits.
_SHORT = re.compile(r"[0-9]{3,6}[0-9Xx](?:\.0)?")
_POWER = re.compile(r"[0-9][.,][0-9]+[Ee]\+?[0-9]+")


@dataclass(frozen=True, slots=True)
class Identifiers:
    """Normalised, each once, in the order of the cell; only those whose check digit is right."""

    issns: tuple[str, ...] = ()
    isbns: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()


def identifiers_of(cell: str) -> Identifiers:
    text = _DASHES.sub("-", _SPACES.sub(" ", cell[:LONGEST_CELL])).strip()
    if not text or text in ("-", "n/a", "N/A", "none"):
        return Identifiers()
    if _POWER.fullmatch(text):
        said = f"“{text}” was a number to a spreadsheet and lost its last digits."
        return Identifiers(notes=(Note(HoldingsCode.DIGITS_LOST, said),))
    notes: list[Note] = []
    isbns = _good(_ISBN.findall(text), isbn, "ISBN", notes)
    rest = _ISBN.sub(" ", text)
    issns = _good(_ISSN.findall(rest), issn, "ISSN", notes)
    if not (isbns or issns or notes):
        issns = _restored(text, notes)
    return Identifiers(tuple(dict.fromkeys(issns)), tuple(dict.fromkeys(isbns)), tuple(notes))


def _good(found: list[str], judge: object, name: str, notes: list[Note]) -> list[str]:
    good = []
    for text in found:
        judged = judge(text)  # type: ignore[operator]
        if judged.value:
            good.append(judged.value)
        else:
            notes.append(
                Note(
                    HoldingsCode.CHECK_DIGIT,
                    f"“{text.strip()}” is no {name}: its check digit does not fit the others.",
                )
            )
    return good


def _restored(text: str, notes: list[Note]) -> list[str]:
    """``280836`` was 0028-0836."""
    if _SHORT.fullmatch(text):
        value = issn(text.removesuffix(".0").zfill(8)).value
        if value:
            notes.append(Note(HoldingsCode.ZEROS_RESTORED, f"{text} was read as ISSN {value}."))
            return [value]
    notes.append(Note(HoldingsCode.NO_IDENTIFIER, f"“{text[:60]}” is neither an ISSN nor an ISBN."))
    return []
