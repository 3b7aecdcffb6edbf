"""kill -9 at every step of an export, then it goes on: what was whole stays, the rest is made, nothing is there twice."""

import hashlib
import os
import subprocess
import sys

import pytest
from django.db import connection

from apps.exports import services
from apps.exports.models import ExportFile
from apps.lockss.packages import options_of
from tests.exports.conftest import files_of, pages
from tests.exports.killed_export import STEPS
from tests.exports.test_warc import records
from tests.repository.warcs import warcio_check

WACZ = ("parts are whole, nothing put together", "put together, not in its place")


@pytest.fixture
def db(transactional_db):
    """What another process is to see is committed."""


@pytest.mark.parametrize("step", STEPS)
def test_an_export_goes_on_after_a_kill(node, step, monkeypatch):
    monkeypatch.setattr("apps.exports.making.parts.MIB", 1_000)
    options = options_of({"format": "wacz" if step in WACZ else "warc", "max_mib": "20"})
    row, _job = services.ask_export(aus=[node.au, node.other], what="x", options=options, user=None)
    arguments = [str(connection.settings_dict["NAME"]), os.fspath(node.folder), str(row.pk), step]
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "lockss_portal.testing"}
    done = subprocess.run(
        [sys.executable, "-m", "tests.exports.killed_export", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == -9, done.stderr
    whole = {file.name: file.path.read_bytes() for file in ExportFile.objects.filter(export=row, kind="file")}

    row = services.make_export(export_id=row.pk, tell=lambda *_: None)
    assert row.state == "done"
    names = {one.name for one in row.files.all()}
    assert {path.name for path in row.folder.iterdir()} == names
    for name, data in whole.items():
        assert (row.folder / name).read_bytes() == data
    for one in row.files.all():
        assert hashlib.sha256(one.path.read_bytes()).hexdigest() == one.sha256
    assert row.done_files == len(pages()) + 2
    assert row.findings == 0
    if step in WACZ:
        assert len(files_of(row)) == 2
        return
    paths = files_of(row)
    assert warcio_check(*paths) == ""
    content = [
        (path.name.split("-")[1], f["warc-target-uri"], f["warc-date"])
        for path in paths
        for kind, f, _h, _b in records(path)
        if kind in ("response", "resource", "revisit")
    ]
    assert len(content) == len(set(content)) == len(pages()) + 2
