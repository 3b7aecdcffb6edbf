"""An AU out of a definition and raw parameter texts, or every reason why not (plugins §4–§9)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar

from apps.lockss.frontier.politeness import Rate
from apps.lockss.plugin.au import DEFAULT_SETTINGS, AuDefinition, AuSettings
from apps.lockss.plugin.au_build import AuFault, AuFaultCode, Builder
from apps.lockss.plugin.au_params import read_params
from apps.lockss.plugin.dialect import PatternFault
from apps.lockss.plugin.javaclasses import REGISTRY, Registry
from apps.lockss.plugin.matcher import Pattern, compile_pattern
from apps.lockss.plugin.model import Collection, PluginDefinition, Templates, Validation
from apps.lockss.plugin.params import ParamType
from apps.lockss.plugin.rules import CrawlRules, make_rules
from apps.lockss.plugin.template import Template
from apps.lockss.plugin.urlsets import MimeTypes, PatternSet, SubstanceRules, Weights
from apps.lockss.urls import Normalizer


@dataclass(frozen=True, slots=True)
class NoAu:
    """An AU that cannot be made, and every reason."""

    faults: tuple[AuFault, ...]


@dataclass(frozen=True, slots=True)
class _Entrances:
    """Start and permission URLs as templates give them and as names."""

    raw_starts: tuple[str, ...]
    raw_permissions: tuple[str, ...]
    starts: tuple[str, ...]
    permissions: tuple[str, ...]

    def all(self) -> frozenset[str]:
        return frozenset({*self.raw_starts, *self.raw_permissions, *self.starts, *self.permissions})


def make_au(
    plugin: PluginDefinition,
    config: Mapping[str, str],
    *,
    attributes: Mapping[str, str] | None = None,
    settings: AuSettings = DEFAULT_SETTINGS,
    registry: Registry = REGISTRY,
) -> AuDefinition | NoAu:
    """``config`` are the AU's raw parameters and ``reserved.*`` keys, ``attributes`` those of its title."""
    if not plugin.usable:
        return NoAu((AuFault(AuFaultCode.UNUSABLE_DEFINITION, "", plugin.plugin_id, fatal=True),))
    params = read_params(plugin.parameters, config)
    collection = plugin.collection
    ignore_case = settings.ignore_case if collection.ignore_case is None else collection.ignore_case
    build = Builder(params, ignore_case)
    for fault in params.faults:
        build.complain(AuFaultCode.BAD_PARAMETER, fault.key, str(fault), fatal=True)
    for key in params.unknown:
        build.complain(AuFaultCode.UNKNOWN_PARAMETER, key, "not declared by the definition")
    if params.faults:
        return NoAu(tuple(build.faults))
    au = _assembled(build, plugin, config, attributes or {}, settings, registry)
    return NoAu(au.faults) if any(fault.fatal for fault in au.faults) else au


def _assembled(
    build: Builder,
    plugin: PluginDefinition,
    config: Mapping[str, str],
    attributes: Mapping[str, str],
    settings: AuSettings,
    registry: Registry,
) -> AuDefinition:
    collection, validation = plugin.collection, plugin.validation
    factory = registry.normalizers.get(plugin.classes.get("au_url_normalizer", ""))
    entrances = _entrances(build, collection, None if factory is None else factory(build.params))
    message = plugin.identification.user_message
    mimes = ((each.template, each.word) for each in validation.mime_types)
    return AuDefinition(
        plugin=plugin,
        params=build.params,
        config=MappingProxyType(dict(config)),
        attributes=MappingProxyType(dict(attributes)),
        settings=settings,
        registry=registry,
        start_urls=entrances.starts,
        permission_urls=entrances.permissions,
        stems=_stems(build, collection, entrances),
        rules=_rules(build, collection, entrances.all() if settings.include_start else frozenset()),
        default_name="" if collection.name is None else build.name("au_name", collection.name),
        user_message=None if message is None else build.name("plugin_au_config_user_msg", message),
        login=_login(build, collection.login_redirect),
        permitted_hosts=build.patterns("au_permitted_host_pattern", collection.permitted_hosts),
        url_rates=tuple(_url_rates(build, collection)),
        substance=_substance(build, validation, attributes.get("au_coverage_depth"), entrances),
        excluded_from_polls=build.patterns(
            "au_exclude_urls_from_polls_pattern", validation.excluded_from_polls
        ),
        weights=Weights(tuple(_paired(build, "au_url_poll_result_weight", validation.weights))),
        repair_from_peer=build.patterns(
            "au_repair_from_peer_if_missing_url_pattern", validation.repair_from_peer
        ),
        mime_types=MimeTypes(tuple(_paired(build, "au_url_mime_type", mimes))),
        # Read last: everything above adds to them.
        faults=tuple(dict.fromkeys(build.faults)),
    )


def _entrances(build: Builder, collection: Collection, normalizer: Normalizer | None) -> _Entrances:
    """Without permission templates the start URLs are the permission URLs."""
    raw_starts = build.urls("au_start_url", collection.start_urls)
    starts = build.names("au_start_url", raw_starts, normalizer)
    if collection.permission_urls is None:
        return _Entrances(raw_starts, raw_starts, starts, starts)
    raw_permissions = build.urls("au_permission_url", collection.permission_urls)
    permissions = build.names("au_permission_url", raw_permissions, normalizer)
    return _Entrances(raw_starts, raw_permissions, starts, permissions)


def _stems(build: Builder, collection: Collection, entrances: _Entrances) -> tuple[str, ...]:
    params = build.params
    own = (params.raw[key] for key in params.raw if params.types.get(key) is ParamType.URL)
    additional = build.urls("au_additional_url_stems", collection.additional_stems)
    return build.stems("au_additional_url_stems", (*entrances.raw_permissions, *own, *additional))


def _rules(build: Builder, collection: Collection, always: frozenset[str]) -> CrawlRules:
    if collection.rules_class is not None:
        # A class makes them that is not here: nothing is inside.
        return CrawlRules((), always)
    if not collection.rules:
        return CrawlRules(None)
    rules, faults = make_rules(collection.rules, build.params, ignore_case=build.ignore_case, always=always)
    for fault in faults:
        code = AuFaultCode.MISSING_VALUE if fault.missing else AuFaultCode.BAD_RULE
        message = f"rule {fault.index + 1}: {fault.message}"
        build.complain(code, "au_crawlrules", message, fatal=not fault.missing)
    if rules.rules is None:
        build.complain(
            AuFaultCode.NO_RULE_LEFT, "au_crawlrules", "every rule was dropped: all URLs are let in"
        )
    return rules


def _login(build: Builder, template: Template | None) -> Pattern | None:
    """A login pattern that cannot be made must stop the AU: login pages would be stored as content."""
    key = "au_redirect_to_login_url_pattern"
    if template is None:
        return None
    pattern = build.pattern(key, template, ignore_case=False)
    if pattern is None:
        build.complain(AuFaultCode.BAD_PATTERN, key, "login pages cannot be told", fatal=True)
    return pattern


def _url_rates(build: Builder, collection: Collection) -> Iterator[tuple[Pattern, Rate]]:
    for source, rate in collection.url_rates:
        pattern = compile_pattern(source, ignore_case=build.ignore_case)
        if isinstance(pattern, PatternFault):
            build.complain(AuFaultCode.BAD_PATTERN, "au_url_rate_limiter_map", str(pattern), fatal=True)
        else:
            yield pattern, rate


def _substance(
    build: Builder, validation: Validation, coverage_depth: str | None, entrances: _Entrances
) -> SubstanceRules:
    def chosen(key: str, templates: Templates | None) -> PatternSet | None:
        return None if templates is None else build.patterns(key, templates)

    return SubstanceRules(
        chosen("au_substance_url_pattern", validation.substance.chosen(coverage_depth)),
        chosen("au_non_substance_url_pattern", validation.non_substance.chosen(coverage_depth)),
        frozenset({*entrances.starts, *entrances.permissions}),
    )


_Word = TypeVar("_Word", float, str)


def _paired(
    build: Builder, key: str, pairs: Iterable[tuple[Template, _Word]]
) -> Iterator[tuple[Pattern, _Word]]:
    """Patterns with what goes with them; those without a value are left out."""
    for template, word in pairs:
        pattern = build.pattern(key, template)
        if pattern is not None:
            yield pattern, word
