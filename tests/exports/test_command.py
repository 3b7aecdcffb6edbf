"""``manage.py export``."""

import json

import pytest
from django.core.management import CommandError, call_command

from apps.exports import services
from apps.exports.models import Export
from tests.exports.conftest import BASE, damage


def run(*arguments, capsys):
    with pytest.raises(SystemExit) as code:
        call_command("export", *arguments)
    told = capsys.readouterr()
    return code.value.code, told.out, told.err


def test_it_makes_the_files_and_says_where_they_are(node, capsys):
    code, out, _err = run("--au", node.au.auid, "--format", "wacz", "--told", "json", capsys=capsys)
    told = json.loads(out)
    assert (code, told["findings"], told["versions"]) == (0, 0, 14)
    assert told["files"][0]["file"].endswith(".wacz")


def test_several_by_short_name_or_title(node, capsys):
    code, out, _err = run("--au", node.au.slug, "--title", str(node.au.title_id), capsys=capsys)
    assert code == 0
    assert out.count(".warc.gz") == 2


def test_what_is_left_out_makes_its_exit_code_1(node, capsys):
    damage(node.au, f"{BASE}/picture.png")
    code, _out, err = run("--au", node.au.auid, capsys=capsys)
    assert code == 1
    assert "report.csv" in err


def test_broken_off_it_goes_on(node, capsys, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("apps.exports.making.out.OutFile.whole", full)
        with pytest.raises(CommandError, match="--again") as told:
            call_command("export", "--au", node.au.auid)
    assert told.value.returncode == 2
    row = Export.objects.get()
    code, out, _err = run("--again", str(row.pk), capsys=capsys)
    assert code == 0
    assert ".warc.gz" in out
    assert services.job_of(row).state == "done"


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--au", "nothing"],
        ["--again", "999"],
        ["--title", "1", "--prefix", "../x"],
        ["--title", "999999"],
    ],
)
def test_what_cannot_be_done_is_said(node, arguments):
    with pytest.raises(CommandError) as told:
        call_command("export", *arguments)
    assert told.value.returncode == 2
