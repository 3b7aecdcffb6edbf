"""AUs into the XML form that nodes load (tdb.md §5). Unlike the original, every value is escaped."""

import re
import unicodedata
from collections.abc import Iterable, Iterator

from apps.lockss.tdb.model import TdbAu, TdbPublisher
from apps.lockss.tdb.xmlrecords import PLAIN_ATTRIBUTES, ZAPPED

_FIRST_PARAMS = (
    *("base_url", "base_url2", "base_url3", "base_url4", "base_url5", "oai_request_url"),
    *("publisher_id", "publisher_code", "publisher_name", "journal_issn", "journal_id", "journal_code"),
    *("journal_abbr", "journal_dir", "year", "issues", "issue_set", "issue_range", "num_issue_range"),
    *("volume_name", "volume_str", "volume"),
)
_RANKS = {key: rank for rank, key in enumerate(_FIRST_PARAMS)}
_PROXY, _DOWN = 98, 99
_ENDING = re.compile(
    r"(?P<name>.*)\bVolume (?P<volume>(?:\S|(?<=-)\s)+)(?: \((?P<year>[^()]*)\))?(?: \[(?P<more>[^\[\]]*)\])?",
    re.IGNORECASE | re.DOTALL,
)
_NOT_WORD = re.compile(r"[^A-Za-z0-9_]+")
_SPECIAL = re.compile(r"[^ !#-%'-;=?-~]")
# What XML 1.0 cannot say at all, escaped or not.
_UNSPEAKABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE lockss-config [
<!ELEMENT lockss-config (property*)>
<!ELEMENT property (property*)>
<!ATTLIST property name CDATA #REQUIRED value CDATA #IMPLIED>
]>
<lockss-config>
"""


def title_db_xml(aus: Iterable[TdbAu], *, pub_down: bool = True) -> Iterator[bytes]:
    """The document in pieces, in the order given. ``pub_down``: whether AUs of a publisher that is down say so.

    Statuses are not part of this form, but for those that are down or zapped. Of an AU without a name or a plugin
    nothing is written: no node would take it.
    """
    yield _HEAD.encode()
    publisher: TdbPublisher | None = None
    for au in aus:
        if not (au.name and au.plugin_id):
            continue
        if au.title.publisher is not publisher:
            if publisher is not None:
                yield b" </property>\n"
            publisher = au.title.publisher
            yield _title_set(publisher.name).encode()
            yield b' <property name="org.lockss.title">\n'
        yield _record(au, pub_down=pub_down).encode()
    yield b" </property>\n</lockss-config>\n" if publisher is not None else b"</lockss-config>\n"


def escape(text: str) -> str:
    """For an attribute's value, in ASCII; what no XML can hold becomes U+FFFD."""
    return _SPECIAL.sub(lambda found: f"&#{ord(found[0])};", _UNSPEAKABLE.sub("\ufffd", text))


def _leaf(depth: int, name: str, value: str) -> str:
    return f'{" " * depth}<property name="{escape(name)}" value="{escape(value)}"/>\n'


def _title_set(publisher: str) -> str:
    quote = "'" if '"' in publisher else '"'
    name = escape(publisher.replace(".", ""))
    return (
        f' <property name="org.lockss.titleSet">\n  <property name="{name}">\n'
        + _leaf(3, "name", f"All {publisher} AUs")
        + _leaf(3, "class", "xpath")
        + _leaf(3, "xpath", f"[attributes/publisher={quote}{publisher}{quote}]")
        + "  </property>\n </property>\n"
    )


def _record(au: TdbAu, *, pub_down: bool) -> str:
    title = au.title
    told = [("attributes.publisher", title.publisher.name), ("journalTitle", title.name)]
    for key, name in (("issn", "issn"), ("eissn", "eissn"), ("issnl", "issnl"), ("doi", "journalDoi")):
        told += [(name, title.attributes[key])] if key in title.attributes else []
    told += [("type", title.type), ("title", au.name), ("plugin", au.plugin_id)]
    told += [(f"attributes.{key}", value) for key, value in sorted(au.attrs.items())]
    told += [(f"attributes.{key}", au.values[key]) for key in PLAIN_ATTRIBUTES if _is_told(au, key)]
    if au.get("status") == ZAPPED:
        told.append(("attributes.status", ZAPPED))
    lines = [f'  <property name="{escape(short_name(au))}">\n']
    lines += [_leaf(3, name, value) for name, value in told]
    for number, key, value in _numbered(au, pub_down=pub_down):
        lines.append(f'   <property name="param.{number}">\n')
        lines += [_leaf(4, "key", key), _leaf(4, "value", value)]
        lines.append("   </property>\n")
    return "".join([*lines, "  </property>\n"])


def _is_told(au: TdbAu, key: str) -> bool:
    return key in au.values and (key != "rights" or au.values[key] == "openaccess")


def _numbered(au: TdbAu, *, pub_down: bool) -> Iterator[tuple[int, str, str]]:
    """Number, key and value of each parameter; empty ones of an AU's identity are left out."""
    own = sorted(au.params.items(), key=lambda pair: (_RANKS.get(pair[0], len(_RANKS)), pair[0]))
    pairs = [pair for pair in own if pair[1]] + sorted(au.nondef_params.items())
    for place, (key, value) in enumerate(pairs, 1):
        yield (place if place < _PROXY else place + 2), key, value
    if au.get("proxy"):
        yield _PROXY, "crawl_proxy", au.get("proxy")
    if pub_down and au.publisher_down:
        yield _DOWN, "pub_down", "true"


def short_name(au: TdbAu) -> str:
    """A record's own name, readable rather than unique: the plugin's last part and the AU's name squeezed."""
    plugin = au.plugin_id.rpartition(".")[2]
    found = _ENDING.fullmatch(au.name)
    if found is None:
        return plugin + _NOT_WORD.sub("", au.name)
    parts = [found["volume"], *(found[key] for key in ("year", "more") if found[key])]
    squeezed = ["".join(part.split()) for part in parts]
    return plugin + _NOT_WORD.sub("", _without_accents(found["name"])) + "_".join(squeezed)


def _without_accents(text: str) -> str:
    plain = unicodedata.normalize("NFD", text)
    return "".join(sign for sign in plain if unicodedata.category(sign) != "Mn")
