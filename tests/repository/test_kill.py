"""kill -9 at every step of the write path, then the store is opened again: nothing promised is lost."""

import os
import subprocess
import sys
from dataclasses import replace

import pytest
from django.db import connection

from apps.repository import rebuild, services
from apps.repository.choices import AddOutcome, CheckOutcome
from apps.repository.models import Artifact, WarcFile
from tests.repository.factories import AUID, capture, noise, use_store
from tests.repository.killed_writer import RECOVERY, STEPS
from tests.repository.warcs import warcio_check

CAPTURES = [
    capture("http://pub.example/0", b"<p>zero</p>" * 30),
    capture("http://pub.example/1", noise(3_000)),
    capture("http://pub.example/2", b""),
    replace(capture("http://pub.example/3", noise(900, 2)), head=b"", content_type="image/png"),
]


@pytest.fixture
def content(transactional_db, settings, tmp_path):
    return use_store(settings, tmp_path / "content", warc_max_bytes=4_000)


def run_killed(content, step: str, before: int) -> None:
    arguments = [str(connection.settings_dict["NAME"]), os.fspath(content), step, str(before)]
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "lockss_portal.testing"}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.repository.killed_writer", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == -9, done.stderr


def rows() -> list[tuple]:
    return sorted(Artifact.objects.values_list("url", "version", "sha256", "is_current", "warc_offset"))


# With one capture before, the file has room for the next; with two it is full.
@pytest.mark.parametrize(("step", "before"), [(s, b) for n, s in enumerate(STEPS) for b in (0, 1 + n % 2)])
def test_after_a_kill_everything_promised_is_there_and_the_rest_can_be_added(content, step, before):
    if step == RECOVERY:
        run_killed(content, "half a record", before)
    run_killed(content, step, before)
    promised = {one.url for one in CAPTURES[: before if step != "committed" else None]}
    assert {row[0] for row in rows()} >= promised

    with services.open_writer(auid=AUID):
        pass
    assert {row[0] for row in rows()} >= promised
    assert services.check_au(auid=AUID).outcome is CheckOutcome.GOOD
    if files := sorted(content.rglob("*.warc.gz")):
        assert warcio_check(*files) == ""

    added = services.add_captures(auid=AUID, captures=CAPTURES)
    assert {a.outcome for a in added} <= {AddOutcome.NEW, AddOutcome.UNCHANGED}
    assert [row[:2] for row in rows()] == [(one.url, 1) for one in CAPTURES]
    for one in CAPTURES:
        with services.open_body(services.find(auid=AUID, url=one.url)) as body:
            assert body.read() == one.body
    assert services.summary(auid=AUID).urls == len(CAPTURES)
    assert [found.auid for found in rebuild.aus_on_disk(content)] == [AUID]
    for row in WarcFile.objects.all():
        assert (content / row.name).stat().st_size == row.size


@pytest.mark.parametrize("step", ["half a record", "half a warcinfo", "before the metadata"])
def test_a_torn_end_is_moved_aside_whole(content, step):
    run_killed(content, step, 1 if step != "half a warcinfo" else 0)
    (torn,) = content.rglob("*.warc.gz")
    before = torn.read_bytes()
    with services.open_writer(auid=AUID):
        pass
    (aside,) = content.rglob("*.torn-*")
    kept = torn.read_bytes()
    assert kept + aside.read_bytes() == before
    assert aside.name == f"{torn.name}.torn-{len(kept)}"


@pytest.mark.parametrize(
    ("step", "whole"),
    # The first file is full after two captures and is synced then.
    [("synced, no row", 4), ("rows sent, not committed", 4), ("written, not synced", 2)],
)
def test_whole_captures_without_rows_get_them(content, step, whole):
    run_killed(content, step, 1)
    assert len(rows()) == 1
    with services.open_writer(auid=AUID):
        pass
    assert len(rows()) == whole
    assert not list(content.rglob("*.torn-*"))
