"""What became of a package."""

from dataclasses import dataclass, field

from apps.exports.choices import ImportFindingCode

MOST_FINDINGS = 1_000
LONGEST = 500


@dataclass(frozen=True, slots=True)
class ImportFinding:
    """``place``: file and member or byte; ``found`` and ``expected`` in words."""

    code: ImportFindingCode
    place: str
    found: str = ""
    expected: str = ""


@dataclass(slots=True)
class ImportReport:
    """``new`` versions are stored, ``held`` ones were here already; of findings the first ones are kept."""

    auid: str = ""
    new: int = 0
    held: int = 0
    bytes: int = 0
    count: int = 0
    findings: list[ImportFinding] = field(default_factory=list)

    def note(self, code: ImportFindingCode, place: str, found: object = "", expected: object = "") -> None:
        self.count += 1
        if len(self.findings) < MOST_FINDINGS:
            told = (_clean(str(each)) for each in (place, found, expected))
            self.findings.append(ImportFinding(code, *told))


def _clean(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()[:LONGEST]
