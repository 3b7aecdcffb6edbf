"""Whether an AU may be collected, and on what evidence: written and machine-readable, by policy and by date."""

import datetime as dt
import hashlib
import io
from dataclasses import replace

import pytest
import time_machine
from django.utils.translation import override

from apps.common.clock import now
from apps.common.stored import retold
from apps.lockss.fetch import Fault
from apps.lockss.permission import (
    AskKind,
    Evidence,
    Granted,
    HostStatus,
    PageRules,
    PermissionMessage,
    PermissionOutcome,
    judge_page,
)
from apps.permissions import services
from apps.permissions.choices import AgreementState, Reason, ScopeKind, Verdict
from apps.permissions.models import Evidence as Row
from apps.permissions.models import Permission
from tests.factories import STATEMENT, make_agreement, make_au, make_permission, make_publisher, make_title
from tests.lockss.fetch_results import answered

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 21)
DAY = dt.timedelta(days=1)
PAGE = f"<html><p>{STATEMENT}</p></html>".encode()
URL = "http://pub.example/lockss.html"


@pytest.fixture(autouse=True)
def today(settings, tmp_path):
    settings.NODE = replace(settings.NODE, media_dir=tmp_path / "media", permission_policy="machine")
    with time_machine.travel(dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC), tick=False):
        yield


@pytest.fixture
def policy(settings):
    def use(name: str) -> None:
        settings.NODE = replace(settings.NODE, permission_policy=name)

    return use


# The decision

STATEMENTS = {
    "granted": (make_permission, Reason.NONE),
    "refused": (
        lambda au: make_permission(au, granted=False, reason=Reason.NO_STATEMENT, message="No statement."),
        Reason.NO_STATEMENT,
    ),
    "unknown": (
        lambda au: make_permission(au, verdict=Verdict.UNKNOWN),
        Reason.NOT_CHECKED,
    ),
    "never asked": (lambda au: None, Reason.NOT_CHECKED),
}
SIGNED = {"state": AgreementState.SIGNED, "starts": TODAY - DAY, "ends": TODAY + DAY}
OLD = SIGNED | {"starts": TODAY - 90 * DAY}
AGREEMENTS = {
    "in force": (SIGNED, Reason.NONE),
    "its first day": (SIGNED | {"starts": TODAY}, Reason.NONE),
    "its last day": (SIGNED | {"ends": TODAY}, Reason.NONE),
    "for good": (SIGNED | {"ends": None}, Reason.NONE),
    "tomorrow": (SIGNED | {"starts": TODAY + DAY}, Reason.NO_AGREEMENT),
    "until yesterday": (SIGNED | {"ends": TODAY - DAY}, Reason.AGREEMENT_ENDED),
    "lapsed": (SIGNED | {"state": AgreementState.LAPSED, "ends": TODAY - DAY}, Reason.AGREEMENT_ENDED),
    "withdrawn": (SIGNED | {"state": AgreementState.WITHDRAWN}, Reason.AGREEMENT_ENDED),
    "a draft": (SIGNED | {"state": AgreementState.DRAFT}, Reason.NO_AGREEMENT),
    "an old draft": (SIGNED | {"state": AgreementState.DRAFT, "ends": TODAY - DAY}, Reason.NO_AGREEMENT),
    "sent": (SIGNED | {"state": AgreementState.SENT}, Reason.NO_AGREEMENT),
    "none": (None, Reason.NO_AGREEMENT),
}


@pytest.mark.parametrize("statement", STATEMENTS)
@pytest.mark.parametrize("agreement", AGREEMENTS)
@pytest.mark.parametrize("name", ["machine", "written", "written_and_machine"])
def test_what_is_demanded_is_held_against_what_there_is(policy, name, statement, agreement):
    policy(name)
    au = make_au()
    make, machine_reason = STATEMENTS[statement]
    make(au)
    values, written_reason = AGREEMENTS[agreement]
    if values is not None:
        make_agreement(au.publisher, **values)
    wanted = {
        "machine": [machine_reason],
        "written": [written_reason],
        # The agreement is looked at first.
        "written_and_machine": [written_reason, machine_reason],
    }[name]
    reason = next((each for each in wanted if each != Reason.NONE), Reason.NONE)
    decision = services.decide(au)
    assert (decision.allowed, decision.reason) == (reason == Reason.NONE, reason)
    assert bool(decision.sentence) is not decision.allowed
    assert services.needs_statement() is (name != "written")
    written = decision.written
    assert written.allowed is (name == "machine" or written_reason == Reason.NONE)


def test_the_sentences_are_for_a_librarian(policy):
    policy("written")
    au = make_au()
    assert services.decide(au).sentence == (
        "No signed agreement with Tidewater Press covers this AU. Network administrators enter agreements under Permissions."
    )
    make_agreement(au.publisher, **OLD | {"name": "First", "ends": TODAY - 40 * DAY})
    make_agreement(au.publisher, **OLD | {"name": "Second", "ends": TODAY - 20 * DAY})
    assert services.decide(au).sentence == (
        "The agreement “Second” with Tidewater Press ended on 1 Nov 2026. What is preserved stays."
    )


def test_one_withdrawn_early_does_not_end_in_the_future(policy):
    policy("written")
    au = make_au()
    make_agreement(au.publisher, **SIGNED | {"state": AgreementState.WITHDRAWN, "name": "It"})
    assert services.decide(au).sentence == (
        "The agreement “It” with Tidewater Press ended. What is preserved stays."
    )


def test_one_in_force_is_enough(policy):
    policy("written")
    au = make_au()
    make_agreement(au.publisher, **SIGNED | {"ends": TODAY - DAY})
    make_agreement(au.publisher, **SIGNED | {"state": AgreementState.DRAFT})
    make_agreement(au.publisher, **SIGNED)
    assert services.decide(au).allowed


# Scope


def test_an_agreement_covers_what_it_names(policy):
    policy("written")
    one, other = make_au(), make_au(title=make_title("Annals of Salt"))
    elsewhere = make_au(title=make_title("Elsewhere", make_publisher("Other House")))

    def covered(**scope):
        row = make_agreement(one.publisher, **SIGNED, scope=scope.pop("scope"))
        row.titles.set(scope.pop("titles", ()))
        row.listed_aus.set(scope.pop("listed_aus", ()))
        found = [services.decide(au).allowed for au in (one, other, elsewhere)]
        row.delete()
        return found

    assert covered(scope=ScopeKind.PUBLISHER) == [True, True, False]
    assert covered(scope=ScopeKind.TITLES, titles=[one.title]) == [True, False, False]
    assert covered(scope=ScopeKind.TITLES, titles=[one.title, other.title]) == [True, True, False]
    assert covered(scope=ScopeKind.AUS, listed_aus=[other.listed]) == [False, True, False]
    # Only what the scope speaks of counts.
    assert covered(scope=ScopeKind.AUS, titles=[one.title]) == [False, False, False]
    assert covered(scope=ScopeKind.TITLES, listed_aus=[one.listed]) == [False, False, False]
    # Another publisher's title is not this publisher's to give.
    assert covered(scope=ScopeKind.TITLES, titles=[elsewhere.title]) == [False, False, False]


@pytest.mark.parametrize("scope", [ScopeKind.TITLES, ScopeKind.AUS])
def test_an_agreement_that_lost_what_it_names_covers_nothing(policy, scope):
    """Not even an AU that has neither title nor listing."""
    policy("written")
    au = make_au()
    type(au).objects.filter(pk=au.pk).update(title=None, listed=None)
    au.refresh_from_db()
    make_agreement(au.publisher, **SIGNED, scope=scope)
    assert not services.decide(au).allowed


def test_an_au_without_a_publisher(policy):
    policy("written")
    au = make_au()
    make_agreement(au.publisher, **SIGNED)
    type(au).objects.filter(pk=au.pk).update(publisher=None)
    au.refresh_from_db()
    assert "with the publisher covers" in services.decide(au).sentence


# Evidence


def evidence(
    page: bytes = PAGE, *, status: int = 200, fault: Fault | None = None, status_of=None, **more
) -> Evidence:
    fetch = answered(status, ("Content-Type", "text/html"), ("X-Odd", "a\0b"), fault=fault, url=URL)
    fetch = replace(fetch, request=replace(fetch.request, headers=(("User-Agent", "LOCKSS cache"),)))
    verdict = judge_page(page, PageRules(), content_type="text/html") if fault is None else None
    granted = isinstance(verdict, Granted)
    given = {
        "kind": AskKind.PAGE,
        "url": URL,
        "status": HostStatus.OK if granted else HostStatus.NOT_OK,
        "verdict": verdict,
        "fetch": fetch,
    }
    if status_of is not None:
        given["status"] = status_of
    return Evidence(**given | more)


def record(au, found: Evidence, page: bytes | None = PAGE) -> Row:
    body = None if page is None else io.BytesIO(page)
    row = services.record_evidence(au=au, evidence=found, page=body)
    row.refresh_from_db()
    return row


def test_a_grant_is_kept_with_its_page():
    au = make_au()
    row = record(au, evidence())
    assert (row.granted, row.statement, row.status, row.reason) == (True, STATEMENT, 200, "")
    assert row.checker != ""
    assert (row.url, row.final_url, row.host) == (URL, URL, "pub.example")
    assert row.request_headers == [["User-Agent", "LOCKSS cache"]]
    # What a column cannot hold is replaced, not lost with the rest.
    assert row.response_headers == [["Content-Type", "text/html"], ["X-Odd", "a\N{REPLACEMENT CHARACTER}b"]]
    assert bytes(row.page) == PAGE
    assert row.page_sha256 == hashlib.sha256(PAGE).hexdigest()
    assert not row.page_truncated


def test_a_page_without_a_statement_is_kept_too():
    row = record(make_au(), evidence(b"<p>All rights reserved.</p>"), b"<p>All rights reserved.</p>")
    assert (row.granted, row.reason, row.statement) == (False, Reason.NO_STATEMENT, "")
    assert row.message != ""
    assert bytes(row.page) == b"<p>All rights reserved.</p>"


def test_what_could_not_be_read_is_told():
    found = evidence(fault=Fault.IDLE_TIMEOUT, detail="idle\0timeout")
    row = record(make_au(), found, None)
    assert (row.granted, row.reason, row.page) == (False, Reason.NO_ANSWER, None)
    assert row.message == "idle\N{REPLACEMENT CHARACTER}timeout"


KINDS = {
    Fault.UNKNOWN_HOST: Reason.UNKNOWN_HOST,
    Fault.CONNECT_TIMEOUT: Reason.NO_ANSWER,
    Fault.IDLE_TIMEOUT: Reason.NO_ANSWER,
    Fault.TOTAL_TIMEOUT: Reason.NO_ANSWER,
}
KEPT = "Nothing was collected; nothing already preserved is lost."
LIBRARY = "ClientConnectorDNSError: Cannot connect to host pub.example:80 ssl:<ssl.SSLContext object at 0x7f>"


@pytest.mark.parametrize("fault", Fault)
def test_what_failed_is_told_without_a_library_s_words(fault):
    found = evidence(fault=fault, detail=f"{fault}: {LIBRARY}", status_of=HostStatus.FETCH_FAILED)
    row = record(make_au(), replace(found, fetch=replace(found.fetch, head=None)), b"")
    wanted = KINDS.get(fault, Reason.FETCH_FAILED)
    assert (row.status, row.page, row.page_sha256, row.reason) == (None, None, "", wanted)
    assert row.message.endswith(".")
    assert not {"Client", "<", "0x"} & {word for word in ("Client", "<", "0x") if word in row.message}
    with override("es"):
        assert retold(row.message) != row.message


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"fault": Fault.UNKNOWN_HOST}, "The name pub.example is not known (DNS)."),
        ({"fault": Fault.CONNECT}, "pub.example refused the connection, or no way leads there."),
        ({"fault": Fault.CONNECT_TIMEOUT}, "pub.example did not answer in 60 s."),
        ({"fault": Fault.TLS_UNTRUSTED}, "The certificate of pub.example is not trusted."),
        ({"status": 503}, "pub.example answered with an error (HTTP 503)."),
    ],
)
def test_the_answer_says_that_the_page_could_not_be_reached_and_why(change, said):
    au = make_au()
    found = evidence(**change, detail=f"x: {LIBRARY}", status_of=HostStatus.FETCH_FAILED, verdict=None)
    kept = record(au, found, b"")
    row = settle(
        au,
        PermissionOutcome.FETCH_ERROR,
        PermissionMessage.NO_FETCH,
        detail=kept.message,
        evidence=kept,
    )
    assert (row.reason, row.message) == (
        KINDS.get(change.get("fault"), Reason.FETCH_FAILED),
        f"The permission page {URL} could not be reached. {said} {KEPT}",
    )
    with override("es"):
        told = retold(row.message)
    assert told.startswith(f"No se pudo llegar a la página de permiso {URL}. ")
    assert (said in told, "Nothing was collected" in told) == (False, False)


@pytest.mark.parametrize(
    ("status", "headers", "reason", "said"),
    [
        (
            404,
            [],
            Reason.PAGE_GONE,
            "There is no permission page at {url}. {host} answered that it has no such page",
        ),
        (
            410,
            [],
            Reason.PAGE_GONE,
            "There is no permission page at {url}. {host} answered that it has no such page",
        ),
        (
            401,
            [],
            Reason.SIGN_IN,
            "The permission page {url} is behind a sign-in. {host} answered with an error",
        ),
        (
            403,
            [],
            Reason.FETCH_FAILED,
            "The permission page {url} could not be reached. {host} answered with an error",
        ),
        (
            302,
            [("Location", "/login?next=a")],
            Reason.SIGN_IN,
            "is behind a sign-in. A page to sign in came instead.",
        ),
        (302, [("Location", "/news")], Reason.FETCH_FAILED, "could not be reached"),
    ],
)
def test_no_page_a_sign_in_and_other_failures_are_told_apart(status, headers, reason, said):
    au = make_au()
    found = evidence(status=status, status_of=HostStatus.FETCH_FAILED, verdict=None)
    head = replace(found.fetch.head, headers=tuple(headers))
    kept = record(au, replace(found, fetch=replace(found.fetch, head=head)), b"")
    assert kept.reason == reason
    row = settle(
        au, PermissionOutcome.FETCH_ERROR, PermissionMessage.NO_FETCH, detail=kept.message, evidence=kept
    )
    assert row.reason == reason
    assert said.format(url=URL, host="pub.example") in row.message
    with override("es"):
        assert retold(row.message) != row.message
        assert "There is no" not in retold(row.message)


def test_a_page_that_the_definition_calls_a_login_is_behind_a_sign_in():
    au = make_au()
    kept = record(au, evidence(status_of=HostStatus.NOT_OK, verdict=None, detail="login page"))
    row = settle(
        au, PermissionOutcome.NO_PERMISSION, PermissionMessage.LOGIN, detail=kept.message, evidence=kept
    )
    assert (kept.reason, row.reason) == (Reason.SIGN_IN, Reason.SIGN_IN)
    assert row.message.startswith(f"The permission page {URL} is behind a sign-in. A page to sign in came")
    assert "login page" not in row.message


def test_a_refusal_whose_words_hold_a_nul():
    page = b"<p>\0" + STATEMENT[:-10].encode() + b"\0</p>"
    row = record(make_au(), evidence(page), page)
    assert not row.granted
    assert bytes(row.page) == page


@pytest.mark.parametrize("more", [-1, 0, 1, services.LONGEST_PAGE * 2])
def test_a_long_page_is_kept_to_the_limit_with_the_digest_of_all(more):
    page = PAGE + b" " * (services.LONGEST_PAGE + more - len(PAGE))
    row = record(make_au(), evidence(), page)
    assert len(row.page) == min(len(page), services.LONGEST_PAGE)
    assert row.page_truncated is (more > 0)
    assert row.page_sha256 == hashlib.sha256(page).hexdigest()


def test_evidence_is_added_and_never_changed():
    au = make_au()
    first = record(au, evidence())
    second = record(au, evidence(b"x"), b"x")
    assert first.pk != second.pk
    assert Row.objects.count() == 2


# The AU's answer


def settle(au, outcome=PermissionOutcome.GRANTED, message=None, **more) -> Permission:
    given = {"url": URL, "detail": "", "evidence": None, **more}
    return services.set_permission(au=au, outcome=outcome, message=message, **given)


def test_a_grant_and_its_end():
    au = make_au()
    row = settle(au, evidence=record(au, evidence()))
    assert (row.verdict, row.message, row.checked_at) == (Verdict.GRANTED, "", now())
    assert row.access_type != ""
    assert services.decide(au).allowed
    lost = record(au, evidence(b"no"), b"no")
    row = settle(
        au,
        PermissionOutcome.NO_PERMISSION,
        PermissionMessage.NO_STATEMENT,
        detail="nothing near",
        evidence=lost,
    )
    assert (row.verdict, row.reason, row.access_type) == (Verdict.REFUSED, Reason.NO_STATEMENT, "")
    assert row.evidence == lost
    assert row.message == (
        f"The page {URL} carries no permission statement (nothing near). "
        "Nothing was collected; nothing already preserved is lost."
    )
    assert services.decide(au).sentence == row.message
    assert Permission.objects.count() == 1


@pytest.mark.parametrize(
    ("text", "near"),
    [
        (STATEMENT.replace("permission", "permit"), "Other words than the statement's"),
        (STATEMENT.replace("permission", "<b>permission</b>"), "Markup inside the statement"),
        ("Welcome to our journal.", ""),
    ],
)
def test_a_refusal_names_what_is_nearly_right_wherever_it_is_told(text, near):
    """The finding, Home and every list show this sentence, so that no row has to read a page."""
    au = make_au()
    page = f"<p>{text}</p>".encode()
    lost = record(au, evidence(page), page)
    with override("es"):
        row = settle(
            au, PermissionOutcome.NO_PERMISSION, PermissionMessage.NO_STATEMENT, detail="x", evidence=lost
        )
        told = retold(row.message)
    assert ("Nearly right" in row.message) is bool(near)
    assert (f"(x). Nearly right: {near}. Nothing was collected" in row.message) is bool(near)
    assert services.decide(au).sentence == row.message
    assert not [word for word in ("Nearly", near or "Nearly", "Nothing") if word in told]


@pytest.mark.parametrize("message", [*PermissionMessage, None])
def test_every_end_has_a_reason_and_a_sentence(message):
    row = settle(make_au(), PermissionOutcome.NO_PERMISSION, message)
    assert row.reason in Reason.values
    assert row.reason != ""
    assert URL in row.message
