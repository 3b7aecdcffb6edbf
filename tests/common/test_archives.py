"""ZIP files as strangers make them: nothing is written, nothing is believed."""

import struct
import zipfile
from pathlib import Path

import pytest

from apps.common.archives import ArchiveError, ZipLimits, is_zip, members


def make(path, files: dict[str, bytes], method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def everything(path, **limits):
    return {
        m.name: m.data if m.data is not None else m.problem
        for m in members(path, lambda _: True, ZipLimits(**limits))
    }


def test_members_come_by_name(tmp_path):
    path = make(tmp_path / "a.zip", {"b.tdb": b"two", "a/x.tdb": b"one", "c.txt": b"no"})
    found = list(members(path, lambda name: name.endswith(".tdb")))
    assert [(m.name, m.data) for m in found] == [("a/x.tdb", b"one"), ("b.tdb", b"two")]
    assert is_zip(path)
    assert not is_zip(Path(__file__))


@pytest.mark.parametrize(
    "name", ["../up.tdb", "a/../../up.tdb", "/etc/up.tdb", "C:\\up.tdb", "..\\up.tdb", "a\nb.tdb", "x" * 600]
)
def test_names_that_lead_elsewhere_are_told(tmp_path, name):
    path = make(tmp_path / "a.zip", {name: b"evil", "good.tdb": b"good"})
    found = list(members(path, lambda _: True))
    assert [m.data for m in found if m.data is not None] == [b"good"]
    assert "leads out" in next(m.problem for m in found if m.data is None)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.zip"]


def test_a_bomb_is_cut_at_the_limit(tmp_path):
    path = make(tmp_path / "a.zip", {"bomb.tdb": b"\0" * 5_000_000, "good.tdb": b"good"})
    assert path.stat().st_size < 20_000
    found = everything(path, member_bytes=1_000_000)
    assert "longer than what is read of one file" in found["bomb.tdb"]
    assert found["good.tdb"] == b"good"


def test_many_small_bombs_are_cut_together(tmp_path):
    path = make(tmp_path / "a.zip", {f"{n}.tdb": b"\0" * 900_000 for n in range(5)})
    with pytest.raises(ArchiveError, match="bytes come out"):
        everything(path, member_bytes=1_000_000, total_bytes=1_800_000)


def test_a_lie_about_the_size_is_found_by_counting(tmp_path):
    path = make(tmp_path / "a.zip", {"bomb.tdb": b"\0" * 3_000_000})
    raw = bytearray(path.read_bytes())
    at = raw.rfind(b"PK\x01\x02")
    raw[at + 24 : at + 28] = struct.pack("<L", 10)
    path.write_bytes(raw)
    found = everything(path, member_bytes=1_000_000)
    # The library stops at the stated size and then finds the wrong checksum.
    assert not isinstance(found["bomb.tdb"], bytes) or len(found["bomb.tdb"]) <= 10


def test_a_damaged_member_does_not_spoil_the_others(tmp_path):
    path = make(tmp_path / "a.zip", {"a.tdb": b"x" * 1000, "b.tdb": b"fine"}, zipfile.ZIP_STORED)
    raw = bytearray(path.read_bytes())
    raw[raw.find(b"xxxx") + 500] ^= 1
    path.write_bytes(raw)
    found = everything(path)
    assert "damaged" in found["a.tdb"]
    assert found["b.tdb"] == b"fine"


def test_an_encrypted_member_is_told(tmp_path):
    path = make(tmp_path / "a.zip", {"a.tdb": b"secret"}, zipfile.ZIP_STORED)
    raw = bytearray(path.read_bytes())
    raw[raw.rfind(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(raw)
    assert everything(path) == {"a.tdb": "it is encrypted"}


def test_methods_that_are_rare_are_not_read(tmp_path):
    path = make(tmp_path / "a.zip", {"a.tdb": b"x" * 99}, zipfile.ZIP_BZIP2)
    assert "way that is not read" in everything(path)["a.tdb"]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"PK",
        b"no zip at all" * 99,
        b"PK\x03\x04" + bytes(40),
        b"PK\x05\x06" + bytes(10),
        b"PK\x05\x06" + b"\xff" * 18,
    ],
)
def test_what_is_no_zip_is_refused(tmp_path, raw):
    path = tmp_path / "a.zip"
    path.write_bytes(raw)
    with pytest.raises(ArchiveError):
        everything(path)


def test_an_endless_list_of_members_is_refused_before_it_is_read(tmp_path):
    path = make(tmp_path / "a.zip", {f"{n}.tdb": b"" for n in range(2_000)})
    with pytest.raises(ArchiveError, match="list of members"):
        everything(path, directory=50_000)
    with pytest.raises(ArchiveError, match="2,000 files"):
        everything(path, members=1_999)


def test_a_zip64_end_is_refused(tmp_path):
    path = make(tmp_path / "a.zip", {"a.tdb": b"x"})
    raw = path.read_bytes()
    at = raw.rfind(b"PK\x05\x06")
    path.write_bytes(raw[:at] + b"PK\x06\x07" + bytes(16) + raw[at:])
    with pytest.raises(ArchiveError, match="ZIP64"):
        everything(path)


def test_every_cut_is_survived(tmp_path):
    path = make(tmp_path / "a.zip", {"a.tdb": b"hello " * 20, "b.tdb": b"there"})
    raw = path.read_bytes()
    for length in range(len(raw)):
        path.write_bytes(raw[:length])
        with pytest.raises(ArchiveError):
            everything(path)
    refused = 0
    for at in range(len(raw)):
        path.write_bytes(raw[:at] + bytes([raw[at] ^ 0xFF]) + raw[at + 1 :])
        try:
            everything(path)
        except ArchiveError:
            refused += 1
    assert refused
