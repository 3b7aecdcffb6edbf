"""What a package says of itself is bounded: no number, date or name of it occupies a worker or ends the whole import."""

import io
import tarfile

import pytest

from apps.exports import importing
from apps.exports.errors import ImportRefused
from apps.exports.taking import packages
from apps.exports.taking.report import ImportReport
from apps.exports.taking.streams import BrokenError
from apps.exports.taking.trees import Listed, tar_members
from tests.exports.test_import import bag_members, codes, held, info_of, tar_of
from tests.factories import make_au


@pytest.fixture
def target(node):
    """An AU of another node, as it were: nothing of it is here."""
    return make_au("Tides, elsewhere")


class Ends:
    """A file whose end is read a few times, and not for ever."""

    def __init__(self, data: bytes) -> None:
        self._file = io.BytesIO(data)
        self._empty = 0

    def read(self, size: int = -1) -> bytes:
        piece = self._file.read(size)
        self._empty += not piece
        assert self._empty < 1_000, "it is read on behind its end"
        return piece


def tar_bytes(tmp_path, *members) -> bytes:
    return tar_of(tmp_path / "told.tar", *members).read_bytes()


def read_all(data: bytes) -> None:
    for _name, _info, body in tar_members(Ends(data), ImportReport()):
        while body.read(1 << 16):
            pass


@pytest.mark.parametrize("name", ["b/data/\0q", "b/data/q", "../q"])
@pytest.mark.parametrize("size", ["99999999999999999999", "1000000000000", "-1", "-99999999999999999999"])
def test_a_member_that_claims_more_than_there_is_ends_the_reading(tmp_path, size, name):
    more = {"size": size, "mtime": "1e999", "path": name}
    data = tar_bytes(tmp_path, info_of("b/data/p.warc", b"x", pax_headers=more), info_of("b/x", b"y"))
    with pytest.raises(BrokenError):
        read_all(data)


@pytest.mark.parametrize(
    "more",
    [
        {"GNU.sparse.size": "1152921504606846976", "GNU.sparse.map": "0,1"},
        {"GNU.sparse.size": "1152921504606846976", "GNU.sparse.numblocks": "0"},
        {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "1152921504606846976"},
    ],
)
def test_a_member_with_holes_is_a_finding(tmp_path, more):
    data = tar_bytes(
        tmp_path, info_of("b/holes", b"0\n" + b"x" * 600, pax_headers=more), info_of("b/x", b"y")
    )
    report = ImportReport()
    names = [name for name, _info, _body in tar_members(Ends(data), report)]
    assert (names, codes(report)) == (["b/x"], ["package-link"])


def test_headers_upon_headers_are_no_fault_of_the_program(tmp_path):
    info, _ = info_of("x", kind=tarfile.XHDTYPE)
    with pytest.raises(BrokenError):
        list(tar_members(Ends(info.tobuf(tarfile.GNU_FORMAT) * 3_000), ImportReport()))


def test_a_bag_with_such_a_member_is_refused(node, target, tmp_path):
    members = bag_members(node)
    root = members[0][0].name.partition("/")[0]
    more = {"size": "99999999999999999999", "mtime": "1e999", "path": f"{root}/data/\0q"}
    path = tar_of(tmp_path / "x.tar", *members, info_of(f"{root}/data/p.warc", b"x", pax_headers=more))
    with pytest.raises(ImportRefused) as told:
        importing.import_package(path=path, user=None, au=target.auid)
    assert told.value.code == "package-broken"
    assert held(target) == {}


def test_findings_are_words_and_no_python(tmp_path):
    report = ImportReport()
    data = tar_bytes(
        tmp_path, info_of("b/l", kind=tarfile.SYMTYPE, linkname="x"), info_of("b/f", kind=tarfile.FIFOTYPE)
    )
    assert list(tar_members(Ends(data), report)) == []
    assert Listed(io.BytesIO(b"[[[[ \xff\n"), report).next() is None
    assert [one.found for one in report.findings] == [
        "a link",
        "a device or pipe",
        "[[[[ \N{REPLACEMENT CHARACTER}",
    ]


@pytest.mark.parametrize(
    "told", [b"1", b'{"resources": 1}', b'{"resources": [1]}', b'{"resources": [{"path": 1}]}']
)
def test_a_list_of_members_that_is_none_says_so_in_words(told):
    with pytest.raises(BrokenError) as broken:
        packages._listed(told)
    assert str(broken.value) == "datapackage.json does not list its members with path and hash"
