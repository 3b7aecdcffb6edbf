"""A disk that refused a write takes no more until a person, or a write that succeeds, says that it does again."""

import errno
import os

import pytest
from django.db import transaction

from apps.common import disks
from apps.common.disks import DiskLevel
from apps.repository import files, probing, services
from apps.repository.errors import StoreCode, StoreError
from apps.repository.tasks import probe_store
from tests.repository.factories import capture

pytestmark = pytest.mark.django_db
AUID, A, B = "org|example|Plugin&base_url~x", "http://a.example/1", "http://a.example/2"


def refusing(number: int):
    def refuse(*_, **__):
        raise OSError(number, os.strerror(number))

    return refuse


def store(url: str) -> None:
    services.add_captures(auid=AUID, captures=[capture(url)])


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EROFS, errno.EDQUOT])
@pytest.mark.parametrize("step", ["append", "sync", "create", "make_folder"])
def test_a_refused_write_makes_the_store_read_only(content, monkeypatch, number, step):
    if step in ("append", "sync"):
        store(A)
    monkeypatch.setattr(files, step, refusing(number))
    monkeypatch.setattr("apps.repository.locks.make_folder", files.make_folder)
    with pytest.raises(StoreError):
        store(B)
    monkeypatch.undo()
    held = disks.content_held()
    assert held.params == {"cause": os.strerror(number), "errno": number}
    assert disks.content_level() == DiskLevel.NO_WRITES
    sizes = {path: path.stat().st_size for path in content.rglob("*.warc.gz")}
    with pytest.raises(StoreError) as error:
        store(B)
    assert (error.value.code, error.value.permanent) == (StoreCode.READ_ONLY, False)
    # Nothing half-written, and nobody touched it.
    assert {path: path.stat().st_size for path in content.rglob("*.warc.gz")} == sizes
    disks.release_content()
    store(B)
    assert not list(content.rglob("*.torn-*"))
    assert [one.url for one in services.newest(auid=AUID)] == ([A, B] if step in ("append", "sync") else [B])


def test_it_is_still_read_and_checked(content, monkeypatch):
    store(A)
    disks.hold_content(OSError(errno.EIO, "Input/output error"), "x")
    assert services.check_au(auid=AUID).good == 1


def test_it_is_said_although_the_callers_transaction_is_taken_back(content, monkeypatch):
    with pytest.raises(StoreError), services.open_writer(auid=AUID) as writer:  # noqa: PT012
        writer.add(capture(A))
        monkeypatch.setattr(files, "sync", refusing(errno.EIO))
        with transaction.atomic():
            writer.commit()
    assert disks.content_held() is not None


def test_a_fault_that_is_not_the_disks_holds_nothing(content, monkeypatch):
    monkeypatch.setattr(files, "append", refusing(errno.EMFILE))
    with pytest.raises(StoreError):
        store(A)
    assert disks.content_held() is None


def test_a_write_that_succeeds_lets_it_go(content, monkeypatch):
    store(A)
    disks.hold_content(OSError(errno.EIO, "Input/output error"), "x")
    monkeypatch.setattr(files, "sync", refusing(errno.EIO))
    probe_store.run()
    assert disks.content_held().count == 1
    monkeypatch.undo()
    probe_store.run()
    assert disks.content_held() is None
    assert not (content / probing.NAME).exists()


def test_an_empty_mount_point_is_no_proof(content):
    store(A)
    disks.hold_content(OSError(errno.EIO, "Input/output error"), "x")
    (content / files.MARKER).unlink()
    probe_store.run()
    assert disks.content_held() is not None


def test_nothing_is_written_where_nothing_is_held(content, monkeypatch):
    store(A)
    monkeypatch.setattr(probing, "probe", refusing(errno.EIO))
    probe_store.run()
