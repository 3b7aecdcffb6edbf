"""Streaming: no cut changes a verdict, no place hides a statement (permissions §2)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.permission import (
    Checker,
    Granted,
    Refused,
    judge_page,
)
from apps.lockss.permission.statements import Squeezer, StatementScanner
from tests.lockss.permission_texts import LICENCE, LOCKSS, OJS, RDF, cut, judged_in_pieces, with_gap

FILLER = st.text(st.sampled_from(" \n<>brnsp&;a\u00a0L\x00é"), max_size=60)
PAGE_PARTS = st.sampled_from(
    [
        LOCKSS,
        with_gap("<br>"),
        with_gap("&nbsp;\n"),
        LOCKSS[:40],
        LICENCE,
        RDF,
        "<!--",
        "-->",
        "<a rel=license ",
        "<",
    ]
)


@given(st.lists(st.one_of(FILLER, PAGE_PARTS), max_size=6), st.lists(st.integers(0, 5_000), max_size=8))
def test_chunks_never_change_the_verdict(parts: list[str], places: list[int]) -> None:
    page = "".join(parts).encode()
    assert judged_in_pieces(cut(page, places)) == judge_page(page)


@pytest.mark.parametrize("page", [LOCKSS, with_gap("<br>\u00a0&nbsp;"), LICENCE, RDF, f"<!--{RDF}-->{OJS}"])
def test_byte_by_byte_is_as_whole(page: str) -> None:
    data = page.encode()
    assert judged_in_pieces([bytes((byte,)) for byte in data]) == judge_page(data)


@given(FILLER, FILLER)
def test_the_statement_is_found_at_any_place_and_told_where(before: str, after: str) -> None:
    verdict = judge_page((before + LOCKSS + after).encode())
    assert isinstance(verdict, Granted)
    assert verdict.offset == len(before)


@pytest.mark.parametrize(
    "offset", [0, 1, 16_300, 16_383, 16_384, 16_385, 524_200, 524_288, 600_000, 1_100_000]
)
def test_no_buffer_is_too_small_for_the_statement(offset: int) -> None:
    """Across every block and beyond the deployed node's 512 KiB."""
    page = "x" * offset + with_gap("\n<br>") + "tail"
    verdict = judge_page(page.encode())
    assert isinstance(verdict, Granted)
    assert verdict.offset == offset


@pytest.mark.parametrize("gap", [" " * 100_000, "<br>" * 20_000, "&nbsp;\n" * 30_000])
def test_a_gap_has_no_length(gap: str) -> None:
    verdict = judge_page(f"{gap}<p>{with_gap(gap)}".encode())
    assert isinstance(verdict, Granted)
    assert verdict.offset == len(gap) + 3


@given(st.text(st.sampled_from(" \n<bBrR>&nNbBsSpP;\u00a0xy\x7f"), max_size=80), st.lists(st.integers(0, 80)))
def test_squeezing_in_pieces_is_squeezing_the_whole(text: str, places: list[int]) -> None:
    whole = Squeezer().feed(text, final=True)
    marks = sorted({place % (len(text) + 1) for place in places})
    squeezer = Squeezer()
    pieces = [
        squeezer.feed(text[start:end]) for start, end in zip((0, *marks), (*marks, len(text)), strict=True)
    ]
    assert "".join(pieces) + squeezer.feed("", final=True) == whole
    assert "  " not in whole
    assert not set(whole) & {"\n", "\u00a0", "\x7f"}


@given(st.text(st.sampled_from("ab <br>\n&nbsp;"), max_size=60))
def test_offsets_lead_back_to_the_letter(text: str) -> None:
    squeezer = Squeezer()
    out = squeezer.feed(text, final=True)
    for position, sign in enumerate(out):
        if sign != " ":
            assert text[squeezer.source_offset(position)] == sign


def test_hostile_repetition_costs_one_pass() -> None:
    page = ("LOCKSS system has permission to collect, " * 40_000).encode()
    assert isinstance(judge_page(page), Refused)
    scanner = StatementScanner({Checker.STATEMENT: LOCKSS})
    scanner.feed("<br" * 200_000)
    scanner.close()
    assert scanner.found == {}
