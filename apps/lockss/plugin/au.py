"""An AU as its definition and its parameters make it: what to ask for, how, and what counts (plugins §4–§10)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from apps.lockss.auid import make_auid
from apps.lockss.frontier.politeness import FETCH_FLOOR, Rate, pause_of
from apps.lockss.frontier.site import Site
from apps.lockss.http_result import Meaning, ResultKey
from apps.lockss.lcap.hash_stream import Filter, charset_of, media_type
from apps.lockss.links import BUILT_IN, Extractor, LinkLimits, Links, PageContext, Profile, extract_links
from apps.lockss.plugin.au_build import AuFault
from apps.lockss.plugin.au_params import AuParams, definitional
from apps.lockss.plugin.expand import expand_urls
from apps.lockss.plugin.filters import FilterContext
from apps.lockss.plugin.javaclasses import HTTP_TO_HTTPS_CONSUMER, NamedClass, Registry
from apps.lockss.plugin.keys import MimeUse
from apps.lockss.plugin.matcher import Pattern
from apps.lockss.plugin.model import PluginDefinition
from apps.lockss.plugin.params import ParamType, ParamValue, parse_interval
from apps.lockss.plugin.rates import mime_candidates, mime_rate, pool_key, url_rate
from apps.lockss.plugin.results import result_table
from apps.lockss.plugin.rules import CrawlRules, Verdict
from apps.lockss.plugin.template import Template, TemplateFault
from apps.lockss.plugin.urlsets import MimeTypes, PatternSet, SubstanceRules, Weights
from apps.lockss.plugin.windows import Zones, may_crawl
from apps.lockss.urls import Normalizer


@dataclass(frozen=True, slots=True)
class AuSettings:
    """What a network sets for all AUs. ``include_start``: start and permission URLs are inside whatever the rules say."""

    fetch_floor: timedelta = FETCH_FLOOR
    ignore_case: bool = True
    include_start: bool = True
    link_profile: Profile = Profile.WIDE
    link_limits: LinkLimits = field(default_factory=LinkLimits)


DEFAULT_SETTINGS = AuSettings()
_LONGEST_MS = 10**12
_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class AuDefinition:
    """``start_urls`` and ``permission_urls`` are names; ``stems`` lack the hosts that crawls discover.

    ``user_message`` may hold the publisher's HTML. ``faults`` are what the AU lives without; an AU that cannot be
    made has no AuDefinition.
    """

    plugin: PluginDefinition
    params: AuParams
    config: Mapping[str, str]
    attributes: Mapping[str, str]
    settings: AuSettings
    registry: Registry
    start_urls: tuple[str, ...]
    permission_urls: tuple[str, ...]
    stems: tuple[str, ...]
    rules: CrawlRules
    default_name: str
    user_message: str | None
    login: Pattern | None
    permitted_hosts: PatternSet
    url_rates: tuple[tuple[Pattern, Rate], ...]
    substance: SubstanceRules
    excluded_from_polls: PatternSet
    weights: Weights
    repair_from_peer: PatternSet
    mime_types: MimeTypes
    faults: tuple[AuFault, ...] = ()

    @property
    def auid(self) -> str:
        return make_auid(self.plugin.plugin_id, definitional(self.plugin.parameters, self.config))

    def name(self, title_name: str | None = None) -> str:
        """The title list's name, else the one configured, else the definition's."""
        return title_name or self.config.get("reserved.displayName") or self.default_name

    @property
    def poll_version(self) -> str:
        return self.plugin.poll_version

    # Collecting.

    def verdict(self, url: str) -> Verdict:
        """The crawl rules' word on a name."""
        return self.rules.verdict(url)

    def is_login(self, url: str) -> bool:
        """Whether a redirect there means that permission is lost; undecided counts as no."""
        return self.login is not None and self.login.matches(url)

    def permits_host(self, host: str) -> bool:
        """The definition's word on a host; the network's list must agree (permissions §5)."""
        return self.permitted_hosts.matches(host)

    @property
    def normalizer(self) -> Normalizer | None:
        """The definition's own; None for none and for one that is not mapped."""
        factory = self.registry.normalizers.get(self.plugin.classes.get("au_url_normalizer", ""))
        return None if factory is None else factory(self.params)

    def site(self, excluded: PatternSet | None = None) -> Site:
        """The AU as the frontier asks for it; ``excluded`` is the network's pattern for all AUs."""
        never = PatternSet() if excluded is None else excluded
        return Site.of(
            self.rules.includes, normalizer=self.normalizer, login=self.is_login, excluded=never.matches
        )

    @property
    def pause(self) -> timedelta:
        """Between two fetches: the AU's ``pause_time``, else the definition's, never under the floor."""
        own = parse_interval(self.config.get("pause_time", ""))
        au_pause = None if own is None else timedelta(milliseconds=min(own, _LONGEST_MS))
        return pause_of(self.plugin.collection.pause, au_pause, self.settings.fetch_floor)

    @property
    def pause_ms(self) -> int:
        return self.pause // timedelta(milliseconds=1)

    @property
    def refetch_depth(self) -> int:
        return self.plugin.collection.refetch_depth

    @property
    def new_content_interval(self) -> timedelta:
        own = self.params.values.get("nc_interval")
        if isinstance(own, int) and own > 0:
            return timedelta(milliseconds=min(own, _LONGEST_MS))
        return self.plugin.collection.new_content_interval

    @property
    def pool(self) -> str | None:
        """AUs with one key share a limiter and are not crawled at once; None: the AU is alone."""
        collection = self.plugin.collection
        if collection.rates is not None and collection.rates.pool:
            return collection.rates.pool
        return pool_key(collection.pool_source, self.plugin.plugin_id, self.params.values, self.attributes)

    def rate(self, now: datetime, zones: Zones, url: str = "", mime: str = "") -> Rate:
        """How often may be asked at ``now``; rates by URL or media type come before the general one."""
        info = self.plugin.collection.rates
        general = Rate(1, self.pause)
        if info is not None:
            current = info.at(now, zones)
            return mime_rate(current.mime, mime) or current.rate or general
        collection = self.plugin.collection
        return url_rate(self.url_rates, url) or mime_rate(collection.mime_rates, mime) or general

    def may_crawl(self, now: datetime, zones: Zones) -> bool:
        return may_crawl(self.plugin.collection.window, now, zones)

    @property
    def results(self) -> Mapping[ResultKey, Meaning]:
        return result_table(self.plugin.collection.results, self.registry.result_handlers)

    @property
    def keeps_original_name(self) -> bool:
        """Content redirected from http to the same https URL is kept under the http name too."""
        base = self.params.url("base_url")
        consumer = self.plugin.classes.get("plugin_url_consumer_factory")
        return consumer == HTTP_TO_HTTPS_CONSUMER and base is not None and base.scheme == "http"

    # Per media type: None is none, a NamedClass one that is missing here.

    def hash_filter(self, content_type: str | None) -> Filter | NamedClass | None:
        rule = self._stated(MimeUse.FILTER_RULE, content_type)
        chosen = self._filter(MimeUse.HASH_FILTER, content_type)
        return rule if chosen is None and rule is not None else chosen

    def crawl_filter(self, content_type: str | None) -> Filter | NamedClass | None:
        return self._filter(MimeUse.CRAWL_FILTER, content_type)

    def _stated(self, use: MimeUse, content_type: str | None) -> NamedClass | None:
        mime = media_type(content_type)
        name = self.plugin.mime.stated(use, mime)
        return None if name is None else NamedClass(f"{mime}{use.value}", name, use)

    def _filter(self, use: MimeUse, content_type: str | None) -> Filter | NamedClass | None:
        named = self._stated(use, content_type)
        if named is None:
            return None
        factory = self.registry.filters.get(named.class_name)
        context = FilterContext(self.params.raw, charset_of(content_type), media_type(content_type))
        return named if factory is None else factory(context)

    def link_extractor(self, content_type: str | None) -> Extractor | NamedClass | None:
        """The definition's, else the built-in one; explicitly none means none."""
        mime = media_type(content_type)
        if mime not in self.plugin.mime.of(MimeUse.LINK_EXTRACTOR):
            return BUILT_IN.get(mime)
        named = self._stated(MimeUse.LINK_EXTRACTOR, content_type)
        return None if named is None else self.registry.link_extractors.get(named.class_name, named)

    def content_validator(self, content_type: str | None) -> NamedClass | None:
        """The validator's class, looked up by type, ``type/*`` and ``*/*``."""
        found = (
            self._stated(MimeUse.CONTENT_VALIDATOR, mime) for mime in mime_candidates(content_type or "")
        )
        return next((named for named in found if named is not None), None)

    def links(self, body: bytes, url: str, content_type: str | None) -> Links:
        """The names a page links to, its crawl filter applied; where a class is missing the built-in way is gone."""
        extractor = self.link_extractor(content_type)
        crawl_filter = self.crawl_filter(content_type)
        if extractor is None or isinstance(extractor, NamedClass) or isinstance(crawl_filter, NamedClass):
            return Links()
        if crawl_filter is not None:
            body = b"".join(crawl_filter((body,)))
        limits, profile = self.settings.link_limits, self.settings.link_profile
        page = PageContext(url, content_type, self.normalizer, profile, limits)
        return extract_links(body, page, extractor)

    # Polls and access.

    def in_polls(self, url: str) -> bool:
        """Whether a URL that is held is voted on: inside the rules and not excluded (lcap-v3 §5.6)."""
        return self.rules.includes(url) and not self.excluded_from_polls.matches(url)

    def feature_urls(
        self, feature: str, given: Mapping[str, str] | None = None, *, one: str = ""
    ) -> tuple[str, ...]:
        """OpenURL targets of ``au_title``, ``au_volume``, …; ``given`` are the resolver's own values.

        ``one``: only templates that name this argument and give one URL; of a set nobody knows which member is meant.
        """
        table = self.plugin.access.feature_urls.get(feature, ())
        if isinstance(table, Mapping):
            chosen = self.attributes.get("au_feature_key", "*")
            table = table.get(chosen, table.get("*", ()))
        found: list[str] = []
        for template in table:
            urls = self._feature(template, given or {})
            named = any(argument.name == one for argument in template.arguments)
            if not one or (named and len(urls) == 1):
                found += urls
        return tuple(found)

    def _feature(self, template: Template, given: Mapping[str, str]) -> tuple[str, ...]:
        """Given values are texts, and numbers where the format asks for those (``%02d``)."""
        extra: dict[str, ParamValue] = {
            key: value for key, value in given.items() if key not in self.params.values
        }
        numbers: dict[str, ParamValue] = {
            key: int(value) for key, value in given.items() if key in extra and _NUMBER.fullmatch(value)
        }
        for values in (extra, {**extra, **numbers}):
            kinds = {
                key: ParamType.INT if isinstance(value, int) else ParamType.STRING
                for key, value in values.items()
            }
            merged = AuParams(
                self.params.raw, {**values, **self.params.values}, {**kinds, **self.params.types}
            )
            urls = expand_urls(template, merged)
            if not isinstance(urls, TemplateFault):
                return urls
        return ()
