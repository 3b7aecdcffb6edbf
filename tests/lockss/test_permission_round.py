"""Rounds of permission: which page next, what each answer does, how it ends (permissions §5–§8)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from apps.lockss.fetch import Fault, FetchResult
from apps.lockss.frontier import Copy, RedirectScheme, Site
from apps.lockss.permission import (
    Answer,
    AskKind,
    AskPage,
    Evidence,
    Granted,
    GrantSource,
    HostPolicy,
    HostStatus,
    HostTable,
    PermissionEffect,
    PermissionMessage,
    PermissionOutcome,
    PermissionPolicy,
    PermissionRound,
    RefusalCode,
    Refused,
    Stopped,
    StorePage,
    Subscription,
    judge_page,
)
from apps.lockss.permission.hosts import HostRecord, matcher
from tests.lockss.fetch_results import NOW, answered, moved

GRANT = judge_page(b"LOCKSS system has permission to collect, preserve, and serve this Archival Unit")
NOTHING = judge_page(b"<p>Welcome")
OK, BAD, FAIL = HostStatus.OK, HostStatus.NOT_OK, HostStatus.FETCH_FAILED


def resolve(base: str, link: str) -> str | None:
    from urllib.parse import urljoin

    name = urljoin(base, link)
    return name if name.startswith(("http://", "https://")) else None


def site(*outside: str, login: str | None = None) -> Site:
    return Site(
        resolve,
        resolve,
        included=lambda url: not any(text in url for text in outside),
        login=lambda url: login is not None and login in url,
    )


class Publisher:
    """Answers a round from a table: a verdict, a fetch result, or why nothing came."""

    def __init__(self, table: dict[str, object]) -> None:
        self.table = table
        self.asked: list[str] = []
        self.effects: list[PermissionEffect] = []

    def run(self, permission: PermissionRound) -> PermissionRound:
        while (ask := permission.next_request()) is not None:
            assert permission.next_request() is ask
            self.asked.append(ask.url)
            assert len(self.asked) < 100
            answer = self.table.get(ask.url, answered(404))
            if isinstance(answer, list):
                answer = answer.pop(0) if len(answer) > 1 else answer[0]
            if isinstance(answer, Granted | Refused):
                answer = Answer(answered(200), None if ask.kind is AskKind.PROBE else answer)
            elif isinstance(answer, FetchResult):
                answer = Answer(answer, NOTHING)
            self.effects += permission.on_result(answer, NOW)
        return permission

    @property
    def stored(self) -> list[tuple[Copy, ...]]:
        return [effect.copies for effect in self.effects if isinstance(effect, StorePage)]

    @property
    def evidence(self) -> list[tuple[str, HostStatus]]:
        return [(effect.url, effect.status) for effect in self.effects if isinstance(effect, Evidence)]


def start(
    urls: list[str],
    table: dict[str, object],
    where: Site | None = None,
    hosts: HostPolicy | None = None,
    policy: PermissionPolicy | None = None,
) -> tuple[PermissionRound, Publisher, HostTable]:
    host_table = HostTable(hosts)
    publisher = Publisher(table)
    permission = publisher.run(PermissionRound(urls, where or site(), host_table, policy))
    return permission, publisher, host_table


A, A2, B = "http://a.org/p", "http://a.org/p2", "http://b.org/p"
ENDS = PermissionOutcome

# permission URLs, answers, outcome, message, what was asked
ROUNDS = {
    "one page grants": ([A], {A: GRANT}, ENDS.GRANTED, None, [A]),
    "the first that grants is enough": ([A, A2], {A: GRANT}, ENDS.GRANTED, None, [A]),
    "the second grants": ([A, A2], {A: NOTHING, A2: GRANT}, ENDS.GRANTED, None, [A, A2]),
    "none grants": (
        [A, A2],
        {A: NOTHING, A2: NOTHING},
        ENDS.NO_PERMISSION,
        PermissionMessage.NO_STATEMENT,
        [A, A2],
    ),
    "the same page twice is asked once": (
        [A, A],
        {A: NOTHING},
        ENDS.NO_PERMISSION,
        PermissionMessage.NO_STATEMENT,
        [A],
    ),
    "every host must grant": (
        [A, B],
        {A: GRANT, B: NOTHING},
        ENDS.NO_PERMISSION,
        PermissionMessage.NO_STATEMENT,
        [A, B],
    ),
    "the first host refuses, the second is not asked": (
        [A, B],
        {A: NOTHING, B: GRANT},
        ENDS.NO_PERMISSION,
        PermissionMessage.NO_STATEMENT,
        [A],
    ),
    "both hosts grant": ([A, B, A2], {A: GRANT, B: GRANT}, ENDS.GRANTED, None, [A, B]),
    "host by host, page by page": (
        [A, B, A2],
        {A: NOTHING, A2: GRANT, B: GRANT},
        ENDS.GRANTED,
        None,
        [A, A2, B],
    ),
    "a host is its name in small letters, without a port": (
        ["http://A.org:8080/x", "https://a.ORG/y"],
        {"https://a.ORG/y": GRANT},
        ENDS.GRANTED,
        None,
        ["http://A.org:8080/x", "https://a.ORG/y"],
    ),
    "a dead page is not had, the next is asked": ([A, A2], {A2: GRANT}, ENDS.GRANTED, None, [A, A2]),
    "no page is had": ([A, A2], {}, ENDS.FETCH_ERROR, PermissionMessage.NO_FETCH, [A, A2]),
    "read and refused says more than not had": (
        [A, A2],
        {A: NOTHING},
        ENDS.NO_PERMISSION,
        PermissionMessage.NO_STATEMENT,
        [A, A2],
    ),
    "forbidden": ([A], {A: answered(403)}, ENDS.FETCH_ERROR, PermissionMessage.NO_FETCH, [A]),
    "unchanged though not asked so": (
        [A],
        {A: answered(304)},
        ENDS.FETCH_ERROR,
        PermissionMessage.NO_FETCH,
        [A],
    ),
    "an empty page": (
        [A],
        {A: answered(200, stored=0)},
        ENDS.NO_PERMISSION,
        PermissionMessage.NO_STATEMENT,
        [A],
    ),
    "three tries": ([A], {A: answered(500)}, ENDS.FETCH_ERROR, PermissionMessage.NO_FETCH, [A, A, A]),
    "a cut page is asked again": (
        [A],
        {A: [answered(200, fault=Fault.CUT_CHUNK), GRANT]},
        ENDS.GRANTED,
        None,
        [A, A],
    ),
    "no URLs": ([], {}, ENDS.PLUGIN_ERROR, PermissionMessage.NO_URLS, []),
    "malformed": (["javascript:x"], {}, ENDS.NO_PERMISSION, PermissionMessage.MALFORMED, []),
    "malformed after good": ([A, "x"], {A: GRANT}, ENDS.NO_PERMISSION, PermissionMessage.MALFORMED, []),
    "window closed": (
        [A, B],
        {A: Stopped.WINDOW_CLOSED},
        ENDS.WINDOW_CLOSED,
        PermissionMessage.WINDOW_CLOSED,
        [A],
    ),
    "not stored": ([A], {A: Stopped.NOT_STORED}, ENDS.REPOSITORY_ERROR, PermissionMessage.NOT_STORED, [A]),
}


@pytest.mark.parametrize("name", ROUNDS)
def test_rounds(name: str) -> None:
    urls, table, outcome, message, asked = ROUNDS[name]
    permission, publisher, _ = start(urls, dict(table))
    assert (permission.outcome, permission.message, publisher.asked) == (outcome, message, asked)
    if outcome is ENDS.GRANTED:
        assert len(publisher.stored) == len({url.split("/")[2].lower().split(":")[0] for url in urls})
    else:
        assert permission.next_request() is None


def test_a_page_that_grants_is_stored_and_one_that_does_not_is_not() -> None:
    _, publisher, _ = start([A, A2], {A: NOTHING, A2: GRANT})
    assert publisher.stored == [(Copy(A2, None),)]
    assert publisher.evidence == [(A, BAD), (A2, OK)]


def test_evidence_holds_the_verdict_and_what_was_sent() -> None:
    _, publisher, _ = start([A], {A: GRANT})
    (evidence,) = (effect for effect in publisher.effects if isinstance(effect, Evidence))
    assert evidence.verdict == GRANT
    assert evidence.fetch is not None
    assert evidence.fetch.status == 200


def test_a_page_outside_the_rules_is_the_definitions_error() -> None:
    permission, publisher, hosts = start([A], {A: GRANT}, site("a.org"))
    assert (permission.outcome, permission.message) == (ENDS.PLUGIN_ERROR, PermissionMessage.OUTSIDE_RULES)
    assert publisher.asked == []
    assert hosts.check(A) == HostRecord("a.org", HostStatus.NOT_IN_CRAWL_RULES, A)


def test_outside_the_rules_the_next_page_is_asked() -> None:
    permission, publisher, _ = start(
        [A, A2], {A2: GRANT}, Site(resolve, resolve, included=lambda url: url != A)
    )
    assert (permission.outcome, publisher.asked) == (ENDS.GRANTED, [A2])


def test_the_first_generation_gives_up_at_the_first_page_not_had() -> None:
    permission, publisher, _ = start([A, A2], {A2: GRANT}, policy=PermissionPolicy(fail_on_fetch_error=True))
    assert (permission.outcome, publisher.asked) == (ENDS.FETCH_ERROR, [A])


def test_waiting_between_tries_as_the_publisher_asks() -> None:
    permission = PermissionRound([A], site(), HostTable())
    permission.next_request()
    permission.on_result(Answer(answered(503, ("Retry-After", "120"))), NOW)
    ask = permission.next_request()
    assert ask is not None
    assert ask.not_before == NOW + timedelta(seconds=120)
    permission.on_result(Answer(answered(503)), NOW)
    ask = permission.next_request()
    assert ask is not None
    assert ask.not_before == NOW + timedelta(seconds=10)


def test_an_answer_nobody_asked_for_is_the_callers_mistake() -> None:
    permission = PermissionRound([A], site(), HostTable())
    with pytest.raises(ValueError, match="no permission request"):
        permission.on_result(Answer(answered(200), GRANT), NOW)
    permission.next_request()
    with pytest.raises(ValueError, match="without its verdict"):
        permission.on_result(Answer(answered(200)), NOW)


# -- hosts -----------------------------------------------------------------------------------------------------

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


# -- redirects -------------------------------------------------------------------------------------------------

HERE, THERE = "http://a.org/here", "http://b.org/there"


def test_a_redirect_on_the_host_is_followed_and_kept_under_the_last_name() -> None:
    where = site("here")
    permission, publisher, _ = start([A], {A: moved("/here"), HERE: GRANT}, where)
    assert (permission.outcome, publisher.asked) == (ENDS.GRANTED, [A, HERE])
    # Legacy: not tested against the crawl rules, stored under the final name only.
    assert publisher.stored == [(Copy(HERE, None),)]


def test_a_redirect_to_another_host_is_not_followed() -> None:
    permission, publisher, _ = start([A], {A: moved(THERE), THERE: GRANT})
    assert (permission.outcome, permission.message, publisher.asked) == (
        ENDS.FETCH_ERROR,
        PermissionMessage.NO_FETCH,
        [A],
    )


ALL = PermissionPolicy(store_all=True)


def test_storing_all_keeps_every_name_of_the_chain() -> None:
    _, publisher, _ = start([A], {A: moved("/here"), HERE: GRANT}, policy=ALL)
    assert publisher.stored == [(Copy(A, HERE), Copy(HERE, None))]


def test_storing_all_follows_only_inside_the_rules() -> None:
    permission, publisher, _ = start([A], {A: moved("/here"), HERE: GRANT}, site("here"), policy=ALL)
    assert (permission.outcome, publisher.asked) == (ENDS.FETCH_ERROR, [A])


@pytest.mark.parametrize(("first", "outcome"), [([B, A], ENDS.GRANTED), ([A], ENDS.FETCH_ERROR)])
def test_storing_all_follows_to_another_host_only_with_its_permission(
    first: list[str], outcome: ENDS
) -> None:
    permission, _, _ = start(first, {B: GRANT, A: moved(THERE), THERE: GRANT}, policy=ALL)
    assert permission.outcome is outcome
    assert ALL.scheme is RedirectScheme.FOLLOW


@pytest.mark.parametrize("policy", [PermissionPolicy(), ALL])
def test_a_redirect_to_a_login_page_is_the_end(policy: PermissionPolicy) -> None:
    permission, publisher, hosts = start(
        [A, A2], {A: moved("http://a.org/login?x"), A2: GRANT}, site(login="/login"), policy=policy
    )
    assert (permission.outcome, permission.message) == (ENDS.NO_PERMISSION, PermissionMessage.LOGIN)
    assert publisher.asked == [A]
    assert hosts.permitted(A) is False


def test_a_page_that_is_a_login_page_is_the_end() -> None:
    permission, _, _ = start([A, A2], {A: Answer(answered(200), GRANT, login_page=True), A2: GRANT})
    assert (permission.outcome, permission.message) == (ENDS.NO_PERMISSION, PermissionMessage.LOGIN)


def test_redirects_for_ever_end() -> None:
    table: dict[str, object] = {A: moved("http://a.org/1")}
    table |= {f"http://a.org/{n}": moved(f"http://a.org/{n + 1}") for n in range(1, 50)}
    permission, publisher, _ = start([A], table)
    assert permission.outcome is ENDS.FETCH_ERROR
    assert len(publisher.asked) == 11


def test_a_loop_ends_at_once_unless_cookies_changed() -> None:
    permission, publisher, _ = start([A], {A: moved(A)})
    assert (permission.outcome, publisher.asked) == (ENDS.FETCH_ERROR, [A])
    changing = [moved(A, cookies=("", "1")), GRANT]
    permission, publisher, _ = start([A], {A: changing})
    assert (permission.outcome, publisher.asked) == (ENDS.GRANTED, [A, A])


# -- probes ----------------------------------------------------------------------------------------------------

assert isinstance(GRANT, Granted)
PROBED = replace(GRANT, probes=("/probe",))
PROBE = "http://a.org/probe"


def test_probes_are_asked_after_all_pages() -> None:
    permission, publisher, _ = start([A, B], {A: PROBED, B: GRANT, PROBE: GRANT})
    assert (permission.outcome, publisher.asked) == (ENDS.GRANTED, [A, B, PROBE])
    assert publisher.stored == [(Copy(A, None),), (Copy(B, None),), (Copy(PROBE, None),)]
    (evidence, *_) = (effect for effect in publisher.effects if isinstance(effect, Evidence))
    assert isinstance(evidence.verdict, Granted)
    assert evidence.verdict.probes == (PROBE,)


@pytest.mark.parametrize(
    "answer",
    [
        answered(404),
        answered(403),
        answered(500),
        moved("http://b.org/x"),
        answered(304),
        Answer(answered(200), login_page=True),
    ],
)
def test_a_probe_that_is_not_had_is_no_permission(answer: object) -> None:
    permission, _, _ = start([A], {A: PROBED, PROBE: answer})
    assert (permission.outcome, permission.message) == (ENDS.NO_PERMISSION, PermissionMessage.NO_PROBE)


def test_a_probe_outside_the_rules_refuses_the_page() -> None:
    permission, publisher, _ = start([A], {A: PROBED}, site("probe"))
    assert (permission.outcome, publisher.asked, publisher.stored) == (ENDS.NO_PERMISSION, [A], [])
    (evidence,) = (effect for effect in publisher.effects if isinstance(effect, Evidence))
    assert isinstance(evidence.verdict, Refused)
    assert evidence.verdict.reasons[0].code is RefusalCode.PROBE_OUTSIDE


def test_probes_need_not_be_stored() -> None:
    _, publisher, _ = start([A], {A: PROBED, PROBE: GRANT}, policy=PermissionPolicy(store_probes=False))
    assert publisher.stored == [(Copy(A, None),)]
    assert publisher.evidence == [(A, OK), (PROBE, OK)]


# -- two addresses ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "answers", "outcome", "after"),
    [
        (Subscription.UNKNOWN, [GRANT], ENDS.GRANTED, Subscription.SUBSCRIBED),
        (Subscription.SUBSCRIBED, [NOTHING, GRANT], ENDS.GRANTED, Subscription.NOT_SUBSCRIBED),
        (Subscription.SUBSCRIBED, [NOTHING, NOTHING], ENDS.NO_PERMISSION, Subscription.INACCESSIBLE),
        (Subscription.NOT_SUBSCRIBED, [NOTHING], ENDS.NO_PERMISSION, Subscription.INACCESSIBLE),
        (Subscription.NOT_SUBSCRIBED, [GRANT], ENDS.GRANTED, Subscription.NOT_SUBSCRIBED),
        (Subscription.INACCESSIBLE, [GRANT], ENDS.GRANTED, Subscription.SUBSCRIBED),
        (Subscription.INACCESSIBLE, [NOTHING], ENDS.NO_PERMISSION, Subscription.INACCESSIBLE),
    ],
)
def test_the_other_address_is_tried(
    before: Subscription, answers: list[object], outcome: ENDS, after: Subscription
) -> None:
    permission, publisher, _ = start([A], {A: list(answers)}, policy=PermissionPolicy(subscription=before))
    assert (permission.outcome, permission.subscription) == (outcome, after)
    assert len(publisher.asked) == len(answers)


def test_the_request_says_from_which_address() -> None:
    policy = PermissionPolicy(subscription=Subscription.SUBSCRIBED)
    permission = PermissionRound([A], site(), HostTable(), policy)
    ask = permission.next_request()
    assert ask is not None
    assert ask.from_subscribed is True
    permission.on_result(Answer(answered(200), NOTHING), NOW)
    ask = permission.next_request()
    assert ask is not None
    assert ask.from_subscribed is False
    plain = PermissionRound([A], site(), HostTable()).next_request()
    assert plain is not None
    assert plain.from_subscribed is None
