"""Each rule of the alerts: it speaks when something is wrong, and is silent else."""

import datetime as dt
import errno
import json
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from django.db import connection

from apps.accounts.models import AuditEvent
from apps.accounts.services import audit, note_head, seal
from apps.accounts.services.verifying import verify, verify_part
from apps.common import disks
from apps.common.choices import JobState
from apps.common.clock import now
from apps.nodes import alert_rules, alert_rules_content, clocks
from apps.nodes.alert_rules import RULES
from apps.nodes.alert_words import SAID, sentence
from apps.nodes.choices import AuWord, Block, Tally
from apps.nodes.choices_alerts import AlertKind, Weight
from apps.nodes.models import Alert, AuStatus, Count
from apps.nodes.services import alerting, counting
from apps.peers.certificates import ensure_certificate
from tests import factories as make
from tests.nodes.certificates import self_signed
from tests.nodes.watching import watched
from tests.simulators.time_server import time_server

pytestmark = pytest.mark.django_db
GB = 10**9


@pytest.fixture
def node(settings, tmp_path):
    settings.NODE = watched(tmp_path)
    return settings


def said(found) -> list[tuple[str, str]]:
    return [(one.subject, one.weight) for one in found]


def test_every_kind_has_a_rule_and_words():
    assert set(RULES) == set(AlertKind) == set(SAID)


def test_the_sentence_is_made_of_its_values():
    assert (
        sentence(AlertKind.PROCESS, {"name": "web"}) == "The process web has ended and was not started again."
    )
    # A row of an older version, with other values.
    assert sentence(AlertKind.PROCESS, {}) == "A process is gone"


def test_a_dead_process(node):
    assert alert_rules.processes() is None
    node.NODE.run_dir.mkdir(parents=True)
    gone = subprocess.Popen(["/bin/true"])
    gone.wait()
    start = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
    rows = [
        {"name": "web", "pid": os.getpid(), "start": start},
        {"name": "beat", "pid": gone.pid, "start": 1},
        {"name": "migrate", "pid": gone.pid, "start": 1},
    ]
    (node.NODE.run_dir / "processes.json").write_text(json.dumps(rows))
    assert said(alert_rules.processes()) == [("process:beat", Weight.CRITICAL)]


def test_a_lost_broker(node):
    before = node.BROKER
    node.BROKER = replace(before, url="redis://127.0.0.1:1/0")
    assert said(alert_rules.broker()) == [("broker", Weight.CRITICAL)]


@pytest.mark.parametrize(
    ("free", "weight"), [(16, None), (14, Weight.WARNING), (9, Weight.CRITICAL), (4, Weight.CRITICAL)]
)
def test_a_full_disk(node, monkeypatch, free, weight):
    usage = shutil._ntuple_diskusage(100 * GB, (100 - free) * GB, free * GB)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    assert said(alert_rules.disks()) == ([("disk:content", weight)] if weight else [])


def test_a_store_that_refused_a_write(node, monkeypatch):
    usage = shutil._ntuple_diskusage(100 * GB, 50 * GB, 50 * GB)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    rules = {AlertKind.DISK: alert_rules.disks}
    disks.hold_content(OSError(errno.EROFS, "Read-only file system"), "aa/x.warc.gz")
    assert alerting.look(rules) == 1
    row = Alert.objects.get()
    assert (row.subject, row.severity) == ("disk:content", Weight.CRITICAL)
    assert row.message.startswith("The disk with content takes no data since a write")
    assert "Read-only file system" in row.message
    disks.release_content()
    assert alerting.look(rules) == 0


def test_a_store_that_refused_a_write_and_cannot_be_asked(node, monkeypatch):
    def broken(path):
        raise OSError

    monkeypatch.setattr(shutil, "disk_usage", broken)
    disks.hold_content(OSError(errno.EIO, "Input/output error"), "aa/x.warc.gz")
    assert said(alert_rules.disks()) == [("disk:content", Weight.CRITICAL)]


def test_a_disk_at_the_edge_does_not_come_and_go(node, monkeypatch):
    free = [14.9]
    monkeypatch.setattr(
        shutil,
        "disk_usage",
        lambda path: shutil._ntuple_diskusage(
            1000 * GB, int((100 - free[0]) * 10) * GB, int(free[0] * 10) * GB
        ),
    )
    rules = {AlertKind.DISK: alert_rules.disks}
    alerting.look(rules)
    free[0] = 15.5
    assert alerting.look(rules) == 1
    free[0] = 16.1
    assert alerting.look(rules) == 0
    free[0] = 15.5
    assert alerting.look(rules) == 0
    assert Alert.objects.count() == 1


def test_a_queue_that_nobody_serves(node):
    old = now() - dt.timedelta(hours=1)
    make.make_job(state=JobState.WAITING, run_after=old, queue="crawl")
    # The node was off until just now: old work is no fault.
    assert alert_rules.queues() is None
    Count.objects.create(key=Tally.ALERTS, value=0, at=now())
    [found] = alert_rules.queues()
    assert (found.subject, found.params["n"]) == ("queue:crawl", 1)
    assert 3590 < found.params["age"] < 3700
    # Work of another queue says nothing of this one; its own does.
    make.make_job(queue="poll", started_at=now())
    assert len(alert_rules.queues()) == 1
    make.make_job(queue="crawl", started_at=now())
    assert alert_rules.queues() == []


def test_certificates(node, tmp_path):
    ensure_certificate(node.NODE.keys_dir, node.NODE.lcap_identity)
    assert alert_rules.lapsing() == []
    soon, _key = self_signed(tmp_path, "a", days=20)
    peer = make.make_peer(certificate=soon.read_text())
    make.make_peer(certificate="nonsense", enabled=True, fingerprint="0" * 64)
    assert said(alert_rules.lapsing()) == [(f"peer:{peer.identity}", Weight.WARNING)]
    sooner, _key = self_signed(tmp_path, "b", days=3)
    shutil.copy(sooner, node.NODE.keys_dir / "lcap.crt")
    assert said(alert_rules.lapsing())[0] == ("certificate:own", Weight.CRITICAL)


def test_a_peer_that_is_gone(node):
    make.make_peer(last_message_at=None)
    make.make_peer(enabled=False, last_message_at=now() - dt.timedelta(days=30))
    make.make_peer()
    gone = make.make_peer(last_message_at=now() - dt.timedelta(days=8))
    assert said(alert_rules.peers()) == [(f"peer:{gone.identity}", Weight.WARNING)]


def test_old_proofs_are_one_alert(node):
    assert alert_rules_content.unproved() == []
    for _ in range(3):
        standing(AuWord.STALE)
    counting.count_aus()
    [found] = alert_rules_content.unproved()
    assert (found.subject, found.params["n"]) == ("aus", 3)


def standing(word: str, **more) -> AuStatus:
    au = make.make_au()
    at = now()
    return AuStatus.objects.create(au=au, word=word, changed_at=at, refreshed_at=at, **more)


def test_damage_without_a_good_copy(node):
    node.NODE = replace(node.NODE, repair_from_publisher=True)
    # A peer has it; the publisher gives it; nobody does.
    standing(AuWord.DAMAGED, agreeing=2)
    given = standing(AuWord.DAMAGED)
    lost = standing(AuWord.DAMAGED, block=Block.PUBLISHER_DOWN)
    assert said(alert_rules_content.damaged()) == [(f"au:{lost.au.slug}", Weight.CRITICAL)]
    node.NODE = replace(node.NODE, repair_from_publisher=False)
    assert {one.subject for one in alert_rules_content.damaged()} == {
        f"au:{given.au.slug}",
        f"au:{lost.au.slug}",
    }


def test_an_old_backup(node, tmp_path):
    assert alert_rules.backup() == []
    node.NODE = replace(node.NODE, backup_stamp="backup.done")
    [missing] = alert_rules.backup()
    assert "No backup has been made yet" in sentence(AlertKind.BACKUP, missing.params)
    stamp = tmp_path / "backup.done"
    stamp.touch()
    assert alert_rules.backup() == []
    os.utime(stamp, (0, now().timestamp() - 37 * 3600))
    [old] = alert_rules.backup()
    assert sentence(AlertKind.BACKUP, old.params).startswith("The last backup is 1")


@pytest.mark.parametrize(
    ("ahead", "weight"), [(0.0, None), (4.0, None), (-30.0, Weight.WARNING), (4000.0, Weight.CRITICAL)]
)
def test_a_wrong_clock(node, ahead, weight):
    with time_server(ahead) as address:
        node.NODE = replace(node.NODE, clock_server=address)
        assert abs(clocks.ask(address) - ahead) < 1
        assert said(alert_rules.clock()) == ([("clock", weight)] if weight else [])


def test_a_time_server_that_does_not_answer_or_lies_says_nothing(node):
    with time_server(500.0, forge=True) as address:
        node.NODE = replace(node.NODE, clock_server=address)
        assert alert_rules.clock() is None
    # Nobody is asked: nothing is wrong.
    node.NODE = replace(node.NODE, clock_server="")
    assert alert_rules.clock() == []


def test_the_clock_of_the_database(node):
    node.NODE = replace(node.NODE, database_url="postgres://elsewhere/lockss")
    name, seconds = clocks.offset()
    assert name == "PostgreSQL"
    assert abs(seconds) < 1


def recorded(monkeypatch, hours: float) -> None:
    at = now() - dt.timedelta(hours=hours)
    monkeypatch.setattr("apps.accounts.services.auditing.now", lambda: at)
    for n in range(3):
        audit(action="peers.register", subject=f"peer:{n}", after={"n": n})


def test_a_break_of_the_audit_record_is_found_and_stays_found(node, monkeypatch):
    for minutes in (60, 3, 0):
        recorded(monkeypatch, minutes)
    seal()
    rule = RULES[AlertKind.AUDIT]
    assert rule() == []
    assert Count.objects.get(pk=Tally.AUDIT_CHECKED).value == 0
    event = AuditEvent.objects.order_by("id").first()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE accounts_auditevent DISABLE TRIGGER USER")
        cursor.execute("UPDATE accounts_auditevent SET subject = 'peer:9' WHERE id = %s", [event.pk])
    for _ in range(2):
        [found] = rule()
        assert (found.subject, found.weight) == ("audit", Weight.CRITICAL)
        assert f"event {event.pk} " in found.params["name"]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_auditevent SET subject = %s WHERE id = %s", [event.subject, event.pk])
    assert rule() == []


def test_parts_of_the_chain_find_what_the_whole_finds(node, monkeypatch):
    for minutes in (60, 3, 0):
        recorded(monkeypatch, minutes)
    seal()
    event = AuditEvent.objects.order_by("-id")[1]
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE accounts_auditevent DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM accounts_auditevent WHERE id = %s", [event.pk])
    found, after = [], 0
    for _ in range(100):
        faults, after = verify_part(after=after, most=2)
        found += faults
        if not after:
            break
    assert after == 0
    assert found == verify().faults
    assert [fault.event for fault in found] == [event.pk]


def test_all_rules_together_on_a_young_node(node):
    assert alerting.look() == 0
    assert Count.objects.get(pk=Tally.ALERTS).value == 0


def test_an_end_of_the_audit_record_that_was_cut_off_is_found_by_its_noted_head(node, monkeypatch):
    recorded(monkeypatch, 1)
    seal()
    note_head()
    assert RULES[AlertKind.AUDIT]() == []
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in ("accounts_auditseal", "accounts_auditevent"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM accounts_auditseal WHERE position = 3")
        cursor.execute("DELETE FROM accounts_auditevent WHERE id = (SELECT max(id) FROM accounts_auditevent)")
    [found] = RULES[AlertKind.AUDIT]()
    assert found.weight == Weight.CRITICAL
    assert "is not in the chain" in found.params["name"]
