"""Which hosts may be collected from (permissions §5)."""

import pytest

from apps.lockss.permission import (
    AskPage,
    GrantSource,
    HostPolicy,
    HostStatus,
    HostTable,
    PermissionRound,
)
from apps.lockss.permission.hosts import HostRecord, matcher
from tests.lockss.permission_site import ENDS, FAIL, GRANT, NOTHING, OK, A, B, Publisher, site, start

PATH = HostPolicy(per_host_path="/lockss.html")


def test_the_per_host_path_comes_last_for_each_host() -> None:
    a_path, b_path = "http://a.org/lockss.html", "http://b.org/lockss.html"
    permission, publisher, _ = start(
        [A, B], {A: NOTHING, a_path: GRANT, B: NOTHING, b_path: GRANT}, hosts=PATH
    )
    assert (permission.outcome, publisher.asked) == (ENDS.GRANTED, [A, a_path, B, b_path])


def test_the_per_host_path_keeps_scheme_and_port() -> None:
    table = HostTable(PATH)
    assert table.per_host_page("https://x.org:8443/a/b?c#d") == "https://x.org:8443/lockss.html"
    assert table.per_host_page("mailto:x") is None
    assert HostTable().per_host_page(A) is None


def test_a_globally_permitted_host_needs_no_page() -> None:
    policy = HostPolicy(globally_permitted=matcher([r"^cdn\.", "b.org"]))
    permission, publisher, hosts = start([A, B], {A: GRANT}, hosts=policy)
    assert (permission.outcome, publisher.asked) == (ENDS.GRANTED, [A])
    assert hosts.check("http://cdn.x.org/y") == HostRecord(
        "cdn.x.org", OK, "http://cdn.x.org/y", GrantSource.NETWORK
    )
    assert hosts.permitted("http://xb.org.example/") is True


@pytest.mark.parametrize(
    ("plugin", "allowed", "expected"),
    [
        (["cdn"], ["cdn"], OK),
        (["cdn"], [], HostStatus.MISSING),
        ([], ["cdn"], HostStatus.MISSING),
        (["zzz"], ["cdn"], HostStatus.MISSING),
    ],
)
def test_a_definitions_hosts_need_the_nodes_consent(
    plugin: list[str], allowed: list[str], expected: HostStatus
) -> None:
    hosts = HostTable(HostPolicy(plugin_permitted=matcher(plugin), allowed_plugin_hosts=matcher(allowed)))
    record = hosts.check("https://cdn.example.org/x.png")
    assert isinstance(record, HostRecord)
    assert record.status is expected
    assert hosts.permitted("https://cdn.example.org/y") is (expected is OK)


def test_a_host_without_a_record_is_denied() -> None:
    _, _, hosts = start([A], {A: GRANT})
    assert hosts.permitted(A) is True
    assert hosts.permitted("http://A.ORG:81/other") is True
    assert hosts.permitted(B) is False
    assert hosts.permitted("http://x.a.org/") is False
    assert hosts.permitted("ftp://a.org/") is False


def test_a_host_is_asked_on_demand_and_stays_known() -> None:
    _, _, hosts = start([A], {A: GRANT}, hosts=PATH)
    other = "http://b.org:8080/deep/x"
    assert hosts.permitted(other) is None
    ask = hosts.check(other)
    assert ask == AskPage("http://b.org:8080/lockss.html")
    publisher = Publisher({"http://b.org:8080/lockss.html": GRANT})
    assert isinstance(ask, AskPage)
    permission = publisher.run(PermissionRound.for_host(ask, site(), hosts))
    assert permission.outcome is ENDS.GRANTED
    assert hosts.permitted("https://b.org/else") is True
    assert publisher.asked == ["http://b.org:8080/lockss.html"]


def test_on_demand_a_page_not_had_is_asked_once_more() -> None:
    hosts = HostTable(PATH)
    asked = 0
    while hosts.permitted(B) is None:
        ask = hosts.check(B)
        assert isinstance(ask, AskPage)
        asked += 1
        assert asked < 5
        Publisher({}).run(PermissionRound.for_host(ask, site(), hosts))
    assert (asked, hosts.permitted(B)) == (2, False)
    record = hosts.check(B)
    assert isinstance(record, HostRecord)
    assert record.status is FAIL


def test_on_demand_a_page_that_refuses_is_not_asked_again() -> None:
    hosts = HostTable(PATH)
    ask = hosts.check(B)
    assert isinstance(ask, AskPage)
    Publisher({ask.url: NOTHING}).run(PermissionRound.for_host(ask, site(), hosts))
    assert hosts.permitted(B) is False
