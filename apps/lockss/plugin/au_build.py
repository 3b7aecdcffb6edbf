"""The parts of an AU made from its definition's templates and its own values (plugins §5–§9)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from apps.lockss.plugin.au_params import AuParams
from apps.lockss.plugin.dialect import PatternFault
from apps.lockss.plugin.expand import expand_name, expand_pattern, expand_urls
from apps.lockss.plugin.findings import clip
from apps.lockss.plugin.matcher import Pattern, compile_pattern
from apps.lockss.plugin.template import Template, TemplateFault
from apps.lockss.plugin.urlsets import PatternSet
from apps.lockss.urls import Normalizer, UrlRefusal, is_collectable, normalize, stem_of


class AuFaultCode(StrEnum):
    """What is wrong with an AU as its definition and its values make it."""

    UNUSABLE_DEFINITION = "au-definition-unusable"
    BAD_PARAMETER = "au-bad-parameter"
    UNKNOWN_PARAMETER = "au-unknown-parameter"
    BAD_TEMPLATE = "au-bad-template"
    MISSING_VALUE = "au-missing-value"
    BAD_PATTERN = "au-bad-pattern"
    BAD_RULE = "au-bad-rule"
    NO_RULE_LEFT = "au-no-rule-left"
    BAD_URL = "au-bad-url"


@dataclass(frozen=True, slots=True)
class AuFault:
    """``fatal``: no AU can be made; else the AU lives without what is named."""

    code: AuFaultCode
    key: str
    message: str
    fatal: bool = False

    def __str__(self) -> str:
        return f"{self.code}: {self.key}: {self.message}"


@dataclass(slots=True)
class Builder:
    """Expands templates of one AU; faults gather as it goes."""

    params: AuParams
    ignore_case: bool
    faults: list[AuFault] = field(default_factory=list)

    def complain(self, code: AuFaultCode, key: str, message: str, *, fatal: bool = False) -> None:
        self.faults.append(AuFault(code, key, message, fatal))

    def _template_fault(self, key: str, template: Template, fault: TemplateFault) -> None:
        """A missing value only drops its template; anything else is the definition's error."""
        code = AuFaultCode.MISSING_VALUE if fault.missing else AuFaultCode.BAD_TEMPLATE
        self.complain(code, key, f"{fault.message} in {clip(template.source)}", fatal=not fault.missing)

    def urls(self, key: str, templates: Iterable[Template]) -> tuple[str, ...]:
        """URLs as the templates give them, not yet names."""
        found: list[str] = []
        for template in templates:
            urls = expand_urls(template, self.params)
            if isinstance(urls, TemplateFault):
                self._template_fault(key, template, urls)
            else:
                found.extend(urls)
        return tuple(dict.fromkeys(found))

    def names(self, key: str, urls: Iterable[str], normalizer: Normalizer | None) -> tuple[str, ...]:
        """The URLs under the names they are collected by."""
        names: dict[str, None] = {}
        for url in urls:
            name = normalize(url if normalizer is None else normalizer(url))
            if isinstance(name, UrlRefusal) or not is_collectable(name):
                self.complain(AuFaultCode.BAD_URL, key, f"{clip(url)} is no http URL")
            else:
                names[name] = None
        return tuple(names)

    def stems(self, key: str, urls: Iterable[str]) -> tuple[str, ...]:
        stems: dict[str, None] = {}
        for url in urls:
            stem = stem_of(url)
            if isinstance(stem, UrlRefusal):
                self.complain(AuFaultCode.BAD_URL, key, f"{clip(url)} is no URL")
            else:
                stems[stem] = None
        return tuple(stems)

    def pattern(self, key: str, template: Template, *, ignore_case: bool | None = None) -> Pattern | None:
        """One expression for URLs; None, and a fault, where it cannot be had."""
        expanded = expand_pattern(template, self.params)
        if isinstance(expanded, TemplateFault):
            self._template_fault(key, template, expanded)
            return None
        folded = self.ignore_case if ignore_case is None else ignore_case
        pattern = compile_pattern(expanded.text, ignore_case=folded)
        if isinstance(pattern, PatternFault):
            self.complain(AuFaultCode.BAD_PATTERN, key, f"{pattern} of {clip(expanded.text)}", fatal=True)
            return None
        return pattern

    def patterns(self, key: str, templates: Iterable[Template]) -> PatternSet:
        made = (self.pattern(key, template) for template in templates)
        return PatternSet(tuple(pattern for pattern in made if pattern is not None))

    def name(self, key: str, template: Template) -> str:
        name = expand_name(template, self.params)
        if isinstance(name, TemplateFault):
            self._template_fault(key, template, name)
            return template.format
        return name
