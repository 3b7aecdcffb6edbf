"""What a definition says of itself, of polls, of articles and per media type, read out of a merged map (plugins §4, §8)."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TypeVar

from apps.lockss.plugin.findings import DefinitionCode, clip
from apps.lockss.plugin.keys import KEYS, MimeUse, mime_key
from apps.lockss.plugin.model import (
    Access,
    ByDepth,
    FeatureUrls,
    Identification,
    MimeFactories,
    Templates,
    Validation,
    Weighted,
)
from apps.lockss.plugin.params import ConfigParam, ParamType
from apps.lockss.plugin.template import Template, parse_template
from apps.lockss.plugin.values import Values
from apps.lockss.plugin.xmlmap import Marker, RawMap, Value
from apps.lockss.plugin.xmltree import Node

_PARAM_TAG = "org.lockss.daemon.ConfigParamDescr"
_T = TypeVar("_T")


def read_identification(values: Values) -> Identification:
    return Identification(
        stated_identifier=values.text("plugin_identifier") or "",
        name=values.text("plugin_name") or "",
        notes=values.text("plugin_notes") or "",
        status=values.text("plugin_status") or "",
        platform=values.text("plugin_publishing_platform") or "",
        version=values.text("plugin_version") or "1",
        parent=values.text("plugin_parent") or "",
        parent_version=values.text("plugin_parent_version") or "",
        required_daemon_version=values.text("required_daemon_version") or "0.0.0",
        features=MappingProxyType(values.text_mapping("plugin_feature_version_map")),
        user_message=values.template("plugin_au_config_user_msg"),
        aux_packages=values.texts("plugin_aux_packages") or (),
    )


def read_parameters(values: Values) -> tuple[ConfigParam, ...]:
    """The descriptors; without any the definition is of no use."""
    key = "plugin_config_props"
    value = values.raw.get(key)
    if not isinstance(value, tuple) or not value:
        values.complain(DefinitionCode.NO_PARAMETERS, key, "expected a list of parameters", fatal=True)
        return ()
    params: dict[str, ConfigParam] = {}
    for item in value:
        param = _read_parameter(item)
        if isinstance(param, ConfigParam):
            params[param.key] = param
        else:
            values.complain(DefinitionCode.BAD_PARAMETER, key, param, fatal=True)
    return tuple(params.values())


def _read_parameter(item: Value) -> ConfigParam | str:
    if not isinstance(item, Node) or item.tag != _PARAM_TAG:
        return f"expected <{_PARAM_TAG}>"
    name = (item.text_of("key") or "").strip()
    code = (item.text_of("type") or "1").strip()
    size = (item.text_of("size") or "0").strip()
    if not name:
        return "a parameter without a key"
    if not code.isdecimal() or len(code) > 2 or int(code) not in list(ParamType):
        return f"{clip(name)}: type {clip(code)!r} is none of 1 to 12"
    return ConfigParam(
        key=name,
        type=ParamType(int(code)),
        display_name=(item.text_of("displayName") or "").strip(),
        description=(item.text_of("description") or "").strip(),
        size=int(size) if size.isdecimal() and len(size) < 6 else 0,
        definitional=(item.text_of("definitional") or "true").strip().lower() != "false",
        default_only=(item.text_of("defaultOnly") or "false").strip().lower() == "true",
    )


def read_validation(values: Values) -> Validation:
    return Validation(
        substance=_by_depth(values, "au_substance_url_pattern"),
        non_substance=_by_depth(values, "au_non_substance_url_pattern"),
        excluded_from_polls=values.templates("au_exclude_urls_from_polls_pattern") or (),
        weights=tuple(_weights(values)),
        repair_from_peer=values.templates("au_repair_from_peer_if_missing_url_pattern") or (),
        repair_from_publisher_when_too_close=values.flag("plugin_repair_from_publisher_when_too_close"),
        delete_extra_files=values.flag("plugin_delete_extra_files"),
        min_replicas_for_no_quorum_repair=values.number("plugin_min_replicas_for_no_quorum_peer_repair"),
        dont_poll=bool(values.flag("au_dont_poll")),
        mime_types=(*_weighted(values, "au_url_mime_type"), *_weighted(values, "au_url_mime_type_map")),
        mime_validations=tuple(_weighted(values, "au_url_mime_validation_map")),
    )


def split_alternatives(table: Mapping[str, _T]) -> dict[str, _T]:
    """``a;b`` as two keys."""
    return {part.strip(): value for keys, value in table.items() for part in keys.split(";") if part.strip()}


def _by_depth(values: Values, key: str) -> ByDepth:
    if not isinstance(values.raw.get(key), RawMap):
        return ByDepth(values.templates(key))
    table: dict[str, Templates] = {}
    for depths, value in values.mapping(key).items():
        templates = values.templates_of(key, values.texts_of(key, value))
        if templates is not None:
            table[depths] = templates
    return ByDepth(None, MappingProxyType(split_alternatives(table)))


def _weighted(values: Values, key: str) -> Iterator[Weighted]:
    for text in values.texts(key) or ():
        pattern, comma, word = text.rpartition(",")
        if not comma or not word.strip():
            values.complain(
                DefinitionCode.BAD_VALUE, key, f"expected a pattern, a comma and a value: {clip(text)}"
            )
            continue
        yield Weighted(values.checked(key, parse_template(pattern)), word.strip())


def _weights(values: Values) -> Iterator[tuple[Template, float]]:
    key = "au_url_poll_result_weight"
    for each in _weighted(values, key):
        try:
            weight = float(each.word)
        except ValueError:
            weight = -1.0
        if 0.0 <= weight <= 1.0:
            yield each.template, weight
        else:
            values.complain(
                DefinitionCode.BAD_VALUE, key, f"{clip(each.word)!r} is no weight from 0 to 1", fatal=True
            )


def read_access(values: Values) -> Access:
    feature_urls: dict[str, FeatureUrls] = {}
    key = "au_feature_urls"
    for feature, value in values.mapping(key).items():
        if isinstance(value, RawMap):
            table = {name: entry.value for name, entry in value.entries.items()}
            chosen = {
                name: values.templates_of(key, values.texts_of(key, each)) or ()
                for name, each in table.items()
            }
            feature_urls[feature] = MappingProxyType(split_alternatives(chosen))
        else:
            feature_urls[feature] = values.templates_of(key, values.texts_of(key, value)) or ()
    return Access(
        article_root=values.templates("plugin_article_iterator_root") or (),
        article_pattern=values.text("plugin_article_iterator_pattern"),
        default_article_mime=values.text("plugin_default_article_mime_type"),
        rewritten_meta=values.texts("plugin_rewrite_html_meta_urls") or (),
        feature_urls=MappingProxyType(feature_urls),
    )


def read_mime(values: Values) -> MimeFactories:
    """Per-MIME keys; a key whose type has no slash is kept but can never match."""
    classes: dict[MimeUse, dict[str, str | None]] = {}
    metadata: dict[str, dict[str, str]] = {}
    for key, entry in values.raw.entries.items():
        found = None if key in KEYS else mime_key(key)
        if found is None:
            continue
        mime, use = found
        if "/" not in mime:
            values.complain(DefinitionCode.BAD_MIME, key, f"{clip(mime)!r} is no media type")
        if use is MimeUse.METADATA:
            metadata[mime] = split_alternatives(values.text_mapping(key))
        elif use is MimeUse.FILTER_RULE and isinstance(entry.value, tuple):
            classes.setdefault(use, {})[mime] = "(rules)"
        elif use is MimeUse.ARTICLE_MIME:
            classes.setdefault(use, {})[mime] = values.text(key)
        else:
            stated = None if entry.value is Marker.NONE else values.class_name(key)
            classes.setdefault(use, {})[mime] = stated
    return MimeFactories(
        MappingProxyType({use: MappingProxyType(table) for use, table in classes.items()}),
        MappingProxyType({mime: MappingProxyType(table) for mime, table in metadata.items()}),
    )
