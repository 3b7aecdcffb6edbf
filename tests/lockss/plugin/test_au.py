"""AUs made of definitions and values: names, rules, polls, rates, links (plugins §4–§10)."""

from datetime import UTC, datetime, timedelta

import pytest

from apps.lockss.frontier.politeness import Rate
from apps.lockss.lcap.hash_stream import hash_stream
from apps.lockss.links import BUILT_IN, Profile
from apps.lockss.plugin import (
    REGISTRY,
    AuDefinition,
    AuFaultCode,
    AuSettings,
    Basis,
    NamedClass,
    NoAu,
    PluginDefinition,
    Verdict,
    make_au,
)
from apps.lockss.plugin.urlsets import PatternSet, SubstanceState
from tests.lockss.plugin.maps import BASE_URL, CONFIG, ISSUES, NONE, VOLUME, YEAR, Raw, define

ZONES = {"": UTC}.get
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
SAMPLE = "org.lockss.portal.sample.SampleHtmlHashFilterFactory"


def au(
    entries: dict[str, object] | None = None,
    config: dict[str, str] | None = None,
    *,
    attributes: dict[str, str] | None = None,
    settings: AuSettings | None = None,
) -> AuDefinition:
    made = make_au(
        define(entries or {}),
        {**CONFIG, **(config or {})},
        attributes=attributes,
        settings=settings or AuSettings(),
    )
    assert isinstance(made, AuDefinition), made
    return made


def refused(plugin: PluginDefinition, config: dict[str, str]) -> list[tuple[AuFaultCode, str]]:
    made = make_au(plugin, config)
    assert isinstance(made, NoAu)
    return [(fault.code, fault.key) for fault in made.faults if fault.fatal]


def test_identity_name_and_entrances() -> None:
    made = au(
        {
            "au_name": '"Journal %d at %s", year, base_url',
            "au_start_url": '"%sA%%2fb/../c", base_url',
            "au_permission_url": ['"%slockss.html", base_url', '"https://p.example.org:443/%d", year'],
        },
        {"pub_down": "true"},
    )
    assert made.auid == "org|example|Plugin&base_url~http%3A%2F%2Fwww%2Eexample%2Eorg%2F&year~2005"
    assert made.name() == "Journal 2005 at http://www.example.org/"
    assert made.name("From the title list") == "From the title list"
    assert made.start_urls == ("http://www.example.org/c",)
    assert made.permission_urls == ("http://www.example.org/lockss.html", "https://p.example.org/2005")
    assert made.stems == ("http://www.example.org/", "https://p.example.org/")
    assert made.faults == ()


def test_a_configured_name_comes_before_the_definitions() -> None:
    made = au({"au_name": "from the definition"}, {"reserved.displayName": "configured"})
    assert made.name() == "configured"
    assert made.name("title") == "title"


def test_without_permission_urls_the_start_urls_are_asked() -> None:
    made = au()
    assert made.permission_urls == made.start_urls == ("http://www.example.org/start/2005",)


def test_start_and_permission_urls_are_inside_unless_the_network_says_no() -> None:
    entries = {"au_crawlrules": ['1,"/article/"'], "au_permission_url": '"%sLOCKSS#x", base_url'}
    made = au(entries)
    assert made.verdict("http://www.example.org/start/2005") == Verdict(True, Basis.START_OR_PERMISSION)
    assert made.verdict("http://www.example.org/LOCKSS").included
    strict = au(entries, settings=AuSettings(include_start=False))
    assert not strict.verdict("http://www.example.org/start/2005").included


def test_what_keeps_an_au_from_being_made_is_told_at_once() -> None:
    assert refused(define({}), {"year": "x"}) == [
        (AuFaultCode.BAD_PARAMETER, "base_url"),
        (AuFaultCode.BAD_PARAMETER, "year"),
    ]
    broken = define({"au_crawlrules": ["9,x"]})
    assert refused(broken, CONFIG) == [(AuFaultCode.UNUSABLE_DEFINITION, "")]


@pytest.mark.parametrize(
    ("entries", "config", "code", "key"),
    [
        ({"au_name": '"%d", base_url'}, {}, AuFaultCode.BAD_TEMPLATE, "au_name"),
        (
            {"au_redirect_to_login_url_pattern": '"%s", pub_down'},
            {},
            AuFaultCode.BAD_PATTERN,
            "au_redirect_to_login_url_pattern",
        ),
        ({"au_crawlrules": ['1,"%s{3,2}", year', '1,"."']}, {}, AuFaultCode.UNUSABLE_DEFINITION, ""),
        (
            {"au_substance_url_pattern": '"%s%s", base_url, url_host(year)'},
            {},
            AuFaultCode.BAD_TEMPLATE,
            "au_substance_url_pattern",
        ),
    ],
)
def test_definitions_that_fail_with_these_values(
    entries: dict[str, object], config: dict[str, str], code: AuFaultCode, key: str
) -> None:
    assert (code, key) in refused(define(entries), {**CONFIG, **config})


def test_what_lacks_a_value_is_left_out_and_told() -> None:
    optional = Raw(VOLUME.replace("</org", "<definitional>false</definitional></org"))
    entries = {
        "plugin_config_props": [BASE_URL, YEAR, optional],
        "au_start_url": ['"%sv%s", base_url, volume', '"%sx", base_url'],
        "au_crawlrules": ['1,"^%sv%s/", base_url, volume', '1,"/x"'],
        "au_substance_url_pattern": ['"/%s/", volume'],
    }
    made = au(entries, {"nonsense": "1"})
    assert made.start_urls == ("http://www.example.org/x",)
    assert {(fault.code, fault.key) for fault in made.faults} == {
        (AuFaultCode.UNKNOWN_PARAMETER, "nonsense"),
        (AuFaultCode.MISSING_VALUE, "au_start_url"),
        (AuFaultCode.MISSING_VALUE, "au_crawlrules"),
        (AuFaultCode.MISSING_VALUE, "au_substance_url_pattern"),
    }
    assert made.verdict("http://www.example.org/x/1") == Verdict(True, Basis.RULE, 1)
    assert au(entries, {"volume": "9"}).start_urls[0] == "http://www.example.org/v9"


def test_start_urls_that_cannot_be_asked_are_told() -> None:
    made = au({"au_start_url": ["ftp://h/x", "javascript:x", "http://h/ok"]})
    assert made.start_urls == ("http://h/ok",)
    assert [fault.code for fault in made.faults if fault.key == "au_start_url"] == [AuFaultCode.BAD_URL] * 2


@pytest.mark.parametrize(
    ("pause", "own", "floor", "expected"),
    [
        (None, None, 6, 6_000),
        (100, None, 6, 6_000),
        (10_000, None, 6, 10_000),
        (10_000, "7s", 6, 7_000),
        (10_000, "1s", 6, 6_000),
        (100, None, 0, 100),
        (None, "junk", 0, 6_000),
    ],
)
def test_pauses(pause: int | None, own: str | None, floor: int, expected: int) -> None:
    entries = {} if pause is None else {"au_def_pause_time": Raw(f"<long>{pause}</long>")}
    config = {} if own is None else {"pause_time": own}
    made = au(entries, config, settings=AuSettings(fetch_floor=timedelta(seconds=floor)))
    assert made.pause_ms == expected
    assert made.rate(NOON, ZONES) == Rate(1, timedelta(milliseconds=expected))


def test_rates_by_url_and_media_type_come_first() -> None:
    made = au(
        {"au_url_rate_limiter_map": {"pdf$": "1/9s"}, "au_mime_rate_limiter_map": {"text/html": "1/8s"}}
    )
    assert made.rate(NOON, ZONES, "http://h/x.pdf", "text/html").per == timedelta(seconds=9)
    assert made.rate(NOON, ZONES, "http://h/x", "text/html; charset=x").per == timedelta(seconds=8)
    assert made.rate(NOON, ZONES, "http://h/x", "image/gif").per == timedelta(seconds=6)


def test_a_conditional_limiter_replaces_them_all() -> None:
    rate = "org.lockss.plugin.RateLimiterInfo"
    window = "<org.lockss.daemon.CrawlWindows-Always/>"
    info = f"<{rate}><rate>1/3s</rate><cond><entry>{window}<{rate}><rate>1/2s</rate></{rate}></entry></cond></{rate}>"
    made = au({"au_rate_limiter_info": Raw(info), "au_url_rate_limiter_map": {".": "1/9s"}})
    assert made.rate(NOON, ZONES, "http://h/x").per == timedelta(seconds=2)


@pytest.mark.parametrize(("own", "days"), [(None, 1), ("3d", 3), ("0", 1)])
def test_recrawl_interval(own: str | None, days: int) -> None:
    made = au(
        {"au_def_new_content_crawl": Raw("<long>86400000</long>")},
        {} if own is None else {"nc_interval": own},
    )
    assert made.new_content_interval == timedelta(days=days)


def test_pools_windows_and_depth() -> None:
    made = au(
        {
            "plugin_fetch_rate_limiter_source": "host:base_url",
            "au_crawlwindow_ser": Raw("<org.lockss.daemon.CrawlWindows-Never/>"),
            "au_refetch_depth": 3,
        }
    )
    assert made.pool == "host:www.example.org"
    assert not made.may_crawl(NOON, ZONES)
    assert made.refetch_depth == 3
    assert au().pool is None
    assert au().may_crawl(NOON, ZONES)


def test_login_pages_are_told_in_their_case() -> None:
    made = au({"au_redirect_to_login_url_pattern": '"%slogin\\?", base_url'})
    assert made.is_login("http://www.example.org/login?x")
    assert not made.is_login("http://www.example.org/LOGIN?x")
    assert not au().is_login("http://www.example.org/login?x")


def test_hosts_that_the_definition_permits() -> None:
    made = au({"au_permitted_host_pattern": [r".+\.cdn\.example", '"%s$", url_host(base_url)']})
    assert made.permits_host("a.CDN.example.net")
    assert made.permits_host("www.example.org")
    assert not made.permits_host("example.net")


def test_substance_by_patterns() -> None:
    made = au({"au_substance_url_pattern": ["/pdf/"]})
    assert made.substance.is_substance("http://h/pdf/1")
    assert made.substance.state(["http://h/a", "http://h/PDF/1"]) is SubstanceState.YES
    assert made.substance.state(["http://h/a"]) is SubstanceState.NO
    assert au().substance.state(["http://h/pdf/1"]) is SubstanceState.UNKNOWN


def test_substance_by_what_is_none() -> None:
    made = au({"au_non_substance_url_pattern": ["css$"], "au_permission_url": '"%sp", base_url'})
    assert made.substance.is_substance("http://www.example.org/any")
    assert not made.substance.is_substance("http://www.example.org/x.css")
    assert not made.substance.is_substance("http://www.example.org/start/2005")
    assert not made.substance.is_substance("http://www.example.org/p")


def test_substance_by_coverage_depth() -> None:
    entries = {"au_substance_url_pattern": {"abstracts;toc": "/abs/", "*": "/full/"}}
    depth = {"au_coverage_depth": "abstracts"}
    assert au(entries, attributes=depth).substance.is_substance("http://h/abs/1")
    assert not au(entries, attributes=depth).substance.is_substance("http://h/full/1")
    assert au(entries).substance.is_substance("http://h/full/1")


def test_polls_see_what_is_inside_and_not_excluded() -> None:
    made = au(
        {
            "au_crawlrules": ['1,"^%s", base_url'],
            "au_exclude_urls_from_polls_pattern": ["/ads/"],
            "au_url_poll_result_weight": [r"\.css$, 0", '"%s.*ris$", base_url, 0.5'],
            "au_repair_from_peer_if_missing_url_pattern": [r"\.png$"],
            "au_url_mime_type": [r"\.ris$, text/x-ris"],
        }
    )
    assert made.in_polls("http://www.example.org/a")
    assert not made.in_polls("http://www.example.org/ads/a")
    assert not made.in_polls("http://other.org/a")
    weights = [made.weights.of(f"http://www.example.org/a.{kind}") for kind in ("css", "ris", "html")]
    assert weights == [0.0, 0.5, 1.0]
    assert bool(made.weights)
    assert not au().weights
    assert made.repair_from_peer.matches("http://h/a.png")
    assert made.mime_types.of("http://h/a.ris") == "text/x-ris"
    assert made.mime_types.of("http://h/a") is None


def test_the_site_that_the_frontier_asks() -> None:
    made = au(
        {
            "au_crawlrules": ['1,"^%s", base_url'],
            "au_url_normalizer": "org.lockss.plugin.BaseUrlHttpHttpsUrlNormalizer",
            "au_redirect_to_login_url_pattern": '"login"',
        }
    )
    excluded = PatternSet(au({"au_exclude_urls_from_polls_pattern": "never"}).excluded_from_polls.patterns)
    site = made.site(excluded)
    assert (
        site.resolve("http://www.example.org/a/", "https://WWW.example.org/b#c") == "http://www.example.org/b"
    )
    assert site.resolve("http://www.example.org/a/", "https://other.org/b") == "https://other.org/b"
    assert (
        site.resolve_plain("http://www.example.org/a/", "https://www.example.org/b")
        == "https://www.example.org/b"
    )
    assert site.resolve("http://www.example.org/a/", "mailto:x@y.org") is None
    assert site.collects("http://www.example.org/b")
    assert not site.collects("http://www.example.org/never")
    assert site.login("http://www.example.org/login")


def test_filters_by_media_type() -> None:
    made = au(
        {
            "text/html_filter_factory": SAMPLE,
            "text/css_filter_factory": "org.example.F",
            "a/b_filter_factory": Raw(NONE),
        }
    )
    chosen = made.hash_filter("Text/HTML; charset=utf-8")
    assert callable(chosen)
    body = b"a<!-- volatile -->x<!-- /volatile -->b"
    assert b"".join(hash_stream([body], None, chosen)) == b"ab"
    assert made.hash_filter("text/css") == NamedClass(
        "text/css_filter_factory", "org.example.F", "_filter_factory"
    )
    assert made.hash_filter("a/b") is None
    assert made.hash_filter("image/gif") is None
    assert made.hash_filter(None) is None
    old = au({"text/html_filter": ["rule"]}).hash_filter("text/html")
    assert isinstance(old, NamedClass)


def test_validators_are_looked_up_from_narrow_to_wide() -> None:
    made = au({"text/*_content_validator_factory": "a.T", "*/*_content_validator_factory": "a.A"})
    found = [made.content_validator(mime) for mime in ("text/html; x", "image/gif")]
    assert [each.class_name for each in found if each is not None] == ["a.T", "a.A"]
    assert au().content_validator("text/html") is None


PAGE = b"<a href=x>x</a><!-- volatile --><a href=y>y</a><!-- /volatile --><img srcset='z 2x'>"


def test_links_go_through_the_crawl_filter_and_the_normaliser() -> None:
    made = au({"text/html_crawl_filter_factory": SAMPLE})
    assert made.links(PAGE, "http://h/a/", "text/html").names == ("http://h/a/x", "http://h/a/z")
    narrow = au(settings=AuSettings(link_profile=Profile.DEPLOYED))
    assert narrow.links(PAGE, "http://h/a/", "text/html").names == ("http://h/a/x", "http://h/a/y")


@pytest.mark.parametrize(
    "entries",
    [
        {"text/html_crawl_filter_factory": "org.example.C"},
        {"text/html_link_extractor_factory": "org.example.L"},
        {"text/html_link_extractor_factory": Raw(NONE)},
    ],
)
def test_without_its_classes_a_page_is_not_read_in_another_way(entries: dict[str, object]) -> None:
    assert au(entries).links(PAGE, "http://h/a/", "text/html").names == ()


def test_link_extractors() -> None:
    made = au(
        {"text/xml_link_extractor_factory": "org.lockss.plugin.clockss.ClockssSourceXmlLinkExtractorFactory"}
    )
    assert made.link_extractor("text/html; charset=x") is BUILT_IN["text/html"]
    assert made.link_extractor("image/gif") is None
    assert made.links(b'<?xml-stylesheet href="a.xsl"?><a/>', "http://h/", "text/xml").names == ()
    assert au().links(b'<?xml-stylesheet href="a.xsl"?><a/>', "http://h/", "text/xml").names == (
        "http://h/a.xsl",
    )


def test_http_names_are_kept_where_the_definition_says_so() -> None:
    consumer = {"plugin_url_consumer_factory": "org.lockss.plugin.base.HttpToHttpsUrlConsumerFactory"}
    assert au(consumer).keeps_original_name
    assert not au(consumer, {"base_url": "https://www.example.org/"}).keeps_original_name
    assert not au().keeps_original_name


def test_answers_and_messages() -> None:
    made = au(
        {
            "plugin_cache_result_list": [
                "500=org.lockss.util.urlconn.CacheException$NoRetryDeadLinkException"
            ],
            "plugin_au_config_user_msg": '"Register at %s", base_url',
        }
    )
    assert made.results[500].action == "dead-link"
    assert made.user_message == "Register at http://www.example.org/"
    assert au().user_message is None


def test_feature_urls() -> None:
    entries = {
        "plugin_config_props": [
            BASE_URL,
            YEAR,
            Raw(ISSUES.replace("</org", "<definitional>false</definitional></org")),
        ],
        "au_feature_urls": {
            "au_title": ['"%s", base_url', '"%sj%s", base_url, journal'],
            "au_issue": {"k1": '"%sk1/%s", base_url, issues', "*": '"%sany", base_url'},
        },
    }
    plain = au(entries)
    assert plain.feature_urls("au_title") == ("http://www.example.org/",)
    assert plain.feature_urls("au_title", {"journal": "x", "base_url": "http://evil/"}) == (
        "http://www.example.org/",
        "http://www.example.org/jx",
    )
    assert plain.feature_urls("au_issue") == ("http://www.example.org/any",)
    assert plain.feature_urls("au_volume") == ()
    keyed = au(entries, {"issues": "1,2"}, attributes={"au_feature_key": "k1"})
    assert keyed.feature_urls("au_issue") == ("http://www.example.org/k1/1", "http://www.example.org/k1/2")


def test_a_registry_may_know_more() -> None:
    registry = REGISTRY.with_known("au_login_page_checker", "org.example.L")
    assert registry.knows(NamedClass("au_login_page_checker", "org.example.L", "au_login_page_checker"))
    assert not REGISTRY.knows(NamedClass("au_login_page_checker", "org.example.L", "au_login_page_checker"))
