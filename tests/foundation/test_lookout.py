"""Beat looks for alerts itself when nobody has done so for long."""

import datetime as dt
import subprocess
import sys
import time
from dataclasses import replace

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from apps.common.clock import now
from apps.nodes.models import Count
from lockss_portal import lookout
from lockss_portal.conf.load import ROOT


@pytest.fixture
def database(monkeypatch) -> None:
    """The database of this test process in the place of the node's."""
    given = connection.get_connection_params()
    wanted = {key: given[key] for key in ("dbname", "user", "password", "host", "port") if given.get(key)}
    monkeypatch.setattr(lookout, "connect", lambda node: psycopg.connect(**wanted, autocommit=True))


@pytest.mark.django_db(transaction=True)
def test_late(database) -> None:
    node = replace(settings.NODE, scan_alerts=60.0)
    assert lookout.late(node)
    Count.objects.create(key="alerts", value=0, at=now())
    assert not lookout.late(node)
    Count.objects.update(at=now() - dt.timedelta(seconds=61 * lookout.LATE))
    assert lookout.late(node)


@pytest.mark.django_db(transaction=True)
def test_it_looks_beside_beats_loop(tmp_path, monkeypatch, database) -> None:
    monkeypatch.setattr(lookout, "LEAST_S", 0.05)
    node = replace(settings.NODE, scan_alerts=0.01)
    mark = tmp_path / "looked"
    eye = lookout.Lookout(node, (sys.executable, "-c", f"open({str(mark)!r}, 'w')"))
    eye.start()
    deadline = time.monotonic() + 30
    while not mark.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    eye.stop()
    eye.join(30)
    assert mark.exists()
    assert not eye.is_alive()


@pytest.mark.django_db(transaction=True)
def test_a_beat_that_starts_again_does_not_begin_to_wait_anew(tmp_path, monkeypatch, database) -> None:
    monkeypatch.setattr(lookout, "LEAST_S", 0.05)
    # So long ago that its patience is over when it begins.
    Count.objects.create(key="alerts", value=0, at=now() - dt.timedelta(hours=1))
    node = replace(settings.NODE, scan_alerts=0.2)
    monkeypatch.setattr(lookout, "LATE", 10_000)
    mark = tmp_path / "looked"
    eye = lookout.Lookout(node, (sys.executable, "-c", f"open({str(mark)!r}, 'w')"))
    eye.start()
    deadline = time.monotonic() + 30
    while not mark.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    eye.stop()
    eye.join(30)
    assert mark.exists()


@pytest.mark.django_db
def test_the_command_looks_and_sends(capsys) -> None:
    call_command("look_for_alerts")
    assert capsys.readouterr().out == "open alerts: 0, sent messages: 0\n"
    assert Count.objects.filter(key="alerts").exists()


def test_its_command_is_there() -> None:
    assert (ROOT / "manage.py").is_file()
    done = subprocess.run([*lookout.COMMAND, "--help"], capture_output=True, text=True, cwd="/")
    assert done.returncode == 0
    assert "looks once" in done.stdout.lower()
