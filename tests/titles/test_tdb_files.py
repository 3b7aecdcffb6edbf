"""Whole networks as the original tools counted them, and the command that prints their table."""

import hashlib
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

from apps.lockss.tdb import parse_tdb
from apps.titles.reading import read_list
from apps.titles.tdb_files import list_files, read_folder, write_tsv
from tests.shared import DATA, VECTORS, needs_shared

ROOT = Path(__file__).resolve().parents[2]
NETWORKS = json.loads((VECTORS / "tdb/counts.json").read_text())["networks"] if VECTORS.is_dir() else {}
PER_FILE = json.loads((VECTORS / "tdb/per-file-counts.json").read_text()) if VECTORS.is_dir() else {}
FOLDERS = sorted(p.name for p in (DATA / "tdb").iterdir()) if DATA.is_dir() else []


@needs_shared
@pytest.mark.parametrize("network", [n for n in FOLDERS if n != "prod"])
def test_network(network):
    out = io.StringIO()
    counts = write_tsv(read_folder(DATA / "tdb" / network), out)
    told = NETWORKS[network]
    assert (counts.files, counts.publishers, counts.titles, counts.aus) == (
        told["files"],
        told["publisher_blocks"],
        told["title_blocks"],
        told["aus"],
    )
    assert hashlib.sha256(out.getvalue().encode()).hexdigest() == told["tsv_sha256"]
    auids = sorted({line.split("\t")[20] for line in out.getvalue().splitlines()})
    assert len(auids) == told["distinct_auids"]
    assert hashlib.sha256("\n".join(auids).encode()).hexdigest() == told["sorted_distinct_auid_sha256"]


@needs_shared
@pytest.mark.parametrize("network", FOLDERS)
def test_each_file(network):
    seen = 0
    for read in read_folder(DATA / "tdb" / network):
        told = PER_FILE[network][read.name]
        auids = "\n".join(au.auid for au in read.content.aus)
        assert (len(read.content.publishers), len(read.content.titles), len(read.content.aus)) == (
            told["publishers"],
            told["titles"],
            told["aus"],
        ), read.name
        digests = {hashlib.sha256(text.encode()).hexdigest()[:32] for text in (auids, auids + "\n")}
        assert told["auids_in_order_sha256"] in digests, read.name
        seen += 1
    assert seen > 0


@needs_shared
def test_the_command_needs_no_database(tmp_path):
    out = tmp_path / "adpn.tsv"
    done = subprocess.run(
        [sys.executable, ROOT / "manage.py", "import_tdb", DATA / "tdb/adpn", "--dry-run", "--tsv", out],
        capture_output=True,
        text=True,
        env={
            "PATH": "/usr/bin:/bin",
            "LOCKSS_NODE": str(tmp_path / "node"),
            "LOCKSS_DATABASE_URL": "postgres://nobody@nowhere.invalid/x",
        },
    )
    assert done.returncode == 0, done.stderr
    assert "1234 AUs" in done.stdout
    assert hashlib.sha256(out.read_bytes()).hexdigest() == NETWORKS["adpn"]["tsv_sha256"]


def test_a_broken_file_is_told_with_its_place(tmp_path):
    (tmp_path / "good.tdb").write_text("{ publisher < name = P > }")
    (tmp_path / "bad.tdb").write_text("{ publisher < name = P > \n au }")
    counts = write_tsv(read_folder(tmp_path), None)
    assert (counts.files, counts.publishers, counts.errors) == (2, 1, 1)
    name, finding = counts.findings[0]
    assert finding.text(name).startswith(f"{tmp_path.name}/bad.tdb:2:1: tdb-syntax ")


def test_links_out_of_the_folder_are_not_followed(tmp_path):
    (tmp_path / "secret.tdb").write_text("{}")
    folder = tmp_path / "list"
    folder.mkdir()
    (folder / "link.tdb").symlink_to(tmp_path / "secret.tdb")
    (folder / "own.tdb").write_text("")
    assert [p.name for p in list_files(folder)] == ["own.tdb"]


def test_a_dry_run_finds_what_an_import_finds_and_counts_in_words(tmp_path, capsys):
    path = tmp_path / "one.tdb"
    path.write_text(
        "{ publisher < name = P >\n plugin = org.lockss.plugin.Sample\n param[base_url] = http://p.example/\n"
        " implicit < status ; year ; name ; param[volume] >\n {\n"
        "  title < name = T ; issn = 1234-5670 ; eissn = nonsense >\n"
        "  au < released ; 20 ; V ; 1 >\n }\n}\n"
    )
    counts = write_tsv(read_folder(path), None)
    imported = read_list("one.tdb", "", parse_tdb(path.read_bytes())).findings
    assert [str(found.code) for _name, found in counts.findings] == [str(found.code) for found in imported]
    assert {"issn-check-digit", "issn-malformed", "year-odd"} <= {str(f.code) for _name, f in counts.findings}
    assert [one["column"] for one in counts.as_data()["findings"]] == [found.column for found in imported]
    with pytest.raises(SystemExit):
        call_command("import_tdb", str(path), "--dry-run")
    said = capsys.readouterr()
    assert f"1 file, 1 publisher, 1 title, 1 AU, {len(imported)} findings" in said.out
    assert "the check digit of issn" in said.err
