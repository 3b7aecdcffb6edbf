"""Rounds of permission: which page next, what each answer does, how it ends (permissions §5, §8)."""

from datetime import timedelta

import pytest

from apps.lockss.fetch import Fault
from apps.lockss.frontier import Copy, Site
from apps.lockss.permission import (
    Answer,
    Evidence,
    HostStatus,
    HostTable,
    PermissionMessage,
    PermissionPolicy,
    PermissionRound,
    Stopped,
)
from apps.lockss.permission.hosts import HostRecord
from tests.lockss.fetch_results import NOW, answered
from tests.lockss.permission_site import A2, BAD, ENDS, GRANT, NOTHING, OK, A, B, resolve, site, start

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
    "what one host's page lacked is not the next host's reason": (
        [A, A2, B],
        {A: NOTHING, A2: GRANT},
        ENDS.FETCH_ERROR,
        PermissionMessage.NO_FETCH,
        [A, A2, B],
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
