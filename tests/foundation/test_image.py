"""The image without a container engine: its COPY lines, made into a folder, are enough to run every process."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lockss_portal.conf.load import ROOT


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("image")
    for line in (ROOT / "docker" / "Dockerfile").read_text(encoding="utf-8").splitlines():
        if line.startswith("COPY"):
            _, source, target = shlex.split(line)
            destination = folder / (source if target == "." else target)
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, destination, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / source, destination)
    return folder


def run(image: Path, home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": os.environ["PATH"],
        "LOCKSS_NODE": str(home),
        "LOCKSS_ONE_WORKER": "false",
        "DATABASE_URL": "postgres://lockss:x@127.0.0.1:9/lockss",
        "BROKER_URL": "redis://127.0.0.1:9/0",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return subprocess.run(
        [sys.executable, *words], env=environment, cwd=image, capture_output=True, text=True
    )


WORKER = """
import os, django
os.environ["DJANGO_SETTINGS_MODULE"] = "lockss_portal.settings"
django.setup()
from lockss_portal.celery import app
app.loader.import_default_modules()
"""
WORDS = {
    "check": ("manage.py", "check"),
    "worker": ("-c", WORKER),
    "web": ("-c", "from lockss_portal.wsgi import application"),
    "content": ("-c", "import lockss_portal.content, lockss_portal.content_server, lockss_portal.web_server"),
    "beat": ("-c", "import lockss_portal.beat, lockss_portal.demo"),
}


@pytest.mark.parametrize("words", WORDS.values(), ids=WORDS)
def test_what_is_copied_is_enough(image: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    done = run(image, tmp_path, *words)
    assert done.returncode == 0, done.stderr


def test_a_process_that_cannot_reach_its_database_ends_with_a_word(image: Path, tmp_path: Path) -> None:
    done = run(image, tmp_path, "manage.py", "process", "beat")
    assert done.returncode == 1
    assert "127.0.0.1" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_process_names_the_known(image: Path, tmp_path: Path) -> None:
    done = run(image, tmp_path, "manage.py", "process", "printer")
    assert done.returncode == 2
    for name in ("migrate", "web", "content", "worker-crawl", "beat", "lcapd"):
        assert name in done.stderr
