"""The index from the WARC files alone."""

import errno
import io
import shutil

import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.common import disks
from apps.repository import files, indexing, rebuild, services
from apps.repository.choices import FileState, Origin
from apps.repository.models import Artifact, AuKey, AuSummary, FixityCheck, UrlHolder, WarcFile
from apps.repository.names import au_slug, file_name
from apps.repository.strategies import captures
from tests.repository.factories import AUID, OTHER, capture, noise, use_store
from tests.repository.test_read_only import refusing

# What only the database knows: when something was last confirmed or checked.
DATES = {"last_good_check", "confirmed_at", "warc_file_id", "au_key_id"}
A = "http://pub.example/a"


def snapshot() -> dict[str, list]:
    """Every row of the index, by names instead of numbers."""
    names = {row.pk: row.name for row in WarcFile.objects.all()}
    auids = {row.pk: row.auid for row in AuKey.objects.all()}
    artifacts = [
        (
            auids[row["au_key_id"]],
            names[row["warc_file_id"]],
            *(value for key, value in row.items() if key not in DATES),
        )
        for row in Artifact.objects.values()
    ]
    files_ = WarcFile.objects.values_list(
        "au_key__auid", "serial", "name", "size", "artifacts", "state", "sha256"
    )
    counts = (
        "urls",
        "versions",
        "size",
        "current_size",
        "disk_size",
        "damaged",
        "missing",
        "suspect_versions",
    )
    return {
        "artifacts": sorted(artifacts, key=repr),
        "files": sorted(files_),
        "holders": sorted((auids[h.au_key_id], h.url_digest, h.version) for h in UrlHolder.objects.all()),
        "summaries": sorted(AuSummary.objects.values_list("au_key__auid", *counts)),
    }


def forget() -> None:
    for table in (Artifact, UrlHolder, AuSummary, FixityCheck, WarcFile, AuKey):
        table.objects.all().delete()


def run(*arguments: str) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command("rebuild_index", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


@pytest.fixture
def filled(content, settings):
    """Two AUs: several files, versions, origins, a redirect, a file that came another way."""
    use_store(settings, content, warc_max_bytes=4_000)
    for number in range(4):
        services.add_captures(
            auid=AUID,
            captures=[
                capture(A, noise(700, number)),
                capture(f"{A}{number}", b"<p>x</p>" * 99, redirected_to=A),
                capture(
                    f"ftp://pub.example/{number}", noise(1_000), head=b"", content_type="application/zip"
                ),
            ],
        )
    repair = capture(A, noise(700, 9), origin=Origin.REPAIR_PEER, facts={"repaired-from": "TCP:[::1]:9729"})
    services.add_captures(auid=AUID, captures=[repair])
    services.add_captures(auid=OTHER, captures=[capture(A), capture("http://pub.example/\u00e9")])
    return content


def test_equal_rows_come_back(filled):
    before = snapshot()
    assert len(before["artifacts"]) == 15
    assert len(before["files"]) > 3
    forget()
    out, err = run()
    assert snapshot() == before
    assert err == ""
    assert f"2 AUs, {len(before['files'])} files read, 15 versions entered, 0 faults" in out
    assert services.check_au(auid=AUID).good == 13


def test_what_is_there_already_is_not_read_again(filled):
    before = snapshot()
    out, _ = run()
    assert "0 files read, 0 versions entered" in out
    out, _ = run("--all")
    assert "0 versions entered" in out
    assert "0 files read" not in out
    assert snapshot() == before


def test_rows_that_were_lost_alone_come_back(filled):
    before = snapshot()
    Artifact.objects.filter(url=A).delete()
    UrlHolder.objects.all().delete()
    run("--all")
    assert snapshot()["artifacts"] == before["artifacts"]


def test_a_rebuild_that_was_killed_goes_on(filled, monkeypatch):
    before = snapshot()
    forget()
    real, left = indexing._index, [2]

    def limited(*arguments):
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        return real(*arguments)

    monkeypatch.setattr(indexing, "_index", limited)
    with pytest.raises(KeyboardInterrupt):
        run()
    monkeypatch.undo()
    done = WarcFile.objects.filter(artifacts__gt=0).count()
    assert done == 2
    out, _ = run()
    assert f"{len(before['files']) - done} files read" in out
    assert snapshot() == before


def test_one_au(filled):
    before = snapshot()
    forget()
    run("--au", OTHER)
    assert set(AuKey.objects.values_list("auid", flat=True)) == {OTHER}
    run("--au", AUID)
    assert snapshot() == before


def test_dry_run_writes_nothing(filled):
    forget()
    files_ = sorted(path.name for path in filled.rglob("*"))
    out, _ = run("--dry-run")
    assert "15 versions found" in out
    assert AuKey.objects.count() == 0
    assert sorted(path.name for path in filled.rglob("*")) == files_


def test_no_folder_is_an_error(content):
    with pytest.raises(CommandError, match="content_dir"):
        run()


def test_a_damaged_body_comes_back_as_damaged_with_its_digest(filled):
    found = services.find(auid=OTHER, url=A)
    path = filled / found.place.file
    data = bytearray(path.read_bytes())
    data[found.place.offset + found.place.body_offset + 5] ^= 0xFF
    path.write_bytes(data)
    services.check_au(auid=OTHER)
    before = snapshot()
    forget()
    _, err = run()
    assert "record-damaged" in err
    assert snapshot() == before
    assert services.find(auid=OTHER, url=A).sha256 == found.sha256


def test_a_lost_file_costs_its_own_rows_and_no_others(filled):
    lost = services.find(auid=AUID, url=A, version=2).place.file
    kept = Artifact.objects.exclude(warc_file__name=lost).count()
    (filled / lost).unlink()
    forget()
    run()
    assert Artifact.objects.count() == kept
    assert services.find(auid=AUID, url=A).version == 5


def test_rows_of_a_lost_file_stay_as_missing(filled):
    lost = services.find(auid=AUID, url=A, version=2).place.file
    count = Artifact.objects.count()
    (filled / lost).unlink()
    run()
    assert Artifact.objects.count() == count
    assert services.find(auid=AUID, url=A, version=2).state == "missing"
    assert WarcFile.objects.get(name=lost).state == FileState.MISSING


def test_a_damaged_first_record_does_not_hide_the_file(filled):
    path = filled / file_name(au_slug(OTHER), 1)
    data = bytearray(path.read_bytes())
    data[60] ^= 0xFF
    path.write_bytes(data)
    forget()
    _, err = run("--au", OTHER)
    assert "no file of this folder says which AU it is of" in err
    services.ensure_au_key(auid=OTHER)
    with services.open_writer(auid=OTHER):
        pass
    assert services.summary(auid=OTHER).urls == 2


def test_a_file_in_the_wrong_folder_is_told_and_left(filled):
    strange = filled / file_name(au_slug(OTHER), 2)
    shutil.copy(filled / file_name(au_slug(AUID), 1), strange)
    data = strange.read_bytes()
    _, err = run()
    assert "record-of-another-au" in err
    assert strange.read_bytes() == data
    assert Artifact.objects.filter(au_key__auid=OTHER).count() == 2
    services.add_captures(auid=OTHER, captures=[capture(f"{A}new")])
    assert strange.read_bytes() == data
    assert services.find(auid=OTHER, url=f"{A}new").place.file == file_name(au_slug(OTHER), 3)


def test_two_records_with_one_version_are_both_kept(filled):
    """A file that was written while the index was lost, as an older program might have done."""
    first = filled / file_name(au_slug(OTHER), 1)
    forget()
    aside = first.rename(filled / "aside")
    (first.parent / "lock").unlink()
    services.add_captures(auid=OTHER, captures=[capture(A, b"other")])
    first.rename(filled / file_name(au_slug(OTHER), 2))
    aside.rename(first)
    forget()
    _, err = run("--au", OTHER)
    assert "record-version-taken" in err
    history = services.history(auid=OTHER, url=A)
    assert [a.version for a in history] == [2, 1]
    for artifact in history:
        with services.open_body(artifact) as body:
            assert len(body.read()) == artifact.size


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(given_=st.lists(captures(), min_size=1, max_size=5))
def test_any_captures_come_back(given_, content):
    forget()
    shutil.rmtree(content, ignore_errors=True)
    services.add_captures(auid=AUID, captures=given_)
    before = snapshot()
    forget()
    run()
    assert snapshot() == before


def check_store(*arguments: str) -> tuple[int, str]:
    out = io.StringIO()
    try:
        call_command("check_store", *arguments, stdout=out)
    except SystemExit as end:
        return int(end.code), out.getvalue()
    return 0, out.getvalue()


def test_check_store_finds_nothing_in_a_sound_store(filled):
    assert check_store("--deep") == (0, "2 AUs, 0 differences\n")


def test_check_store_names_every_difference(filled, settings):
    names = list(WarcFile.objects.filter(au_key__auid=AUID).order_by("serial").values_list("name", flat=True))
    (filled / names[0]).unlink()
    with (filled / names[1]).open("ab") as out:
        out.write(b"more")
    (filled / names[2]).write_bytes((filled / names[2]).read_bytes()[:-1])
    Artifact.objects.filter(au_key__auid=OTHER, url=A).delete()
    shutil.copy(filled / names[1], filled / file_name(au_slug(AUID), 99))
    (filled / f"{names[1]}.torn-7").write_bytes(b"x")
    code, out = check_store()
    assert code == 1
    found = {line.split(": ")[0]: line.split(": ")[1] for line in out.splitlines()[:-1]}
    assert found == {
        names[0]: "content-missing",
        names[1]: "store-file-not-indexed",
        names[2]: "content-damaged",
        file_name(au_slug(AUID), 99): "store-file-not-indexed",
        file_name(au_slug(OTHER), 1): "store-file-not-indexed",
        f"{names[1]}.torn-7": "record-group-incomplete",
    }


def test_check_store_of_one_au_misses_its_folder_and_knows_its_name(filled):
    shutil.rmtree((filled / file_name(au_slug(AUID), 1)).parent)
    code, out = check_store("--au", AUID)
    assert (code, "missing" in out) == (1, True)
    with pytest.raises(CommandError, match="no AU of this node"):
        check_store("--au", AUID + "x")
    with pytest.raises(CommandError, match="no AU of this node"):
        check_store("--au", "a\udcff")


def test_check_store_misses_a_whole_folder(filled):
    shutil.rmtree((filled / file_name(au_slug(OTHER), 1)).parent)
    code, out = check_store()
    assert (code, "content-missing" in out) == (1, True)
    assert check_store("--au", AUID)[0] == 0


def test_check_store_deep_reads_the_bytes(filled):
    place = services.find(auid=OTHER, url=A).place
    path = filled / place.file
    data = bytearray(path.read_bytes())
    data[place.offset + place.body_offset + 3] ^= 1
    path.write_bytes(data)
    assert check_store()[0] == 0
    assert check_store("--deep", "--au", OTHER)[0] == 1


def test_check_store_wants_a_store(content):
    with pytest.raises(CommandError, match="not mounted"):
        check_store()


def test_nothing_is_found_below_strange_names(filled):
    (filled / "zz").mkdir()
    (filled / "ab" / "nohex").mkdir(parents=True)
    (filled / "aa.txt").write_text("x")
    assert {found.auid for found in rebuild.aus_on_disk(filled)} == {AUID, OTHER}


def test_a_store_that_takes_no_writes_is_not_rebuilt(filled, monkeypatch):
    """It would note torn ends and locks beside the files; the rows alone would be half a rebuild."""
    forget()
    disks.hold_content(OSError(errno.EROFS, "Read-only file system"), "AU 1")
    monkeypatch.setattr(files, "append", refusing(errno.EROFS))
    for _ in range(2):
        # Also where the finding went with the database: the disk itself is asked.
        with pytest.raises(CommandError) as error:
            run()
        assert "takes no writes (Read-only file system)" in str(error.value)
        assert "Nothing was entered" in str(error.value)
        assert not Artifact.objects.exists()
        assert disks.content_held() is not None
        disks.release_content()
    assert "15 versions found" in run("--dry-run")[0]


def test_a_store_that_takes_writes_again_is_rebuilt_and_released(filled):
    forget()
    disks.hold_content(OSError(errno.ENOSPC, "No space left on device"), "AU 1")
    out, _ = run()
    assert "15 versions entered" in out
    assert disks.content_held() is None
