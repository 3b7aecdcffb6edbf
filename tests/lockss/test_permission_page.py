"""Every clause of permissions §1 and §2 as a row: who grants what, what the statement may look like, why not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.permission import (
    AccessType,
    Checker,
    Granted,
    Network,
    PageRules,
    RefusalCode,
    Refused,
    Verdict,
    judge_page,
)
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
