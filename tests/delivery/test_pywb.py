"""An unmodified pywb beside the node, reading from its content host alone: by the CDX interface, and by Memento.

``ARCHIVE_JUDGES`` names an environment with ``wayback``, which no node needs.
"""

import os
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from apps.delivery.services import kept
from apps.repository import services as repository
from tests.common.test_http import free_port
from tests.delivery.places import held, rule
from tests.delivery.test_thousand_readers import serving
from tests.repository.factories import AT, capture, noise, use_store

WAYBACK = Path(os.environ.get("ARCHIVE_JUDGES", "/nowhere")) / "bin" / "wayback"
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not WAYBACK.exists(), reason="no pywb: ARCHIVE_JUDGES names no environment with it"),
]
PAGE, PDF = b"<html><body><h1>Tides</h1></body></html>", noise(200_000)
STAMP = AT.strftime("%Y%m%d%H%M%S")


@contextmanager
def pywb(folder: Path, source: str) -> Iterator[str]:
    port = free_port()
    folder.mkdir()
    (folder / "config.yaml").write_text(f"collections:\n  lockss: {source}\n")
    process = subprocess.Popen(
        [WAYBACK, "-p", str(port), "-b", "127.0.0.1"],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def fetch(address: str) -> tuple[int, bytes]:
    """Asked again until it listens."""
    for _ in range(200):
        try:
            with urllib.request.urlopen(address, timeout=20) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()
        except urllib.error.URLError:
            time.sleep(0.1)
    raise AssertionError("it never listened")


@pytest.mark.parametrize("how", ["cdx+{}/all/cdx", "memento+{}/all/"])
def test_pywb_shows_what_is_open_to_everybody(settings, tmp_path, how):
    use_store(settings, tmp_path / "content", network_name="")
    kept.forget()
    au = held("http://pub.example/none")
    rule(au=au, choice="light", open_access="yes")
    other = held("http://dark.example/page")
    rule(au=other, choice="dark")
    captures = [
        capture("http://pub.example/a", PAGE),
        capture("http://pub.example/b.pdf", PDF, kind="application/pdf"),
    ]
    repository.add_captures(auid=au.auid, captures=captures)
    with (
        serving("content", tmp_path) as (port, _pid),
        pywb(tmp_path / "pywb", how.format(f"http://localhost:{port}")) as at,
    ):
        assert fetch(f"{at}/lockss/{STAMP}id_/http://pub.example/b.pdf") == (200, PDF)
        status, page = fetch(f"{at}/lockss/{STAMP}mp_/http://pub.example/a")
        assert (status, b"<h1>Tides</h1>" in page) == (200, True)
        assert fetch(f"{at}/lockss/{STAMP}id_/http://dark.example/page")[0] == 404
