"""The levels of a full disk, and that the spool refuses on the last one."""

import errno
import shutil
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.common import disks
from apps.common.disks import DiskLevel
from apps.peers import spool

pytestmark = pytest.mark.django_db
LEVELS = {"disk_warn_percent": 15.0, "disk_no_crawls_percent": 10.0, "disk_no_writes_percent": 5.0}


@pytest.fixture
def node(settings, tmp_path):
    settings.NODE = replace(settings.NODE, content_dir=tmp_path / "c", spool_dir=tmp_path / "s", **LEVELS)
    return settings


@pytest.fixture
def free(node, monkeypatch):
    """Sets how many percent are free of whatever disk is asked."""

    def be(percent: float) -> None:
        usage = shutil._ntuple_diskusage(10_000, 10_000 - int(percent * 100), int(percent * 100))
        monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)

    return be


@pytest.mark.parametrize(
    ("percent", "level"),
    [
        (100, DiskLevel.FREE),
        (15, DiskLevel.FREE),
        (14.9, DiskLevel.LOW),
        (10, DiskLevel.LOW),
        (9.9, DiskLevel.NO_CRAWLS),
        (5, DiskLevel.NO_CRAWLS),
        (4.9, DiskLevel.NO_WRITES),
        (0, DiskLevel.NO_WRITES),
    ],
)
def test_levels(free, percent, level):
    free(percent)
    assert disks.content_level() == level
    assert disks.spool_level() == level


@given(percent=st.floats(0, 100), before=st.sampled_from(list(DiskLevel)))
def test_a_level_is_left_later_than_entered_and_never_by_two_percent(percent, before):
    from django.conf import settings

    kept, settings.NODE = settings.NODE, replace(settings.NODE, **LEVELS)
    try:
        plain = disks.level_of(percent)
        assert plain <= disks.level_of(percent, before) <= max(plain, before)
        assert disks.level_of(percent, before) <= disks.level_of(max(0.0, percent - 2))
    finally:
        settings.NODE = kept


def test_a_level_of_zero_percent_is_never_reached(node, free):
    node.NODE = replace(node.NODE, **dict.fromkeys(LEVELS, 0.0))
    free(0)
    assert disks.content_level() == DiskLevel.FREE


def test_a_disk_that_cannot_be_asked_stops_nothing(node, monkeypatch):
    def broken(path):
        raise OSError

    monkeypatch.setattr(shutil, "disk_usage", broken)
    assert disks.content_level() == DiskLevel.FREE


def test_a_store_that_refused_a_write_is_as_a_full_disk_until_it_is_let_go(free):
    free(50)
    assert disks.hold_content(OSError(errno.EIO, "Input/output error"), "aa/x.warc.gz")
    assert disks.content_level() == DiskLevel.NO_WRITES
    assert disks.spool_level() == DiskLevel.FREE
    held = disks.content_held()
    assert (held.code, held.subject, held.place) == ("store-read-only", "disk:content", "aa/x.warc.gz")
    assert held.params == {"cause": "Input/output error", "errno": errno.EIO}
    since = held.first_at
    disks.hold_content(OSError(errno.EROFS, "Read-only file system"), "aa/y.warc.gz")
    assert (disks.content_held().first_at, disks.content_held().count) == (since, 2)
    disks.release_content()
    assert (disks.content_held(), disks.content_level()) == (None, DiskLevel.FREE)


def test_other_faults_of_a_write_hold_nothing(free):
    free(50)
    assert not disks.hold_content(OSError(errno.EMFILE, "Too many open files"), "aa/x.warc.gz")
    assert not disks.hold_content(None, "")
    assert disks.content_held() is None


def test_the_spool_refuses_and_keeps_nothing(free, tmp_path):
    free(6)
    name = spool.write("out", [b"vote"])
    free(4)
    with pytest.raises(OSError) as caught:
        spool.write("out", [b"vote"])
    assert caught.value.errno == errno.ENOSPC
    assert [f"out/{file.name}" for file in (tmp_path / "s" / "out").iterdir()] == [name]
