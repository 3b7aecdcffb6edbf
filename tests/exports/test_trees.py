"""Zip and tgz: every unpacker takes them, nothing leads out, and the index says which file is which URL."""

import csv
import hashlib
import io
import json
import shutil
import subprocess
import tarfile
import zipfile
from contextlib import closing
from dataclasses import replace

import pytest
from isal import isal_zlib

from apps.exports.making import zips
from apps.exports.making.entries import Member, member_of
from apps.exports.making.out import OutFile, spooled
from apps.exports.models import ExportFinding
from apps.lockss.packages import is_safe
from apps.repository import services as repository
from apps.repository.warc.compress import flushed
from tests.exports.conftest import BASE, HEAD, damage, files_of, made, only
from tests.repository.factories import AT, capture

URLS = 12


def unpacked(path, folder):
    """By the system's own programs."""
    folder.mkdir(exist_ok=True)
    tool = (
        ["unzip", "-q", path, "-d", folder] if path.suffix == ".zip" else ["tar", "-xzf", path, "-C", folder]
    )
    done = subprocess.run(tool, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    (root,) = folder.iterdir()
    assert root.name == path.name.rpartition(".")[0]
    return root


def index_of(root):
    text = (root / "index.csv").read_bytes().decode()
    return {row["url"]: row for row in csv.DictReader(io.StringIO(text, newline=""))}


@pytest.mark.parametrize("kind", ["zip", "tgz"])
def test_what_is_unpacked_has_the_bytes_that_the_index_names(node, kind, tmp_path):
    root = unpacked(only(made(node.au, format=kind)), tmp_path / "out")
    index = index_of(root)
    assert len(index) == URLS
    for url, row in index.items():
        data = (root / row["path"]).read_bytes()
        held = repository.find(auid=node.au.auid, url=url)
        assert hashlib.sha256(data).hexdigest() == row["sha256"] == held.sha256.hex()
        assert (len(data), int(row["version"])) == (held.size, held.version)
        assert is_safe(row["path"])
    assert (root / "data/http/pub.example/a/b.html?x=1&y=ü").exists()
    inside = [path for path in root.rglob("*") if path.is_file()]
    assert len(inside) == URLS + 3
    assert not (tmp_path / "etc").exists()
    told = json.loads((root / "au.json").read_text())
    assert (told["auid"], told["captures"], told["is_last"]) == (node.au.auid, URLS, True)
    lines = [json.loads(line) for line in (root / "captures.jsonl").read_text().splitlines()]
    assert [one["path"] for one in lines] == [row["path"] for row in index.values()]
    start = next(one for one in lines if one["url"] == f"{BASE}/")
    assert start["head"].encode("latin-1") == HEAD


def test_a_zip_stands_every_test_of_other_programs(node):
    path = only(made(node.au, format="zip"))
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        infos = {info.filename: info for info in archive.infolist()}
        start = next(info for name, info in infos.items() if name.endswith("pub.example/_index"))
        # As 1.x: the answer's head is the member's comment, its Last-Modified the member's date.
        assert start.comment == HEAD
        assert start.date_time == (2018, 11, 7, 10, 0, 0)
        assert archive.comment.decode().startswith("Tides, volume 1\n")
    assert subprocess.run(["unzip", "-tq", path], capture_output=True).returncode == 0
    if tool := shutil.which("7z") or shutil.which("7zz"):
        assert subprocess.run([tool, "t", path], capture_output=True).returncode == 0


def test_capitals_alone_do_not_make_one_file_of_two(node):
    with zipfile.ZipFile(only(made(node.au, format="zip"))) as archive:
        names = [name.casefold() for name in archive.namelist()]
    assert len(set(names)) == len(names)


def test_names_for_windows(node, tmp_path):
    row = made(node.au, format="zip", xlate="windows")
    with zipfile.ZipFile(only(row)) as archive:
        for name in archive.namelist():
            assert not set(name) & set('?<>:*|"\\'), name


@pytest.mark.parametrize("kind", ["zip", "tgz"])
def test_damage_costs_its_file_alone(node, kind, tmp_path):
    damage(node.au, f"{BASE}/picture.png")
    row = made(node.au, format=kind)
    root = unpacked(only(row), tmp_path / "out")
    assert len(index_of(root)) == URLS - 1
    assert not list(root.rglob("*.png"))
    assert [one.url for one in ExportFinding.objects.filter(export=row)] == [f"{BASE}/picture.png"]


@pytest.mark.parametrize("kind", ["zip", "tgz"])
def test_so_many_files_at_most_are_in_one(node, kind, tmp_path, monkeypatch):
    monkeypatch.setattr("apps.exports.making.parts.MOST_FILES", 5)
    paths = files_of(made(node.au, format=kind))
    assert len(paths) == 3
    urls = [set(index_of(unpacked(path, tmp_path / path.name))) for path in paths]
    assert [len(some) for some in urls] == [5, 5, 2]
    assert len(set.union(*urls)) == URLS


def one(folder, name, data):
    """A member with such bytes."""
    with closing(spooled(folder, data)) as spool:
        told = member_of(name, spool, AT)
        return replace(told, lying=iter(list(told.lying)))


def zip_of(path, *given, hole=0):
    """A zip of such members, behind as many bytes that nobody wrote."""
    with OutFile(path) as out:
        out._file.seek(hole)
        out.size = hole
        archive = zips.ZipOut(out, path.parent)
        for member in given:
            archive.add(member)
        archive.finish("x")
        archive.close()
        out.whole()
        out.place()
    return path


def test_a_zip_of_more_than_65535_members(tmp_path):
    told = one(tmp_path, "m", b"x")
    lying = list(told.lying)
    members = (replace(told, name=f"m{n}", lying=iter(lying)) for n in range(66_000))
    path = zip_of(tmp_path / "x.zip", *members)
    with zipfile.ZipFile(path) as archive:
        assert len(archive.infolist()) == 66_000
        assert archive.read("m65999") == b"x"
    done = subprocess.run(["unzip", "-tq", path, "m65999", "m0"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_a_zip_of_more_than_4_gib(tmp_path):
    path = zip_of(tmp_path / "x.zip", one(tmp_path, "far", b"x" * 1_000), hole=(1 << 32) + 5)
    with zipfile.ZipFile(path) as archive:
        assert archive.read("far") == b"x" * 1_000
        assert archive.comment == b"x"
    done = subprocess.run(["unzip", "-tq", path], capture_output=True, text=True)
    assert "No errors detected" in done.stdout, done.stdout


def test_a_member_of_more_than_4_gib(tmp_path):
    block, count = b"\0" * (1 << 20), 4_097
    raw, crc = flushed(block), 0
    for _ in range(count):
        crc = isal_zlib.crc32(block, crc)
    member = Member(
        name="large",
        size=count << 20,
        crc32=crc,
        deflated=count * len(raw),
        lying=((raw, b"") for _ in range(count)),
        at=AT,
    )
    path = zip_of(tmp_path / "x.zip", member, one(tmp_path, "after", b"y"))
    with zipfile.ZipFile(path) as archive:
        assert archive.getinfo("large").file_size == count << 20
        assert archive.read("after") == b"y"
        with archive.open("large") as large:
            assert large.read(10) == b"\0" * 10
    done = subprocess.run(["unzip", "-l", path], capture_output=True, text=True)
    assert str(count << 20) in done.stdout
    assert subprocess.run(["unzip", "-tq", path, "after"], capture_output=True).returncode == 0


def test_a_large_body_goes_through_without_being_held(node, tmp_path):
    repository.add_captures(
        auid=node.au.auid,
        captures=[capture(f"{BASE}/zero", b"\0" * 30_000_000)],
    )
    for kind in ("zip", "tgz"):
        root = unpacked(only(made(node.au, format=kind)), tmp_path / kind)
        assert (root / "data/http/pub.example/zero").stat().st_size == 30_000_000


def test_tar_has_no_links_and_only_files(node):
    with tarfile.open(only(made(node.au, format="tgz"))) as archive:
        assert all(member.isfile() for member in archive)
