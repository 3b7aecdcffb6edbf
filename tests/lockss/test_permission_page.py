"""Every clause of permissions §1–§4 as a row, and the laws of streaming."""

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.permission import (
    AccessType,
    Checker,
    Granted,
    Network,
    PageRules,
    PageScanner,
    RefusalCode,
    Refused,
    Verdict,
    judge_page,
)
from apps.lockss.permission.charset import CharsetSource, charset_of
from apps.lockss.permission.statements import Squeezer, StatementScanner

# Written out here once more: a slip in the module's constants must not agree with itself.
LOCKSS = "LOCKSS system has permission to collect, preserve, and serve this Archival Unit"
LOCKSS_OPEN = "LOCKSS system has permission to collect, preserve, and serve this open access Archival Unit"
OJS = (
    "This journal utilizes the LOCKSS system to create a distributed archiving system among participating libraries "
    "and permits those libraries to create permanent archives of the journal for purposes of preservation and "
    "restoration"
)
CLOCKSS = "CLOCKSS system has permission to ingest, preserve, and serve this Archival Unit"
CLOCKSS_OPEN = "CLOCKSS system has permission to ingest, preserve, and serve this open access Archival Unit"
LICENCE = '<a rel="license" href="http://creativecommons.org/licenses/by/4.0/">CC</a>'
RDF = (
    '<rdf:RDF xmlns="http://web.resource.org/cc/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<Work rdf:about=""><license rdf:resource="http://creativecommons.org/licenses/by/1.0/"/></Work>'
    '<License rdf:about="http://creativecommons.org/licenses/by/1.0/">'
    '<permits rdf:resource="http://web.resource.org/cc/Distribution"/></License></rdf:RDF>'
)

RULES = {
    "lockss": PageRules(),
    "lockss-1": PageRules(generation=1),
    "clockss": PageRules(network=Network.CLOCKSS),
    "clockss-1": PageRules(network=Network.CLOCKSS, generation=1),
}
SUB, OPEN = AccessType.SUBSCRIPTION, AccessType.OPEN_ACCESS

# page, then for each kind of node what grants and which access type is recorded; None: refused
GRANTS = [
    (LOCKSS, ("statement", SUB), ("statement", SUB), None, None),
    (LOCKSS_OPEN, ("open-access-statement", OPEN), ("open-access-statement", OPEN), None, None),
    (OJS, ("ojs-statement", SUB), ("ojs-statement", SUB), None, None),
    (CLOCKSS, None, None, ("statement", SUB), ("statement", None)),
    (CLOCKSS_OPEN, None, None, ("open-access-statement", OPEN), None),
    (LICENCE, *[("creative-commons-link", OPEN)] * 4),
    (RDF, *[("creative-commons-rdf", OPEN)] * 4),
    # The first in the order of checkers wins, not the first on the page.
    (LICENCE + LOCKSS, ("statement", SUB), ("statement", SUB), *[("creative-commons-link", OPEN)] * 2),
    (LOCKSS_OPEN + LOCKSS, ("statement", SUB), ("statement", SUB), None, None),
    (OJS + LOCKSS_OPEN, ("open-access-statement", OPEN), ("open-access-statement", OPEN), None, None),
    (LICENCE + OJS, ("ojs-statement", SUB), ("ojs-statement", SUB), *[("creative-commons-link", OPEN)] * 2),
    (
        RDF + LICENCE,
        ("creative-commons-link", OPEN),
        ("creative-commons-rdf", OPEN),
        ("creative-commons-link", OPEN),
        ("creative-commons-rdf", OPEN),
    ),
    ("", None, None, None, None),
    ("<p>Welcome", None, None, None, None),
]


def said(verdict: Verdict) -> tuple[str, AccessType | None] | None:
    return (verdict.checker.value, verdict.access_type) if isinstance(verdict, Granted) else None


@pytest.mark.parametrize("row", GRANTS, ids=lambda row: row[0][:30])
def test_who_grants_what(row: tuple) -> None:
    for rules, expected in zip(RULES.values(), row[1:], strict=True):
        assert said(judge_page(row[0].encode(), rules)) == expected


def with_gap(gap: str, statement: str = LOCKSS) -> str:
    return statement.replace(" ", gap)


PASSES = {
    "as it is": LOCKSS,
    "upper case": LOCKSS.upper(),
    "lower case": LOCKSS.lower(),
    "mixed case": LOCKSS.swapcase(),
    "line ends": with_gap("\n"),
    "windows line ends": with_gap("\r\n   "),
    "tabs and blanks": with_gap(" \t \t"),
    "br": with_gap("<br>"),
    "BR": with_gap(" <BR>\n"),
    "bR with blanks": with_gap("\n  <bR>  "),
    "nbsp": with_gap("&nbsp;"),
    "NBSP": with_gap("&NBSP;&nbsp; "),
    "no-break space": with_gap("\u00a0"),
    "control characters": with_gap("\x00\x01\x1f\x7f"),
    "all kinds of gap": with_gap("<br>\u00a0&nbsp;\t\x7f<br><br>"),
    "in a comment": f"<!-- {LOCKSS} -->",
    "in an attribute": f'<meta name="x" content="{LOCKSS}">',
    "in a script": f"<script>var x = '{LOCKSS}';</script>",
    "in a style": f"<style>/* {LOCKSS} */</style>",
    "plain text": f"Permission\n\n{LOCKSS}\n",
    "json": f'{{"permission": "{LOCKSS}"}}',
    "inside longer words": f"xxC{LOCKSS}syyy",
    "followed by a full stop": f"{LOCKSS}.",
    "markup around it": f"<b>{LOCKSS}</b>",
    "after an unfinished tag": f"<a href='x {LOCKSS}",
    "after half a statement": f"LOCKSS system has permission to {LOCKSS}",
    "after a half gap": f"<b <br &nbs {LOCKSS} &nb",
    "twice": LOCKSS + LOCKSS,
    "last byte of a pdf": "%PDF-1.4 \x00\x01" + LOCKSS,
}
FAILS = {
    "b inside": LOCKSS.replace("permission", "<b>permission</b>"),
    "br with a slash": with_gap("<br/>"),
    "br with a blank and a slash": with_gap("<br />"),
    "br with an attribute": with_gap("<br clear=all>"),
    "hr": with_gap("<hr>"),
    "paragraphs": with_gap("<p>"),
    "nbsp without its semicolon": with_gap("&nbsp"),
    "numeric nbsp": with_gap("&#160;"),
    "hexadecimal nbsp": with_gap("&#xA0;"),
    "entity for a blank": with_gap("&#32;"),
    "thin space": with_gap("\u2009"),
    "em space": with_gap("\u2003"),
    "zero-width space": LOCKSS.replace("LOCKSS", "LOCK\u200bSS"),
    "ideographic space": with_gap("\u3000"),
    "c1 control": with_gap("\x85"),
    "no gap": with_gap(""),
    "hyphens": with_gap("-"),
    "first comma missing": LOCKSS.replace("collect,", "collect"),
    "second comma missing": LOCKSS.replace("preserve,", "preserve"),
    "both commas missing": LOCKSS.replace(",", ""),
    "blank before the comma": LOCKSS.replace(",", " ,"),
    "no blank after the comma": LOCKSS.replace(", ", ","),
    "entity for a comma": LOCKSS.replace(",", "&#44;"),
    "comma of another script": LOCKSS.replace(",", "\uff0c"),
    "kelvin sign": LOCKSS.replace("K", "\u212a"),
    "long s": LOCKSS.replace("s", "\u017f"),
    "dotless i": LOCKSS.replace("i", "\u0131"),
    "a word missing": LOCKSS.replace("this ", ""),
    "a word too many": LOCKSS.replace("this", "this whole"),
    "a letter missing": LOCKSS[:-1],
    "first letter missing": LOCKSS[1:],
    "plural by markup": LOCKSS.replace("Unit", "Un<br>it"),
    "broken by a comment": LOCKSS.replace("and", "<!-- -->and"),
    "old wording": "LOCKSS system has permission to collect, preserve and serve this Archival Unit",
    "words in another order": "permission has LOCKSS system to collect, preserve, and serve this Archival Unit",
    "html escaped twice": LOCKSS.replace(" ", "&amp;nbsp;"),
}


@pytest.mark.parametrize("name", PASSES)
def test_what_the_statement_may_look_like(name: str) -> None:
    verdict = judge_page(PASSES[name].encode())
    assert isinstance(verdict, Granted), name
    assert verdict.checker is Checker.STATEMENT


@pytest.mark.parametrize("name", FAILS)
def test_what_breaks_the_statement(name: str) -> None:
    assert isinstance(judge_page(FAILS[name].encode()), Refused), name


@pytest.mark.parametrize("statement", [LOCKSS_OPEN, OJS])
@pytest.mark.parametrize("gap", ["\n\t", "<br>", "&nbsp;", "\u00a0"])
def test_all_statements_have_the_same_tolerance(statement: str, gap: str) -> None:
    assert isinstance(
        judge_page(with_gap(gap, statement).upper().replace("&NBSP;", "&nbsp;").encode()), Granted
    )


# -- laws ------------------------------------------------------------------------------------------------------

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


def cut(data: bytes, places: list[int]) -> list[bytes]:
    marks = sorted({place % (len(data) + 1) for place in places})
    return [data[start:end] for start, end in zip((0, *marks), (*marks, len(data)), strict=True)]


def judged_in_pieces(pieces: list[bytes], **named: str) -> Verdict:
    scanner = PageScanner(PageRules(), **named)
    for piece in pieces:
        scanner.feed(piece)
    return scanner.close()


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


# -- bytes to text ---------------------------------------------------------------------------------------------

ENCODED = {
    "utf-8": (LOCKSS.encode(), None, "utf-8"),
    "utf-8 mark": (b"\xef\xbb\xbf" + LOCKSS.encode(), None, "utf-8"),
    "utf-16 le mark": (b"\xff\xfe" + LOCKSS.encode("utf-16-le"), None, "utf-16-le"),
    "utf-16 be mark": (b"\xfe\xff" + LOCKSS.encode("utf-16-be"), None, "utf-16-be"),
    "utf-32 le mark": (b"\xff\xfe\x00\x00" + LOCKSS.encode("utf-32-le"), None, "utf-32-le"),
    "utf-32 be mark": (b"\x00\x00\xfe\xff" + LOCKSS.encode("utf-32-be"), None, "utf-32-be"),
    "utf-16 le bare": (LOCKSS.encode("utf-16-le"), None, "utf-16-le"),
    "utf-16 be bare": (LOCKSS.encode("utf-16-be"), "text/html; charset=utf-8", "utf-16-be"),
    "utf-32 be bare": (LOCKSS.encode("utf-32-be"), None, "utf-32-be"),
    "latin-1 no-break spaces": (with_gap("\u00a0").encode("latin-1"), None, "iso8859-1"),
    "utf-8 no-break spaces": (with_gap("\u00a0").encode(), "text/html; charset=iso-8859-1", "utf-8"),
    "declared wins over the header": (
        b'<meta charset="windows-1252">' + with_gap("\u00a0").encode("cp1252"),
        "text/html; charset=utf-8",
        "cp1252",
    ),
    "xml declaration": (b"<?xml version='1.0' encoding='koi8-r'?>" + LOCKSS.encode(), None, "koi8-r"),
    "http-equiv": (
        b'<META http-equiv="Content-Type" content="text/html; CHARSET=shift_jis">' + LOCKSS.encode(),
        None,
        "shift_jis",
    ),
    "declared utf-16 in ascii bytes": (b"<meta charset=utf-16>" + LOCKSS.encode(), None, "utf-8"),
    "nonsense declared": (b"<meta charset=rot13>" + LOCKSS.encode(), "text/plain; charset=koi8-r", "koi8-r"),
    "header only": (LOCKSS.encode(), 'text/html; charset="ISO-8859-15"', "iso8859-15"),
    "nonsense in the header": (LOCKSS.encode(), "text/html; charset=zip", "iso8859-1"),
    "nothing said": (LOCKSS.encode(), None, "iso8859-1"),
}


@pytest.mark.parametrize("name", ENCODED)
def test_charsets(name: str) -> None:
    page, content_type, codec = ENCODED[name]
    verdict = judge_page(page, content_type=content_type)
    assert isinstance(verdict, Granted), name
    # Pure ASCII tells nothing: then the header speaks, and at last the default.
    assert verdict.charset.name == ("iso8859-1" if name == "utf-8" else codec)
    assert judged_in_pieces([bytes((byte,)) for byte in page], content_type=content_type) == verdict


def test_without_inference_the_header_alone_counts() -> None:
    page = with_gap("\u00a0").encode()
    rules = PageRules(infer_charset=False)
    assert isinstance(judge_page(page, rules, content_type="text/html; charset=utf-8"), Granted)
    assert isinstance(judge_page(page, rules), Refused)


@pytest.mark.parametrize(
    ("sample", "source"),
    [
        (b"\xef\xbb\xbfa", CharsetSource.MARK),
        ("étude".encode(), CharsetSource.UTF8),
        (b"plain", CharsetSource.DEFAULT),
        (b"", CharsetSource.DEFAULT),
        (
            "Les études et les numéros publiés à la société générale. ".encode("latin-1") * 9,
            CharsetSource.GUESS,
        ),
    ],
)
def test_what_named_the_charset(sample: bytes, source: CharsetSource) -> None:
    assert charset_of(sample, None).source is source


def test_a_character_cut_at_the_samples_end_is_no_fault() -> None:
    assert charset_of("é".encode()[:1], None, complete=False).source is CharsetSource.UTF8


def raw_deflate(data: bytes) -> bytes:
    squeeze = zlib.compressobj(wbits=-15)
    return squeeze.compress(data) + squeeze.flush()


CODED = {
    "gzip": ("gzip", gzip.compress(LOCKSS.encode())),
    "x-gzip": ("X-GZip", gzip.compress(LOCKSS.encode())),
    "two members": ("gzip", gzip.compress(LOCKSS[:30].encode()) + gzip.compress(LOCKSS[30:].encode())),
    "deflate": ("deflate", zlib.compress(LOCKSS.encode())),
    "bare deflate": ("deflate", raw_deflate(LOCKSS.encode())),
    "identity": ("identity", LOCKSS.encode()),
    "unknown coding": ("exotic", LOCKSS.encode()),
    "gzip twice": ("gzip, gzip", gzip.compress(gzip.compress(LOCKSS.encode()))),
}


@pytest.mark.parametrize("name", CODED)
def test_content_codings_are_undone(name: str) -> None:
    coding, page = CODED[name]
    verdict = judge_page(page, content_encoding=coding)
    assert isinstance(verdict, Granted)
    assert judged_in_pieces([bytes((byte,)) for byte in page], content_encoding=coding) == verdict


def test_a_cut_coding_is_a_reason() -> None:
    verdict = judge_page(gzip.compress(b"x" * 100_000)[:60], content_encoding="gzip")
    assert isinstance(verdict, Refused)
    assert RefusalCode.UNREADABLE in {reason.code for reason in verdict.reasons}


def test_a_bomb_stops_at_the_limit() -> None:
    rules = PageRules(max_decoded=1_000_000)
    verdict = judge_page(gzip.compress(bytes(30_000_000)), rules, content_encoding="gzip")
    assert isinstance(verdict, Refused)
    assert verdict.reasons[-1].code is RefusalCode.TOO_LARGE


# -- reasons ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "code"),
    [
        ("", RefusalCode.EMPTY_PAGE),
        (" \n\t", RefusalCode.EMPTY_PAGE),
        ("<p>Nothing here", RefusalCode.NO_STATEMENT),
        (CLOCKSS, RefusalCode.OTHER_NETWORK),
        (FAILS["b inside"], RefusalCode.NEAR_MISS),
        (FAILS["both commas missing"], RefusalCode.NEAR_MISS),
        (FAILS["br with a slash"], RefusalCode.NEAR_MISS),
        (FAILS["numeric nbsp"], RefusalCode.NEAR_MISS),
        (FAILS["a word missing"], RefusalCode.NO_STATEMENT),
    ],
)
def test_refusals_say_why(page: str, code: RefusalCode) -> None:
    verdict = judge_page(page.encode())
    assert isinstance(verdict, Refused)
    assert verdict.reasons[-1].code is code


@given(st.binary(max_size=300), st.sampled_from([None, "gzip", "deflate", "br", "zstd", "gzip, br"]))
def test_any_bytes_have_a_verdict(page: bytes, coding: str | None) -> None:
    verdict = judge_page(page, content_encoding=coding)
    assert isinstance(verdict, Granted) or verdict.reasons
