"""What became of a package."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field

from apps.exports.choices import ImportFindingCode

MOST_FINDINGS = 1_000
MOST_SEEN = 1_000_000
NUMBERS = ("new", "held", "bytes", "equal", "unequal", "urls", "count")
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
    """``new`` versions are stored, ``held`` ones were here already; of findings the first ones are kept.

    ``equal`` and ``unequal`` are digests that were compared: of members, records and bodies. ``urls`` counts each once
    as long as there are fewer than a million; what is repeated beyond them counts as often as another stands between.
    ``kept`` hears of each batch that is stored, within its transaction, and once before the first.
    """

    auid: str = ""
    new: int = 0
    held: int = 0
    bytes: int = 0
    equal: int = 0
    unequal: int = 0
    urls: int = 0
    count: int = 0
    findings: list[ImportFinding] = field(default_factory=list)
    kept: Callable[["ImportReport"], None] = field(default=lambda _report: None, repr=False)
    _seen: set[int] = field(default_factory=set, repr=False)
    _last: str = field(default="", repr=False)

    def compared(self, *, equal: bool) -> None:
        if equal:
            self.equal += 1
        else:
            self.unequal += 1

    def saw(self, url: str) -> None:
        """A version of this URL is whole and judged."""
        if url == self._last:
            return
        self._last = url
        one = hash(url)
        if one in self._seen:
            return
        self.urls += 1
        if len(self._seen) < MOST_SEEN:
            self._seen.add(one)

    def follows(self, early: "ImportReport") -> None:
        """What was found before it was known which AU it is about."""
        self.count, self.findings = early.count, early.findings
        self.equal, self.unequal = early.equal, early.unequal

    def told(self) -> dict[str, object]:
        """For programs."""
        numbers = {name: getattr(self, name) for name in NUMBERS}
        return {"auid": self.auid, **numbers, "findings": [asdict(one) for one in self.findings]}

    def note(self, code: ImportFindingCode, place: str, found: object = "", expected: object = "") -> None:
        self.count += 1
        if len(self.findings) < MOST_FINDINGS:
            told = (_clean(str(each)) for each in (place, found, expected))
            self.findings.append(ImportFinding(code, *told))


def _clean(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()[:LONGEST]
