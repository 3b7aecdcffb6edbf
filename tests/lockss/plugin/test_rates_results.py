"""Rates, pools, and what a definition makes of answers (plugins §8, collecting §4)."""

from datetime import UTC, datetime, timedelta

import pytest

from apps.lockss.fetch import Fault
from apps.lockss.frontier.politeness import Rate
from apps.lockss.http_result import CATEGORIES, DEFAULT_RESULTS, Action, Condition, Meaning
from apps.lockss.plugin.findings import Finding
from apps.lockss.plugin.matcher import Pattern, compile_pattern
from apps.lockss.plugin.rates import (
    RateInfo,
    mime_rate,
    pool_key,
    read_rate_info,
    read_rate_map,
    split_mimes,
    url_rate,
)
from apps.lockss.plugin.results import (
    ResultEntry,
    ResultFault,
    meaning_of_class,
    parse_result,
    result_table,
)
from apps.lockss.plugin.xmltree import Node, parse_tree

R = "org.lockss.plugin.RateLimiterInfo"
W = "org.lockss.daemon.CrawlWindows-"
SECOND = timedelta(seconds=1)


def node(xml: str) -> Node:
    found = parse_tree(xml.encode())
    assert isinstance(found, Node)
    return found


def info(xml: str) -> RateInfo:
    found = read_rate_info(node(xml))
    assert isinstance(found, RateInfo), found
    return found


WEEKDAYS = f"<{W}Daily><from>9:00</from><to>21:00</to><daysOfWeek>2;3;4;5;6</daysOfWeek></{W}Daily>"
CONDITIONAL = f"""<{R}><rate>1/3s</rate><cond>
  <entry>{WEEKDAYS}<{R}><rate>1/1h</rate></{R}></entry>
  <entry><{W}Always/><{R}><rate>2/5s</rate></{R}></entry>
</cond></{R}>"""


@pytest.mark.parametrize(
    ("moment", "rate"),
    [
        ("2026-11-26 12:00", Rate(1, timedelta(hours=1))),
        ("2026-11-26 22:00", Rate(2, 5 * SECOND)),
        ("2026-11-28 12:00", Rate(2, 5 * SECOND)),
    ],
)
def test_the_first_open_window_sets_the_rate(moment: str, rate: Rate) -> None:
    now = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert info(CONDITIONAL).at(now, {"": UTC}.get).rate == rate


def test_without_an_open_window_the_general_rate_holds() -> None:
    xml = f"<{R}><rate>1/3s</rate><cond><entry><{W}Never/><{R}><rate>1/1h</rate></{R}></entry></cond></{R}>"
    assert info(xml).at(datetime(2026, 1, 1, tzinfo=UTC), {"": UTC}.get).rate == Rate(1, 3 * SECOND)


def test_rates_by_media_type_and_url_in_an_object() -> None:
    xml = f"""<{R}><crawlPoolKey>pool</crawlPoolKey>
      <mimeRates><entry><string>text/html,image/*</string><string>10/1m</string></entry></mimeRates>
      <urlRates><map><entry><string>.*pdf</string><string>1/5s</string></entry></map></urlRates></{R}>"""
    found = info(xml)
    assert found.pool == "pool"
    assert found.rate is None
    assert mime_rate(found.mime, "Image/PNG; x=y") == Rate(10, timedelta(minutes=1))
    assert mime_rate(found.mime, "text/plain") is None
    assert found.url == ((".*pdf", Rate(1, 5 * SECOND)),)


@pytest.mark.parametrize(
    "xml",
    [
        "<x/>",
        f"<{R}><rate>fast</rate></{R}>",
        f"<{R}><cond><entry><{W}Always/></entry></cond></{R}>",
        f"<{R}><cond><entry><{W}Daily/><{R}/></entry></cond></{R}>",
        f"<{R}><cond><entry><{W}Always/><{R}><rate>0/0</rate></{R}></entry></cond></{R}>",
        f"<{R}><mimeRates><entry><string>a/b</string><string>x</string></entry></mimeRates></{R}>",
    ],
)
def test_rates_that_cannot_be_read(xml: str) -> None:
    assert isinstance(read_rate_info(node(xml)), Finding)


def test_maps_of_rates() -> None:
    rates, bad = read_rate_map({"application/pdf,text/html": "1/3000", "*/*": "1/9000", "x": "no"})
    assert bad == ("no",)
    table = split_mimes(rates)
    assert mime_rate(table, "application/pdf") == mime_rate(table, "text/html") == Rate(1, 3 * SECOND)
    assert mime_rate(table, "image/gif") == Rate(1, 9 * SECOND)


def test_rates_by_url_take_the_slow_side_when_undecided() -> None:
    slow = compile_pattern(r"(.*)(.*)(.*)(.*)\1x")
    assert isinstance(slow, Pattern)
    rates = ((slow, Rate(1, SECOND)),)
    assert url_rate(rates, "a" * 5_000 + "x") == Rate(1, SECOND)
    assert url_rate(rates, "abc") is None


@pytest.mark.parametrize(
    ("source", "key"),
    [
        ("au", None),
        ("AU", None),
        ("plugin", "org.x.P"),
        ("key:Bio Med", "Bio Med"),
        ("host:base_url", "host:h.org"),
        ("host:base_url2", None),
        ("title_attribute:pool", "pool:p1"),
        ("title_attribute:none", None),
        ("title_attribute:none:d:e", "none:d:e"),
        ("title_attribute:pool:d", "pool:p1"),
        ("nonsense", None),
        ("", None),
    ],
)
def test_pools(source: str, key: str | None) -> None:
    assert pool_key(source, "org.x.P", {"base_url_host": "h.org"}, {"pool": "p1"}) == key


C = "org.lockss.util.urlconn.CacheException$"
V = "org.lockss.plugin.ContentValidationException"


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        ("org.lockss.util.urlconn.CacheSuccess", Meaning(Action.STORE)),
        (f"{C}NoRetryDeadLinkException", Meaning(Action.DEAD_LINK)),
        (f"{C}IgnoreCloseException", Meaning(Action.STORE)),
        (f"{C}WarningOnly", Meaning(Action.STORE_WITH_WARNING)),
        (f"{C}NoStoreWarningOnly", Meaning(Action.STORE_WITH_WARNING, no_store=True)),
        (f"{C}PermissionException", Meaning(Action.PERMISSION, fails_crawl=True)),
        (f"{C}RetryableNetworkException_3_30S", Meaning(Action.RETRY, 3, 30 * SECOND, fails_crawl=True)),
        (f"{C}RetryableNetworkException_5_5M", Meaning(Action.RETRY, 5, 300 * SECOND, fails_crawl=True)),
        (f"{C}RetryableNetworkException_2", Meaning(Action.RETRY, 2, fails_crawl=True)),
        (f"{C}RetryDeadLinkException", Meaning(Action.RETRY)),
        (f"{C}NoRetryPermUrlException", Meaning(Action.REDIRECT)),
        (f"{C}NoSuchException", None),
        ("org.example.Handler", None),
    ],
)
def test_system_result_classes(name: str, meaning: Meaning | None) -> None:
    assert meaning_of_class(name) == meaning


@pytest.mark.parametrize(
    ("entry", "keys"),
    [
        (f"500={C}NoRetryDeadLinkException", (500,)),
        (f" 503 = {C}NoRetryDeadLinkException ", (503,)),
        (f"EmptyFile={C}WarningOnly", (Condition.EMPTY_FILE,)),
        (f"emptyfile={C}WarningOnly", (Condition.EMPTY_FILE,)),
        (f"{V}$WrongLength={C}WarningOnly", (Fault.WRONG_LENGTH,)),
        (f"{V}={C}WarningOnly", (Condition.REJECTED,)),
        (f"java.io.IOException={C}RetryableNetworkException_3_30S", (Fault.CUT_CHUNK, Fault.BAD_CODING)),
        (f"Retryable={C}RetryableNetworkException_3", CATEGORIES["Retryable"]),
    ],
)
def test_triggers(entry: str, keys: tuple[object, ...]) -> None:
    found = parse_result(entry)
    assert isinstance(found, ResultEntry)
    assert found.keys == keys


@pytest.mark.parametrize("entry", ["", "500", "=x", "500=", "org.unknown.Exception=x", "12345678=x"])
def test_entries_that_cannot_be_read(entry: str) -> None:
    assert isinstance(parse_result(entry), ResultFault)


def test_entries_go_on_top_of_the_deployed_table_in_order() -> None:
    texts = [f"Timeout={C}NoRetryDeadLinkException", f"408={C}PermissionException", "500=org.example.Handler"]
    entries = tuple(entry for text in texts if isinstance(entry := parse_result(text), ResultEntry))
    assert len(entries) == 3
    table = result_table(entries)
    assert table[522].action is Action.DEAD_LINK
    assert table[Fault.IDLE_TIMEOUT].action is Action.DEAD_LINK
    assert table[408].action is Action.PERMISSION
    # An unknown handler leaves the usual meaning; a known one gives its own.
    assert table[500] == DEFAULT_RESULTS[500]
    known = {"org.example.Handler": {500: Meaning(Action.DEAD_LINK)}}
    assert result_table(entries, known)[500].action is Action.DEAD_LINK
    assert result_table(()) == DEFAULT_RESULTS
