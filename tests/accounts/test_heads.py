"""Heads of the audit record are kept outside the database, so that a record whose end was cut off shows it."""

import datetime as dt
import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection

from apps.accounts import services
from apps.accounts.models import AuditSeal
from apps.accounts.services import heads
from apps.accounts.services.verifying import FaultKind, verify
from apps.accounts.tasks import seal_audit
from apps.common.findings import open_finding
from tests.accounts.test_chain import act, behind_our_back, told

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
START = dt.datetime(2026, 11, 21, 9, tzinfo=dt.UTC)


@pytest.fixture
def file(settings, tmp_path) -> Path:
    settings.NODE = replace(settings.NODE, home=tmp_path, audit_heads="kept/heads.txt")
    return tmp_path / "kept" / "heads.txt"


def day(number: int) -> None:
    """One day of a node: two acts, sealed and noted, and some more looks."""
    with time_machine.travel(START + number * DAY, tick=False):
        act(2)
        for _ in range(3):
            seal_audit()


def cut_off(number: int) -> None:
    """The newest events with all that tells of them, as somebody who owns the database would."""
    newest = list(AuditSeal.objects.order_by("-position").values_list("event_id", flat=True)[:number])
    behind_our_back("accounts_auditseal", "DELETE FROM accounts_auditseal WHERE event_id = ANY(%s)", newest)
    behind_our_back("accounts_auditevent", "DELETE FROM accounts_auditevent WHERE id = ANY(%s)", newest)


def test_one_line_a_day_is_appended(file):
    for number in range(3):
        day(number)
    lines = file.read_text().splitlines()
    assert [line.split()[0] for line in lines] == [f"2026-11-2{n}T09:00:00+00:00" for n in (1, 2, 3)]
    assert [line.split()[1].partition(":")[0] for line in lines] == ["2", "4", "6"]
    assert file.stat().st_mode & 0o777 == 0o600
    assert told("--heads", str(file))["intact"]


def test_events_that_were_cut_off_are_noticed(file):
    for number in range(3):
        day(number)
    cut_off(1)
    assert not verify().faults, "the chain alone is whole"
    assert not told(code=1)["intact"], "the node's own heads are asked without being named"
    found = told("--heads", str(file), code=1)
    assert [(fault["kind"], fault["position"]) for fault in found["faults"]] == [(FaultKind.OTHER_HEAD, 6)]
    assert "line 3" in found["faults"][0]["text"]
    assert "ends at 5" in found["faults"][0]["text"]
    assert "6:" in heads.lost_head()
    # Nothing is noted over it: the trace would be gone tomorrow.
    before = file.read_bytes()
    day(7)
    assert file.read_bytes() == before
    assert "6:" in heads.lost_head()


def test_a_record_that_was_written_anew_is_noticed_too(file):
    day(0)
    cut_off(2)
    with time_machine.travel(START + DAY, tick=False):
        act(4)
        seal_audit()
    assert not verify().faults
    for asked in ([], ["--heads", str(file)]):
        assert [fault["kind"] for fault in told(*asked, code=1)["faults"]] == ["other-head"]


def test_a_line_that_a_power_cut_left_half_harms_nothing(file):
    day(0)
    with file.open("ab") as out:
        out.write(b"2026-11-22T09:00:00+00:00 4:abc")
    day(1)
    lines = file.read_text().splitlines()
    assert len(lines) == 3
    found = told("--heads", str(file))
    assert (found["intact"], found["heads"], found["unread_lines"]) == (True, 2, 1)


def test_heads_are_found_in_a_mail_as_well(file, tmp_path):
    day(0)
    head = services.head()
    mail = tmp_path / "mail.eml"
    mail.write_bytes(
        b"Subject: \xff\n\n-- \nAudit record: %d:%s\r\n" % (head.position, bytes(head.digest).hex().encode())
    )
    assert told("--heads", str(mail))["heads"] == 1
    cut_off(1)
    assert told("--heads", str(mail), code=1)["faults"][0]["kind"] == "other-head"


@pytest.mark.parametrize("content", [None, b"", b"nothing\n", b"\0" * 5000])
def test_a_file_without_heads_is_refused(file, tmp_path, content):
    given = tmp_path / "given"
    if content is not None:
        given.write_bytes(content)
    with pytest.raises(CommandError) as error:
        call_command("verify_audit", heads=str(given))
    assert error.value.returncode == 2
    assert "given" in str(error.value)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_note_one(file):
    act(2)
    services.seal()
    barrier = threading.Barrier(4)

    def note() -> None:
        barrier.wait(10)
        try:
            heads.note_head()
        finally:
            connection.close()

    threads = [threading.Thread(target=note) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(file.read_text().splitlines()) == 1


def test_it_is_on_disk_before_it_counts(file, monkeypatch):
    synced = []
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda descriptor: (synced.append(descriptor), real(descriptor)))
    day(0)
    assert len(synced) >= 2, "the file, and the folder that names it"


def test_a_file_that_cannot_be_written_is_told(file):
    file.parent.write_text("a file where the folder should be")
    day(0)
    assert "heads.txt" in open_finding(code=heads.NOT_KEPT, subject="audit").message
    file.parent.unlink()
    day(1)
    assert open_finding(code=heads.NOT_KEPT, subject="audit") is None
    assert file.exists()


def test_no_file_where_none_is_wanted(settings, file):
    settings.NODE = replace(settings.NODE, audit_heads="")
    day(0)
    assert not file.exists()
    assert heads.lost_head() == ""
