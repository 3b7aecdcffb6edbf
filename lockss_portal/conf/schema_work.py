"""The settings of a node's work: crawls, polls and the scanners that find what is due."""

from dataclasses import dataclass
from typing import Literal

from lockss_portal.conf.key import key

MIB = 1024 * 1024
DAY = 86_400.0
WEEK = 7 * DAY


@dataclass(frozen=True, kw_only=True)
class Crawling:
    """Crawls"""

    crawl_user_agent: str = key("LOCKSS cache", "how the crawler names itself; publishers know this name")
    crawl_fetch_floor_ms: int = key(6_000, "least pause between two fetches from a host", "ms", low=0)
    crawl_interval: float = key(2 * WEEK, "an AU is collected anew after this", "s", low=1)
    crawl_retry_interval: float = key(DAY, "a failed crawl is tried again after this", "s", low=0.1)
    crawl_parallel: int = key(4, "crawls at once", low=1)
    crawl_connect_timeout: float = key(60.0, "to connect to a publisher", "s", low=0.1)
    crawl_read_timeout: float = key(60.0, "silence of a publisher in mid-answer", "s", low=0.1)
    crawl_total_timeout: float = key(4 * 3600.0, "one answer, from first to last byte", "s", low=0.1)
    crawl_max_body_bytes: int = key(10_000 * MIB, "longest body, as sent and as decoded", "bytes", low=1024)
    crawl_max_header_bytes: int = key(64 * 1024, "longest head of an answer", "bytes", low=1024)
    crawl_max_urls: int = key(2_000_000, "URLs of one crawl", low=1)
    crawl_max_attempts: int = key(3, "fetches of one URL before it counts as failed", low=1, high=100)
    crawl_retry_pause: float = key(10.0, "pause before a URL is tried again", "s", low=0)
    permission_policy: Literal["machine", "written_and_machine", "written"] = key(
        "written_and_machine", "what the network demands before it collects: statement, agreement or both"
    )
    permission_statement: Literal["lockss", "clockss"] = key(
        "lockss",
        "whose statement on a publisher's page counts; one network's never satisfies the other's nodes",
    )
    allowed_private_hosts: tuple[str, ...] = key((), "host:port in private ranges that may be fetched from")
    crawl_proxy: str = key(
        "",
        "host:port of a proxy that crawls go through, unless an AU says DIRECT; empty: straight to publishers",
    )
    crawl_proxies: tuple[str, ...] = key(
        (), "host:port of proxies that title lists may name for the crawls of an AU (crawl_proxy)"
    )
    permitted_hosts: tuple[str, ...] = key(
        (), "patterns of host names that need no permission page of their own"
    )
    permitted_plugin_hosts: tuple[str, ...] = key(
        (), "patterns of host names for which the word of a platform's definition is enough"
    )
    warc_max_bytes: int = key(1_000_000_000, "a new WARC file begins at this size", "bytes", low=1024)


@dataclass(frozen=True, kw_only=True)
class Polling:
    """Polls and repairs"""

    poll_enabled: bool = key(True, "call polls")
    vote_enabled: bool = key(True, "vote in the polls of others")
    poll_quorum: int = key(5, "votes that make a result", low=1, high=1_000)
    poll_vote_margin: int = key(75, "share of one side that makes a landslide", "percent", low=51, high=100)
    poll_interval: float = key(10 * WEEK, "an AU is audited this often", "s", low=0.1)
    poll_attempt_interval: float = key(4 * 3600.0, "between two attempts to call a poll on an AU", "s", low=0)
    poll_min_duration: float = key(600.0, "shortest poll", "s", low=0.1)
    poll_max_duration: float = key(3 * WEEK, "longest poll", "s", low=0.1)
    poll_between_invitations: float = key(120.0, "pause between two rounds of invitations", "s", low=0.001)
    poll_between_polls: float = key(120.0, "pause between two polls this node calls", "s", low=0)
    poll_vote_multiplier: float = key(5.0, "time for a vote, in times the estimated hash time", low=0.01)
    poll_vote_padding: float = key(300.0, "and added to it", "s", low=0)
    poll_vote_message_padding: float = key(15.0, "a vote is hashed this long before it is due", "s", low=0)
    poll_tally_multiplier: float = key(5.0, "time for the tally, in times the estimated hash time", low=0.01)
    poll_tally_padding: float = key(300.0, "and added to it", "s", low=0)
    poll_receipt_padding: float = key(600.0, "time for receipts after the tally", "s", low=0)
    poll_vote_request_delay: float = key(30.0, "before a vote is asked for again", "s", low=0)
    poll_extra_time: float = key(1200.0, "added to the whole poll", "s", low=0)
    poll_outer_circle: int = key(10, "peers invited because others named them", low=0, high=1_000)
    poll_max_simultaneous: int = key(5, "polls of this node at once", low=1)
    vote_max_simultaneous: int = key(60, "polls of others this node votes in at once", low=0)
    poll_symmetric: bool = key(True, "a voter that was asked also judges the poller's copy")
    poll_hash_algorithm: str = key("SHA-1", "digest of votes, as LCAP names it")
    poll_hash_speed: int = key(50_000_000, "first guess of the hash speed", "bytes/s", low=1)
    repair_min_agreement: float = key(0.5, "agreement a peer must have shown to get repairs", low=0, high=1)
    repair_from_publisher: bool = key(True, "ask the publisher too")
    repair_from_peer_share: float = key(0.25, "of the repairs, from peers although the publisher has it")
    repair_max: int = key(1_000, "repairs of one poll", low=0)
    repair_patience: float = key(120.0, "a peer silent this long is passed over", "s", low=0.1)


@dataclass(frozen=True, kw_only=True)
class TitleLists:
    """Title lists from addresses"""

    list_max_bytes: int = key(
        256 * MIB, "longest list that is fetched, as sent and as decoded", "bytes", low=1024
    )
    list_fetch_timeout: float = key(1800.0, "one fetch, from first to last byte", "s", low=0.1)
    list_retry_interval: float = key(
        3600.0, "a failed fetch is tried again after this, then ever later", "s", low=0.1
    )


@dataclass(frozen=True, kw_only=True)
class Plugins:
    """Plugins"""

    plugin_signatures: Literal["warn", "require"] = key(
        "warn", "JARs without the signature of a trusted signer: loaded with a warning, or refused"
    )
    plugin_trial: Literal["auto", "ask"] = key(
        "auto",
        "a newer version that does nothing differently on stored pages: used at once, or a person is asked",
    )
    plugin_trial_aus: int = key(20, "AUs that a newer version is tried on", low=1, high=1_000)
    plugin_trial_urls: int = key(200, "stored pages of each of them", low=1, high=10_000)
    registry_interval: float = key(DAY, "a plugin registry is read again after this", "s", low=1)
    registry_retry: float = key(
        900.0, "one that failed is tried again after this; then after twice as long", "s", low=1
    )


@dataclass(frozen=True, kw_only=True)
class Scanners:
    """Scanners (how often each looks for what is due)"""

    scan_jobs: float = key(30.0, "jobs that a dead worker held", "s", low=0.2)
    scan_audit: float = key(60.0, "events of the audit record that nobody sealed", "s", low=0.2)
    scan_permissions: float = key(60.0, "permissions to check", "s", low=0.2)
    scan_crawls: float = key(60.0, "AUs to collect", "s", low=0.2)
    scan_polls: float = key(60.0, "polls to call", "s", low=0.2)
    scan_poll_steps: float = key(10.0, "steps of open polls that are due", "s", low=0.2)
    scan_inbox: float = key(10.0, "messages that no task took", "s", low=0.2)
    scan_repairs: float = key(60.0, "repairs to begin or to ask again", "s", low=0.2)
    scan_old_votes: float = key(3600.0, "votes of ended polls whose blocks are dropped", "s", low=0.2)
    scan_fixity: float = key(3600.0, "WARC files whose bytes are read again", "s", low=0.2)
    fixity_interval: float = key(90 * DAY, "every WARC file is read again within", "s", low=1)
    scan_status: float = key(60.0, "summary rows of the status pages", "s", low=0.2)
    scan_lists: float = key(60.0, "title lists to fetch, imports whose worker died", "s", low=0.2)
    scan_sizes: float = key(
        300.0,
        "how large things are, how full the store, and whether a read-only one takes data",
        "s",
        low=0.2,
    )
    scan_sites: float = key(60.0, "AUs whose sites are not read off their definitions yet", "s", low=0.2)
    scan_articles: float = key(300.0, "AUs whose pages are not read for articles yet", "s", low=0.2)
    scan_subscriptions: float = key(60.0, "rules that have not seen the newest title list", "s", low=0.2)
    scan_registries: float = key(60.0, "plugin registries to read", "s", low=0.2)
    scan_plugin_uses: float = key(300.0, "how many AUs each plugin has", "s", low=0.2)
    scan_exports: float = key(60.0, "packages that were broken off or are too old", "s", low=0.2)
    scan_usage: float = key(
        300.0, "readings that are in no month yet, and those that are too old", "s", low=0.2
    )
    scan_reports: float = key(60.0, "editions of reports that are due", "s", low=0.2)
