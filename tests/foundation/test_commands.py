"""Every command of ours: its help has an example, and in a fresh checkout with nothing running it finds its database."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands, load_command_class

from lockss_portal.conf.load import ROOT

OURS = sorted(
    (name, app) for name, app in get_commands().items() if app.startswith("apps.") or app == "lockss_portal"
)
TDB = """{
  publisher < name = Tidewater Press >
  plugin = org.lockss.plugin.Sample
  param[base_url] = http://tide.example/
  implicit < status ; year ; name ; param[volume] >
  {
    title < name = Journal of Estuarine Studies ; issn = 1234-5679 >
    au < released ; 2001 ; Journal of Estuarine Studies Volume 1 ; 1 >
  }
}
"""
KBART = "publication_title\tprint_identifier\tonline_identifier\ttitle_id\nTides\t1234-5679\t\tt1\n"


def manage(node: Path, *words: object) -> subprocess.CompletedProcess:
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("LOCKSS_") and name != "DJANGO_SETTINGS_MODULE"
    }
    environment |= {"LOCKSS_NODE": str(node), "LOCKSS_TESTING": "1"}
    argv = [sys.executable, ROOT / "manage.py", *map(str, words)]
    return subprocess.run(argv, env=environment, capture_output=True, text=True, timeout=120, check=False)


def test_there_are_commands():
    assert len(OURS) > 10
    assert ("import_tdb", "apps.titles") in OURS


@pytest.mark.parametrize(("name", "app"), OURS, ids=[name for name, _ in OURS])
def test_the_help_says_what_it_is_for_and_gives_an_example(name, app):
    command = load_command_class(app, name)
    parser = command.create_parser("manage.py", name)
    said = " ".join(parser.format_help().split())
    assert f"Example: {name}" in said
    needed = [action for action in parser._actions if action.required]
    assert all(action.help or action.metavar or action.dest for action in needed)


@pytest.mark.parametrize(("name", "app"), OURS, ids=[name for name, _ in OURS])
def test_asking_for_help_starts_nothing(name, app, monkeypatch):
    """Help is made without a server; whatever asks the database goes through the engine that starts one."""
    from lockss_portal.engines.django import base

    assert settings.DATABASES["default"]["ENGINE"] == "lockss_portal.engines.django"
    monkeypatch.setattr(base, "ensure", lambda: pytest.fail("a server was asked for"))
    load_command_class(app, name).create_parser("manage.py", name).format_help()


def test_a_fresh_checkout_with_nothing_running(tmp_path):
    node, tdb, kbart = tmp_path / "node", tmp_path / "tide.tdb", tmp_path / "tide.txt"
    node.mkdir()
    tdb.write_text(TDB)
    kbart.write_text(KBART)
    done = manage(node, "import_tdb", tdb, "--list", "Riverside", "--output", "JSON")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["added"] == 1
    again = manage(node, "import_tdb", tdb, "--list", "Riverside", "--output", "JSON")
    assert json.loads(again.stdout)["unchanged"] == 1
    told = manage(node, "import_kbart", kbart, "--output", "JSON")
    assert (told.returncode, json.loads(told.stdout)["list"]) == (0, "tide")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["import_tdb", "/"], "is the whole system"),
        (["import_tdb", "/", "--dry-run"], "is the whole system"),
        (["import_tdb", "{here}", "--dry-run", "--tsv", "{here}"], "cannot be written: Is a directory"),
        (["import_tdb", "{here}", "--output", "{here}"], "it is a folder"),
        (["import_tdb", "{here}", "--output", "{here}/no/x"], "there is no folder"),
        (["import_tdb", "{here}/nothing"], "no such folder or file"),
        (["import_tdb", "/dev/zero"], "neither a folder nor a file"),
        (["import_tdb", "{here}", "--tsv", "x"], "--tsv goes with --dry-run"),
        (["import_tdb", "{here}", "--list", " "], "The list needs a name."),
        (["import_kbart", "{here}"], "no such file"),
        (["import_kbart", "{here}/other.txt"], "is no KBART file"),
        (["import_kbart", "{here}/tide.txt", "--list", ""], "The list needs a name."),
    ],
)
def test_what_cannot_be_done_is_a_sentence(tmp_path, db, words, said):
    from django.core.management import CommandError, call_command

    (tmp_path / "other.txt").write_text("nothing of the kind")
    (tmp_path / "tide.txt").write_text(KBART)
    with pytest.raises(CommandError) as told:
        call_command(*(word.replace("{here}", str(tmp_path)) for word in words))
    assert (told.value.returncode, said in str(told.value)) == (2, True), str(told.value)
