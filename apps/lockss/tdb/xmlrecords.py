"""One record of an XML title database into an AU, as a node takes it in (tdb.md §5.1)."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from apps.lockss.tdb.errors import Severity, TdbCode
from apps.lockss.tdb.model import TdbAu, TdbPublisher, TdbTitle

ZAPPED = "zapped"
DOWN_STATUS = "down"
# Attributes that the text language has keys of its own for.
PLAIN_ATTRIBUTES = ("provider", "edition", "eisbn", "isbn", "year", "volume", "rights")
# Known to every plugin and never part of an AU's identity.
DEFAULT_ONLY = frozenset(
    {"pub_down", "pub_never", "au_closed", "protocol_version", "crawl_proxy", "nc_interval"}
)
_TITLE_KEYS = {
    "issn": "issn",
    "eissn": "eissn",
    "issnl": "issnl",
    "journalDoi": "doi",
    "type": "type",
    "journalId": "journalId",
}
_CONSUMED = frozenset({"title", "plugin", "journalTitle", "journal.title", "publisher.name", *_TITLE_KEYS})
_PARAM = re.compile(r"param\.(.+)\.(key|value)", re.DOTALL)
_VOLUME_PARAMS = ("volume_name", "volume_str", "volume")
_ISSUE_PARAMS = ("issue", "num_issue_range", "issue_set", "issue_no", "issues", "issue_no.", "issue_dir")
_ISBN_SIGNS = re.compile(r"[-\s]")
_ISBN = re.compile(r"[0-9]{9}[0-9Xx]|97[89][0-9]{10}")


@dataclass(frozen=True, slots=True)
class Record:
    """``name`` is only a label: several records may have it. ``values``: by the rest of the dotted name."""

    name: str
    values: Mapping[str, str]
    line: int
    column: int


Note = Callable[[TdbCode, Severity, Record, str], None]


@dataclass(slots=True)
class RecordReader:
    """Remembers titles, so that AUs share them, and identities, so that none comes twice.

    ``listed_status`` is that of an AU whose record does not say more.
    """

    note: Note
    listed_status: str
    publishers: list[TdbPublisher] = field(default_factory=list)
    titles: list[TdbTitle] = field(default_factory=list)
    _by_name: dict[str, TdbPublisher] = field(default_factory=dict)
    _by_id: dict[tuple[str, str], str] = field(default_factory=dict)
    _by_content: dict[tuple[tuple[str, str], ...], TdbTitle] = field(default_factory=dict)
    _seen: dict[tuple[str, ...], int] = field(default_factory=dict)

    def read(self, record: Record) -> TdbAu | None:
        """None, with a finding, for a record that names no AU or one that is already there."""
        given = record.values
        missing = [key for key in ("plugin", "title") if not given.get(key)]
        if missing:
            self._drop(TdbCode.RECORD, record, f"expected {' and '.join(missing)}")
            return None
        params = self._params(record)
        identity = (given["plugin"], *(text for pair in sorted(params.items()) for text in pair))
        if identity in self._seen:
            message = f"same plugin and parameters as in line {self._seen[identity]}"
            self._drop(TdbCode.DUPLICATE_AUID, record, message)
            return None
        self._seen[identity] = record.line
        values = {"name": given["title"], "plugin": given["plugin"], **_parameters(params)}
        values |= _attributes(given)
        values["status"] = self._status(given, params)
        if not values["status"]:
            del values["status"]
        return TdbAu(self._title(record, params), values, record.line, record.column)

    def _drop(self, code: TdbCode, record: Record, message: str) -> None:
        self.note(code, Severity.ERROR, record, message)

    def _params(self, record: Record) -> dict[str, str]:
        pairs: dict[str, dict[str, str]] = {}
        for name, value in record.values.items():
            if name.startswith("param.") and (found := _PARAM.fullmatch(name)):
                pairs.setdefault(found[1], {})[found[2]] = value
        params: dict[str, str] = {}
        for number, pair in pairs.items():
            if not pair.get("key") or "value" not in pair:
                message = f"parameter {number} is left out: expected a key and a value"
                self.note(TdbCode.RECORD, Severity.WARNING, record, message)
            elif pair["key"] in params:
                message = f"parameter {pair['key']} is there twice; the first one counts"
                self.note(TdbCode.RECORD, Severity.WARNING, record, message)
            else:
                params[pair["key"]] = pair["value"]
        return params

    def _status(self, given: Mapping[str, str], params: Mapping[str, str]) -> str:
        if given.get("attributes.status"):
            return given["attributes.status"]
        return DOWN_STATUS if _is_true(params.get("pub_down", "")) else self.listed_status

    def _title(self, record: Record, params: Mapping[str, str]) -> TdbTitle:
        given = record.values
        name = _title_name(given, params)
        told = given.get("attributes.publisher") or given.get("publisher.name")
        publisher_name = told or f"unknown publisher [{name}]"
        title_id = given.get("journalId") or name
        first_name = self._by_id.setdefault((publisher_name, title_id), name)
        if first_name != name:
            message = (
                f"title {title_id} is called {first_name!r} before and {name!r} here; the first name counts"
            )
            self.note(TdbCode.RECORD, Severity.WARNING, record, message)
        attributes = {"name": first_name}
        attributes |= {ours: given[theirs] for theirs, ours in _TITLE_KEYS.items() if given.get(theirs)}
        if "type" not in attributes and (kind := _kind(given)):
            attributes["type"] = kind
        content = (("", publisher_name), *sorted(attributes.items()))
        title = self._by_content.get(content)
        if title is None:
            title = self._by_content[content] = TdbTitle(self._publisher(publisher_name), attributes)
            self.titles.append(title)
        return title

    def _publisher(self, name: str) -> TdbPublisher:
        publisher = self._by_name.get(name)
        if publisher is None:
            publisher = self._by_name[name] = TdbPublisher({"name": name})
            self.publishers.append(publisher)
        return publisher


def _is_true(text: str) -> bool:
    return text.strip().lower() in ("true", "yes", "1")


def _parameters(params: Mapping[str, str]) -> dict[str, str]:
    """Under the keys of the text language; what every plugin knows is set apart, for it is no part of an AUID."""
    values: dict[str, str] = {}
    for key, value in params.items():
        if key == "crawl_proxy":
            values["proxy"] = value
        elif key == "pub_down" and _is_true(value):
            # Told by the status.
            continue
        else:
            values[f"nondefparam[{key}]" if key in DEFAULT_ONLY else f"param[{key}]"] = value
    return values


def _attributes(given: Mapping[str, str]) -> dict[str, str]:
    values: dict[str, str] = {}
    for name, value in given.items():
        if name.startswith("attributes."):
            key = name.removeprefix("attributes.")
            if key in PLAIN_ATTRIBUTES:
                values[key] = value
            elif key not in ("publisher", "status"):
                values[f"attr[{key}]"] = value
        elif name not in _CONSUMED and not name.startswith("param."):
            values[name] = value
    return values


def _title_name(given: Mapping[str, str], params: Mapping[str, str]) -> str:
    """Told, or the AU's name without its volume, issue or year."""
    told = given.get("journalTitle") or given.get("journal.title")
    if told:
        return told
    name = given["title"]
    volume = given.get("attributes.volume") or _first(params, _VOLUME_PARAMS)
    issue = given.get("attributes.issue") or _first(params, _ISSUE_PARAMS)
    year = given.get("attributes.year") or params.get("year", "")
    for words, value in ((" vol ", volume), (" volume ", volume), (" issue ", issue), (" ", year)):
        ending = f"{words}{value}"
        if value and len(name) > len(ending) and name.lower().endswith(ending.lower()):
            return name[: -len(ending)]
    return f"unknown title [{name}]"


def _first(params: Mapping[str, str], keys: tuple[str, ...]) -> str:
    return next((params[key] for key in keys if params.get(key)), "")


def _kind(given: Mapping[str, str]) -> str:
    """What an ISBN says of a record that names no type; "" if there is none."""
    isbns = (given.get(key, "") for key in ("attributes.eisbn", "attributes.isbn", "isbn"))
    if not any(_ISBN.fullmatch(_ISBN_SIGNS.sub("", text)) for text in isbns):
        return ""
    return "bookSeries" if any(given.get(key) for key in ("issn", "eissn", "issnl")) else "book"
