"""The audit record as a chain: sealed by whoever comes by, and what was done to it behind our back is named."""

import datetime as dt
import hashlib
import io
import json
import threading
from dataclasses import replace

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.test import Client
from django.utils import translation

from apps.accounts import chain, services
from apps.accounts.choices import Role
from apps.accounts.models import AuditEvent, AuditPending, AuditSeal
from apps.accounts.services import sealing
from apps.accounts.services.verifying import FaultKind, verify
from apps.accounts.tasks import seal_audit
from apps.common.stored import retold
from tests.accounts.factories import make_person

pytestmark = pytest.mark.django_db


def act(number: int = 1, **more) -> list[AuditEvent]:
    with transaction.atomic():
        return [services.audit(action="x.y", subject=f"s:{n}", **more) for n in range(number)]


def behind_our_back(table: str, statement: str, *values) -> None:
    """As somebody who owns the database would: without the trigger that refuses."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(statement, values)
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        # As the suite has it.
        name = "audit_no_truncate" if table == "accounts_auditevent" else "audit_seal_no_truncate"
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {name}")


def told(*arguments: str, code: int = 0) -> dict:
    out = io.StringIO()
    if code:
        with pytest.raises(SystemExit) as end:
            call_command("verify_audit", *arguments, output="json", stdout=out)
        assert end.value.code == code
    else:
        call_command("verify_audit", *arguments, output="json", stdout=out)
    return json.loads(out.getvalue())


def kinds(found) -> list[tuple[FaultKind, int]]:
    return [(fault.kind, fault.event) for fault in found.faults]


def test_a_digest_is_made_of_the_one_before_and_of_the_event() -> None:
    event = AuditEvent(
        pk=7,
        at=dt.datetime(2026, 11, 21, 8, 30, tzinfo=dt.timezone(dt.timedelta(hours=2))),
        username="zoë",
        action="x.y",
        subject="s",
        before=None,
        after={"b": 1, "a": [1.5, True]},
        request_id="",
    )
    text = (
        '{"action":"x.y","after":{"a":[1.5,true],"b":1},"at":"2026-11-21T06:30:00.000000+00:00","before":null,'
        '"id":7,"request_id":"","subject":"s","user_id":null,"username":"zoë"}'
    )
    assert chain.canonical(event) == text.encode()
    assert chain.digest(b"\1" * 32, event) == hashlib.sha256(b"\1" * 32 + text.encode()).digest()


def test_events_are_sealed_in_their_order_and_the_chain_holds(settings, tmp_path) -> None:
    settings.NODE = replace(settings.NODE, home=tmp_path)
    alice = make_person("alice", Role.SYSTEM)
    act(3, user=alice, before={"price": 1.0, "big": 10**30}, after=[1e30, "\x7f", "zoë"])
    assert (AuditPending.objects.count(), services.seal(), services.seal()) == (3, 3, 0)
    act(2)
    seal_audit()
    assert [seal.position for seal in AuditSeal.objects.order_by("position")] == [1, 2, 3, 4, 5]
    found = verify()
    assert (found.events, found.pending, found.faults) == (5, 0, [])
    assert found.head == (5, bytes(services.head().digest).hex())


@pytest.mark.django_db(transaction=True)
def test_an_act_is_sealed_when_it_is_committed_and_not_when_it_is_taken_back() -> None:
    act(2)
    assert (AuditSeal.objects.count(), AuditPending.objects.count()) == (2, 0)
    with transaction.atomic():
        services.audit(action="x.y", subject="s")
        transaction.set_rollback(True)
    with transaction.atomic():
        services.audit_many(action="x.y", changes=[(f"s:{n}", None, n) for n in range(1200)])
    assert AuditSeal.objects.count() == 1202
    assert verify().faults == []


@pytest.mark.django_db(transaction=True)
def test_many_at_once_make_one_chain() -> None:
    barrier = threading.Barrier(6)

    def work() -> None:
        barrier.wait(10)
        try:
            for _ in range(10):
                act(2)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    services.seal()
    found = verify()
    assert (found.events, found.pending, found.faults) == (120, 0, [])


@pytest.mark.django_db(transaction=True)
def test_an_event_that_is_committed_late_comes_later_in_the_chain() -> None:
    with transaction.atomic():
        early = services.audit(action="x.y", subject="early")
        late = []

        def other() -> None:
            try:
                late.extend(act())
            finally:
                connection.close()

        thread = threading.Thread(target=other)
        thread.start()
        # It waits for nobody, though the first has not ended.
        thread.join(20)
        assert [seal.event_id for seal in AuditSeal.objects.all()] == [late[0].pk]
    assert [seal.event_id for seal in AuditSeal.objects.order_by("position")] == [late[0].pk, early.pk]
    assert verify().faults == []


def test_sealing_goes_on_in_parts(monkeypatch) -> None:
    monkeypatch.setattr(sealing, "AT_ONCE", 4)
    act(10)
    assert services.seal() == 10
    assert verify().faults == []


def test_waiting_for_a_seal_is_no_fault() -> None:
    act(2)
    found = told()
    assert (found["intact"], found["events"], found["pending"], found["head"]) == (True, 0, 2, None)


@pytest.mark.parametrize(
    "change",
    [
        *(
            "subject = 'other'",
            "username = 'bob'",
            "after = '{}'",
            "at = at + interval '1 s'",
            "request_id = 'x'",
        ),
        # Read back, both are None.
        "before = 'null'::jsonb",
    ],
)
def test_an_altered_row_is_named(change) -> None:
    events = act(3)
    services.seal()
    behind_our_back(
        "accounts_auditevent", f"UPDATE accounts_auditevent SET {change} WHERE id = %s", events[1].pk
    )
    found = told(code=1)
    assert found["intact"] is False
    assert [(f["kind"], f["event"], f["position"]) for f in found["faults"]] == [("altered", events[1].pk, 2)]


def test_removed_and_inserted_rows_are_named() -> None:
    events = act(4)
    services.seal()
    behind_our_back("accounts_auditevent", "DELETE FROM accounts_auditevent WHERE id = %s", events[1].pk)
    behind_our_back(
        "accounts_auditevent",
        "INSERT INTO accounts_auditevent (id, at, username, action, subject, request_id) "
        "VALUES (%s, now(), 'bob', 'x.y', 's', '')",
        events[-1].pk + 1000,
    )
    assert kinds(verify()) == [
        (FaultKind.REMOVED, events[1].pk),
        (FaultKind.INSERTED, events[-1].pk + 1000),
    ]


def test_a_row_removed_before_it_was_sealed_is_named() -> None:
    events = act(2)
    behind_our_back("accounts_auditevent", "DELETE FROM accounts_auditevent WHERE id = %s", events[0].pk)
    services.seal()
    assert kinds(verify()) == [(FaultKind.REMOVED, events[0].pk)]


def test_a_forged_seal_does_not_help() -> None:
    """Who alters a row and its digest breaks the link to the next; who takes both away leaves a gap."""
    events = act(5)
    services.seal()
    seal = AuditSeal.objects.get(position=2)
    behind_our_back(
        "accounts_auditevent", "UPDATE accounts_auditevent SET subject = 'o' WHERE id = %s", events[1].pk
    )
    forged = chain.digest(bytes(seal.previous), AuditEvent.objects.get(pk=events[1].pk))
    behind_our_back(
        "accounts_auditseal", "UPDATE accounts_auditseal SET digest = %s WHERE position = 2", forged
    )
    assert kinds(verify()) == [(FaultKind.SEAL_ALTERED, events[2].pk)]
    behind_our_back("accounts_auditseal", "DELETE FROM accounts_auditseal WHERE position IN (3, 4)")
    behind_our_back(
        "accounts_auditevent",
        "DELETE FROM accounts_auditevent WHERE id = ANY(%s)",
        [e.pk for e in events[2:4]],
    )
    assert kinds(verify()) == [(FaultKind.SEAL_REMOVED, 0)]
    assert verify().faults[0].text == "seals 3 to 4 of the chain are gone, with their events"


def test_one_seal_that_is_gone_is_said_as_one() -> None:
    events = act(4)
    services.seal()
    behind_our_back("accounts_auditseal", "DELETE FROM accounts_auditseal WHERE position = 2")
    behind_our_back("accounts_auditevent", "DELETE FROM accounts_auditevent WHERE id = %s", events[1].pk)
    said = verify().faults[0].text
    assert said == "seal 2 of the chain is gone, with its event"
    with translation.override("es"):
        assert retold(said) != said


def test_a_cut_end_is_found_by_a_head_that_was_noted() -> None:
    events = act(3)
    services.seal()
    noted = str(services.head())
    assert told("--expect", noted)["intact"]
    act(2)
    services.seal()
    assert told("--expect", noted)["intact"]
    behind_our_back("accounts_auditseal", "DELETE FROM accounts_auditseal WHERE position > 2")
    behind_our_back("accounts_auditevent", "DELETE FROM accounts_auditevent WHERE id > %s", events[1].pk)
    assert told()["intact"]
    assert [fault["kind"] for fault in told("--expect", noted, code=1)["faults"]] == ["other-head"]
    with pytest.raises(CommandError) as end:
        call_command("verify_audit", expect="7")
    assert end.value.returncode == 2


def test_the_command_in_words(capsys) -> None:
    act(2)
    services.seal()
    call_command("verify_audit")
    said = capsys.readouterr().out
    assert "2 sealed events, 0 waiting for their seal: the record is as it was written" in said
    assert str(services.head()) in said


def test_the_database_refuses_to_change_a_seal() -> None:
    from django.db import DatabaseError

    act()
    services.seal()
    for statement in ("UPDATE accounts_auditseal SET position = 9", "DELETE FROM accounts_auditseal"):
        with (
            pytest.raises(DatabaseError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)


def test_the_migration_seals_what_was_there() -> None:
    events = act(5)
    AuditPending.objects.all().delete()
    migration = MigrationLoader(connection).get_migration("accounts", "0004_audit_chain")
    from django.apps import apps

    next(op for op in migration.operations if hasattr(op, "code")).code(apps, None)
    assert [seal.event_id for seal in AuditSeal.objects.order_by("position")] == [
        event.pk for event in events
    ]
    act()
    services.seal()
    assert verify().faults == []


def test_the_page_is_searched_and_kept(client: Client) -> None:
    alice = make_person("alice", Role.SYSTEM)
    client.force_login(alice)
    with transaction.atomic():
        services.audit(action="accounts.change", subject="user:bob", user=alice, after={"note": "=1+1"})
        services.audit(action="x.y", subject="au:1")
    services.seal()

    def found(query: str) -> list[str]:
        return [event.subject for event in client.get(f"/accounts/audit/?{query}").context["list"].items]

    assert found("by=alice") == ["user:bob"]
    assert found("by=:node") == ["au:1"]
    assert found("act=accounts.change") == ["user:bob"]
    assert found("q=bob") == ["user:bob"]
    assert found("until=2000-01-01") == []
    assert client.get("/accounts/audit/?act=king").status_code == 400
    assert str(services.head()) in client.get("/accounts/audit/").content.decode()
    rows = json.loads(b"".join(client.get("/accounts/audit/?format=json&q=bob").streaming_content))
    assert json.loads(rows[0]["after"]) == {"note": "=1+1"}
    csv = b"".join(client.get("/accounts/audit/?format=csv").streaming_content).decode()
    assert "user:bob" in csv
    event = AuditEvent.objects.get(subject="user:bob")
    digest = bytes(AuditSeal.objects.get(event_id=event.pk).digest).hex()
    assert digest in client.get(f"/accounts/audit/{event.pk}/").content.decode()
