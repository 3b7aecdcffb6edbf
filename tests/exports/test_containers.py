"""WACZ and BagIt, judged by what their standards say and, where they are installed, by the tools of others.

``ARCHIVE_JUDGES`` names an environment with ``wacz`` and ``bagit.py``, which no node needs.
"""

import gzip
import hashlib
import json
import os
import shutil
import subprocess
import tarfile
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from tests.exports.conftest import files_of, made, only, pages
from tests.factories import agree, make_peer
from tests.repository.warcs import warcio_check

JUDGES = Path(os.environ.get("ARCHIVE_JUDGES", "/nowhere"))


def judge(name: str) -> str | None:
    return shutil.which(name, path=f"{JUDGES / 'bin'}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def wacz(node):
    return only(made(node.au, format="wacz"))


def test_a_wacz_lists_every_member_with_its_digest(wacz):
    with zipfile.ZipFile(wacz) as archive:
        assert archive.testzip() is None
        names = set(archive.namelist())
        told = json.loads(archive.read("datapackage.json"))
        listed = {one["path"]: one for one in told["resources"]}
        assert names == set(listed) | {"datapackage.json", "datapackage-digest.json"}
        for path, one in listed.items():
            data = archive.read(path)
            assert one["hash"] == f"sha256:{hashlib.sha256(data).hexdigest()}"
            assert one["bytes"] == len(data)
            assert archive.getinfo(path).compress_type == zipfile.ZIP_STORED
        digest = json.loads(archive.read("datapackage-digest.json"))
        assert digest["hash"] == "sha256:" + hashlib.sha256(archive.read("datapackage.json")).hexdigest()
        assert {"indexes/index.cdx.gz", "indexes/index.idx", "pages/pages.jsonl"} <= names
        lines = [json.loads(line) for line in archive.read("pages/pages.jsonl").splitlines()]
    assert lines[0]["format"] == "json-pages-1.0"
    assert lines[1]["url"] == told["mainPageUrl"]
    assert all(line["url"].startswith("http") for line in lines[1:])


def test_its_index_leads_to_every_record(wacz):
    with zipfile.ZipFile(wacz) as archive:
        (name,) = [one for one in archive.namelist() if one.startswith("archive/")]
        warc, packed = archive.read(name), archive.read("indexes/index.cdx.gz")
        idx = archive.read("indexes/index.idx").decode().splitlines()
    lines = gzip.decompress(packed).decode().splitlines()
    assert lines == sorted(lines)
    assert len(lines) == len(pages())
    for line in lines:
        told = json.loads(line.split(" ", 2)[2])
        assert told["filename"] == name.removeprefix("archive/")
        piece = warc[int(told["offset"]) : int(told["offset"]) + int(told["length"])]
        (record,) = ArchiveIterator(BytesIO(piece))
        assert record.rec_headers.get_header("WARC-Target-URI") == told["url"]
        assert record.rec_headers.get_header("WARC-Payload-Digest", told["digest"]) == told["digest"]
    assert idx[0].startswith("!meta 0 ")
    for line in idx[1:]:
        told = json.loads(line[line.index("{") :])
        block = packed[told["offset"] : told["offset"] + told["length"]]
        assert gzip.decompress(block).decode().startswith(" ".join(line.split(" ")[:2]))
        assert told["digest"] == f"sha256:{hashlib.sha256(block).hexdigest()}"


def test_parts_of_a_container_go_when_it_is_whole(node, monkeypatch):
    monkeypatch.setattr("apps.exports.making.parts.MIB", 1_000)
    row = made(node.au, format="wacz", max_mib="20")
    (path,) = files_of(row)
    assert files_of(row, "part") == []
    assert {one.name for one in row.folder.iterdir()} == {path.name, "report.csv", "SHA256SUMS"}
    with zipfile.ZipFile(path) as archive:
        warcs = [name for name in archive.namelist() if name.startswith("archive/")]
        assert len(warcs) > 1
        archive.extractall(node.folder / "out")
    assert warcio_check(*(node.folder / "out" / name for name in warcs)) == ""


@pytest.mark.skipif(judge("wacz") is None, reason="wacz is not installed here")
def test_wacz_validate_finds_nothing_wrong(wacz):
    done = subprocess.run([judge("wacz"), "validate", "-f", wacz], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Validation succeeded" in done.stdout


@pytest.fixture
def bag(node, tmp_path):
    agree(node.au, make_peer("Riverside"), 1.0)
    path = only(made(node.au, format="bagit"))
    with tarfile.open(path) as archive:
        archive.extractall(tmp_path / "bag", filter="data")
    (root,) = (tmp_path / "bag").iterdir()
    assert path.name == f"{root.name}.tar"
    return root


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_a_bag_names_every_file_with_its_digest(bag, algorithm):
    for manifest, wanted in (("manifest", True), ("tagmanifest", False)):
        lines = (bag / f"{manifest}-{algorithm}.txt").read_text().splitlines()
        told = dict(reversed(line.split("  ", 1)) for line in lines)
        there = {
            str(path.relative_to(bag))
            for path in bag.rglob("*")
            if path.is_file()
            and str(path.relative_to(bag)).startswith("data/") is wanted
            and not path.name.startswith("tagmanifest-")
        }
        assert set(told) == there
        for name, digest in told.items():
            assert hashlib.new(algorithm, (bag / name).read_bytes()).hexdigest() == digest
    assert (bag / "bagit.txt").read_text().startswith("BagIt-Version: 1.0\n")
    payload = list((bag / "data").iterdir())
    oxum = f"Payload-Oxum: {sum(path.stat().st_size for path in payload)}.{len(payload)}"
    assert oxum in (bag / "bag-info.txt").read_text()
    assert warcio_check(*payload) == ""


def test_a_bag_has_the_evidence_of_agreement(bag, node):
    told = json.loads((bag / "lockss/agreements.json").read_text())
    (peer,) = told["peers"]
    assert (peer["name"], peer["last"], peer["type"]) == ("Riverside", 1.0, "POR")
    assert json.loads((bag / "lockss/au.json").read_text())["auid"] == node.au.auid


@pytest.mark.skipif(judge("bagit.py") is None, reason="bagit is not installed here")
def test_bagit_finds_the_bag_valid(bag):
    done = subprocess.run([judge("bagit.py"), "--validate", bag], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
