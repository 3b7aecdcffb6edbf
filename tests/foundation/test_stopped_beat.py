"""A scheduler that is stopped, hangs or was killed raises one alert, raised by another process, and clears it."""

import datetime as dt
import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace

import psycopg
import pytest
from django.conf import settings as django_settings
from django.db import connection

from apps.common.clock import now
from apps.nodes import alert_rules, machine
from apps.nodes.choices_alerts import AlertKind
from apps.nodes.models import Alert, Count
from apps.nodes.services import alerting
from lockss_portal import lookout, web_server
from lockss_portal.conf.load import ROOT
from tests.nodes.watching import watched

pytestmark = pytest.mark.django_db(transaction=True)
# The database of this test in the place of the node's; all else is beat's own.
BEAT = """
import json, sys
import psycopg
from lockss_portal import beat, lookout
wanted = json.loads(sys.argv[1])
beat.connect = lookout.connect = lambda node: psycopg.connect(**wanted, autocommit=True)
sys.exit(beat.main())
"""
RULE = {AlertKind.PROCESS: alert_rules.processes}
LONG_AGO = dt.timedelta(days=1)


def wanted() -> dict[str, object]:
    given = connection.get_connection_params()
    return {key: given[key] for key in ("dbname", "user", "password", "host", "port") if given.get(key)}


@pytest.fixture
def node(settings, tmp_path):
    settings.NODE = watched(tmp_path)
    return settings.NODE


@pytest.fixture
def begin():
    """Begins beat, and waits until its sign of life stands in the database."""
    begun = []

    def start() -> subprocess.Popen:
        environment = {
            **os.environ,
            "LOCKSS_SCAN_ALERTS": "0.2",
            # Nobody listens there: a lost broker is another trouble, and must not look like this one.
            "LOCKSS_BROKER_URL": "redis://127.0.0.1:1/0",
        }
        argv = [sys.executable, "-c", BEAT, json.dumps(wanted())]
        begun.append(subprocess.Popen(argv, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL))
        wait_for(lambda: shows_life(begun[-1]))
        return begun[-1]

    yield start
    for one in begun:
        one.kill()
        one.wait(30)


def wait_for(true) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def make_old() -> None:
    """As if its last sign of life had come long ago."""
    Count.objects.filter(pk="beat").update(at=now() - LONG_AGO)


def is_fresh() -> bool:
    return Count.objects.filter(pk="beat", at__gt=now() - LONG_AGO / 2).exists()


def shows_life(beat: subprocess.Popen) -> bool:
    assert beat.poll() is None
    return is_fresh()


def open_alerts() -> list[str]:
    return list(Alert.objects.filter(cleared_at=None).values_list("subject", flat=True))


def state_of(process: subprocess.Popen) -> str:
    with open(f"/proc/{process.pid}/stat") as file:
        return file.read().rpartition(")")[2].split()[0]


def test_a_stopped_beat_is_one_alert_and_clears_it(node, begin) -> None:
    beat = begin()
    assert alerting.look(RULE) == 0
    # While it lives it makes a fresh sign again and again.
    make_old()
    wait_for(is_fresh)
    beat.send_signal(signal.SIGSTOP)
    wait_for(lambda: state_of(beat) == "T")
    make_old()
    for _ in range(2):
        alerting.look(RULE)
        assert open_alerts() == ["process:beat"]
    assert Alert.objects.count() == 1
    assert "beat gives no sign of life" in Alert.objects.get().message
    beat.send_signal(signal.SIGCONT)
    wait_for(is_fresh)
    alerting.look(RULE)
    assert open_alerts() == []


def test_a_killed_beat_is_one_alert_and_clears_it(node, begin) -> None:
    beat = begin()
    beat.kill()
    beat.wait(30)
    make_old()
    for _ in range(2):
        alerting.look(RULE)
    assert open_alerts() == ["process:beat"]
    begin()
    alerting.look(RULE)
    assert open_alerts() == []
    assert Alert.objects.count() == 1


def test_the_portal_looks_when_nobody_else_does(node, begin, monkeypatch, tmp_path) -> None:
    """The web process has a lookout of its own; it finds the stopped scheduler without worker and broker."""
    beat = begin()
    beat.send_signal(signal.SIGSTOP)
    wait_for(lambda: state_of(beat) == "T")
    make_old()
    Count.objects.update_or_create(key="alerts", defaults={"value": 0, "at": now() - LONG_AGO})
    params = wanted()
    monkeypatch.setattr(lookout, "connect", lambda _node: psycopg.connect(**params, autocommit=True))
    monkeypatch.setattr(lookout, "LEAST_S", 0.05)
    monkeypatch.setattr(web_server, "load_node", lambda: replace(django_settings.NODE, scan_alerts=0.2))
    looked = []

    def look(self) -> None:
        looked.append(alerting.look(RULE))
        connection.close()

    monkeypatch.setattr(lookout.Lookout, "look", look)
    web_server.post_worker_init(None)
    eye = next(one for one in threading.enumerate() if isinstance(one, lookout.Lookout))
    try:
        wait_for(lambda: looked)
    finally:
        eye.stop()
        eye.join(30)
    assert looked[0] == 1
    assert open_alerts() == ["process:beat"]


def test_beat_comes_first_and_one_looks_at_a_time(node, monkeypatch) -> None:
    params = wanted()
    monkeypatch.setattr(lookout, "connect", lambda _node: psycopg.connect(**params, autocommit=True))
    own, second = lookout.Lookout(node), lookout.Lookout(node, after=1)
    assert lookout.patience(node, second.after) > lookout.patience(node, own.after)
    inside, looked = threading.Event(), []

    def look(self) -> None:
        inside.set()
        looked.append(self)
        second.look_if_late()

    monkeypatch.setattr(lookout.Lookout, "look", look)
    own.look_if_late()
    assert looked == [own]


def test_a_process_that_was_stopped_is_told_at_once(node) -> None:
    """Where the supervisor wrote down what runs, nobody waits for a sign of life."""
    stopped = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        stopped.send_signal(signal.SIGSTOP)
        wait_for(lambda: state_of(stopped) == "T")
        row = {"name": "worker", "pid": stopped.pid, "start": machine._began(stopped.pid)}
        node.run_dir.mkdir(parents=True, exist_ok=True)
        (node.run_dir / "processes.json").write_text(json.dumps([row]))
        assert [(one.alive, one.stopped) for one in machine.processes()] == [(True, True)]
        alerting.look(RULE)
        assert "The process worker is stopped" in Alert.objects.get().message
        stopped.send_signal(signal.SIGCONT)
        wait_for(lambda: state_of(stopped) != "T")
        alerting.look(RULE)
        assert open_alerts() == []
    finally:
        stopped.kill()
        stopped.wait(30)


def test_without_any_sign_nothing_is_known(node) -> None:
    assert alert_rules.processes() is None
