"""What was nearly the statement: every way to break it is found and told, and nothing is found where nothing is wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.permission import Checker, NearKind, Network, Trial, WordState, try_page
from apps.lockss.permission.elsewhere import MOST_UNCLOSED, _literals
from apps.lockss.permission.near import PageWords
from tests.lockss.permission_texts import (
    CLOCKSS,
    CLOCKSS_OPEN,
    LICENCE,
    LOCKSS,
    LOCKSS_OPEN,
    OJS,
    RDF,
    with_gap,
)

SENTENCES = [
    (Network.LOCKSS, LOCKSS, Checker.STATEMENT),
    (Network.LOCKSS, LOCKSS_OPEN, Checker.OPEN_ACCESS_STATEMENT),
    (Network.LOCKSS, OJS, Checker.OJS_STATEMENT),
    (Network.CLOCKSS, CLOCKSS, Checker.STATEMENT),
    (Network.CLOCKSS, CLOCKSS_OPEN, Checker.OPEN_ACCESS_STATEMENT),
]
FILLER = "<h1>About this journal</h1>\n<p>Published four times a year, with a hundred words around it.</p>\n"


def tried(page: str, network: Network = Network.LOCKSS, **named) -> Trial:
    return try_page(page.encode(), network, content_type="text/html; charset=utf-8", **named)


def one_near(page: str, network: Network = Network.LOCKSS, **named):
    trial = tried(page, network, **named)
    assert not trial.granted
    assert trial.statement is None
    (near,) = trial.near
    return near


@pytest.mark.parametrize(("network", "statement", "checker"), SENTENCES)
@pytest.mark.parametrize("gap", [" ", "\n", "<br>", "&nbsp;", "\u00a0\r\n"])
def test_a_page_that_grants_has_nothing_near(network, statement, checker, gap) -> None:
    trial = tried(f"{FILLER}<p>{with_gap(gap, statement)}</p>", network)
    assert (trial.granted, trial.checker, trial.statement, trial.near) == (True, checker, statement, ())


@given(st.data())
def test_one_changed_word_is_found_wherever_it_stands(data) -> None:
    network, statement, checker = data.draw(st.sampled_from(SENTENCES))
    words = statement.split(" ")
    place = data.draw(st.integers(0, len(words) - 1))
    bare = words[place].rstrip(",")
    words[place] = words[place].replace(bare, "seaweed")
    before, after = data.draw(st.tuples(*[st.sampled_from(["", "<p>", "Dear all: ", FILLER])] * 2))
    near = one_near(f"{before} {' '.join(words)} {after}", network)
    assert near.kind == NearKind.CHANGED
    assert near.checker == checker
    assert near.found == " ".join(words)
    assert near.expected == statement
    assert near.difference == f"“{bare}” is written “seaweed”."
    assert [(pair.expected, pair.found) for pair in near.words if pair.state != WordState.SAME] == [
        (bare, "seaweed")
    ]


@pytest.mark.parametrize(("network", "statement", "checker"), SENTENCES)
def test_each_word_left_out_or_doubled_is_named(network, statement, checker) -> None:
    words = statement.split(" ")
    for place in range(1, len(words) - 1):
        bare = words[place].rstrip(",")
        if bare in ("open", "access"):
            # Half of the two words is as far from the other statement.
            continue
        page = " ".join((*words[:place], *words[place + 1 :]))
        trial = tried(page, network)
        if not trial.granted:
            (near,) = trial.near
            assert f"“{bare}” is missing" in near.difference, page
        (near,) = tried(" ".join((*words[:place], "kelp", *words[place:])), network).near
        assert "the word “kelp” is too much" in near.difference
        assert near.checker == checker


@pytest.mark.parametrize(("network", "statement", "_checker"), SENTENCES)
@pytest.mark.parametrize(
    ("inside", "kind", "said"),
    [
        ("<b>", NearKind.MARKUP, "the markup <b> stands"),
        (" <br/>", NearKind.MARKUP, "the markup <br/> stands"),
        ("<br />", NearKind.MARKUP, "the markup <br /> stands"),
        (" <!-- note --> ", NearKind.MARKUP, "a remark <!-- … --> stands"),
        ("&#160;", NearKind.REFERENCE, "the entity &#160; stands"),
        ("&ensp;", NearKind.REFERENCE, "the entity &ensp; stands"),
        ("\u2009", NearKind.PUNCTUATION, "not as they should be"),
        (" \u200b", NearKind.PUNCTUATION, "an invisible character stands"),
        (": ", NearKind.PUNCTUATION, ":” stands"),
    ],
)
def test_what_stands_between_two_words_is_named(network, statement, _checker, inside, kind, said) -> None:
    for place in range(statement.count(" ")):
        words = statement.split(" ")
        page = " ".join(words[: place + 1]) + inside + " ".join(words[place + 1 :])
        near = one_near(f"{FILLER}{page}", network)
        assert near.kind == kind, page
        assert said in near.difference
        assert [pair.state for pair in near.words].count(WordState.BROKEN) == 1


@pytest.mark.parametrize(("network", "statement", "_checker"), SENTENCES)
def test_a_missing_comma_is_named(network, statement, _checker) -> None:
    for place in (at for at, sign in enumerate(statement) if sign == ","):
        near = one_near(statement[:place] + statement[place + 1 :], network)
        before = statement[:place].rpartition(" ")[2]
        assert near.kind == NearKind.PUNCTUATION
        assert near.difference == f"the comma after “{before}” is missing."
        marked = [(pair.found, pair.state) for pair in near.words if pair.state != WordState.SAME]
        assert marked == [(before, WordState.NO_COMMA)]


def test_the_offset_is_where_the_sentence_begins() -> None:
    wrong = LOCKSS.replace("collect", "harvest")
    page = f"{FILLER}é {wrong}"
    near = one_near(page)
    assert page[near.offset :].startswith(wrong)


def test_the_nearer_of_two_statements_is_told_once() -> None:
    near = one_near(LOCKSS_OPEN.replace("serve", "show"))
    assert near.checker == Checker.OPEN_ACCESS_STATEMENT


def test_two_broken_sentences_are_two() -> None:
    trial = tried(f"{LOCKSS.replace('collect', 'gather')}{FILLER * 3}{OJS.replace('journal', 'review', 1)}")
    assert [near.checker for near in trial.near] == [Checker.STATEMENT, Checker.OJS_STATEMENT]


def test_another_networks_statement_is_called_so() -> None:
    near = one_near(f"<p>{CLOCKSS}</p>")
    assert (near.kind, near.found, near.expected) == (NearKind.OTHER_NETWORK, CLOCKSS, LOCKSS)
    near = one_near(f"<p>{LOCKSS_OPEN}</p>", Network.CLOCKSS)
    assert (near.found, near.expected) == (LOCKSS_OPEN, CLOCKSS_OPEN)


def test_what_only_speaks_of_the_network_is_not_near() -> None:
    assert (
        tried("<p>LOCKSS keeps copies of journals at libraries. This Archival Unit is closed.</p>").near == ()
    )


PARTS = [
    LOCKSS,
    LOCKSS_OPEN,
    OJS,
    CLOCKSS,
    LICENCE,
    RDF,
    "<b>",
    "<!--",
    "-->",
    "<script>",
    "</script>",
    "'",
    '"',
    "`",
]
PARTS += [
    "\\",
    "&#",
    "9" * 5000,
    "&#x",
    ";",
    "<a rel=license href=",
    "//creativecommons.org/licenses/by/4.0/",
    "<",
    ">",
]
PARTS += ["LOCKSS", "Erlaubnis zu sammeln", "<input type=password>", "\u00ad", "\x00", "\ud7ff", ",", " "]


@given(
    st.lists(
        st.one_of(st.sampled_from(PARTS), st.text(max_size=20), st.sampled_from(LOCKSS.split())), max_size=30
    ),
    st.sampled_from(Network),
    st.sampled_from([None, "gzip", "br", "utf-16"]),
    st.integers(100, 599),
)
def test_no_page_raises(parts, network, coding, status) -> None:
    text = "".join(parts)
    trial = try_page(
        text.encode("utf-8", "replace"), network, content_encoding=coding, status=status, final_url=text[:99]
    )
    assert trial.granted is (trial.statement is not None)
    assert not (trial.granted and trial.near)
    assert trial.granted or trial.reasons
    for near in trial.near:
        assert near.difference
        assert near.expected
        assert near.offset >= 0


@given(st.binary(max_size=300))
def test_no_bytes_raise(page) -> None:
    try_page(page, Network.LOCKSS, content_type="text/html; charset=utf-16")


HOSTILE = {
    "quotes that are escaped": '<script>"' + '\\"' * 60_000,
    "quotes of three kinds": "<script>" + "'\"`" * 40_000,
    "scripts without an end": "<script>" * 60_000,
    "scripts by the thousand": '<script>"a"</script>' * 25_000,
    "an end with blanks": "<script></script" + " " * 400_000,
    "the words again and again": LOCKSS.replace(",", "") * 6_000,
    "less-than": "<" * 500_000,
    "tags without an end": '<a b="' * 80_000,
    "comments without an end": "<!--" * 120_000,
    "references": "&#9" * 160_000,
    "a reference without an end": "&#" + "9" * 400_000,
    "the name": "LOCKSS. " * 60_000,
    "a language": "LOCKSS hat die Erlaubnis zu sammeln und zu bewahren. " * 9_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_pages_come_to_an_end(name) -> None:
    """Each of these once took minutes, or would with a careless expression."""
    assert not tried(HOSTILE[name]).granted


def test_no_quote_is_read_on_and_on() -> None:
    """Each piece of text that a script holds is read once; what never closes, at most so many times."""
    assert list(_literals("\"a\" 'b' `c`")) == ["a", "b", "c"]
    assert list(_literals('// don\'t\n"a"')) == ["a"]
    assert list(_literals('"' + "\\'" * 1000)) == []
    pieces = list(_literals("'\n" * (MOST_UNCLOSED - 1) + '"found"'))
    assert pieces == ["found"]
    assert list(_literals("'\n" * MOST_UNCLOSED + '"late"')) == []


@given(st.text(st.sampled_from("\"'`\\\n ab"), max_size=200))
def test_literals_are_no_longer_than_the_script(script) -> None:
    assert sum(map(len, _literals(script))) <= len(script)


def test_words_are_compared_in_one_small_window() -> None:
    """However long the page: no more words are aligned than the statement has, with some room."""
    near = PageWords(LOCKSS.replace("collect", "gather") * 500).nearest(Checker.STATEMENT, LOCKSS)
    assert near is not None
    assert len(near.words) <= 2 * len(LOCKSS.split())
    assert len(near.found) <= 2_000
