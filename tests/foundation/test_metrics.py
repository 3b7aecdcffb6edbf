"""/metrics: who may read, what it says, what it costs, and counters that are summed over processes."""

import subprocess
import sys
from dataclasses import replace

import pytest
from django.test import Client

from apps.common import jobs, meters
from apps.common.clock import now
from apps.nodes.models import AuStatus
from apps.nodes.services import alerting, counting
from lockss_portal.conf.load import ROOT
from tests import factories as make
from tests.nodes.watching import full, saying, watched

pytestmark = pytest.mark.django_db


@pytest.fixture
def node(settings, tmp_path, monkeypatch):
    settings.NODE = watched(tmp_path)
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path / "metrics"))
    return settings


def ask(address: str = "127.0.0.1", **headers) -> tuple[int, str]:
    answer = Client(headers={"host": "127.0.0.1", **headers}).get("/metrics", REMOTE_ADDR=address)
    return answer.status_code, answer.content.decode()


def values(text: str) -> dict[str, float]:
    lines = [line.rpartition(" ") for line in text.splitlines() if line and not line.startswith("#")]
    return {name: float(value) for name, _blank, value in lines}


def test_who_may_read(node):
    assert ask()[0] == 200
    assert ask("::1")[0] == 200
    assert ask("192.0.2.9")[0] == 403
    # Behind a proxy everybody comes from this computer.
    node.NODE = replace(node.NODE, behind_proxy=True)
    assert ask()[0] == 403
    node.NODE = replace(node.NODE, metrics_hosts=("192.0.2.0/28", "2001:db8::/32"))
    assert ask("127.0.0.1", x_forwarded_for="192.0.2.9")[0] == 200
    assert ask("127.0.0.1", x_forwarded_for="192.0.2.99")[0] == 403
    assert ask("127.0.0.1", x_forwarded_for="2001:db8::7")[0] == 200
    assert ask("127.0.0.1", x_forwarded_for="nonsense")[0] == 403


def test_a_token_reads_from_anywhere(node):
    far = "198.51.100.1"
    assert ask(far, authorization="Bearer ")[0] == 403
    node.NODE = replace(node.NODE, metrics_token="long-and-secret")
    assert ask(far, authorization="Bearer long-and-secret")[0] == 200
    assert ask(far, authorization="Bearer wrong")[0] == 403
    assert ask(far, authorization="Basic long-and-secret")[0] == 403
    assert ask(far)[0] == 403


def test_what_it_says(node):
    au = make.make_au()
    at = now()
    AuStatus.objects.create(
        au=au, word="proved", urls=3, size=700, last_proof_at=at, changed_at=at, refreshed_at=at
    )
    counting.count_aus()
    make.make_job(state="waiting", run_after=at, queue="crawl")
    make.make_peer()
    alerting.look(saying(full()))
    found = values(ask()[1])
    assert found['lockss_aus{state="proved"}'] == 1
    assert found['lockss_aus{state="damaged"}'] == 0
    assert found["lockss_content_bytes"] == 700
    assert found['lockss_jobs_waiting{queue="crawl"}'] == 1
    assert found['lockss_alerts_open{severity="warning"}'] == 1
    assert found["lockss_peers_heard"] == 1
    assert 0 <= found["lockss_proof_age_max_seconds"] < 300
    assert 0 <= found["lockss_look_age_seconds"] < 300
    assert 0 < found['lockss_disk_free_bytes{disk="content"}'] < found['lockss_disk_bytes{disk="content"}']


def test_a_scrape_is_one_query_however_much_there_is(node, django_assert_num_queries):
    for _ in range(5):
        make.make_job()
        make.make_peer()
    alerting.look(saying(full()))
    ask()
    with django_assert_num_queries(1):
        assert ask()[0] == 200


def test_counters_are_summed_over_processes(node, tmp_path):
    code = (
        "import django; django.setup()\n"
        "from apps.common import meters\n"
        "meters.count_job('crawl', 'done', 2.5); meters.count_request(204)"
    )
    environment = {
        "PATH": "/usr/bin:/bin",
        "DJANGO_SETTINGS_MODULE": "lockss_portal.settings",
        "LOCKSS_NODE": str(tmp_path / "other"),
        "PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "metrics"),
    }
    for _ in range(3):
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, check=True)
    assert len(list((tmp_path / "metrics").glob("counter_*.db"))) == 3
    found = values(ask()[1])
    assert found['lockss_jobs_total{end="done",kind="crawl"}'] == 3
    assert found['lockss_job_seconds_total{kind="crawl"}'] == 7.5
    assert found['lockss_requests_total{status="2xx"}'] >= 3


def test_files_of_processes_that_are_gone_are_added_up(node, tmp_path, monkeypatch):
    monkeypatch.setattr(meters, "MOST_FILES", 2)
    test_counters_are_summed_over_processes(node, tmp_path)
    for _ in range(2):
        assert meters.add_up_gone() in (0, 3)
        assert values(ask()[1])['lockss_jobs_total{end="done",kind="crawl"}'] == 3
    assert (tmp_path / "metrics" / meters.GONE).exists()


def test_a_folder_that_cannot_be_written_stops_no_work(node, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path / "file" / "metrics"))
    meters.count_request(200)
    job = make.make_job("no-such-kind", state="waiting")
    assert jobs.run(job.pk) == "failed"
