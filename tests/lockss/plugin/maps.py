"""Definitions written in a line or two: Python values as the map format of plugins §2."""

from collections.abc import Mapping
from xml.sax.saxutils import escape

from apps.lockss.plugin import PluginDefinition, load_definition
from apps.lockss.plugin.au_params import AuParams, read_params
from apps.lockss.plugin.params import ConfigParam, ParamType

DEFAULT = "<org.lockss.util.Default/>"
NONE = "<org.lockss.util.None/>"


class Raw(str):
    """XML to be used as it stands."""

    __slots__ = ()


def element(value: object) -> str:
    match value:
        case Raw():
            return value
        case bool():
            return f"<boolean>{str(value).lower()}</boolean>"
        case int():
            return f"<int>{value}</int>"
        case str():
            return f"<string>{escape(value)}</string>"
        case list():
            return "<list>" + "".join(map(element, value)) + "</list>"
        case dict():
            return "<map>" + "".join(entry(key, each) for key, each in value.items()) + "</map>"
    raise TypeError(value)


def entry(key: str, value: object) -> str:
    return f"<entry>{element(key)}{element(value)}</entry>"


def param(key: str, kind: ParamType, **fields: object) -> Raw:
    more = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
    return Raw(
        f"<org.lockss.daemon.ConfigParamDescr><key>{key}</key><type>{int(kind)}</type>{more}"
        "</org.lockss.daemon.ConfigParamDescr>"
    )


BASE_URL = param("base_url", ParamType.URL)
YEAR = param("year", ParamType.YEAR)
NUMBERS = param("numbers", ParamType.NUM_RANGE)
WORDS = param("words", ParamType.RANGE)
ISSUES = param("issues", ParamType.SET)
VOLUME = param("volume", ParamType.STRING)


def xml(entries: Mapping[str, object]) -> bytes:
    return element(dict(entries)).encode()


def define(
    entries: Mapping[str, object],
    parents: Mapping[str, Mapping[str, object]] | None = None,
    *,
    plugin_id: str = "org.example.Plugin",
    testing_mode: str = "",
    with_base: bool = True,
) -> PluginDefinition:
    """The definition of these keys; parameters ``base_url`` and ``year`` and a start URL come by themselves."""
    own = dict(entries)
    if with_base:
        own.setdefault("plugin_config_props", [BASE_URL, YEAR])
        own.setdefault("au_start_url", '"%sstart/%d", base_url, year')
    files = {plugin_id: xml(own), **{name: xml(each) for name, each in (parents or {}).items()}}
    return load_definition(plugin_id, files.get, testing_mode=testing_mode)


def values(kinds: Mapping[str, ParamType], config: Mapping[str, str]) -> AuParams:
    """Parameters of these types with these texts; a base URL is always there."""
    params = tuple(ConfigParam(key, kind, definitional=False) for key, kind in kinds.items())
    return read_params(
        (ConfigParam("base_url", ParamType.URL), *params), {"base_url": "http://h.org/j/", **config}
    )


CONFIG = {"base_url": "http://www.example.org/", "year": "2005"}
