"""What the node's page says of this computer: true where it can be read, harmless where it cannot."""

import json
import os
from pathlib import Path

import pytest

from apps.nodes import machine
from apps.nodes.services import counting
from apps.nodes.tasks import scan_status
from tests.asking import as_person
from tests.sample import sample_settings


@pytest.fixture
def node(settings, tmp_path):
    settings.NODE = sample_settings(tmp_path)
    return settings.NODE


def test_a_disk_is_that_of_a_folder_that_will_be(tmp_path):
    found = machine.disk(tmp_path / "not" / "yet")
    assert found.total == found.used + found.free > 0
    assert found.path == tmp_path / "not" / "yet"


def test_processes_are_alive_only_with_their_own_beginning(node):
    node.run_dir.mkdir()
    own = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
    rows = [
        {"name": "web", "pid": os.getpid(), "start": own},
        {"name": "beat", "pid": os.getpid(), "start": own + 1},
        {"name": "lcapd", "pid": 2**22 + 1, "start": 5},
    ]
    (node.run_dir / "processes.json").write_text(json.dumps(rows))
    found = machine.processes()
    assert [(one.name, one.alive) for one in found] == [("web", True), ("beat", False), ("lcapd", False)]
    assert found[0].memory > 1_000_000
    assert found[2].memory is None


@pytest.mark.parametrize(
    "text", ["", "no json", "{}", "[1]", '[{"name": "web"}]', '[{"name":1,"pid":"x","start":2}]']
)
def test_a_damaged_list_of_processes_is_an_empty_one(node, text):
    node.run_dir.mkdir()
    (node.run_dir / "processes.json").write_text(text)
    assert machine.processes() == []


@pytest.mark.django_db
def test_engines_answer_or_are_said_not_to(node, settings):
    database, broker = machine.engines()
    assert database.works
    assert database.version.startswith("18")
    assert database.size > 1_000_000
    assert isinstance(broker.works, bool)


@pytest.mark.django_db
def test_a_broker_that_is_away_costs_a_word_and_not_the_page(client, node, monkeypatch):
    def gone(*args, **kwargs):
        raise OSError("no such socket")

    monkeypatch.setattr(machine, "Connection", gone)
    as_person(client)
    assert "does not answer" in client.get("/node/").content.decode()


@pytest.mark.django_db
def test_a_late_scan_is_told(client, node, monkeypatch):
    import datetime as dt

    from apps.nodes.choices import Tally
    from apps.nodes.models import Count

    scan_status()
    as_person(client)
    assert "Late</" not in client.get("/node/").content.decode()
    Count.objects.filter(pk=Tally.SCANNED).update(at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    page = client.get("/node/").content.decode()
    assert "Late</" in page


@pytest.mark.django_db
def test_the_task_counts(node):
    scan_status()
    assert counting.numbers()["aus"] == 0
