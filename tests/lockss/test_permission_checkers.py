"""Checkers of platform definitions: they restrict, and what is not mapped refuses (permissions §7)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.permission import PLUGIN_CHECKERS, Granted, RefusalCode, Refused, judge_page, plugin_checkers

STATEMENT = "LOCKSS system has permission to collect, preserve, and serve this Archival Unit"
URL = "http://www.example.org/lockss-manifest/vol1"
PROBE = '<link href="/cgi/content/full/14/9/1109" lockss-probe="true" />'
PREFIX = "org.lockss.plugin."
PROBING = [
    "highwire.HighWirePermissionCheckerFactory",
    "highwire.HighWireDrupalPermissionCheckerFactory",
    "highwire.HighWireJCorePermissionCheckerFactory",
    "highwire.HighWirePressH20PermissionCheckerFactory",
    "bepress.BePressPermissionCheckerFactory",
]


def judge(name: str, page: str, url: str = URL, **parameters: str) -> Granted | Refused:
    return judge_page(page.encode(), checkers=plugin_checkers(PREFIX + name, parameters, url))


def code(verdict: Granted | Refused) -> RefusalCode | None:
    return None if isinstance(verdict, Granted) else verdict.reasons[0].code


def test_every_factory_in_use_is_mapped() -> None:
    assert {PREFIX + name for name in PROBING} | {f"{PREFIX}ojs2.OJS2PermissionCheckerFactory"} == set(
        PLUGIN_CHECKERS
    )


@pytest.mark.parametrize("name", PROBING)
@pytest.mark.parametrize(
    ("link", "probe"),
    [
        (PROBE, "/cgi/content/full/14/9/1109"),
        ('<LINK LOCKSS-PROBE="TRUE" HREF=a.html>', "a.html"),
        (f'{PROBE}<link lockss-probe="true" href="second">', "second"),
        ('<link lockss-probe="false" href="x">', None),
        ('<link lockss-probe href="x">', None),
        ('<link lockss-probe="true">', None),
        ('<a lockss-probe="true" href="x">', None),
        (f"<!-- {PROBE} -->", None),
        ("", None),
    ],
)
def test_probes(name: str, link: str, probe: str | None) -> None:
    verdict = judge(name, f"<html>{link}{STATEMENT}")
    if probe is None:
        assert code(verdict) is RefusalCode.PROBE_MISSING
    else:
        assert isinstance(verdict, Granted)
        assert verdict.probes == (probe,)


def test_a_probe_alone_does_not_grant() -> None:
    assert code(judge(PROBING[0], PROBE)) is RefusalCode.NO_STATEMENT


@pytest.mark.parametrize(
    ("flag", "moved"),
    [
        ("platform = DRUPAL", True),
        ("Platform = Drupal", True),
        ("xplatform = drupalx", True),
        ("platform=DRUPAL", False),
        ("platform  = DRUPAL", False),
        ("platform = HIGHWIRE", False),
    ],
)
def test_a_platform_that_moved(flag: str, moved: bool) -> None:
    page = f"{PROBE}<!-- {flag} -->{STATEMENT}"
    assert code(judge(PROBING[3], page)) == (RefusalCode.PLATFORM_MOVED if moved else None)
    for name in PROBING[:3]:
        assert code(judge(name, page)) is None


@given(st.integers(0, 40_000))
def test_the_flag_is_seen_at_any_place(offset: int) -> None:
    page = f"{PROBE}{STATEMENT}{'x' * offset}platform = DRUPAL"
    assert code(judge(PROBING[3], page)) is RefusalCode.PLATFORM_MOVED


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("Vol 3 (2015)", True),
        ("Vol 3, 2015", False),
        ("Published: 2015.", True),
        ("Published:  \t2015<br>", True),
        ("Published:2015.", False),
        ("Published: 20155", False),
        ("Published: 2015", False),
        ("Published:\n2015.", False),
        ("( 2015 )", False),
        ("(2014)", False),
        ("x(2015)y", True),
        ("a\r(2015)\rb", True),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_year_on_the_page(line: str, found: bool, end: str) -> None:
    page = f"<html>{end}{line}{end}{STATEMENT}{end}"
    verdict = judge("ojs2.OJS2PermissionCheckerFactory", page, year="2015")
    assert code(verdict) == (None if found else RefusalCode.YEAR_MISSING)


def test_the_year_is_not_asked_for_on_the_policies_page() -> None:
    url = "http://ojs.example.org/index.php/j/about/editorialPolicies#lockss"
    assert isinstance(judge("ojs2.OJS2PermissionCheckerFactory", STATEMENT, url, year="2015"), Granted)


def test_without_the_parameter_no_page_passes() -> None:
    assert code(judge("ojs2.OJS2PermissionCheckerFactory", f"(2015) {STATEMENT}")) is RefusalCode.YEAR_MISSING


def test_a_year_is_text_not_a_pattern() -> None:
    verdict = judge("ojs2.OJS2PermissionCheckerFactory", f"(2015)\n{STATEMENT}", year="....")
    assert code(verdict) is RefusalCode.YEAR_MISSING


@given(st.lists(st.integers(1, 30), max_size=6))
def test_lines_may_come_in_any_pieces(sizes: list[int]) -> None:
    text = "one\r\ntwo: 2015!\rthree"
    (checker,) = plugin_checkers(f"{PREFIX}ojs2.OJS2PermissionCheckerFactory", {"year": "2015"}, URL)
    at = 0
    for size in sizes:
        checker.feed(text[at : at + size])
        at += size
    checker.feed(text[at:])
    assert checker.close() is None


@pytest.mark.parametrize("name", ["", "com.example.OwnCheckerFactory", PREFIX + PROBING[0].lower()])
def test_what_is_not_mapped_refuses(name: str) -> None:
    verdict = judge_page(STATEMENT.encode(), checkers=plugin_checkers(name, {}, URL))
    assert code(verdict) is RefusalCode.UNKNOWN_CHECKER


def test_blanks_round_a_class_name_do_not_matter() -> None:
    checkers = plugin_checkers(f"\n  {PREFIX}{PROBING[0]}\n", {}, URL)
    assert isinstance(judge_page((PROBE + STATEMENT).encode(), checkers=checkers), Granted)


def test_no_class_no_checker() -> None:
    assert plugin_checkers(None, {}, URL) == ()
