"""Questions about AUs: meaning, counts of the original tools where they can be checked, and texts that mean nothing."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.tdb import (
    STATUS_SETS,
    Place,
    QueryCode,
    QueryError,
    TdbAu,
    TdbPublisher,
    TdbTitle,
    parse_query,
    parse_tdb,
)
from apps.lockss.tdb.fields import FIELDS
from apps.lockss.tdb.query import MOST_TESTS, AllOf, AnyOf, FieldTest, Operator
from tests.shared import DATA, VECTORS, needs_shared

TITLE = TdbTitle(
    TdbPublisher({"name": "Pub", "info[contract]": "2009"}),
    {"name": "Journal", "issn": "1234-5679", "alt_title": "J"},
)
AU = TdbAu(
    TITLE,
    {
        "name": "Journal Volume 7",
        "status": "released",
        "year": "2016",
        "volume": "",
        "plugin": "org.a.Plugin",
        "param[base_url]": "http://x.example/",
        "nondefparam[issues]": "1-4",
        "attr[au_feature_key]": "key",
        "hidden[proxy]": "p:80",
    },
    line=12,
    column=2,
)
PLACE = Place("prod/pub.tdb")


@pytest.mark.parametrize(
    ("text", "hit"),
    [
        ("year is set", True),
        ("year is not set", False),
        ("volume is set", True),
        ("edition is set", False),
        ("edition is not set", True),
        ('year = "2016"', True),
        ("year = '2016'", True),
        ('year is "2016"', True),
        ('year is not "2016"', False),
        ('year != "2016"', False),
        ('year = "201"', False),
        ('year = "02016"', False),
        ('volume = ""', True),
        ('edition = ""', False),
        ('edition != ""', True),
        ('edition is not ""', True),
        ('edition ~ "^$"', True),
        ('edition !~ "."', True),
        ('edition !~ "^$"', False),
        ('year ~ "01"', True),
        ('year ~ "^01"', False),
        ('year !~ "^01"', True),
        (r'year ~ "^\d{4}$"', True),
        (r'year ~ "^\\d{4}$"', True),
        (r"""name != 'it\'s "so"'""", True),
        ('publisher = "Pub"', True),
        ('publisher:name = "Pub"', True),
        ('publisher:info[contract] = "2009"', True),
        ('title = "Journal"', True),
        ('title:name = "Journal"', True),
        ('title:alt_title = "J"', True),
        ("title:alt is not set", True),
        ('type = "journal"', True),
        ('title:type is "journal"', True),
        ("type is set", True),
        ('issn = "1234-5679"', True),
        ('title:issn = "1234-5679"', True),
        ("eissn is set", False),
        ('au:name = "Journal Volume 7"', True),
        ('plugin = "org.a.Plugin"', True),
        ("pluginPrefix is not set", True),
        ('param[base_url] ~ "example"', True),
        ('nondefparam[issues] = "1-4"', True),
        ('attr[au_feature_key] = "key"', True),
        ('au:hidden[proxy] = "p:80"', True),
        ("au:hidden[other] is not set", True),
        (r'auid = "org|a|Plugin&base_url~http%3A%2F%2Fx%2Eexample%2F"', True),
        ('auidplus ~ "@@@NONDEF@@@issues~1-4$"', True),
        ('file = "prod/pub.tdb"', True),
        ('line = "12"', True),
        ('fileline = "prod/pub.tdb:12"', True),
        ('year = "2016" and status = "down"', False),
        ('year = "2016" or status = "down"', True),
        ('status = "down" and year = "2016" or year is set', True),
        ('year is set or year = "2016" and status = "down"', True),
        ('(year is set or year = "2016") and status = "down"', False),
        ('((status is "released") and (year ~ "^20" or volume is set))', True),
        ('year="2016"and\n\tstatus!="down"', True),
    ],
)
def test_meaning(text, hit):
    assert parse_query(text).matches(AU, PLACE) is hit


def test_an_au_without_plugin_has_no_auid():
    bare = TdbAu(TITLE, {}, 1, 0)
    for field in ("plugin", "auid", "auidplus"):
        assert parse_query(f"{field} is not set").matches(bare)


def test_prefix_and_suffix_are_a_plugin():
    parts = TdbAu(TITLE, {"pluginPrefix": "org.a.", "pluginSuffix": "B"}, 1, 0)
    assert parse_query('plugin = "org.a.B" and pluginSuffix = "B"').matches(parts)


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_is_set_or_not(field):
    assert parse_query(f"{field} is set").matches(AU) is not parse_query(f"{field} is not set").matches(AU)


@pytest.mark.parametrize(
    ("text", "code", "offset"),
    [
        ("", QueryCode.SYNTAX, 0),
        ("  ", QueryCode.SYNTAX, 2),
        ("year", QueryCode.SYNTAX, 4),
        ("year is", QueryCode.SYNTAX, 7),
        ("year is not", QueryCode.SYNTAX, 11),
        ("year not set", QueryCode.SYNTAX, 5),
        ("year = 2016", QueryCode.CHARACTER, 7),
        ("year = set", QueryCode.SYNTAX, 7),
        ('year == "1"', QueryCode.SYNTAX, 6),
        ('year > "1"', QueryCode.CHARACTER, 5),
        ('year = "1', QueryCode.CHARACTER, 7),
        ('year = "1\\"', QueryCode.CHARACTER, 7),
        ('year = "1" year = "2"', QueryCode.SYNTAX, 11),
        ('year = "1" and', QueryCode.SYNTAX, 14),
        ('or year = "1"', QueryCode.UNKNOWN_FIELD, 0),
        ('"1" = year', QueryCode.SYNTAX, 0),
        ('(year = "1"', QueryCode.SYNTAX, 11),
        ('year = "1")', QueryCode.SYNTAX, 10),
        ("()", QueryCode.SYNTAX, 1),
        ("  yaer is set", QueryCode.UNKNOWN_FIELD, 2),
        ("param is set", QueryCode.UNKNOWN_FIELD, 0),
        ("hidden[proxy] is set", QueryCode.UNKNOWN_FIELD, 0),
        ("list:name is set", QueryCode.UNKNOWN_FIELD, 0),
        ('year ~ "("', QueryCode.EXPRESSION, 7),
        ('year ~ "(?=x)"', QueryCode.EXPRESSION, 7),
        ('year ~ "((a{1,1000}){1,1000}){1,1000}"', QueryCode.EXPRESSION, 7),
        ('year = "\ud800"', QueryCode.CHARACTER, 8),
        ("(" * 60 + "year is set" + ")" * 60, QueryCode.TOO_DEEP, 51),
        ("year is set or " * 900, QueryCode.TOO_LONG, 10_000),
        ("year is set or " * MOST_TESTS + "year is set", QueryCode.TOO_LONG, 15 * MOST_TESTS),
    ],
)
def test_what_means_nothing_says_where(text, code, offset):
    with pytest.raises(QueryError) as caught:
        parse_query(text)
    assert (caught.value.code, caught.value.offset) == (code, offset)
    assert str(caught.value).endswith(f"at character {offset + 1}")


def test_a_slip_of_the_pen_is_told():
    with pytest.raises(QueryError, match="perhaps year"):
        parse_query("yeer is set")


@needs_shared
@pytest.mark.parametrize("name", STATUS_SETS)
@pytest.mark.parametrize("network", ["prod", "clockssingest"])
def test_status_sets_count_as_the_original_options(network, name):
    told = (VECTORS / "tdb" / "query-counts.txt").read_text()
    by_status = json.loads((VECTORS / "tdb" / "counts.json").read_text())["networks"][network]["status"]
    (count,) = re.findall(rf"^{network} --{name} (\d+)$", told, re.MULTILINE)
    assert sum(by_status.get(status, 0) for status in STATUS_SETS[name]) == int(count)


@needs_shared
@pytest.mark.parametrize("network", ["adpn", "coppulpln", "digitalcommonspln", "usdocspln"])
def test_statuses_of_whole_networks_count_as_in_the_original(network):
    told = json.loads((VECTORS / "tdb" / "counts.json").read_text())["networks"][network]
    aus = [
        au
        for file in sorted((DATA / "tdb" / network).rglob("*.tdb"))
        for au in parse_tdb(file.read_bytes()).aus
    ]
    for status, count in told["status"].items():
        query = parse_query(f'status is "{status}"')
        assert sum(query.matches(au) for au in aus) == count
    assert sum(parse_query("auid is set").matches(au) for au in aus) == told["aus"]
    journals = parse_query('title:type is "journal" and status is set')
    assert sum(journals.matches(au) for au in aus) == told["aus"]


@needs_shared
@pytest.mark.parametrize("network", ["prod", "clockssingest"])
def test_the_samples_rows_answer_as_they_read(network):
    """Each row of the original tool's table, asked about each of its own columns."""
    header, *lines = (VECTORS / "tdb" / f"sample-{network}.tsv").read_text(encoding="utf-8").splitlines()
    columns = header.split("\t")
    asked = ("name", "status", "year", "volume", "rights", "proxy")
    for line in lines:
        row = dict(zip(columns, line.split("\t"), strict=False))
        au = TdbAu(TITLE, {key: row[key] for key in asked if row.get(key)}, 1, 0)
        for key in asked:
            value = row.get(key, "")
            quoted = value.replace("\\", "\\\\").replace('"', '\\"')
            assert parse_query(f'{key} is set and {key} = "{quoted}"').matches(au) is bool(value)


FIELD = st.sampled_from(
    [*FIELDS, "param[base_url]", "attr[a/b]", "au:hidden[proxy]", "title:alt_title", "publisher:x"]
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
TESTS = (
    st.builds(FieldTest, FIELD, st.sampled_from([Operator.SET, Operator.UNSET]))
    | st.builds(FieldTest, FIELD, st.sampled_from([Operator.EQUAL, Operator.DIFFERENT]), TEXT)
    | st.builds(
        FieldTest,
        FIELD,
        st.sampled_from([Operator.FOUND, Operator.NOT_FOUND]),
        TEXT.map(re.escape).filter(lambda t: "\\\n" not in t),
    )
)


def groups(inner):
    parts = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return parts.map(AllOf) | parts.map(AnyOf)


QUERIES = st.recursive(TESTS, groups, max_leaves=8)


@given(QUERIES)
def test_the_text_of_a_question_means_the_same(query):
    again = parse_query(str(query))
    assert again.matches(AU, PLACE) is query.matches(AU, PLACE)
    assert parse_query(str(again)) == again


@given(TESTS, TESTS, TESTS)
def test_and_binds_tighter(one, two, three):
    a, b, c = (test.matches(AU) for test in (one, two, three))
    assert parse_query(f"{one} or {two} and {three}").matches(AU) is (a or (b and c))
    assert parse_query(f"{one} and {two} or {three}").matches(AU) is ((a and b) or c)
    assert parse_query(f"({one} or {two}) and {three}").matches(AU) is ((a or b) and c)


@given(FIELD, TEXT)
def test_each_answer_has_its_opposite(field, text):
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    for one, other in (("=", "!="), ("is", "is not")):
        yes, no = parse_query(f'{field} {one} "{quoted}"'), parse_query(f'{field} {other} "{quoted}"')
        assert yes.matches(AU, PLACE) is not no.matches(AU, PLACE)


@given(st.text(st.sampled_from("()\"'\\=!~ :[]aeinorsty\n\ud800"), max_size=60))
def test_any_text_is_a_question_or_says_where_it_is_none(text):
    try:
        answer = parse_query(text).matches(AU)
    except QueryError as error:
        answer = "placed" if 0 <= error.offset <= len(text) else "lost"
    assert answer in (True, False, "placed")
