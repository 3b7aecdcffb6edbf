"""Typed values out of a merged map, each complaint a finding that names its key (plugins §8)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from apps.lockss.plugin.au_params import ParamScope
from apps.lockss.plugin.dialect import PatternFault
from apps.lockss.plugin.findings import (
    NOWHERE,
    DefinitionCode,
    Finding,
    Place,
    clip,
    error,
    warning,
)
from apps.lockss.plugin.functions import FUNCTIONS
from apps.lockss.plugin.keys import KEYS, KeySpec, Use
from apps.lockss.plugin.matcher import compile_pattern
from apps.lockss.plugin.params import ParamType
from apps.lockss.plugin.template import Template, TemplateFault, conversions, parse_template
from apps.lockss.plugin.xmlmap import Marker, RawMap, Value
from apps.lockss.plugin.xmltree import Node

_CLASS_NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*(?:\.[A-Za-z_$][A-Za-z0-9_$]*)*")
_CONVERSION = re.compile(r"%[-+ 0#]*[0-9]*(?:\.[0-9]*)?[hlL]?[a-zA-Z]")
_LONGEST = timedelta(days=36_500)
_NO_SPEC = KEYS["plugin_crawl_type"]


@dataclass(slots=True)
class Values:
    """A merged map with its scope of template names; findings gather as it is read."""

    raw: RawMap
    scope: ParamScope = field(default_factory=lambda: ParamScope({}))
    own_functions: bool = False
    """A Java class replaces the functions: which there are cannot be known."""
    findings: list[Finding] = field(default_factory=list)

    def place(self, key: str) -> Place:
        entry = self.raw.entries.get(key)
        return NOWHERE if entry is None else entry.place

    def complain(self, code: DefinitionCode, key: str, message: str, *, fatal: bool = False) -> None:
        make = error if fatal else warning
        self.findings.append(make(code, message, self.place(key), key))

    def _wrong(self, key: str, expected: str, value: object) -> None:
        if value is not Marker.NONE:
            found = f"<{value.tag}>" if isinstance(value, Node) else type(value).__name__
            self.complain(DefinitionCode.WRONG_TYPE, key, f"expected {expected}, found {clip(found)}")

    def text(self, key: str) -> str | None:
        value = self.raw.get(key)
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        self._wrong(key, "a text", value)
        return None

    def flag(self, key: str) -> bool | None:
        value = self.raw.get(key)
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str) and value.strip().lower() in {"true", "false"}:
            return value.strip().lower() == "true"
        self._wrong(key, "true or false", value)
        return None

    def number(self, key: str) -> int | None:
        value = self.raw.get(key)
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        if isinstance(value, str) and re.fullmatch(r"\s*-?[0-9]{1,18}\s*", value) is not None:
            return int(value)
        self._wrong(key, "a whole number", value)
        return None

    def milliseconds(self, key: str) -> timedelta | None:
        number = self.number(key)
        if number is None:
            return None
        if not 0 <= number <= _LONGEST // timedelta(milliseconds=1):
            self.complain(DefinitionCode.BAD_VALUE, key, f"{number} is no number of milliseconds to use")
            return None
        return timedelta(milliseconds=number)

    def texts(self, key: str) -> tuple[str, ...] | None:
        """One text or a list of them; None where the key is absent."""
        return self.texts_of(key, self.raw.get(key))

    def texts_of(self, key: str, value: Value | None) -> tuple[str, ...] | None:
        if value is None or value is Marker.NONE:
            return None
        if isinstance(value, str):
            value = (value,)
        if not isinstance(value, tuple):
            self._wrong(key, "a text or a list of texts", value)
            return None
        texts: list[str] = []
        for item in value:
            if isinstance(item, str) and item.strip():
                texts.append(item)
            else:
                self.complain(DefinitionCode.BAD_VALUE, key, "an empty text or no text in the list")
        return tuple(texts)

    def class_name(self, key: str) -> str | None:
        value = self.raw.get(key)
        if value is None or value is Marker.NONE:
            return None
        if isinstance(value, str) and _CLASS_NAME.fullmatch(value.strip()) is not None:
            return value.strip()
        self._wrong(key, "the name of a Java class", value)
        # Something was meant to be there: what depends on it must not go on as if there were nothing.
        return clip(value) if isinstance(value, str) else "?"

    def mapping(self, key: str) -> Mapping[str, Value]:
        value = self.raw.get(key)
        if isinstance(value, RawMap):
            return {name: entry.value for name, entry in value.entries.items()}
        if value is not None:
            self._wrong(key, "a map", value)
        return {}

    def text_mapping(self, key: str) -> dict[str, str]:
        texts: dict[str, str] = {}
        for name, value in self.mapping(key).items():
            if isinstance(value, str):
                texts[name] = value.strip()
            else:
                self.complain(DefinitionCode.BAD_VALUE, key, f"{clip(name)}: expected a text")
        return texts

    def template(self, key: str) -> Template | None:
        text = self.text(key)
        return None if text is None or not text.strip() else self.checked(key, parse_template(text))

    def templates(self, key: str) -> tuple[Template, ...] | None:
        return self.templates_of(key, self.texts(key))

    def templates_of(self, key: str, texts: tuple[str, ...] | None) -> tuple[Template, ...] | None:
        return None if texts is None else tuple(self.checked(key, parse_template(text)) for text in texts)

    def checked(self, key: str, template: Template) -> Template:
        """The template, after what is wrong with it has been told."""
        spec = KEYS.get(key, _NO_SPEC)
        for finding in self._faults(template, spec):
            self.complain(finding.code, key, finding.message, fatal=finding.severity == "error")
        return template

    def _faults(self, template: Template, spec: KeySpec) -> Iterator[Finding]:
        make = error if spec.invalid_if_undeclared else warning
        for argument in template.arguments:
            kind = self.scope.types.get(argument.name)
            if kind is None and spec.use is not Use.FREE_URL:
                yield make(DefinitionCode.UNDECLARED, f"{clip(argument.source)} is no declared parameter")
            if argument.function is not None and not self.own_functions:
                known = FUNCTIONS.get(argument.function)
                if known is None:
                    yield make(DefinitionCode.UNKNOWN_FUNCTION, f"no function {clip(argument.function)}")
                kind = None if known is None else known[1]
            if spec.use is Use.URL and kind is ParamType.RANGE:
                yield error(DefinitionCode.RANGE_IN_URL, f"{clip(argument.source)} cannot be counted through")
        if template.arguments:
            count = conversions(template.format)
            if isinstance(count, TemplateFault):
                yield make(DefinitionCode.BAD_TEMPLATE, count.message)
            elif count > len(template.arguments):
                given = len(template.arguments)
                message = f"{count} conversion, " if count == 1 else f"{count} conversions, "
                message += f"{given} argument" if given == 1 else f"{given} arguments"
                yield make(DefinitionCode.BAD_TEMPLATE, message)
        if spec.use in {Use.PATTERN, Use.HOST_PATTERN, Use.RULE, Use.WEIGHT}:
            yield from self._pattern_faults(template)

    def _pattern_faults(self, template: Template) -> Iterator[Finding]:
        """Try the expression with digits in the place of values: most faults are the format's own."""
        text = template.format
        if template.arguments:
            text = _CONVERSION.sub("1", text.replace("%%", "\0")).replace("\0", "%")
        pattern = compile_pattern(text)
        if isinstance(pattern, PatternFault):
            yield error(DefinitionCode.BAD_PATTERN, f"{pattern} of {clip(text)}")
