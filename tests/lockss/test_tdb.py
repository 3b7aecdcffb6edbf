"""The text language against what the original tools made of it, and against hostile files."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.tdb import Severity, TdbCode, parse_tdb

CASES = json.loads((Path(__file__).parent / "vectors" / "tdb-lexical-cases.json").read_text(encoding="utf-8"))
FRAME = "{\n publisher < name = P >\n plugin = a.B\n implicit < %s >\n {\n  title < name = T >\n%s\n }\n}\n"


def errors(source):
    return [f for f in parse_tdb(source).findings if f.severity is Severity.ERROR]


@pytest.mark.parametrize("name", CASES)
def test_lexical_case(name):
    case = CASES[name]
    read = parse_tdb(case["input"].encode())
    found = errors(case["input"])
    if case["error"] is not None:
        assert f":{found[0].line}:{found[0].column}:" in case["error"]
        return
    assert found == []
    assert [dict(p.attributes) for p in read.publishers] == case["publishers"]
    assert [dict(t.attributes) for t in read.titles] == case["titles"]
    for au, told in zip(read.aus, case["aus"], strict=True):
        assert (au.line, au.name, au.params) == (told["line"], told.get("name", ""), told.get("params", {}))
        assert (au.auid, au.auid_plus) == (told.get("auid") or "", told.get("auidplus") or "")
        assert ";".join(au.implicit) == told["implicit"]
        assert read.titles.index(au.title) == told["title"]
        for key in ("status", "year", "plugin", "proxy", "isbn", "eisbn", "rights", "provider"):
            if key in told:
                assert (au.plugin_id if key == "plugin" else au.get(key)) == told[key]


def test_a_bad_entry_is_a_finding_and_the_others_go_in():
    aus = "  au < A ; 1 >\n  au < B >\n  au < C ; 3 >"
    read = parse_tdb(FRAME % ("name ; param[v]", aus))
    assert [au.name for au in read.aus] == ["A", "C"]
    (finding,) = read.findings
    assert (finding.code, finding.line, finding.column) == (TdbCode.IMPLICIT_COUNT, 8, 2)
    assert finding.entry == "au < B >"
    assert "expected 2 values" in finding.message


def test_entries_below_a_key_set_twice_do_not_go_in():
    source = FRAME % ("name ; param[v]", "  plugin = c.D\n  au < A ; 1 >")
    read = parse_tdb(source)
    assert read.aus == ()
    assert [f.code for f in read.findings] == [TdbCode.DUPLICATE_KEY]


def test_a_syntax_error_names_its_place():
    source = FRAME % ("name", "  au < A >\n  au A >")
    read = parse_tdb(source)
    assert read.aus == ()
    assert [(f.code, f.line, f.column) for f in read.findings] == [(TdbCode.SYNTAX, 8, 5)]
    assert "expected '<'" in read.findings[0].message


def test_unknown_status_goes_in_with_a_warning():
    read = parse_tdb(FRAME % ("status ; name ; param[v]", "  au < manifests ; A ; 1 >"))
    assert len(read.aus) == 1
    assert [(f.code, f.severity) for f in read.findings] == [(TdbCode.UNKNOWN_STATUS, Severity.WARNING)]


def test_what_is_not_utf8_names_byte_and_place():
    (finding,) = parse_tdb(b"{\n publisher < name = \xff >\n}").findings
    assert (finding.code, finding.line, finding.column) == (TdbCode.ENCODING, 2, 20)


def test_groups_without_end():
    (finding,) = parse_tdb("{" * 100_000).findings
    assert finding.code is TdbCode.TOO_DEEP


@given(st.text(alphabet='{}<>;= \n"\\#abtiu[].plhermsg', max_size=200))
def test_any_text_is_read_or_refused(source):
    read = parse_tdb(source)
    assert read.aus == () or read.titles


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data):
    parse_tdb(data)


values = st.text(
    alphabet=st.characters(blacklist_categories=("Cs",), blacklist_characters="\r\n\0"), max_size=30
)


@given(values)
def test_a_quoted_value_comes_back(value):
    quoted = '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    (au,) = parse_tdb(FRAME % ("name ; param[v]", f"  au < {quoted} ; 1 >")).aus
    assert au.name == value
