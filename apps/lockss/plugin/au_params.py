"""An AU's configuration read against its definition's descriptors (plugins §4, §7)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from apps.lockss.plugin.params import (
    AU_KEYS,
    IMPLICIT_PARAMS,
    ConfigParam,
    ParamFault,
    ParamType,
    ParamValue,
)
from apps.lockss.urls import ParsedUrl, parse_url

_BASE_URL = "base_url"


@dataclass(frozen=True, slots=True)
class ParamScope:
    """Names that templates may use, with their types: declared, implicit and derived."""

    types: Mapping[str, ParamType]

    @classmethod
    def of(cls, params: Iterable[ConfigParam]) -> "ParamScope":
        types: dict[str, ParamType] = {}
        for param in (*IMPLICIT_PARAMS, *params):
            types[param.key] = param.type
        for param in params:
            if param.type is ParamType.YEAR:
                types.setdefault(f"au_short_{param.key}", ParamType.INT)
            if param.type is ParamType.URL:
                types.setdefault(f"{param.key}_host", ParamType.STRING)
                types.setdefault(f"{param.key}_path", ParamType.STRING)
        return cls(types)


@dataclass(frozen=True, slots=True)
class AuParams:
    """``raw`` are the texts of known parameters, ``values`` what they mean, derived ones included.

    ``faults`` keep the AU from being configured; ``unknown`` keys were dropped.
    """

    raw: Mapping[str, str]
    values: Mapping[str, ParamValue]
    types: Mapping[str, ParamType]
    faults: tuple[ParamFault, ...] = ()
    unknown: tuple[str, ...] = ()

    def url(self, key: str) -> ParsedUrl | None:
        """The parsed URL of a URL parameter."""
        if self.types.get(key) is not ParamType.URL or key not in self.raw:
            return None
        parsed = parse_url(self.raw[key])
        return parsed if isinstance(parsed, ParsedUrl) else None


def asked_of(params: Iterable[ConfigParam]) -> dict[str, ConfigParam]:
    """What a configuration is read for, in the order in which faults are told."""
    declared = {param.key: param for param in (*IMPLICIT_PARAMS, *params)}
    # An AU without a base URL cannot exist, whether the definition asks for one or not.
    declared.setdefault(_BASE_URL, ConfigParam(_BASE_URL, ParamType.URL, definitional=False))
    return declared


def fault_of(param: ConfigParam, text: str | None) -> ParamFault | None:
    """What is wrong with a parameter's text, None where it is missing."""
    if text is None:
        needed = param.definitional or param.key == _BASE_URL
        return ParamFault(param.key, f"every AU needs its {param.label}") if needed else None
    value = param.parse(text)
    return value if isinstance(value, ParamFault) else None


def read_params(params: tuple[ConfigParam, ...], config: Mapping[str, str]) -> AuParams:
    """The configuration's values; every missing or malformed definitional one is a fault."""
    declared = asked_of(params)
    raw: dict[str, str] = {}
    values: dict[str, ParamValue] = {}
    faults: list[ParamFault] = []
    for key, param in declared.items():
        if key not in config:
            if (missing := fault_of(param, None)) is not None:
                faults.append(missing)
            continue
        value = param.parse(config[key])
        if isinstance(value, ParamFault):
            faults.append(value)
            continue
        raw[key], values[key] = config[key], value
    known = declared.keys() | AU_KEYS
    unknown = tuple(key for key in config if key not in known)
    values |= {key: value for key, value in _derived(params, values).items() if key not in values}
    types = {**ParamScope.of(params).types, _BASE_URL: declared[_BASE_URL].type}
    return AuParams(raw, values, types, tuple(faults), unknown)


def _derived(params: Iterable[ConfigParam], values: Mapping[str, ParamValue]) -> dict[str, ParamValue]:
    derived: dict[str, ParamValue] = {}
    for param in params:
        value = values.get(param.key)
        if param.type is ParamType.YEAR and isinstance(value, int):
            derived[f"au_short_{param.key}"] = value % 100
        if param.type is ParamType.URL and isinstance(value, str):
            parsed = parse_url(value)
            if isinstance(parsed, ParsedUrl):
                derived[f"{param.key}_host"] = parsed.host
                derived[f"{param.key}_path"] = parsed.path
    return derived


def definitional(params: Iterable[ConfigParam], config: Mapping[str, str]) -> dict[str, str]:
    """The raw texts that make up the AUID; keys that the definition does not declare never take part."""
    return {param.key: config[param.key] for param in params if param.definitional and param.key in config}


def changed_identity(
    params: Iterable[ConfigParam], before: Mapping[str, str], after: Mapping[str, str]
) -> tuple[str, ...]:
    """Definitional parameters that differ between two configurations of what should be one AU."""
    return tuple(
        param.key for param in params if param.definitional and before.get(param.key) != after.get(param.key)
    )
