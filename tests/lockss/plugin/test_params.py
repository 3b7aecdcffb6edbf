"""Parameters: every type, accepted and refused; derived ones; what makes an AU (plugins §4, §7)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.plugin.au_params import ParamScope, changed_identity, definitional, read_params
from apps.lockss.plugin.params import (
    MAX_SET,
    ConfigParam,
    NumberRange,
    ParamFault,
    ParamType,
    TextRange,
    parse_interval,
    parse_value,
)

T = ParamType
ACCEPTED = [
    (T.STRING, "a b", "a b"),
    (T.STRING, " ", " "),
    (T.INT, "-2147483648", -(2**31)),
    (T.INT, "+7", 7),
    (T.INT, "007", 7),
    (T.URL, "http://h/", "http://h/"),
    (T.URL, "https://h:8443/a?b", "https://h:8443/a?b"),
    (T.YEAR, "2005", 2005),
    (T.YEAR, "0", 0),
    (T.YEAR, "0099", 99),
    *[(T.BOOLEAN, word, True) for word in ("true", "YES", "On", "1")],
    *[(T.BOOLEAN, word, False) for word in ("false", "No", "OFF", "0")],
    (T.POS_INT, "0", 0),
    (T.POS_INT, "2147483647", 2**31 - 1),
    (T.RANGE, "a-c", TextRange("a", "c")),
    (T.RANGE, " a - c ", TextRange("a", "c")),
    (T.RANGE, "a", TextRange("a", "a")),
    (T.RANGE, "a-b-c", TextRange("a", "b")),
    (T.RANGE, "a-", TextRange("a", "a")),
    (T.RANGE, "10-9", TextRange("10", "9")),
    (T.RANGE, "\U0001f600-\uffff", TextRange("\U0001f600", "\uffff")),
    (T.NUM_RANGE, "1-12", NumberRange(1, 12)),
    (T.NUM_RANGE, "9-10", NumberRange(9, 10)),
    (T.NUM_RANGE, "5", NumberRange(5, 5)),
    (T.NUM_RANGE, "a-b", TextRange("a", "b")),
    (T.NUM_RANGE, "9-a", TextRange("9", "a")),
    (T.SET, "a, b,,c ", ("a", "b", "c")),
    (T.SET, "{3-5},x", ("3", "4", "5", "x")),
    (T.SET, "{ 1 - 2 }", ("1", "2")),
    (T.SET, "{5-3}", ()),
    (T.SET, "{a-b}", ("{a-b}",)),
    (T.SET, "{1-9999999999}", ("{1-9999999999}",)),
    (T.SET, "", ()),
    (T.USER_PASSWORD, "u:p", "u:p"),
    (T.LONG, "9223372036854775807", 2**63 - 1),
    (T.TIME_INTERVAL, "10d", 864_000_000),
    (T.TIME_INTERVAL, "2w", 1_209_600_000),
    (T.TIME_INTERVAL, "3h", 10_800_000),
    (T.TIME_INTERVAL, "1d 12h", 129_600_000),
    (T.TIME_INTERVAL, "5000", 5000),
]
REFUSED = [
    (T.STRING, ""),
    *[(T.INT, text) for text in ("", "x", "1.5", "2147483648", " 1", "1" * 400, "٣")],
    *[(T.URL, text) for text in ("", "h.org", "//h/", "javascript:x", "http://h:x/")],
    *[(T.YEAR, text) for text in ("", "5", "05", "20055", "-005", "abcd", "00")],
    *[(T.BOOLEAN, text) for text in ("", "y", "2", "wahr")],
    *[(T.POS_INT, text) for text in ("-1", "2147483648", "")],
    *[(T.RANGE, text) for text in ("", "-", " - ", "c-a")],
    *[(T.NUM_RANGE, text) for text in ("", "-", "9-1", "b-a")],
    *[(T.USER_PASSWORD, text) for text in ("", "u", "u:", ":p", "a:b:c")],
    *[(T.LONG, text) for text in ("9223372036854775808", "x")],
    *[(T.TIME_INTERVAL, text) for text in ("", "d", "1x", "-1d", "1d2", "1" * 30)],
]


@pytest.mark.parametrize(("kind", "text", "value"), ACCEPTED)
def test_accepted(kind: ParamType, text: str, value: object) -> None:
    found = parse_value(kind, text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(("kind", "text"), [*REFUSED, (T.RANGE, "9-10")])
def test_refused_with_what_was_expected(kind: ParamType, text: str) -> None:
    fault = parse_value(kind, text, "k")
    assert isinstance(fault, ParamFault)
    assert fault.key == "k"
    assert fault.text == text[:200]
    assert fault.expected in str(fault)


@given(st.sampled_from(list(ParamType)), st.text(max_size=40))
def test_any_text_is_a_value_or_a_fault(kind: ParamType, text: str) -> None:
    parse_value(kind, text)


def test_sets_have_an_end() -> None:
    assert parse_value(T.SET, "{1-2000000000}") == tuple(map(str, range(1, MAX_SET + 1)))
    assert len(parse_value(T.SET, "x," * 30_000)) == MAX_SET  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "ms"), [(" 2W ", 1_209_600_000), ("10ms", 10), ("1y", 31_536_000_000), ("", None)]
)
def test_intervals(text: str, ms: int | None) -> None:
    assert parse_interval(text) == ms


PARAMS = (
    ConfigParam("base_url", T.URL, "Base URL"),
    ConfigParam("year", T.YEAR),
    ConfigParam("user_pass", T.USER_PASSWORD, definitional=False),
)


def test_derived_parameters() -> None:
    params = read_params(PARAMS, {"base_url": "https://H.org:8443/a/b?c", "year": "2005"})
    assert params.faults == ()
    assert params.values == {
        "base_url": "https://H.org:8443/a/b?c",
        "year": 2005,
        "au_short_year": 5,
        "base_url_host": "H.org",
        "base_url_path": "/a/b",
    }
    assert params.raw == {"base_url": "https://H.org:8443/a/b?c", "year": "2005"}


def test_every_fault_is_told_and_nothing_unknown_is_kept() -> None:
    params = read_params(PARAMS, {"year": "5", "xyz": "1", "pub_down": "true", "reserved.displayName": "N"})
    assert [fault.key for fault in params.faults] == ["base_url", "year"]
    assert params.unknown == ("xyz",)
    assert params.values == {"pub_down": True}


def test_an_au_needs_a_base_url_even_if_the_definition_asks_for_none() -> None:
    declared = (ConfigParam("year", T.YEAR),)
    assert [fault.key for fault in read_params(declared, {"year": "2005"}).faults] == ["base_url"]
    assert read_params(declared, {"year": "2005", "base_url": "http://h/"}).faults == ()


def test_identity_is_made_of_definitional_texts_alone() -> None:
    config = {"base_url": "http://h/", "year": "0", "user_pass": "u:p", "pub_down": "true", "volume": "7"}
    assert definitional(PARAMS, config) == {"base_url": "http://h/", "year": "0"}
    assert changed_identity(PARAMS, config, {**config, "user_pass": "x:y", "volume": "8"}) == ()
    assert changed_identity(PARAMS, config, {**config, "year": "1"}) == ("year",)


def test_names_that_templates_may_use() -> None:
    types = ParamScope.of(PARAMS).types
    assert types["au_short_year"] is T.INT
    assert types["base_url_host"] is types["base_url_path"] is T.STRING
    assert types["nc_interval"] is T.TIME_INTERVAL
    assert "volume" not in types
