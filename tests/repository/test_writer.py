"""Adding: what becomes a version, what does not, and what happens when the disk, the database or the caller fails."""

import datetime as dt
import errno
import gzip
import hashlib
import io
import os
import threading
from dataclasses import replace

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, given, settings

from apps.common import disks
from apps.repository import files, rows, services
from apps.repository.choices import AddOutcome, ArtifactState, Fact, FileState, Origin
from apps.repository.errors import StoreCode, StoreError
from apps.repository.models import Artifact, AuKey, AuSummary, UrlHolder, WarcFile
from apps.repository.names import au_slug
from apps.repository.strategies import captures
from tests.repository.factories import AT, AUID, OTHER, capture, noise, use_store
from tests.repository.warcs import fastwarc_reads, warcio_check

A, B = "http://pub.example/a", "http://pub.example/b"


def add(*given_, auid=AUID):
    return services.add_captures(auid=auid, captures=given_)


def read(artifact):
    with services.open_body(artifact) as body:
        return body.read()


def test_a_new_url_is_version_one_and_is_found(content):
    (added,) = add(capture(A, b"one"))
    assert added.outcome is AddOutcome.NEW
    found = services.find(auid=AUID, url=A)
    assert replace(found, last_good_check=None) == added.artifact
    assert (found.version, found.size, found.sha256) == (1, 3, hashlib.sha256(b"one").digest())
    assert (found.status, found.content_type, found.state) == (200, "text/html; charset=utf-8", "good")
    assert read(found) == b"one"


def test_the_same_bytes_again_are_no_version_but_a_date(content):
    add(capture(A))
    later = AT + dt.timedelta(days=30)
    (again,) = add(capture(A, collected_at=later, kind="text/plain"))
    assert again.outcome is AddOutcome.UNCHANGED
    (found,) = services.history(auid=AUID, url=A)
    assert (found.version, found.collected_at, found.confirmed_at) == (1, AT, later)
    assert len(list(content.rglob("*.warc.gz"))) == 1


def test_a_date_of_confirmation_never_goes_back(content):
    add(capture(A, collected_at=AT))
    add(capture(A, collected_at=AT - dt.timedelta(days=1)))
    assert services.find(auid=AUID, url=A).confirmed_at == AT


def test_other_bytes_are_the_next_version_and_the_old_one_stays(content):
    for body in (b"one", b"two", b"one"):
        add(capture(A, body))
    found = services.history(auid=AUID, url=A)
    assert [(f.version, f.is_current, read(f)) for f in found] == [
        (3, True, b"one"),
        (2, False, b"two"),
        (1, False, b"one"),
    ]
    assert services.find(auid=AUID, url=A, version=2).sha256 == hashlib.sha256(b"two").digest()


def test_a_batch_counts_its_own_versions(content):
    outcomes = [
        a.outcome for a in add(capture(A, b"1"), capture(A, b"1"), capture(A, b"2"), capture(B, b"1"))
    ]
    assert outcomes == ["new", "unchanged", "new", "new"]
    assert [(f.version, f.is_current) for f in services.history(auid=AUID, url=A)] == [(2, True), (1, False)]


def test_one_bad_capture_costs_itself(content):
    added = add(capture(A), capture("http://pub.example/\0"), capture("\ud800"), capture(B))
    assert [a.outcome for a in added] == ["new", "rejected", "rejected", "new"]
    assert added[1].fault.code == "capture-name-nul"
    assert [f.url for f in services.newest(auid=AUID)] == [A, B]


def test_aus_do_not_meet(content):
    add(capture(A, b"one"))
    add(capture(A, b"two"), auid=OTHER)
    assert read(services.find(auid=AUID, url=A)) == b"one"
    assert read(services.find(auid=OTHER, url=A)) == b"two"
    assert {(h.auid, h.version) for h in services.holders(url=A)} == {(AUID, 1), (OTHER, 1)}
    assert services.holders(url=B) == []
    assert len({row.name.split("/")[1] for row in WarcFile.objects.all()}) == 2


def test_the_summary_is_what_the_rows_say(content):
    add(capture(A, b"1234"), capture(B, b"12"))
    add(capture(A, b"1"), capture(B, b"12"))
    summary = services.summary(auid=AUID)
    assert (summary.urls, summary.versions, summary.size, summary.current_size) == (2, 3, 7, 3)
    assert summary.disk_size == sum(path.stat().st_size for path in content.rglob("*.warc.gz"))
    assert summary.last_write_at is not None
    assert services.summary(auid=OTHER).urls == 0


def test_holders_know_the_newest_version(content):
    add(capture(A, b"1"))
    add(capture(A, b"2"))
    assert [(h.auid, h.version) for h in services.holders(url=A)] == [(AUID, 2)]
    assert UrlHolder.objects.count() == 1


def test_facts_request_and_head_come_back(content):
    facts = {
        Fact.PERMISSION: "http://pub.example/permission 2026-11-21",
        Fact.TLS_FAULT: "self-signed",
        "x": '"',
    }
    add(capture(A, facts=facts, redirected_to=B))
    found = services.find(auid=AUID, url=A)
    assert services.facts(found) == {str(k): v for k, v in facts.items()}
    assert services.request(found) == capture().request
    assert services.head(found).first("content-TYPE") == "text/html; charset=utf-8"
    assert found.redirected_to == B


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(one=captures())
def test_any_capture_survives_the_database(one, content):
    (added,) = add(one)
    held = services.history(auid=AUID, url=one.url)[0]
    assert held.sha256 == added.artifact.sha256
    assert read(held) == one.body
    assert services.find(auid=AUID, url=one.url).is_current


def test_files_follow_each_other_and_name_the_one_before(content, settings):
    use_store(settings, content, warc_max_bytes=4_000)
    for number in range(6):
        add(capture(f"{A}{number}", noise(1_500, number)))
    rows_ = list(WarcFile.objects.order_by("serial"))
    assert [row.serial for row in rows_] == [1, 2, 3]
    assert [row.state for row in rows_] == [FileState.CLOSED, FileState.CLOSED, FileState.OPEN]
    assert [row.artifacts for row in rows_] == [2, 2, 2]
    for row in rows_[:-1]:
        data = (content / row.name).read_bytes()
        assert (len(data), hashlib.sha256(data).digest()) == (row.size, bytes(row.sha256))
        follower = gzip.decompress((content / rows_[row.serial].name).read_bytes())
        assert f"previous-sha256: {bytes(row.sha256).hex()}".encode() in follower
    assert warcio_check(*[content / row.name for row in rows_]) == ""


def test_one_batch_may_fill_many_files(content, settings):
    use_store(settings, content, warc_max_bytes=2_000)
    with services.open_writer(auid=AUID) as writer:
        for number in range(7):
            writer.add(capture(f"{A}{number}", noise(1_500, number)))
        assert writer.commit() == 7
    assert WarcFile.objects.count() == 7
    assert {a.place.file for a in services.newest(auid=AUID)} == set(
        WarcFile.objects.values_list("name", flat=True)
    )


def test_an_au_has_a_folder_named_as_its_page(content):
    add(capture(A))
    slug = au_slug(AUID)
    assert (content / slug[:2] / slug / f"{slug}-00001.warc.gz").is_file()


def test_commit_happens_at_the_end_of_the_block(content):
    with services.open_writer(auid=AUID) as writer:
        writer.add(capture(A))
        assert services.find(auid=AUID, url=A) is None
    assert services.find(auid=AUID, url=A) is not None


def test_an_exception_takes_back_what_was_not_committed(content):
    with pytest.raises(RuntimeError), services.open_writer(auid=AUID) as writer:  # noqa: PT012
        writer.add(capture(A))
        writer.commit()
        writer.add(capture(B))
        raise RuntimeError
    assert [a.url for a in services.newest(auid=AUID)] == [A]
    (row,) = WarcFile.objects.all()
    assert (content / row.name).stat().st_size == row.size
    assert not list(content.rglob("*.torn-*"))


def test_rollback_can_go_on(content):
    with services.open_writer(auid=AUID) as writer:
        writer.add(capture(A, b"wrong"))
        writer.rollback()
        assert writer.add(capture(A, b"right")).artifact.version == 1
    assert read(services.find(auid=AUID, url=A)) == b"right"


def test_a_writer_that_ended_says_so(content):
    with services.open_writer(auid=AUID) as writer:
        pass
    with pytest.raises(StoreError) as error:
        writer.add(capture(A))
    assert error.value.code == StoreCode.CLOSED


@pytest.mark.parametrize("auid", ["", "a\nb", "x" * 2_001, "\ud800", "a\0b"])
def test_an_auid_that_cannot_be_one_is_refused(content, auid):
    with pytest.raises(StoreError) as error:
        services.open_writer(auid=auid)
    assert error.value.code == StoreCode.BAD_AUID


def test_a_second_writer_waits_then_is_told(content):
    with services.open_writer(auid=AUID):
        with pytest.raises(StoreError) as error, services.open_writer(auid=AUID, wait=0.1):
            pass
        assert error.value.code == StoreCode.BUSY
        assert not error.value.permanent
        with services.open_writer(auid=OTHER, wait=0):
            pass
    with services.open_writer(auid=AUID, wait=0):
        pass


@pytest.mark.django_db(transaction=True)
def test_two_writers_at_once_lose_nothing(transactional_db, settings, tmp_path):
    use_store(settings, tmp_path / "content")
    faults = []

    def write(who: int) -> None:
        try:
            for number in range(6):
                services.add_captures(
                    auid=AUID,
                    captures=[capture(f"{A}{who}-{number}"), capture(B, f"{who}-{number}".encode())],
                )
        except BaseException as error:
            faults.append(error)
        finally:
            connection.close()

    services.ensure_au_key(auid=AUID)
    threads = [threading.Thread(target=write, args=(who,)) for who in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert services.summary(auid=AUID).urls == 13
    assert [f.version for f in services.history(auid=AUID, url=B)] == list(range(12, 0, -1))
    assert services.check_au(auid=AUID).good == 24


@pytest.mark.parametrize(
    ("number", "code", "permanent"),
    [(errno.ENOSPC, StoreCode.DISK_FULL, False), (errno.EIO, StoreCode.WRITE_FAILED, True)],
)
def test_a_full_disk_loses_only_the_capture_that_did_not_fit(content, monkeypatch, number, code, permanent):
    real, room = files.append, [3_000]

    def limited(descriptor: int, data: bytes) -> None:
        if len(data) > room[0]:
            real(descriptor, data[: room[0]])
            raise OSError(number, os.strerror(number))
        room[0] -= len(data)
        real(descriptor, data)

    with services.open_writer(auid=AUID) as writer:
        monkeypatch.setattr(files, "append", limited)
        writer.add(capture(A))
        with pytest.raises(StoreError) as error:
            writer.add(capture(B, noise(5_000)))
        assert (error.value.code, error.value.permanent) == (code, permanent)
        monkeypatch.setattr(files, "append", real)
        assert writer.commit() == 1
        writer.add(capture(B, noise(5_000)))
    assert [a.url for a in services.newest(auid=AUID)] == [A, B]
    assert services.check_au(auid=AUID).good == 2


@pytest.mark.parametrize("second", [b"", b"<p>other</p>", None])
def test_a_spool_that_changes_while_it_is_read_costs_itself(content, second):
    class Shifty(io.BytesIO):
        reads = 0

        def seek(self, *where):
            self.reads += 1
            if self.reads == 2 and second is None:
                raise OSError(errno.EIO, "Input/output error")
            if self.reads == 2:
                super().seek(0)
                self.truncate()
                self.write(second)
            return super().seek(*where)

    with services.open_writer(auid=AUID) as writer:
        added = writer.add(replace(capture(A), body=Shifty(b"<p>hello</p>")))
        assert (added.outcome, added.fault.code) == ("rejected", "capture-body-unreadable")
        assert writer.add(capture(B)).outcome is AddOutcome.NEW
    assert [a.url for a in services.newest(auid=AUID)] == [B]
    assert services.check_au(auid=AUID).good == 1


def test_no_room_for_even_the_first_record(content, monkeypatch):
    def full(descriptor: int, data: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with services.open_writer(auid=AUID) as writer:
        monkeypatch.setattr(files, "append", full)
        with pytest.raises(StoreError):
            writer.add(capture(A))
        monkeypatch.undo()
        use = writer.add(capture(A))
        assert use.outcome is AddOutcome.NEW
    (path,) = content.rglob("*.warc.gz")
    assert [kind for kind, _ in fastwarc_reads(path)] == ["warcinfo", "response", "request", "metadata"]


def test_a_sync_that_fails_ends_the_writer_and_what_the_disk_never_took_is_cut_off(content, monkeypatch):
    def broken(descriptor: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with pytest.raises(StoreError) as error, services.open_writer(auid=AUID) as writer:  # noqa: PT012
        writer.add(capture(A))
        monkeypatch.setattr(files, "sync", broken)
        writer.commit()
    assert error.value.code == StoreCode.WRITE_FAILED
    assert services.find(auid=AUID, url=A) is None
    monkeypatch.undo()
    assert [path.stat().st_size for path in content.rglob("*.warc.gz")] == [0]
    disks.release_content()
    with services.open_writer(auid=AUID) as writer:
        writer.add(capture(B))
    assert services.find(auid=AUID, url=A) is None
    assert services.check_au(auid=AUID).good == 1


def test_a_database_that_fails_after_the_sync_loses_nothing(content, monkeypatch):
    def broken(*_, **__):
        raise DatabaseError("gone")

    monkeypatch.setattr(rows, "insert_entries", broken)
    with pytest.raises(DatabaseError), services.open_writer(auid=AUID) as writer:
        writer.add(capture(A))
    monkeypatch.undo()
    assert services.find(auid=AUID, url=A) is None
    assert add(capture(A))[0].outcome is AddOutcome.UNCHANGED


@pytest.mark.django_db(transaction=True)
def test_rows_stand_or_fall_with_the_callers_transaction(transactional_db, settings, tmp_path):
    use_store(settings, tmp_path / "content")
    with services.open_writer(auid=AUID) as writer:
        with transaction.atomic():
            writer.add(capture(A))
            writer.commit()
            writer.add(capture(f"{A}2"))
            writer.commit()
        with pytest.raises(RuntimeError), transaction.atomic():  # noqa: PT012
            writer.add(capture(B))
            writer.commit()
            raise RuntimeError
        assert services.find(auid=AUID, url=B) is None
        # The bytes are there and whole: whoever asks next enters them.
        assert writer.add(capture(B)).outcome is AddOutcome.UNCHANGED
        writer.add(capture(f"{B}2"))
    assert [a.url for a in services.newest(auid=AUID)] == [A, f"{A}2", B, f"{B}2"]
    assert services.check_au(auid=AUID).good == 4


def test_a_writer_whose_file_was_changed_behind_it_is_not_believed(content):
    add(capture(A))
    with pytest.raises(StoreError) as error, services.open_writer(auid=AUID) as writer:  # noqa: PT012
        writer.add(capture(B))
        WarcFile.objects.update(size=1)
        writer.commit()
    assert error.value.code == StoreCode.LOST_LOCK


def test_an_empty_mount_point_is_no_store(content):
    add(capture(A))
    (content / files.MARKER).unlink()
    with pytest.raises(StoreError) as error:
        services.open_writer(auid=AUID)
    assert error.value.code == StoreCode.NOT_MOUNTED


def test_a_repair_reads_whether_the_equal_copy_is_still_there(content):
    add(capture(A, noise(3_000)))
    found = services.find(auid=AUID, url=A)
    path = content / found.place.file
    repair = replace(
        capture(A, noise(3_000)), origin=Origin.REPAIR_PEER, facts={Fact.REPAIRED_FROM: "TCP:[::1]:9729"}
    )
    assert add(repair)[0].outcome is AddOutcome.UNCHANGED

    data = bytearray(path.read_bytes())
    data[found.place.offset + found.place.body_offset + 100] ^= 1
    path.write_bytes(data)
    (added,) = add(repair)
    assert (added.outcome, added.artifact.version) == (AddOutcome.NEW, 2)
    new, old = services.history(auid=AUID, url=A)
    assert (old.state, old.sha256, old.is_current) == (ArtifactState.DAMAGED, found.sha256, False)
    assert (new.state, new.origin, read(new)) == (ArtifactState.GOOD, Origin.REPAIR_PEER, noise(3_000))
    assert services.facts(new)[Fact.REPAIRED_FROM] == "TCP:[::1]:9729"
    assert "replaces-version: 1" in gzip.decompress(path.read_bytes()[new.place.offset :]).decode("latin-1")
    summary = services.summary(auid=AUID)
    assert (summary.damaged, summary.suspect_versions, summary.versions) == (0, 1, 2)


def test_a_crawl_replaces_what_is_known_to_be_damaged(content):
    add(capture(A))
    Artifact.objects.update(state=ArtifactState.DAMAGED)
    assert add(capture(A))[0].artifact.version == 2


def test_a_lost_index_is_read_from_the_files_before_a_version_is_given(content):
    add(capture(A, b"one"), capture(B))
    add(capture(A, b"two"))
    before = sorted(Artifact.objects.values_list("url", "version", "sha256", "is_current"))
    for table in (Artifact, UrlHolder, AuSummary, WarcFile):
        table.objects.all().delete()
    AuKey.objects.all().delete()
    (added,) = add(capture(A, b"three"))
    assert added.artifact.version == 3
    after = sorted(Artifact.objects.exclude(version=3).values_list("url", "version", "sha256", "is_current"))
    assert [row[:3] for row in after] == [row[:3] for row in before]
    assert services.summary(auid=AUID).versions == 4


@pytest.mark.parametrize("table", ["repository_artifact", "repository_urlholder"])
def test_a_lookup_asks_one_partition(content, table):
    key = services.ensure_au_key(auid=AUID).pk
    column = "au_key_id" if table.endswith("artifact") else "url_digest"
    value = key if column == "au_key_id" else b"\1" * 32
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN SELECT * FROM {table} WHERE {column} = %s", [value])
        plan = "\n".join(row[0] for row in cursor.fetchall())
        cursor.execute("SELECT count(*) FROM pg_inherits WHERE inhparent = %s::regclass", [table])
        parts = cursor.fetchone()[0]
    assert plan.count(f"{table}_") - plan.count("_pkey") - plan.count("_idx") <= 2
    assert parts == (64 if table.endswith("artifact") else 32)
