"""bootstrap.py and what it needs where pip is missing; nothing here reaches a network."""

import hashlib
import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import bootstrap
from lockss_portal import pip_wheel
from lockss_portal.conf.load import ROOT

# Stands for .venv/bin/python: notes what it was asked for, and succeeds.
RECORDER = '#!/bin/sh\necho "$@" >> "$(dirname "$0")/asked"\n'


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "a folder with blanks"
    root.mkdir()
    for name in ("requirements.txt", "requirements-dev.txt"):
        (root / name).write_text(f"# {name}\n")
    monkeypatch.setattr(bootstrap, "ROOT", root)
    monkeypatch.setattr(bootstrap, "VENV", root / ".venv")
    monkeypatch.setattr(bootstrap, "PYTHON", root / ".venv" / "bin" / "python")
    monkeypatch.setattr(bootstrap, "MARK", root / ".venv" / "mark.json")

    def make() -> None:
        shutil.rmtree(root / ".venv", ignore_errors=True)
        (root / ".venv" / "bin").mkdir(parents=True)
        python = root / ".venv" / "bin" / "python"
        python.write_text(RECORDER)
        python.chmod(0o755)

    monkeypatch.setattr(bootstrap, "make_venv", make)
    return root


def asked(root: Path) -> list[str]:
    file = root / ".venv" / "bin" / "asked"
    return file.read_text().splitlines() if file.exists() else []


def test_a_second_run_installs_nothing(checkout: Path) -> None:
    bootstrap.install("node")
    bootstrap.install("node")
    assert len(asked(checkout)) == 1
    assert asked(checkout)[0].endswith("-r requirements.txt")


def test_development_wheels_are_installed_for_tests_only_and_serve_the_node_too(checkout: Path) -> None:
    bootstrap.install("node")
    bootstrap.install("dev")
    bootstrap.install("node")
    assert [line.rpartition(" ")[2] for line in asked(checkout)] == [
        "requirements.txt",
        "requirements-dev.txt",
    ]


def test_a_changed_pin_is_installed(checkout: Path) -> None:
    bootstrap.install("dev")
    (checkout / "requirements.txt").write_text("changed\n")
    bootstrap.install("dev")
    assert len(asked(checkout)) == 2


def test_a_moved_folder_or_a_damaged_mark_makes_it_anew(checkout: Path) -> None:
    bootstrap.install("node")
    mark = json.loads(bootstrap.MARK.read_text())
    bootstrap.MARK.write_text(json.dumps({**mark, "made": "elsewhere", "node": "x"}))
    bootstrap.install("node")
    assert len(asked(checkout)) == 1, "the record of the first environment is gone with it"
    bootstrap.MARK.write_text("{")
    bootstrap.install("node")
    assert len(asked(checkout)) == 1


def test_an_unknown_command_tells_the_known_ones() -> None:
    done = subprocess.run([sys.executable, ROOT / "bootstrap.py", "fly"], capture_output=True, text=True)
    assert done.returncode == 2
    assert "demo|run|test|lint|bench" in done.stdout


def test_an_unfit_python_goes_on_under_a_fit_one_or_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    gone_on: list[list[str]] = []
    monkeypatch.setattr(bootstrap.sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(bootstrap.os, "execv", lambda path, argv: gone_on.append(argv))
    monkeypatch.setattr(
        bootstrap.shutil, "which", lambda name: f"/x/{name}" if name == "python3.12" else None
    )
    monkeypatch.setattr(bootstrap, "answers", lambda words: True)
    monkeypatch.setattr(bootstrap, "stop", lambda text: gone_on.append([text]))
    bootstrap.use_fitting_python(["bootstrap.py", "run", "now"])
    assert gone_on[0] == ["/x/python3.12", str(ROOT / "bootstrap.py"), "run", "now"]
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: None)
    bootstrap.use_fitting_python(["bootstrap.py", "run"])
    assert gone_on[-1] == ["Python 3.11, 3.12 or 3.13 is needed; this is 3.9 and no other was found."]


def test_it_is_read_by_an_old_python() -> None:
    """So that the message about the version can be given."""
    import ast

    ast.parse((ROOT / "bootstrap.py").read_text(encoding="utf-8"), feature_version=(3, 7))


def test_clean_keeps_the_node(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bootstrap.install("node")
    (checkout / "var" / "content").mkdir(parents=True)
    (checkout / "var" / "demo").mkdir()
    assert bootstrap.clean([]) == 0
    assert [entry.name for entry in (checkout / "var").iterdir()] == ["content"]
    assert not (checkout / ".venv").exists()
    assert "kept: var/" in capsys.readouterr().out


def test_a_chromium_that_does_not_answer_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pointer = tmp_path / "chromium"
    pointer.write_text("#!/bin/sh\nexit 1\n")
    pointer.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert bootstrap.on_path() == ""
    pointer.write_text("#!/bin/sh\nexit 0\n")
    assert bootstrap.on_path() == str(pointer)


# ---- pip without ensurepip


@pytest.fixture(autouse=True)
def no_settings_of_pip(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(pip_wheel, "SYSTEM_WHEELS", tmp_path / "none")
    monkeypatch.setattr(pip_wheel, "CONFIGURATIONS", ())


@pytest.fixture
def index(tmp_path: Path) -> Iterator[str]:
    """A package index as PEP 503 has it."""
    pages = tmp_path / "index"
    (pages / "simple" / "pip").mkdir(parents=True)
    wheel = pages / "files" / "pip-24.10-py3-none-any.whl"
    wheel.parent.mkdir()
    wheel.write_bytes(b"a wheel")
    digest = hashlib.sha256(b"a wheel").hexdigest()
    (pages / "simple" / "pip" / "index.html").write_text(
        '<a href="../../files/pip-9.0.1-py3-none-any.whl">old</a><a href="x.tar.gz">source</a>'
        f'<a href="../../files/pip-24.10-py3-none-any.whl#sha256={digest}">new</a>'
        '<a href="../../files/pip-25.0b1-py3-none-any.whl">beta</a>'
    )

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments, **named):
            super().__init__(*arguments, directory=str(pages), **named)

        def log_message(self, *arguments: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/simple"
        server.shutdown()


def test_pip_comes_from_the_configured_index(
    index: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", index)
    found = pip_wheel.fetch(tmp_path)
    assert found == tmp_path / "pip-24.10-py3-none-any.whl"
    assert found.read_bytes() == b"a wheel"


def test_a_damaged_wheel_is_refused(index: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", index)
    (tmp_path / "index" / "files" / "pip-24.10-py3-none-any.whl").write_bytes(b"another")
    with pytest.raises(pip_wheel.NoWheelError, match="damaged"):
        pip_wheel.fetch(tmp_path)


def test_a_file_of_pip_settings_names_the_index(
    index: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tmp_path / "pip.conf"
    settings.write_text(f"[global]\nindex-url = {index}\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(settings))
    assert pip_wheel.fetch(tmp_path).name == "pip-24.10-py3-none-any.whl"


def test_a_wheel_of_the_machine_needs_no_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pip-23.0.1-py3-none-any.whl").touch()
    monkeypatch.setenv("PIP_FIND_LINKS", f"file://{tmp_path}")
    assert pip_wheel.fetch(tmp_path / "x").name == "pip-23.0.1-py3-none-any.whl"


@pytest.mark.parametrize("index_url", ["", "http://127.0.0.1:9/simple"])
def test_without_any_there_is_one_clear_line(
    index_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", index_url)
    with pytest.raises(SystemExit) as caught:
        bootstrap.from_wheel()
    assert caught.value.code == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "python3-venv" in said
    assert "PIP_INDEX_URL" in said
