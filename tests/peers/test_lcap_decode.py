"""The command that tells a recorded stream: output, faults, exit status; no database, no engine."""

import io
import json
import sys
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from apps.peers.management.commands.lcap_decode import Command
from tests.lockss.lcap.recorded import both, decoded_session, session_files


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command(Command(), *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.parametrize("path", both(session_files))
def test_prints_what_was_recorded(path):
    assert json.loads(run(str(path))) == decoded_session(path.parent)[path.name]


def sample() -> Path:
    return session_files(Path(__file__).resolve().parents[1] / "lockss" / "vectors" / "lcap")[1]


def test_a_broken_stream(tmp_path, capsys):
    raw = sample().read_bytes()
    broken = tmp_path / "broken.bin"
    broken.write_bytes(raw[:600])
    frames = decoded_session(sample().parent)[sample().name]
    with pytest.raises(SystemExit) as caught:
        Command().run_from_argv(["manage.py", "lcap_decode", str(broken)])
    shown = capsys.readouterr()
    assert caught.value.code == 1
    assert json.loads(shown.out) == frames[:2]
    assert f"byte {frames[2]['offset']}" in shown.err
    assert "600" in shown.err


def test_standard_input(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(sample().read_bytes())))
    assert json.loads(run("-")) == decoded_session(sample().parent)[sample().name]


def test_no_such_file(tmp_path):
    with pytest.raises(CommandError, match="cannot read"):
        run(str(tmp_path / "absent"))


def test_asks_for_no_checks_and_no_database():
    assert Command.requires_system_checks == []
    assert not Command.requires_migrations_checks
