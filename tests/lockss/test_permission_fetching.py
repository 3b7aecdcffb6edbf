"""Redirects, login pages, probes and a node's two addresses (permissions §6, §7)."""

from dataclasses import replace

import pytest

from apps.lockss.frontier import Copy, RedirectScheme
from apps.lockss.permission import (
    Answer,
    Evidence,
    Granted,
    HostTable,
    PermissionMessage,
    PermissionPolicy,
    PermissionRound,
    RefusalCode,
    Refused,
    Subscription,
)
from tests.lockss.fetch_results import NOW, answered, moved
from tests.lockss.permission_site import (
    A2,
    ENDS,
    GRANT,
    NOTHING,
    OK,
    A,
    B,
    site,
    start,
)

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
