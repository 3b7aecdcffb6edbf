"""Title databases as the core reads them, turned into what an import writes down."""

from collections.abc import Iterator, Mapping
from functools import cache

from apps.common.stored import in_english
from apps.common.text import storable
from apps.lockss.tdb import Severity, TdbAu, TdbCode, TdbFile, TdbFinding, TdbTitle
from apps.titles.choices import TitleKind
from apps.titles.identifiers import isbn_fault, isbn_keys, issn_digit_is_wrong
from apps.titles.staging import NO_PUBLISHER, ReadAu, ReadFile, ReadFinding, ReadTitle, issn_of, year_fault
from apps.titles.words import isbn_words

# Keys of a title that have columns of their own.
_TITLE_KEYS = frozenset({"name", "issn", "eissn", "issnl", "type"})
# Identifiers of its publisher, which has no attributes of its own here: ``publisher_ror`` …
_PUBLISHERS = ("ror", "isni")
# Keys of an AU that go into its attributes under their own name; attr[] goes there too.
_NAMED = ("provider", "rights", "edition")
_VOLUME = ("volume_name", "volume_str", "volume")
_ISSUE = ("issue", "num_issue_range", "issue_set", "issue_no", "issues", "issue_no.", "issue_dir")
NO_STATUS = "(none)"
LONGEST_STATUS, LONGEST_YEAR = 32, 64


def read_list(name: str, sha256: str, parsed: TdbFile) -> ReadFile:
    """One file of a list; ``name`` as people know it, ``parsed`` what the core made of its bytes."""
    findings = [_finding(name, found) for found in parsed.findings]
    left_out = (found.code for found in parsed.findings if found.severity is Severity.ERROR)
    unread = any(code is not TdbCode.DUPLICATE_AUID for code in left_out)
    aus = list(_Reader(name, findings).read(parsed.aus))
    return ReadFile(name, sha256.encode(), aus, findings, unread)


def unreadable(name: str, code: str, message: str) -> ReadFile:
    """A file that could not even be opened."""
    return ReadFile(name, b"", (), (ReadFinding(code, "error", name, message),), unread=True)


def _finding(file: str, found: TdbFinding) -> ReadFinding:
    # The original tools count columns from 0; people and editors count from 1.
    return ReadFinding(
        found.code, found.severity, file, found.message, found.line or None, found.column + 1, found.entry
    )


class _Reader:
    """Remembers the title blocks of one file, so that its AUs share them."""

    def __init__(self, file: str, findings: list[ReadFinding]) -> None:
        self._file = file
        self._findings = findings
        self._titles: dict[int, ReadTitle] = {}

    def read(self, aus: tuple[TdbAu, ...]) -> Iterator[ReadAu]:
        for au in aus:
            auid = au.auid
            if not auid:
                self._note(au, "no-auid", "neither a plugin nor parameters say which AU it is", "error")
                continue
            if not (_fits(au.values) and _fits(au.title.attributes) and _fits(au.title.publisher.attributes)):
                self._note(
                    au, "text-unstorable", "it holds a character that no database keeps (U+0000)", "error"
                )
                continue
            yield self._au(au, auid)

    def _au(self, au: TdbAu, auid: str) -> ReadAu:
        params, attrs, get = au.params, au.attrs, au.get
        attributes = {**attrs, **{key: get(key) for key in _NAMED if get(key)}}
        other = au.nondef_params
        if get("proxy"):
            other["crawl_proxy"] = get("proxy")
        isbn, eisbn = (get(key) or attrs.get(key, "") for key in ("isbn", "eisbn"))
        for key, text in (("isbn", isbn), ("eisbn", eisbn)):
            if text and (fault := isbn_fault(text)):
                with in_english():
                    said = f"{key} “{text[:60]}”: {isbn_words(fault)}; kept as it is"
                self._note(au, "isbn-odd", said, "warning")
        year = get("year") or attrs.get("year") or params.get("year", "")
        if year and (fault := year_fault(year)):
            self._note(au, "year-odd", f"year “{year[:60]}”: {fault}; kept as it is", "warning")
        return ReadAu(
            title=self._title(au),
            auid=auid,
            plugin_id=au.plugin_id,
            params=params,
            other_params=other,
            name=au.name or auid,
            status=get("status")[:LONGEST_STATUS] or NO_STATUS,
            status2=get("status2")[:LONGEST_STATUS],
            year=year[:LONGEST_YEAR],
            volume=get("volume") or attrs.get("volume") or _first(params, _VOLUME),
            issue=attrs.get("issue") or _first(params, _ISSUE),
            isbn=isbn,
            eisbn=eisbn,
            attributes=attributes,
            file=self._file,
            line=au.line,
        )

    def _title(self, au: TdbAu) -> ReadTitle:
        title = self._titles.get(id(au.title))
        if title is None:
            title = self._titles[id(au.title)] = self._read_title(au, au.title)
        return title

    def _read_title(self, au: TdbAu, title: TdbTitle) -> ReadTitle:
        name = title.name.strip() or au.name or "untitled"
        extra = {key: value for key, value in title.attributes.items() if key not in _TITLE_KEYS and value}
        for key in _PUBLISHERS:
            if said := title.publisher.attributes.get(key, ""):
                extra.setdefault(f"publisher_{key}", said)
        numbers = {}
        for key in ("issn", "eissn", "issnl"):
            raw = title.get(key).strip()
            numbers[key] = issn_of(raw)
            if raw and not numbers[key]:
                extra[key] = raw
                message = f"{key} of “{name}” is “{raw[:60]}”, expected the form 1234-567X; kept as a remark"
                self._note(au, "issn-malformed", message, "warning")
            elif raw and issn_digit_is_wrong(raw):
                message = f"the check digit of {key} “{raw}” of “{name}” is wrong; kept as it is"
                self._note(au, "issn-check-digit", message, "warning")
        return ReadTitle(
            publisher=title.publisher.name.strip() or NO_PUBLISHER,
            name=name,
            kind=_kind(title.get("type")),
            issn=numbers["issn"],
            eissn=numbers["eissn"],
            issn_l=numbers["issnl"],
            isbn_keys=tuple(isbn_keys(title.get("isbn"), title.get("eisbn"))),
            attributes=extra,
        )

    def _note(self, au: TdbAu, code: str, message: str, severity: str) -> None:
        self._findings.append(
            ReadFinding(code, severity, self._file, message, au.line, au.column + 1, storable(au.name, 500))
        )


@cache
def _kind(text: str) -> str:
    """Empty where the list does not say; ``other`` for a word that nobody knows."""
    return text if not text or text in TitleKind.values else TitleKind.OTHER


def _first(params: Mapping[str, str], keys: tuple[str, ...]) -> str:
    return next((params[key] for key in keys if params.get(key)), "")


def _fits(values: Mapping[str, str]) -> bool:
    return not any("\0" in value or not _encodes(value) for value in values.values())


def _encodes(text: str) -> bool:
    if text.isascii():
        return True
    return not any("\ud800" <= sign <= "\udfff" for sign in text)
