"""java.util.Properties text: the corners of the grammar as a table, then laws."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.lcap.errors import EncodeCode, EncodeError, MessageCode, MessageError
from apps.lockss.lcap.properties import dump, load
from apps.lockss.strategies_lcap import TEXTS

GRAMMAR = [
    (b"", {}),
    (b"a=b", {"a": "b"}),
    (b"a=b\n", {"a": "b"}),
    (b"a:b\nc d\ne\tf\ng\x0ch\n", {"a": "b", "c": "d", "e": "f", "g": "h"}),
    (b"  \t a \x0c = \t b \n", {"a": "b "}),
    (b"a = = b\n", {"a": "= b"}),
    (b"a=:b\n", {"a": ":b"}),
    (b"a  :=b\n", {"a": "=b"}),
    (b"only\nempty=\n", {"only": "", "empty": ""}),
    (b"=value\n:other\n", {"": "other"}),
    (b"#c\n  ! c\n\n \t\na=1\n#a=2", {"a": "1"}),
    (b"#c\\\na=1\n", {"a": "1"}),
    (b"a=1\ra2=2\r\na3=3\n\ra4=4", {"a": "1", "a2": "2", "a3": "3", "a4": "4"}),
    (b"a=1\\\n   2\\\r\n\t3\\\r4\n", {"a": "1234"}),
    (b"a=1\\\\\nb=2\n", {"a": "1\\", "b": "2"}),
    (b"a=1\\\\\\\n2", {"a": "1\\2"}),
    (b"a=1\\\n#2\n", {"a": "1#2"}),
    (b"a=1\\\n\nb=2\n", {"a": "1", "b": "2"}),
    (b"a=1\\", {"a": "1"}),
    (b"a=1\\\n", {"a": "1"}),
    (b"k\\ e\\=y\\:=v\\ \\q\\#\n", {"k e=y:": "v q#"}),
    (b"a=\\t\\n\\r\\f\\b\n", {"a": "\t\n\r\fb"}),
    (b"a=\\u00e9\\u00E9\\uD83D\\uDE00\n", {"a": "éé😀"}),
    (b"\\u0061=\\u005cu0041\n", {"a": "\\u0041"}),
    (b"a=\xe9\x80\n", {"a": "é\x80"}),
    (b"a=1\nb=2\na=3\n", {"a": "3", "b": "2"}),
    (b"a=b c = d\n", {"a": "b c = d"}),
]


@pytest.mark.parametrize(("raw", "entries"), GRAMMAR)
def test_grammar(raw, entries):
    assert load(raw, max_entries=99) == entries


@pytest.mark.parametrize(
    "raw", [b"a=\\u12", b"a=\\u00zz", b"a=\\u", b"\\u 041=1", b"a=\\uD83D", b"a=\\uDE00\\uD83D"]
)
def test_broken_escapes(raw):
    with pytest.raises(MessageError) as caught:
        load(raw, max_entries=99, at=29)
    assert (caught.value.code, caught.value.offset) == (MessageCode.BAD_PROPERTIES, 29)


def test_too_many_entries():
    raw = b"".join(b"k%d=v\n" % number for number in range(5))
    assert len(load(raw, max_entries=5)) == 5
    with pytest.raises(MessageError) as caught:
        load(raw, max_entries=4)
    assert caught.value.code is MessageCode.OVER_LIMIT


WRITTEN = [
    ({"a": "b"}, b"a=b\n"),
    ({"a b": " c d "}, b"a\\ b=\\ c d \n"),
    ({"#k!": "v=:#!"}, b"\\#k\\!=v\\=\\:\\#\\!\n"),
    ({"k": "\t\n\r\f\\\x00\x7f"}, b"k=\\t\\n\\r\\f\\\\\\u0000\\u007F\n"),
    ({"k": "é☃😀"}, b"k=\\u00E9\\u2603\\uD83D\\uDE00\n"),
    ({"k": ""}, b"k=\n"),
]


@pytest.mark.parametrize(("entries", "raw"), WRITTEN)
def test_written_as_java_does(entries, raw):
    assert dump(entries) == raw
    assert dump(entries, "Sat Nov 21") == b"#Sat Nov 21\n" + raw


@pytest.mark.parametrize("comment", ["two\nlines", "é", "\r"])
def test_comment_that_could_become_an_entry(comment):
    with pytest.raises(EncodeError) as caught:
        dump({}, comment)
    assert caught.value.code is EncodeCode.BAD_VALUE


def test_lone_surrogate_is_not_written():
    with pytest.raises(EncodeError):
        dump({"k": "\ud83d"})


@given(st.dictionaries(TEXTS, TEXTS, max_size=6), st.sampled_from(["", "a comment"]))
def test_what_is_written_reads_back(entries, comment):
    raw = dump(entries, comment)
    assert raw.isascii()
    assert load(raw, max_entries=6) == entries
    assert list(load(raw, max_entries=6)) == list(entries)


@given(st.dictionaries(TEXTS, TEXTS, max_size=6), st.sampled_from([b"\r", b"\r\n", b"\n\n", b"\n \t#c\n"]))
def test_line_ends_make_no_difference(entries, end):
    # What is written has no raw line end inside an entry, so each one ends a line.
    assert load(dump(entries, "c").replace(b"\n", end), max_entries=6) == entries


@given(st.dictionaries(TEXTS, TEXTS, max_size=4), st.data())
def test_continuation_lines_make_no_difference(entries, data):
    lines = dump(entries).splitlines()
    folded = []
    for line in lines:
        places = [
            i for i in range(1, len(line)) if line[:i].count(b"\\") == 0 and line[i : i + 1] not in b" \t"
        ]
        place = data.draw(st.sampled_from(places)) if places else 0
        folded.append(line[:place] + b"\\\n \t" + line[place:] if place else line)
    assert load(b"\n".join(folded), max_entries=9) == entries


@given(
    st.binary()
    | st.lists(st.sampled_from([b"\\", b"u", b"0041", b"=", b":", b" ", b"\n", b"\r", b"#", b"k"])).map(
        b"".join
    )
)
def test_any_bytes_are_entries_or_a_fault(raw):
    try:
        entries = load(raw, max_entries=50)
    except MessageError:
        return
    assert load(dump(entries), max_entries=50) == entries


def test_long_lines_cost_their_length():
    # One MiB each: a reader that copies per continuation or per blank would not come back.
    assert load(b"a" + b"\\\n" * 500_000, max_entries=9) == {"a": ""}
    assert load(b"a" + b" " * 1_000_000 + b"=", max_entries=9) == {"a": ""}
    assert load(b"a=" + b"\\\\" * 500_000, max_entries=9) == {"a": "\\" * 500_000}
