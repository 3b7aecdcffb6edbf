"""Crawl rules: which URLs belong to an AU (plugins §9). First decision wins; none means: not collected."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from apps.lockss.plugin.au_params import AuParams
from apps.lockss.plugin.dialect import PatternFault
from apps.lockss.plugin.expand import expand_pattern
from apps.lockss.plugin.matcher import Outcome, Pattern, compile_pattern
from apps.lockss.plugin.params import NumberRange, TextRange, utf16_key
from apps.lockss.plugin.template import Template, TemplateFault, parse_template

_RULE = re.compile(r"\s*([+-]?[0-9]{1,9})\s*,(.*)", re.DOTALL)
_NUMBER = re.compile(r"[0-9]{1,19}")


class RuleCode(IntEnum):
    """What a rule says of URLs that match, and of those that do not."""

    MATCH_INCLUDE = 1
    MATCH_EXCLUDE = 2
    NO_MATCH_INCLUDE = 3
    NO_MATCH_EXCLUDE = 4
    MATCH_INCLUDE_ELSE_EXCLUDE = 5
    MATCH_EXCLUDE_ELSE_INCLUDE = 6

    def decision(self, matched: bool) -> bool | None:
        """True includes, False excludes, None leaves it to the next rule."""
        return _DECISIONS[self][0 if matched else 1]


_DECISIONS: dict[RuleCode, tuple[bool | None, bool | None]] = {
    RuleCode.MATCH_INCLUDE: (True, None),
    RuleCode.MATCH_EXCLUDE: (False, None),
    RuleCode.NO_MATCH_INCLUDE: (None, True),
    RuleCode.NO_MATCH_EXCLUDE: (None, False),
    RuleCode.MATCH_INCLUDE_ELSE_EXCLUDE: (True, False),
    RuleCode.MATCH_EXCLUDE_ELSE_INCLUDE: (False, True),
}


@dataclass(frozen=True, slots=True)
class RuleTemplate:
    """One rule as the definition has it."""

    code: RuleCode
    template: Template


@dataclass(frozen=True, slots=True)
class RuleFault:
    """Rule number ``index`` (from 0) and what is wrong with it."""

    index: int
    message: str
    missing: bool = False
    """Only a value of the AU is missing: the rule is dropped and the rest goes on."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule ready to use; ``within`` is what the first group must lie in for the URL to count as a match."""

    code: RuleCode
    pattern: Pattern
    index: int
    within: TextRange | NumberRange | None = None

    def decide(self, url: str) -> "bool | Undecided | None":
        found = self.pattern.search(url)
        if found.outcome is Outcome.UNDECIDED:
            return UNDECIDED
        matched = found.outcome is Outcome.HIT
        if matched and self.within is not None:
            matched = found.group is not None and self._inside(found.group)
        return self.code.decision(matched)

    def _inside(self, group: str) -> bool:
        if isinstance(self.within, NumberRange):
            return _NUMBER.fullmatch(group) is not None and self.within.low <= int(group) <= self.within.high
        if self.within is None:
            return False
        # The ends are always lower-cased, the group only where case is ignored: so it is deployed.
        value = utf16_key(group.lower() if self.pattern.ignore_case else group)
        return utf16_key(self.within.low.lower()) <= value <= utf16_key(self.within.high.lower())


class Undecided(StrEnum):
    """A rule could not be tried within its time."""

    UNDECIDED = "undecided"


UNDECIDED = Undecided.UNDECIDED


class Basis(StrEnum):
    """What a verdict rests on."""

    RULE = "rule"
    START_OR_PERMISSION = "start-or-permission"
    NO_RULES = "no-rules"
    NO_DECISION = "no-decision"
    UNDECIDED = "rule-undecided"


@dataclass(frozen=True, slots=True)
class Verdict:
    """``rule`` is the index of the rule that decided, as the definition counts from 0."""

    included: bool
    basis: Basis
    rule: int | None = None


@dataclass(frozen=True, slots=True)
class CrawlRules:
    """``rules`` None: the definition has none and everything is let in. ``always`` are let in whatever the rules say."""

    rules: tuple[Rule, ...] | None
    always: frozenset[str] = frozenset()

    def verdict(self, url: str) -> Verdict:
        """Whether a URL is collected. A rule that cannot be tried in time excludes: better a gap than a trap."""
        if self.rules is None:
            return Verdict(True, Basis.NO_RULES)
        if url in self.always:
            return Verdict(True, Basis.START_OR_PERMISSION)
        for rule in self.rules:
            decision = rule.decide(url)
            if isinstance(decision, Undecided):
                return Verdict(False, Basis.UNDECIDED, rule.index)
            if decision is not None:
                return Verdict(decision, Basis.RULE, rule.index)
        return Verdict(False, Basis.NO_DECISION)

    def includes(self, url: str) -> bool:
        return self.verdict(url).included


def parse_rule(text: str, index: int = 0) -> RuleTemplate | RuleFault:
    """``code,template``."""
    found = _RULE.fullmatch(text)
    if found is None:
        return RuleFault(index, "expected a code from 1 to 6, a comma and a template")
    if int(found[1]) not in list(RuleCode):
        return RuleFault(index, f"code {found[1]} is none of 1 to 6")
    return RuleTemplate(RuleCode(int(found[1])), parse_template(found[2]))


def make_rule(
    template: RuleTemplate, params: AuParams, *, index: int = 0, ignore_case: bool = True
) -> Rule | RuleFault:
    """The rule with an AU's values in it."""
    expanded = expand_pattern(template.template, params)
    if isinstance(expanded, TemplateFault):
        return RuleFault(index, expanded.message, missing=bool(expanded.missing))
    if len(expanded.ranges) > 1:
        return RuleFault(index, "more than one range in a rule")
    pattern = compile_pattern(expanded.text, ignore_case=ignore_case)
    if isinstance(pattern, PatternFault):
        return RuleFault(index, str(pattern))
    return Rule(template.code, pattern, index, expanded.ranges[0] if expanded.ranges else None)


def make_rules(
    templates: Iterable[RuleTemplate],
    params: AuParams,
    *,
    ignore_case: bool = True,
    always: Iterable[str] = (),
) -> tuple[CrawlRules, tuple[RuleFault, ...]]:
    """All rules of an AU, and those that were dropped.

    Without any rule everything is let in, which is the deployed meaning also where every rule was dropped for a
    missing value; host permission still bounds such a crawl.
    """
    made = [make_rule(each, params, index=at, ignore_case=ignore_case) for at, each in enumerate(templates)]
    rules = tuple(rule for rule in made if isinstance(rule, Rule))
    faults = tuple(fault for fault in made if isinstance(fault, RuleFault))
    crawl_rules = CrawlRules(rules or None)
    if rules:
        crawl_rules = CrawlRules(rules, frozenset(url for url in always if not crawl_rules.includes(url)))
    return crawl_rules, faults
