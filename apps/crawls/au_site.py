"""An AU as one crawl needs it: names, rules, pages, pace, all from its platform definition and the settings."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings

from apps.aus.definitions import Unmade, collect_ability, definition_of
from apps.aus.models import Au
from apps.crawls import stored_reasons
from apps.crawls.choices import CrawlKind
from apps.crawls.fetching import Fetched
from apps.crawls.models import Crawl
from apps.lockss.coding import decoder_for
from apps.lockss.crawl_proxy import RouteFault, route_of
from apps.lockss.frontier import CrawlPolicy, OnStartError, Site, TrapLimits
from apps.lockss.http_result import RetrySettings
from apps.lockss.permission import HostPolicy, HostTable, PermissionPolicy
from apps.lockss.plugin import AuDefinition, NamedClass
from apps.lockss.urls import browser_request_target, request_target
from apps.lockss.urls.refusal import UrlRefusal
from apps.permissions.services import needs_statement
from apps.repository import services as repository

# Decoded bytes of a page that are read for links.
LONGEST_DECODED = 64 << 20
LONGEST_SHOWN = 200
_NO_ROUTE = {
    RouteFault.MALFORMED: stored_reasons.PROXY_MALFORMED,
    RouteFault.NOT_ALLOWED: stored_reasons.PROXY_NOT_ALLOWED,
}


class CannotCollect(Exception):  # noqa: N818 - a reason, shown on the AU
    """The crawl cannot even begin; the text is for a librarian."""


def crawl_au(au: Au, crawl: Crawl | None = None) -> "CrawlAu":
    """CannotCollect where definition, parameters or missing Java classes forbid it."""
    ability = collect_ability(au)
    if not ability.can:
        raise CannotCollect(ability.reason)
    made = definition_of(au)
    if isinstance(made, Unmade):
        raise CannotCollect(made.reason)
    node = settings.NODE
    route = route_of(made.config.get("crawl_proxy", ""), node.crawl_proxy, node.crawl_proxies)
    if route.fault is not None:
        raise CannotCollect(_NO_ROUTE[route.fault] % route.proxy[:LONGEST_SHOWN])
    return CrawlAu(au, made, crawl, route.proxy)


def _zone(name: str | None) -> ZoneInfo | None:
    try:
        return ZoneInfo(name or settings.NODE.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return None


class CrawlAu:
    """What the run, the asker and the permission round ask. A repair crawl fetches its URLs and nothing else."""

    def __init__(self, au: Au, made: AuDefinition, crawl: Crawl | None, proxy: str = "") -> None:
        self.row = au
        self.proxy = proxy
        self.key = au.pk
        self.auid = au.auid
        self.params = dict(au.params)
        self._made = made
        self._repair = crawl is not None and crawl.kind == CrawlKind.REPAIR
        # A poll has found the copy wrong: "not modified" would only confirm it.
        self.anew = self._repair
        self.site: Site = made.site()
        self.start_urls = tuple(crawl.urls) if crawl is not None and self._repair else made.start_urls
        self.permission_urls = made.permission_urls
        # AUs of one pool share a publisher's patience: they are not crawled at once (plugins.md §8).
        self.pool = made.pool
        collection, node = made.plugin.collection, settings.NODE
        self.headers = (f"User-Agent: {node.crawl_user_agent}", *collection.request_headers)
        self.cookies = collection.cookies
        self.permission_checker = made.plugin.classes.get("au_permission_checker_factory")
        self.is_login_page: Callable[[Fetched], bool] | None = None
        self.hosts = HostTable(
            HostPolicy(
                globally_permitted=(lambda _host: True) if self._repair else _listed(node.permitted_hosts),
                plugin_permitted=made.permits_host,
                allowed_plugin_hosts=_listed(node.permitted_plugin_hosts),
                per_host_path=collection.per_host_permission_path,
            )
        )
        self.permission_policy = PermissionPolicy(
            results=made.results, retries=self._retries(), store_probes=collection.store_probe_permission
        )
        # A person may have asked for more of it anew than the plugin does.
        wanted = None if crawl is None else crawl.refetch_depth
        self.policy = CrawlPolicy(
            refetch_depth=made.refetch_depth if wanted is None else wanted,
            results=made.results,
            retries=self._retries(),
            traps=TrapLimits.of(self.params.values(), made.start_urls, urls=settings.NODE.crawl_max_urls),
            on_start_error=OnStartError.CONTINUE if self._repair else OnStartError.ABORT,
            follow_links=not self._repair,
        )
        self.needs_statement = needs_statement() and not self._repair

    def _retries(self) -> RetrySettings:
        node = settings.NODE
        return RetrySettings(tries=node.crawl_max_attempts, delay=timedelta(seconds=node.crawl_retry_pause))

    def window_open(self, at: datetime) -> bool:
        return self._repair or self._made.may_crawl(at, _zone)

    def next_time(self, history: Sequence[datetime], at: datetime, url: str) -> datetime:
        """When ``url`` may be asked, going by the definition's rates and the network's floor."""
        return self._made.rate(at, _zone, url).next_time(history, at)

    def request_target(self, name: str) -> str:
        """What is sent for a name; where a deployed node would refuse, as a browser sends it (collecting §1)."""
        target = request_target(name)
        if isinstance(target, UrlRefusal):
            return browser_request_target(name) or name
        return target

    def has_links(self, content_type: str) -> bool:
        extractor = self._made.link_extractor(content_type)
        return extractor is not None and not isinstance(extractor, NamedClass)

    def links(self, data: bytes, content_type: str, encoding: str, base: str) -> tuple[str, ...]:
        """Names that a stored page links to; its content coding is undone first, within bounds."""
        return self._made.links(_decoded(data, encoding), base, content_type).names

    def substance(self) -> str:
        """yes, no or unknown, over everything that is held."""
        rules = self._made.substance
        urls = (artifact.url for artifact in repository.newest(auid=self.auid) if not artifact.suspect)
        return rules.state(urls).value


def _decoded(data: bytes, encoding: str) -> bytes:
    """Without its content coding; what is unknown, broken or too long is read as far as it goes."""
    decoder = decoder_for(encoding or None)
    if decoder is None:
        return data
    pieces: list[bytes] = []
    size = 0
    for piece in decoder.feed(data):
        pieces.append(piece)
        size += len(piece)
        if size > LONGEST_DECODED:
            break
    return b"".join(pieces)


def _listed(patterns: Sequence[str]) -> Callable[[str], bool]:
    """Hosts that one of the node's own patterns is found in (permissions §5: unanchored)."""
    found = [re.compile(pattern, re.IGNORECASE) for pattern in patterns]
    return lambda host: any(pattern.search(host) for pattern in found)
