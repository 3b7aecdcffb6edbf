"""Templates filled in with an AU's values, for URLs, for patterns and for names (plugins §5)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice, product

from apps.lockss.plugin.au_params import AuParams
from apps.lockss.plugin.functions import FUNCTIONS
from apps.lockss.plugin.params import NumberRange, ParamValue, TextRange
from apps.lockss.plugin.template import Argument, Template, TemplateFault, sprintf

MAX_RANGE_URLS = 101
MAX_URLS = 20_000
_MANY_URLS = TemplateFault(f"gives more than {MAX_URLS} URLs")
_QUOTED = re.compile(r"[^A-Za-z0-9_]")
_BLANK = r"( |\+|%20)"


@dataclass(frozen=True, slots=True)
class PatternText:
    """An expression with the AU's values in it; ``ranges`` are what its first group must lie in."""

    text: str
    ranges: tuple[TextRange | NumberRange, ...] = ()


def quote(text: str, *, url: bool = True) -> str:
    """Every character that is no ASCII letter, digit or ``_`` behind a backslash, as Perl's quotemeta.

    In patterns for URLs a blank matches its escaped forms too, which adds a group.
    """
    quoted = _QUOTED.sub(lambda sign: "\\" + sign[0], text)
    return quoted.replace("\\ ", _BLANK) if url else quoted


def expand_urls(template: Template, params: AuParams) -> tuple[str, ...] | TemplateFault:
    """Every URL of a template: sets and number ranges give one for each member, in order."""
    if not template.arguments:
        return (template.format,)
    values = argument_values(template, params)
    if isinstance(values, TemplateFault):
        return values
    choices: list[Sequence[str | int]] = []
    total = 1
    for value in values:
        members = _url_members(value)
        if isinstance(members, TemplateFault):
            return members
        choices.append(members)
        total *= len(members)
    if total > MAX_URLS:
        return _MANY_URLS
    urls: list[str] = []
    for chosen in product(*choices):
        url = sprintf(template.format, chosen)
        if isinstance(url, TemplateFault):
            return url
        urls.append(url)
    return tuple(urls)


def _url_members(value: ParamValue) -> Sequence[str | int] | TemplateFault:
    if isinstance(value, tuple):
        return value
    if isinstance(value, NumberRange):
        return tuple(islice(range(value.low, value.high + 1), MAX_RANGE_URLS))
    if isinstance(value, TextRange):
        return TemplateFault("a range of texts cannot be counted through in a URL")
    return (_plain(value),)


def expand_pattern(template: Template, params: AuParams, *, url: bool = True) -> PatternText | TemplateFault:
    """The expression of a template; values are quoted, the format is not."""
    if not template.arguments:
        return PatternText(template.format)
    values = argument_values(template, params)
    if isinstance(values, TemplateFault):
        return values
    ranges = tuple(value for value in values if isinstance(value, TextRange | NumberRange))
    text = sprintf(template.format, [_pattern_value(value, url=url) for value in values])
    return text if isinstance(text, TemplateFault) else PatternText(text, ranges)


def _pattern_value(value: ParamValue, *, url: bool) -> str | int:
    if isinstance(value, tuple):
        return f"(?:{'|'.join(quote(member, url=url) for member in value)})"
    if isinstance(value, TextRange):
        return "(.*)"
    if isinstance(value, NumberRange):
        return r"(\d+)"
    plain = _plain(value)
    return quote(plain, url=url) if isinstance(plain, str) else plain


def expand_name(template: Template, params: AuParams) -> str | TemplateFault:
    """A name for people; what has no value prints ``(null)``."""
    if not template.arguments:
        return template.format
    values: list[str | int] = []
    for argument in template.arguments:
        value = _value_of(argument, params)
        if isinstance(value, TemplateFault):
            return value
        values.append("(null)" if value is None else _name_value(value))
    return sprintf(template.format, values)


def _name_value(value: ParamValue) -> str | int:
    if isinstance(value, tuple):
        return ", ".join(value)
    if isinstance(value, TextRange | NumberRange):
        return f"{value.low}-{value.high}"
    return _plain(value)


def argument_values(template: Template, params: AuParams) -> tuple[ParamValue, ...] | TemplateFault:
    """The values of all arguments, functions applied; missing ones are named together."""
    values: list[ParamValue] = []
    missing: list[str] = []
    for argument in template.arguments:
        value = _value_of(argument, params)
        if isinstance(value, TemplateFault):
            return value
        if value is None:
            missing.append(argument.source)
        else:
            values.append(value)
    if missing:
        return TemplateFault(f"no value for {', '.join(missing)}", tuple(missing))
    return tuple(values)


def _value_of(argument: Argument, params: AuParams) -> ParamValue | TemplateFault | None:
    value = params.values.get(argument.name)
    if argument.function is None or value is None:
        return value
    known = FUNCTIONS.get(argument.function)
    if known is None:
        return TemplateFault(f"no function {argument.function}")
    result = known[0](value)
    return TemplateFault(f"{argument.source} cannot take {value!r:.80}") if result is None else result


def _plain(value: str | int | bool) -> str | int:
    return str(value).lower() if isinstance(value, bool) else value
