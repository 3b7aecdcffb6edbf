"""Printf templates: taken apart, filled in, quoted (plugins §5)."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.plugin.dialect import PatternFault
from apps.lockss.plugin.expand import (
    MAX_RANGE_URLS,
    PatternText,
    expand_name,
    expand_pattern,
    expand_urls,
    quote,
)
from apps.lockss.plugin.functions import FUNCTIONS
from apps.lockss.plugin.matcher import Outcome, compile_pattern
from apps.lockss.plugin.params import NumberRange, ParamType, TextRange
from apps.lockss.plugin.template import (
    Argument,
    Template,
    TemplateFault,
    conversions,
    parse_template,
    sprintf,
)
from tests.lockss.plugin.maps import values

T = ParamType


@pytest.mark.parametrize(
    ("text", "form", "arguments"),
    [
        ('"%s/x", base_url', "%s/x", [("base_url", None)]),
        ('junk "%s", a ,, b,', "%s", [("a", None), ("b", None)]),
        ('"a"b"c", d', 'a"b"c', [("d", None)]),
        ('"%s", url_host(base_url)', "%s", [("base_url", "url_host")]),
        ('"%s", issue_no.', "%s", [("issue_no.", None)]),
        ('"%s", f(issue_no.)', "%s", [("f(issue_no.)", None)]),
        ('"100%% verbatim"', "100%% verbatim", []),
        ("no quotes, a", "no quotes, a", []),
        ('one " only, a', 'one " only, a', []),
        ('""', "", []),
    ],
)
def test_templates_taken_apart(text: str, form: str, arguments: list[tuple[str, str | None]]) -> None:
    template = parse_template(text)
    assert template.source == text
    assert template.format == form
    assert [(each.name, each.function) for each in template.arguments] == arguments


@pytest.mark.parametrize(
    ("form", "given_values", "text"),
    [
        ("%s-%d", ["a", 7], "a-7"),
        ("%s", [7], "7"),
        ("%02d %03d %08d", [7, 7, 7], "07 007 00000007"),
        ("%.03d %.02d", [7, 123], "007 123"),
        ("%5s|%-5s|%.2s", ["ab", "ab", "abc"], "   ab|ab   |ab"),
        ("%x %X %o", [255, 255, 8], "ff FF 10"),
        ("100%% %s", ["a"], "100% a"),
        ("%s", ["a", "surplus"], "a"),
        ("%ld", [5], "5"),
        ("%s", ["%s %d"], "%s %d"),
    ],
)
def test_formats_filled_in(form: str, given_values: list[str | int], text: str) -> None:
    assert sprintf(form, given_values) == text


@pytest.mark.parametrize(
    ("form", "given_values"),
    [
        ("%s %s", ["a"]),
        ("%d", ["7"]),
        ("%y", ["a"]),
        ("50%", ["a"]),
        ("%*d", [1]),
        ("%99999999999d", [1]),
        ("%.9999d", [1]),
        ("%1001s", ["a"]),
        ("%c", [-1]),
        ("%999s" * 1100, ["a"] * 1100),
    ],
)
def test_formats_that_cannot_be(form: str, given_values: list[str | int]) -> None:
    assert isinstance(sprintf(form, given_values), TemplateFault)


@given(st.text(max_size=30), st.lists(st.text(max_size=5) | st.integers(), max_size=4))
def test_any_format_gives_text_or_a_fault(form: str, given_values: list[str | int]) -> None:
    result = sprintf(form, given_values)
    assert isinstance(result, str | TemplateFault)
    if isinstance(result, str) and "%" not in form:
        assert result == form
    count = conversions(form)
    if isinstance(count, int) and count > len(given_values):
        assert isinstance(result, TemplateFault)


def test_without_arguments_the_format_stands_as_it_is() -> None:
    params = values({}, {})
    template = parse_template('"%%s 100%% %s"')
    assert expand_urls(template, params) == ("%%s 100%% %s",)
    assert expand_pattern(template, params) == PatternText("%%s 100%% %s")
    assert expand_name(template, params) == "%%s 100%% %s"


def urls(text: str, kinds: dict[str, ParamType], config: dict[str, str]) -> tuple[str, ...] | TemplateFault:
    return expand_urls(parse_template(text), values(kinds, config))


def test_urls_of_sets_and_ranges_are_counted_through() -> None:
    found = urls(
        '"%s%s/%d/%s", base_url, s, n, v',
        {"s": T.SET, "n": T.NUM_RANGE, "v": T.STRING},
        {"s": "a, b", "n": "9-10", "v": "x"},
    )
    assert found == tuple(f"http://h.org/j/{s}/{n}/x" for s in "ab" for n in (9, 10))


def test_ranges_of_numbers_stop_at_a_hundred_and_one() -> None:
    found = urls('"%d", n', {"n": T.NUM_RANGE}, {"n": "5-5000000000"})
    assert isinstance(found, tuple)
    assert len(found) == MAX_RANGE_URLS == 101
    assert found[-1] == "105"


@pytest.mark.parametrize(
    ("text", "kinds", "config", "missing"),
    [
        ('"%s", r', {"r": T.RANGE}, {"r": "a-c"}, ()),
        ('"%s", n', {"n": T.NUM_RANGE}, {"n": "a-c"}, ()),
        ('"%s%s", v, w', {"v": T.STRING, "w": T.STRING}, {}, ("v", "w")),
        ('"%s", nofunction(base_url)', {}, {}, ()),
        ('"%s", url_host(n)', {"n": T.INT}, {"n": "1"}, ()),
        ('"%s%s%s%s", s, s, s, s', {"s": T.SET}, {"s": "{1-100}"}, ()),
    ],
)
def test_urls_that_cannot_be(
    text: str, kinds: dict[str, ParamType], config: dict[str, str], missing: tuple[str, ...]
) -> None:
    fault = urls(text, kinds, config)
    assert isinstance(fault, TemplateFault)
    assert fault.missing == missing


def pattern(text: str, kinds: dict[str, ParamType], config: dict[str, str]) -> PatternText | TemplateFault:
    return expand_pattern(parse_template(text), values(kinds, config))


def test_patterns_quote_values_and_nothing_else() -> None:
    kinds = {"v": T.STRING, "n": T.POS_INT, "s": T.SET, "b": T.BOOLEAN}
    found = pattern('"^.*%s/%d/%s/%s", v, n, s, b', kinds, {"v": "a.b", "n": "007", "s": "x+,y", "b": "yes"})
    assert found == PatternText(r"^.*a\.b/7/(?:x\+|y)/true")


def test_ranges_in_patterns_become_groups_with_a_condition() -> None:
    assert pattern('"a%sb", r', {"r": T.RANGE}, {"r": "a-c"}) == PatternText("a(.*)b", (TextRange("a", "c"),))
    assert pattern('"a%sb", n', {"n": T.NUM_RANGE}, {"n": "1-3"}) == PatternText(
        r"a(\d+)b", (NumberRange(1, 3),)
    )


def test_blanks_in_values_match_their_escaped_forms_in_urls_only() -> None:
    assert quote("a b") == r"a( |\+|%20)b"
    assert quote("a b", url=False) == r"a\ b"
    found = pattern('"^%s$", v', {"v": T.STRING}, {"v": "a b"})
    assert isinstance(found, PatternText)
    compiled = compile_pattern(found.text)
    assert not isinstance(compiled, PatternFault)
    assert [compiled.matches(text) for text in ("a b", "a+b", "a%20b", "a_b", "ab")] == [True] * 3 + [
        False
    ] * 2


@given(st.text(max_size=40), st.text(max_size=10))
def test_a_quoted_value_matches_itself_and_itself_alone(text: str, other: str) -> None:
    compiled = compile_pattern(rf"\A{quote(text, url=False)}\z")
    assert not isinstance(compiled, PatternFault)
    if "\ud800" <= max(text + other, default="") <= "\udfff":
        return
    assert compiled.search(text).outcome is Outcome.HIT
    assert compiled.matches(other) == (other == text)
    assert re.fullmatch(quote(text, url=False), text) is not None


def test_names_show_what_is_missing() -> None:
    kinds = {"s": T.SET, "r": T.RANGE, "n": T.NUM_RANGE, "v": T.STRING, "y": T.YEAR}
    template = parse_template('"%s; %s; %s; %s; %d", s, r, n, v, y')
    params = values(kinds, {"s": "a,b", "r": "a-c", "n": "1-3", "y": "2005"})
    assert expand_name(template, params) == "a, b; a-c; 1-3; (null); 2005"


@pytest.mark.parametrize(
    ("function", "value", "result"),
    [
        ("url_host", "https://H.org:8443/a", "H.org"),
        ("url_path", "https://h.org/a/b?c", "/a/b"),
        ("url_path", "https://h.org", ""),
        ("url_host", "no url", None),
        ("add_www", "http://h.org/a", "http://www.h.org/a"),
        ("add_www", "http://WWW.h.org/a", "http://WWW.h.org/a"),
        ("add_www", "http://wwwx.org/", "http://www.wwwx.org/"),
        ("add_www", "h.org", "h.org"),
        ("del_www", "http://WwW.h.org/a", "http://h.org/a"),
        ("del_www", "http://h.www.org/a", "http://h.www.org/a"),
        ("to_http", "HTTPS://h/a", "http://h/a"),
        ("to_http", "http://h/a", "http://h/a"),
        ("to_https", "http://h/a", "https://h/a"),
        ("to_https", "https://h/a", "https://h/a"),
        ("to_https", "ftp://h/a", "ftp://h/a"),
        ("url_encode", "a b/é~*", "a+b%2F%C3%A9%7E*"),
        ("url_decode", "a+b%2F%C3%A9", "a b/é"),
        ("url_decode", "%zz", None),
        ("url_encode", "\ud800", None),
        ("range_min", TextRange("a", "c"), "a"),
        ("range_max", "a-c", "c"),
        ("num_range_min", NumberRange(1, 3), 1),
        ("num_range_max", "1-3", 3),
        ("num_range_max", "", None),
        ("short_year", 2005, 5),
        ("short_year", "1999", 99),
        ("short_year", "x", None),
        ("url_host", 7, None),
    ],
)
def test_functions(function: str, value: object, result: object) -> None:
    assert FUNCTIONS[function][0](value) == result  # type: ignore[arg-type]


def test_every_function_has_a_row_above() -> None:
    rows = test_functions.pytestmark[0].args[1]  # type: ignore[attr-defined]
    assert {row[0] for row in rows} == set(FUNCTIONS)


def test_functions_inside_templates() -> None:
    template = Template(
        "", "^%s%s", (Argument("", "base_url", "url_host"), Argument("", "base_url", "url_path"))
    )
    assert expand_pattern(template, values({}, {})) == PatternText(r"^h\.org\/j\/")
