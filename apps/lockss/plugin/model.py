"""A platform definition as a value: every key typed (plugins §8)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType

from apps.lockss.frontier.politeness import Rate
from apps.lockss.plugin.findings import Finding, Severity
from apps.lockss.plugin.identity import is_source_plugin, plugin_key, version_number
from apps.lockss.plugin.inherit import Link
from apps.lockss.plugin.keys import MimeUse
from apps.lockss.plugin.params import ConfigParam
from apps.lockss.plugin.rates import RateInfo
from apps.lockss.plugin.results import ResultEntry
from apps.lockss.plugin.rules import RuleTemplate
from apps.lockss.plugin.template import Template
from apps.lockss.plugin.windows import Window

Templates = tuple[Template, ...]


def _no_texts() -> Mapping[str, str]:
    return MappingProxyType({})


TWO_WEEKS = timedelta(weeks=2)


@dataclass(frozen=True, slots=True)
class Identification:
    """What the definition says of itself. ``stated_identifier`` is informational and never part of an AUID."""

    stated_identifier: str = ""
    name: str = ""
    notes: str = ""
    status: str = ""
    platform: str = ""
    version: str = "1"
    parent: str = ""
    parent_version: str = ""
    required_daemon_version: str = "0.0.0"
    features: Mapping[str, str] = field(default_factory=_no_texts)
    """``Poll``, ``Metadata``, ``Substance`` to version."""
    user_message: Template | None = None
    aux_packages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ArchiveTypes:
    """Extensions (with their dot) and media types to the kind of archive they are."""

    kinds: Mapping[str, str]

    def kind_of(self, url: str, mime: str = "") -> str | None:
        """``.zip``, ``.tar``, ``.tgz``, ``.tar.gz``, …; the media type decides before the name."""
        found = self.kinds.get(mime.split(";", 1)[0].strip().lower())
        if found is not None:
            return found
        path = url.split("?", 1)[0].lower()
        if path.endswith(".tar.gz"):
            return self.kinds.get(".tar.gz")
        _stem, dot, extension = path.rpartition("/")[2].rpartition(".")
        return self.kinds.get(f".{extension}") if dot else None


STANDARD_ARCHIVES = ArchiveTypes(
    MappingProxyType(
        {
            **{extension: extension for extension in (".zip", ".tar", ".tgz", ".tar.gz")},
            "application/zip": ".zip",
            "application/x-gtar": ".tar",
            "application/x-tar": ".tar",
        }
    )
)


@dataclass(frozen=True, slots=True)
class Collection:
    """How an AU is collected. ``rules`` None: no rules; ``rules_class``: a Java class makes them."""

    name: Template | None = None
    start_urls: Templates = ()
    permission_urls: Templates | None = None
    per_host_permission_path: str | None = None
    permitted_hosts: Templates = ()
    additional_stems: Templates = ()
    rules: tuple[RuleTemplate, ...] | None = None
    rules_class: str | None = None
    ignore_case: bool | None = None
    refetch_depth: int = 1
    pause: timedelta | None = None
    new_content_interval: timedelta = TWO_WEEKS
    pool_source: str = "au"
    rates: RateInfo | None = None
    mime_rates: tuple[tuple[str, Rate], ...] = ()
    url_rates: tuple[tuple[str, Rate], ...] = ()
    window: Window | None = None
    cookies: tuple[str, ...] = ()
    request_headers: tuple[str, ...] = ()
    cookie_policy: str | None = None
    send_referrer: bool = True
    store_probe_permission: bool = True
    login_redirect: Template | None = None
    results: tuple[ResultEntry, ...] = ()
    exploder_pattern: str | None = None
    archives: ArchiveTypes | None = None
    bulk: bool = False


@dataclass(frozen=True, slots=True)
class ByDepth:
    """Pattern templates, for all AUs or by the title's coverage depth (``*``: any other)."""

    always: Templates | None = None
    by_depth: Mapping[str, Templates] = field(default_factory=lambda: MappingProxyType({}))

    def chosen(self, coverage_depth: str | None) -> Templates | None:
        """None where the definition has none for this depth."""
        if self.always is not None:
            return self.always
        return self.by_depth.get(coverage_depth or "*", self.by_depth.get("*"))


@dataclass(frozen=True, slots=True)
class Weighted:
    """A pattern template and the word behind its last comma."""

    template: Template
    word: str


@dataclass(frozen=True, slots=True)
class Validation:
    """What counts as content, and how polls see the AU."""

    substance: ByDepth = field(default_factory=ByDepth)
    non_substance: ByDepth = field(default_factory=ByDepth)
    excluded_from_polls: Templates = ()
    weights: tuple[tuple[Template, float], ...] = ()
    repair_from_peer: Templates = ()
    repair_from_publisher_when_too_close: bool | None = None
    delete_extra_files: bool | None = None
    min_replicas_for_no_quorum_repair: int | None = None
    dont_poll: bool = False
    mime_types: tuple[Weighted, ...] = ()
    mime_validations: tuple[Weighted, ...] = ()


FeatureUrls = Templates | Mapping[str, Templates]
"""Targets, or targets by the title's ``au_feature_key`` (``*``: any other)."""


@dataclass(frozen=True, slots=True)
class Access:
    """How articles are found and opened."""

    article_root: Templates = ()
    article_pattern: str | None = None
    default_article_mime: str | None = None
    rewritten_meta: tuple[str, ...] = ()
    feature_urls: Mapping[str, FeatureUrls] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class MimeFactories:
    """Class names by media type and use. None: explicitly none, not even the built-in one."""

    classes: Mapping[MimeUse, Mapping[str, str | None]] = field(default_factory=lambda: MappingProxyType({}))
    metadata: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: MappingProxyType({}))
    """Media type to metadata kind to class."""

    def stated(self, use: MimeUse, mime: str) -> str | None:
        return self.classes.get(use, {}).get(mime.split(";", 1)[0].strip().lower())

    def of(self, use: MimeUse) -> Mapping[str, str | None]:
        return self.classes.get(use, {})

    @property
    def hash_filters(self) -> Mapping[str, str]:
        """Media type to the class that filters before hashing, in their order; a factory comes before an old rule."""
        both = {**self.of(MimeUse.FILTER_RULE)}
        both |= {mime: name for mime, name in self.of(MimeUse.HASH_FILTER).items() if name}
        return {mime: name for mime, name in sorted(both.items()) if name}


@dataclass(frozen=True, slots=True)
class PluginDefinition:
    """One definition, inheritance done. ``classes`` are the keys whose values are Java class names.

    ``findings`` are all of the chain; with an error among them nothing may be built of the definition.
    """

    plugin_id: str
    identification: Identification = field(default_factory=Identification)
    parameters: tuple[ConfigParam, ...] = ()
    collection: Collection = field(default_factory=Collection)
    validation: Validation = field(default_factory=Validation)
    access: Access = field(default_factory=Access)
    mime: MimeFactories = field(default_factory=MimeFactories)
    classes: Mapping[str, str] = field(default_factory=_no_texts)
    chain: tuple[Link, ...] = ()
    findings: tuple[Finding, ...] = field(default=(), compare=False)

    @property
    def key(self) -> str:
        return plugin_key(self.plugin_id)

    @property
    def name(self) -> str:
        return self.identification.name or self.plugin_id.rpartition(".")[2]

    @property
    def version_number(self) -> int:
        return version_number(self.identification.version)

    @property
    def usable(self) -> bool:
        return not any(finding.severity is Severity.ERROR for finding in self.findings)

    @property
    def poll_version(self) -> str:
        """What poll messages carry, ``Poll_27`` or the bare plugin version: peers vote together only where these
        texts are equal (plugins §8, lcap-v3 §5.8)."""
        return self.feature_version("Poll") or self.identification.version

    def feature_version(self, feature: str) -> str | None:
        """``Metadata_9``: a change means that AUs are indexed or checked again."""
        version = self.identification.features.get(feature)
        return None if version is None else f"{feature}_{version}"

    @property
    def bulk(self) -> bool:
        """Whether title data of AUs must not be taken for metadata of articles."""
        return self.collection.bulk or is_source_plugin(self.plugin_id)

    @property
    def definitional_keys(self) -> frozenset[str]:
        return frozenset(param.key for param in self.parameters if param.definitional)
