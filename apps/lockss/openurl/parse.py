"""An OpenURL or a COinS read into one frozen value; what is odd is told and never stops the rest.

Every key is understood bare (0.1) and with ``rft.`` (1.0); where both are sent, the latter counts. Of repeated keys
the first counts, except identifiers and authors, of which all do.
"""

import re
from dataclasses import dataclass, field, replace

from apps.lockss.openurl.codes import bici_of, sici_of
from apps.lockss.openurl.dates import date_of, refined
from apps.lockss.openurl.identifiers import (
    Identified,
    IdKind,
    doi_of,
    identified,
    isbn_of,
    issn_of,
    pmid_of,
)
from apps.lockss.openurl.model import Genre, ItemCode, OpenUrl, OpenUrlCode, OpenUrlFinding
from apps.lockss.openurl.text import Pairs, pairs_of

MOST_TRIED = 10
"""Identifiers of one kind that are looked up; more in one question are no question."""
MOST_AUTHORS = 50

_ONE = frozenset(
    [
        "atitle",
        "title",
        "jtitle",
        "btitle",
        "stitle",
        "date",
        "chron",
        "ssn",
        "quarter",
        "volume",
        "part",
        "issue",
        "spage",
        "epage",
        "pages",
        "artnum",
        "aulast",
        "aufirst",
        "auinit",
        "auinit1",
        "auinitm",
        "ausuffix",
        "pub",
        "edition",
        "genre",
        "object",
        "place",
        "series",
        "tpages",
        "coden",
    ]
)
_IDS = frozenset({"id", "doi", "pmid", "issn", "eissn", "isbn", "eisbn", "sici", "bici", "au", "aucorp"})
# Keys of the envelope and of other entities, about which there is nothing to say.
_PASSED = re.compile(
    r"(?:rfr|rfe|req|svc|res|ctx|url|sid|pid|rft_val_fmt|rft_enc|rft_dat|rft_ref_fmt)(?:[._].*)?"
)
_REFERENCES = frozenset({"rft_ref", "ctx_ref", "url_ctx_ref"})
_LABEL = re.compile(
    r"(?:(?:volume|vol|issue|iss|number|num|no|nr)(?:\.\s*|\s+|(?=[0-9]))|[vn](?:\.\s*|\s+))(?=[0-9])",
    re.IGNORECASE,
)
_PAGE = "[A-Za-z]{0,4}[0-9]{1,7}[A-Za-z]?"
_PAGES = re.compile(
    rf"(?:pp?\.?\s*)?(?P<start>{_PAGE})(?:\s*[-‐‑‒–—]{{1,2}}\s*(?P<end>{_PAGE}))?(?:\s*[,;].*)?", re.DOTALL
)


@dataclass(slots=True)
class _Read:
    """What was collected so far, by key without ``rft.``."""

    pairs: Pairs
    full: dict[str, str] = field(default_factory=dict)
    bare: dict[str, str] = field(default_factory=dict)
    ids: list[tuple[str, str, str]] = field(default_factory=list)
    """Key, key as it was sent, value."""

    def get(self, key: str) -> str:
        return self.full.get(key) or self.bare.get(key, "")


def parse_openurl(asked: str | bytes) -> OpenUrl | OpenUrlFinding:
    """The question in a query string, an OpenURL, or a text with a COinS; a finding where it is over 8 KiB.

    ``asked`` as ``str`` stands for its UTF-8 bytes.
    """
    pairs = pairs_of(asked)
    if isinstance(pairs, OpenUrlFinding):
        return pairs
    read = _Read(pairs)
    for key, value in pairs.pairs:
        _sort(read, key, value)
    out = _filled(_texts(read), read)
    if not (out.asks_for_part or out.urls or out.issns or out.isbns or out.title or out.publisher):
        pairs.note(OpenUrlCode.NOTHING_ASKED)
    return replace(out, findings=tuple(dict.fromkeys(pairs.findings)))


def _sort(read: _Read, key: str, value: str) -> None:
    lowered = key.lower()
    is_full = lowered.startswith("rft.")
    name = lowered.removeprefix("rft.")
    if lowered in {"rft_id", "id"} or name in _IDS:
        read.ids.append((name, key, value))
    elif name in _ONE:
        known = read.full if is_full else read.bare
        if known.setdefault(name, value) != value:
            read.pairs.note(OpenUrlCode.REPEATED, key, value)
    elif lowered in _REFERENCES:
        read.pairs.note(OpenUrlCode.BY_REFERENCE, key, value)
    elif not _PASSED.fullmatch(lowered):
        read.pairs.note(OpenUrlCode.UNKNOWN_KEY, key, value)
    if lowered == "rft_val_fmt":
        read.bare.setdefault("format", value.rpartition(":")[2].lower())


def _texts(read: _Read) -> OpenUrl:
    """What stands in keys of which one counts."""
    start, end = _pages(read)
    book_title = read.get("btitle")
    title = read.get("title") or book_title or read.get("jtitle") or read.get("stitle")
    initials = read.get("auinit") or " ".join(filter(None, (read.get("auinit1"), read.get("auinitm"))))
    return OpenUrl(
        genre=_genre(read),
        title=title,
        is_book_title=bool(book_title) and title == book_title,
        article_title=read.get("atitle"),
        last_name=read.get("aulast"),
        first_name=read.get("aufirst"),
        initials=initials,
        publisher=read.get("pub"),
        date=_date(read),
        volume=_label(read.get("volume")),
        part=_label(read.get("part")),
        issue=_label(read.get("issue")),
        start_page=start,
        end_page=end,
        item_number=read.get("artnum"),
        edition=read.get("edition"),
    )


def _genre(read: _Read) -> Genre:
    text = read.get("genre")
    try:
        return Genre(text.lower()) if text else _genre_of_format(read.get("format"))
    except ValueError:
        read.pairs.note(OpenUrlCode.UNKNOWN_GENRE, "genre", text)
        return _genre_of_format(read.get("format"))


def _genre_of_format(name: str) -> Genre:
    """A journal's format is used for all that stands in journals, so it says nothing of the part."""
    return {"book": Genre.BOOK, "dissertation": Genre.DISSERTATION, "patent": Genre.PATENT}.get(
        name, Genre.UNKNOWN
    )


def _date(read: _Read) -> str:
    text = read.get("date")
    when, known = date_of(text) if text else ("", True)
    if not known:
        read.pairs.note(OpenUrlCode.BAD_DATE, "date", text)
    when, known = refined(when, read.get("ssn"), read.get("quarter"))
    if not known:
        read.pairs.note(OpenUrlCode.BAD_SEASON, "ssn", f"{read.get('ssn')} {read.get('quarter')}")
    return when


def _label(text: str) -> str:
    """``Vol. 12`` is 12."""
    return _LABEL.sub("", text, count=1) if _LABEL.match(text) else text


def _pages(read: _Read) -> tuple[str, str]:
    start, end = read.get("spage"), read.get("epage")
    found = _PAGES.fullmatch(start or read.get("pages"))
    if found is not None:
        start, end = found["start"], end or found["end"] or ""
    return start or read.get("pages"), end


def _filled(out: OpenUrl, read: _Read) -> OpenUrl:
    """With its identifiers, and with what a SICI or BICI says where the question itself says nothing."""
    values: dict[str, list[str]] = {kind: [] for kind in ("doi", "pmid", "url", "issn", "isbn", "au")}
    codes: dict[str, ItemCode] = {}
    for name, key, text in read.ids:
        judged = _judged(name, text)
        if judged is None:
            values["au"].append(text)
        elif judged.kind in (IdKind.SICI, IdKind.BICI):
            _take_code(codes, judged.kind, key, text, read)
        else:
            if judged.fault is not None:
                read.pairs.note(judged.fault, key, text)
            if judged.kind is not IdKind.OTHER:
                values[judged.kind].extend(judged.values)
    sici, bici = codes.get("sici"), codes.get("bici")
    out = replace(out, sici=sici, bici=bici, authors=tuple(dict.fromkeys(values["au"]))[:MOST_AUTHORS])
    for code in filter(None, (sici, bici)):
        out = _completed(out, code)
        values["issn" if code is sici else "isbn"].extend(_of_code(code, code is sici, read))
    return replace(
        out,
        dois=_tried(values["doi"]),
        pmids=_tried(values["pmid"]),
        urls=_tried(values["url"]),
        issns=_tried(values["issn"]),
        isbns=_tried(values["isbn"]),
    )


def _judged(name: str, text: str) -> Identified | None:
    """None for an author."""
    if name in {"au", "aucorp"}:
        return None
    if name in {"issn", "eissn"}:
        return issn_of(text)
    if name in {"isbn", "eisbn"}:
        return isbn_of(text)
    if name in {"sici", "bici"}:
        return Identified(IdKind(name), (text,))
    if name == "doi":
        return doi_of(text.removeprefix("info:doi/"))
    return pmid_of(text) if name == "pmid" else identified(text)


def _take_code(codes: dict[str, ItemCode], kind: IdKind, key: str, text: str, read: _Read) -> None:
    is_sici = kind is IdKind.SICI
    bare = text.removeprefix(f"info:{kind}/")
    code = sici_of(bare) if is_sici else bici_of(bare)
    if code is None:
        read.pairs.note(OpenUrlCode.BAD_SICI if is_sici else OpenUrlCode.BAD_BICI, key, text)
    else:
        codes.setdefault(kind, code)


def _of_code(code: ItemCode, is_sici: bool, read: _Read) -> tuple[str, ...]:
    judged = issn_of(code.number) if is_sici else isbn_of(code.number)
    if judged.fault is not None:
        read.pairs.note(judged.fault, "sici" if is_sici else "bici", code.number)
    return judged.values


def _completed(out: OpenUrl, code: ItemCode) -> OpenUrl:
    if out.volume and code.volume and out.volume != code.volume:
        # The question means another volume than its code: the code's pages are of no use to it.
        return out
    return replace(
        out,
        date=out.date or code.date,
        volume=out.volume or code.volume,
        issue=out.issue or code.issue,
        start_page=out.start_page or code.start_page,
        end_page=out.end_page or code.end_page,
        item_number=out.item_number or code.item_number,
    )


def _tried(values: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))[:MOST_TRIED]
