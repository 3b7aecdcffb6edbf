"""The quick way through plain AUs gives just what the long way gives; what editors leave in files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.tdb import Severity, TdbCode, parse_tdb

KEYS = st.sampled_from(
    ["status", "year", "name", "param[v]", "param[w]", "plugin", "pluginPrefix", "pluginSuffix", "volume"]
)
# Nothing that would need an escape: that is the long way's.
WORDS = st.text(alphabet="ab1 é{}=<\t", max_size=6)
STATUSES = st.sampled_from(["released", "down", "unheard", ""])


@st.composite
def groups(draw):
    columns = draw(st.lists(KEYS, min_size=1, max_size=5))
    counts = st.just(len(columns)) | st.integers(1, 6)
    rows = [
        [draw(STATUSES if key == "status" else WORDS) for key in (columns * 6)[: draw(counts)]]
        for _ in range(draw(st.integers(0, 6)))
    ]
    outer = draw(st.lists(KEYS, max_size=2, unique=True))
    return outer, columns, rows


def source(outer, columns, rows, write):
    lines = [f"{key} = outer" for key in outer]
    aus = [f"au < {' ; '.join(map(write, row))} >" for row in rows]
    return "\n".join(
        [
            "{ publisher < name = P >",
            *lines,
            f"implicit < {' ; '.join(columns)} > {{ title < name = T >",
            *aus,
            "} }",
        ]
    )


def told(text):
    read = parse_tdb(text)
    aus = [(au.values, au.line, au.column, au.implicit, au.title.name) for au in read.aus]
    return aus, [(f.code, f.severity, f.line) for f in read.findings]


def trimmed(word):
    return word.strip("".join(map(chr, range(33))))


@given(groups())
def test_plain_and_quoted_aus_are_the_same(group):
    plain = told(source(*group, str))
    assert plain == told(source(*group, lambda word: f'"{trimmed(word)}"'))


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ("name ; name", TdbCode.DUPLICATE_KEY),
        ("plugin ; pluginPrefix", TdbCode.PLUGIN_CONFLICT),
        ("pluginSuffix ; plugin", TdbCode.PLUGIN_CONFLICT),
    ],
)
def test_columns_that_contradict_each_other(columns, code):
    text = source([], columns.split(" ; "), [["a", "b"], ["c", "d"]], str)
    read = parse_tdb(text)
    assert read.aus == ()
    assert [finding.code for finding in read.findings] == [code, code]


def test_plain_aus_of_a_group_and_of_the_group_inside():
    read = parse_tdb(
        "{ publisher < name = P > implicit < name ; param[v] > { title < name = T >\n"
        "au < A ; 1 >\n au < B ; 2 > au < C ; 3 >\n{ param[w] = 9\n au < D ; 4 >\n } au < E ; 5 > } }"
    )
    assert [(au.name, au.params, au.line, au.column) for au in read.aus] == [
        ("A", {"v": "1"}, 2, 0),
        ("B", {"v": "2"}, 3, 1),
        ("C", {"v": "3"}, 3, 14),
        ("D", {"w": "9", "v": "4"}, 5, 1),
        ("E", {"v": "5"}, 6, 3),
    ]


@pytest.mark.parametrize("rest", ["au A", "aux < A >", "au < A", "author = x", "au\n<A ; 1 >?"])
def test_what_follows_a_plain_au_is_read_as_ever(rest):
    text = "{ publisher < name = P > implicit < name > { title < name = T > au < A >\n" + rest
    (finding,) = parse_tdb(text).findings
    assert finding.code in (TdbCode.SYNTAX, TdbCode.LEXICAL)
    assert finding.line >= 2


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_files_of_other_editors(mark, line_end):
    text = "{ publisher < name = P >\nimplicit < name >\n{ title < name = T >\nau < A >\nau < B > } }"
    read = parse_tdb((mark + text.replace("\n", line_end)).encode())
    assert [au.name for au in read.aus] == ["A", "B"]
    told = [(TdbCode.LEXICAL, Severity.WARNING, 1, 0)] if mark else []
    assert [(f.code, f.severity, f.line, f.column) for f in read.findings] == told


def test_one_mark_only():
    (finding,) = parse_tdb("\ufeff\ufeff{}".encode()).findings
    assert finding.severity is Severity.ERROR
