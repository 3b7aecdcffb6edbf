"""Core values turned into what an import writes: columns, attributes, remarks."""

import pytest

from apps.lockss.tdb import parse_tdb
from apps.titles.reading import NO_STATUS, read_list, unreadable
from apps.titles.staging import ReadAu, ReadFile


def read(au_lines: str, head: str = "", title: str = "name = T") -> ReadFile:
    text = (
        "{ publisher < name = P >\n"
        f"{{ title < {title} >\n"
        f"plugin = org.x.Plugin\nparam[base_url] = http://x.example/\n{head}\n{au_lines}\n}}}}"
    )
    return read_list("x.tdb", "00", parse_tdb(text))


def one(au_line: str, head: str = "", title: str = "name = T") -> ReadAu:
    (au,) = read(au_line, head, title).aus
    return au


def test_columns_come_from_their_keys():
    au = one(
        "au < released ; frozen ; 2001-2002 ; T Volume 7 ; 7 ; 9781234567897 >",
        "provider = Q\nrights = openaccess\nproxy = p.example:80\nnondefparam[issues] = 1,2\nattr[au_coverage_depth] = abstract\n"
        "implicit < status ; status2 ; year ; name ; param[volume_name] ; isbn >",
    )
    assert (au.status, au.status2, au.year, au.name, au.isbn) == (
        "released",
        "frozen",
        "2001-2002",
        "T Volume 7",
        "9781234567897",
    )
    assert (au.volume, au.plugin_id) == ("7", "org.x.Plugin")
    assert au.params == {"base_url": "http://x.example/", "volume_name": "7"}
    assert au.other_params == {"issues": "1,2", "crawl_proxy": "p.example:80"}
    assert au.attributes == {"au_coverage_depth": "abstract", "provider": "Q", "rights": "openaccess"}
    assert au.place == "x.tdb:11"


@pytest.mark.parametrize(
    ("head", "values", "field", "expected"),
    [
        ("implicit < status ; name ; param[year] >", "released ; N ; 1999", "year", "1999"),
        (
            "attr[year] = 1998\nimplicit < status ; name ; param[year] >",
            "released ; N ; 1999",
            "year",
            "1998",
        ),
        ("attr[volume] = v\nimplicit < status ; name ; param[volume] >", "released ; N ; 3", "volume", "v"),
        ("implicit < status ; name ; param[issue_no.] >", "released ; N ; 4", "issue", "4"),
        ("attr[issue] = i\nimplicit < status ; name ; param[x] >", "released ; N ; 4", "issue", "i"),
        ("implicit < name ; param[x] >", "N ; 4", "status", NO_STATUS),
        ("implicit < status ; name ; param[x] >", f"{'s' * 90} ; N ; 4", "status", "s" * 32),
        ("implicit < status ; year ; name ; param[x] >", f"released ; {'2' * 90} ; N ; 4", "year", "2" * 64),
        (
            "implicit < status ; param[x] >",
            "released ; 4",
            "name",
            "org|x|Plugin&base_url~http%3A%2F%2Fx%2Eexample%2F&x~4",
        ),
    ],
)
def test_derived_columns(head, values, field, expected):
    assert getattr(one(f"au < {values} >", head), field) == expected


@pytest.mark.parametrize(
    ("title", "kind", "issn", "attributes"),
    [
        ("name = T ; issn = 12345679", "", "1234-5679", {}),
        ("name = T ; type = bookSeries", "bookSeries", "", {}),
        ("name = T ; type = blog", "other", "", {}),
        ("name = T ; issn = 12", "", "", {"issn": "12"}),
        ("name = T ; doi = 10.1/x ; info[a] = b ; comment[c] =", "", "", {"doi": "10.1/x", "info[a]": "b"}),
    ],
)
def test_titles(title, kind, issn, attributes):
    found = one("au < released ; N ; 1 >", "implicit < status ; name ; param[x] >", title).title
    assert (found.publisher, found.name, found.kind, found.issn) == ("P", "T", kind, issn)
    assert found.attributes == attributes


def test_aus_of_a_block_share_their_title():
    file = read("au < released ; N ; 1 >\nau < released ; M ; 2 >", "implicit < status ; name ; param[x] >")
    first, second = file.aus
    assert first.title is second.title
    assert not file.unread


def test_an_entry_without_identity_is_a_finding():
    text = (
        "{ publisher < name = P >\n{ title < name = T >\nimplicit < status ; name >\nau < released ; N >\n}}"
    )
    file = read_list("x.tdb", "00", parse_tdb(text))
    assert list(file.aus) == []
    (found,) = file.findings
    assert (found.code, found.severity, found.line, found.entry) == ("no-auid", "error", 4, "N")


def test_years_that_cannot_be_are_a_finding_and_are_kept():
    file = read(
        "au < released ; N ; 2006-1999 >\nau < released ; M ; 1999 >\nau < released ; O ; 2001, 99999999999 >",
        "implicit < status ; name ; year >",
    )
    found = [found for found in file.findings if found.code == "year-odd"]
    assert [(one.severity, one.entry, one.line) for one in found] == [
        ("warning", "N", 6),
        ("warning", "O", 8),
    ]
    assert "“2006-1999”: the range runs backwards; expected the earlier year first" in found[0].message
    assert "“2001, 99999999999”: expected years of four digits" in found[1].message
    assert [au.year for au in file.aus] == ["2006-1999", "1999", "2001, 99999999999"]


def test_what_no_row_can_hold_is_a_finding_and_the_rest_goes_in():
    file = read(
        "au < released ; N\0x ; 1 >\nau < released ; M ; 2 >", "implicit < status ; name ; param[x] >"
    )
    assert [au.name for au in file.aus] == ["M"]
    assert [found.code for found in file.findings] == ["text-unstorable"]
    assert "\0" not in file.findings[0].entry


def test_columns_of_findings_count_from_one():
    file = read_list("x.tdb", "00", parse_tdb("{ publisher < name = P >\n  !"))
    (found,) = file.findings
    assert (found.line, found.column) == (2, 3)
    assert file.unread


def test_a_file_that_cannot_be_opened():
    file = unreadable("x.tdb", "archive", "it is damaged")
    assert file.unread
    assert file.findings[0].message == "it is damaged"


def test_identifiers_of_the_publisher_are_kept_with_its_titles():
    text = (
        "{ publisher < name = P ; ror = 013meh722 ; isni = 0000000121032683 ; contact = x >\n"
        "{ title < name = T ; doi = 10.5555/t >\nplugin = org.x.Plugin\nparam[base_url] = http://x.example/\n"
        "implicit < status ; year >\nau < released ; 2001 > } }"
    )
    (au,) = read_list("x.tdb", "00", parse_tdb(text)).aus
    assert au.title.attributes == {
        "doi": "10.5555/t",
        "publisher_ror": "013meh722",
        "publisher_isni": "0000000121032683",
    }
