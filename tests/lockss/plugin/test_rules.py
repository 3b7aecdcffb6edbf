"""Crawl rules: codes, order, ranges, start URLs, and rules that cannot be tried (plugins §9)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.plugin.params import ParamType
from apps.lockss.plugin.rules import (
    Basis,
    CrawlRules,
    RuleCode,
    RuleFault,
    RuleTemplate,
    Verdict,
    make_rules,
    parse_rule,
)
from tests.lockss.plugin.maps import values

T = ParamType


def rules(
    *texts: str,
    kinds: dict[str, ParamType] | None = None,
    config: dict[str, str] | None = None,
    ignore_case: bool = True,
    always: tuple[str, ...] = (),
) -> CrawlRules:
    templates = [parse_rule(text, index) for index, text in enumerate(texts)]
    assert all(isinstance(template, RuleTemplate) for template in templates)
    made, faults = make_rules(
        templates,  # type: ignore[arg-type]
        values(kinds or {}, config or {}),
        ignore_case=ignore_case,
        always=always,
    )
    assert faults == ()
    return made


@pytest.mark.parametrize(
    ("code", "matched", "unmatched"),
    [
        (1, True, None),
        (2, False, None),
        (3, None, True),
        (4, None, False),
        (5, True, False),
        (6, False, True),
    ],
)
def test_what_each_code_decides(code: int, matched: bool | None, unmatched: bool | None) -> None:
    assert RuleCode(code).decision(True) is matched
    assert RuleCode(code).decision(False) is unmatched
    alone = rules(f'{code},"x"')
    for url, decision in (("http://h/x", matched), ("http://h/y", unmatched)):
        expected = Verdict(False, Basis.NO_DECISION) if decision is None else Verdict(decision, Basis.RULE, 0)
        assert alone.verdict(url) == expected


def test_the_first_decision_wins() -> None:
    made = rules('2,"/trap/"', '4,"^%s", base_url', '1,"/article/"', '2,"/article/9"')
    assert made.verdict("http://h.org/j/article/9") == Verdict(True, Basis.RULE, 2)
    assert made.verdict("http://h.org/j/trap/article/1") == Verdict(False, Basis.RULE, 0)
    assert made.verdict("http://other.org/article/1") == Verdict(False, Basis.RULE, 1)
    assert made.verdict("http://h.org/j/other") == Verdict(False, Basis.NO_DECISION)


@given(
    st.lists(st.tuples(st.sampled_from("123456"), st.sampled_from("abc")), max_size=6),
    st.text("abc", max_size=3),
)
def test_rules_are_a_chain_of_decisions(pairs: list[tuple[str, str]], text: str) -> None:
    made = rules(*(f'{code},"{letter}"' for code, letter in pairs))
    url = f"http://h/{text}"
    decisions = [RuleCode(int(code)).decision(letter in text) for code, letter in pairs]
    decided = [decision for decision in decisions if decision is not None]
    assert made.includes(url) == (decided[0] if decided else not pairs)


def test_without_rules_everything_is_let_in() -> None:
    assert rules().verdict("http://anything/") == Verdict(True, Basis.NO_RULES)


def test_searching_is_unanchored_and_ignores_case_unless_told() -> None:
    assert rules('1,"article"').includes("HTTP://H/ARTICLES")
    assert not rules('1,"article"', ignore_case=False).includes("http://h/ARTICLE")


@pytest.mark.parametrize(
    ("path", "included"), [("v1/", True), ("v12/", True), ("v13/", False), ("v0/", False), ("v012/", True)]
)
def test_ranges_of_numbers(path: str, included: bool) -> None:
    made = rules('1,"/v%s/", n', kinds={"n": T.NUM_RANGE}, config={"n": "1-12"})
    assert made.includes(f"http://h/{path}") is included


@pytest.mark.parametrize(
    ("ignore_case", "part", "included"),
    [
        (True, "b", True),
        (True, "B", True),
        (True, "D", False),
        # The ends are lower-cased in any case, the group is not: so it is deployed.
        (False, "b", True),
        (False, "B", False),
    ],
)
def test_ranges_of_texts(ignore_case: bool, part: str, included: bool) -> None:
    made = rules('1,"/x%s/", r', kinds={"r": T.RANGE}, config={"r": "A-C"}, ignore_case=ignore_case)
    assert made.includes(f"http://h/x{part}/") is included


def test_a_group_before_the_range_is_what_is_compared() -> None:
    made = rules('1,"/(v)%s/", n', kinds={"n": T.NUM_RANGE}, config={"n": "1-12"})
    assert not made.includes("http://h/v5/")


def test_a_range_that_fails_counts_as_no_match() -> None:
    made = rules('4,"/v%s/", n', '1,"."', kinds={"n": T.NUM_RANGE}, config={"n": "1-12"})
    assert made.includes("http://h/v5/")
    assert not made.includes("http://h/v13/")


def test_start_urls_outside_the_rules_are_let_in_exactly() -> None:
    made = rules('1,"/in/"', always=("http://h/start", "http://h/in/x"))
    assert made.verdict("http://h/start") == Verdict(True, Basis.START_OR_PERMISSION)
    assert made.verdict("http://h/in/x") == Verdict(True, Basis.RULE, 0)
    assert not made.includes("http://h/START")
    assert not made.includes("http://h/start/")


def test_a_rule_that_cannot_be_tried_in_time_excludes() -> None:
    made = rules(r'2,"(.*)(.*)(.*)(.*)\1x"', '1,"."')
    assert made.verdict("http://h/" + "a" * 5_000 + "x") == Verdict(False, Basis.UNDECIDED, 0)
    assert made.includes("http://h/short")


@pytest.mark.parametrize("text", ["", "1", "x,y", "0,a", "7,a", "-1,a", '"1","a"', "1.0,a"])
def test_rules_that_cannot_be_read(text: str) -> None:
    fault = parse_rule(text, 3)
    assert isinstance(fault, RuleFault)
    assert fault.index == 3


@pytest.mark.parametrize(
    ("text", "missing"), [('1,"%s", volume', True), ('1,"("', False), ('1,"%s%s", n, n', False)]
)
def test_rules_that_are_dropped_say_why(text: str, missing: bool) -> None:
    bad, good = parse_rule(text), parse_rule('1,"ok"', 1)
    assert isinstance(bad, RuleTemplate)
    assert isinstance(good, RuleTemplate)
    params = values({"n": T.NUM_RANGE, "volume": T.STRING}, {"n": "1-2"})
    made, faults = make_rules([bad, good], params)
    assert [(fault.index, fault.missing) for fault in faults] == [(0, missing)]
    assert made.verdict("http://h/ok") == Verdict(True, Basis.RULE, 1)
    # Where nothing is left the deployed meaning is "no rules".
    assert make_rules([bad], params)[0].rules is None
