"""Stored bytes read again: what is good, damaged, missing and not checkable, and what each does to the rows."""

import datetime as dt
from dataclasses import replace

import pytest

from apps.common.clock import now
from apps.common.models import Finding, Job
from apps.repository import files, fixity, services
from apps.repository.choices import ArtifactState, CheckOutcome, FileState, Origin
from apps.repository.errors import ContentCode, ContentError
from apps.repository.models import Artifact, AuSummary, FixityCheck, WarcFile
from apps.repository.tasks import fixity as fixity_job
from apps.repository.tasks import scan_fixity
from tests.repository.factories import AUID, OTHER, capture, noise, use_store

URLS = [f"http://pub.example/{number}" for number in range(6)]
BEFORE = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


@pytest.fixture
def filled(content, settings):
    """Six captures in three files, last checked long ago."""
    use_store(settings, content, warc_max_bytes=4_000)
    services.add_captures(auid=AUID, captures=[capture(u, noise(1_500, n)) for n, u in enumerate(URLS)])
    Artifact.objects.update(last_good_check=BEFORE)
    return content


def states() -> str:
    """One letter per URL."""
    return "".join(str(a.state)[0] for a in services.newest(auid=AUID))


def dates() -> list[bool]:
    """Whether the date of the last good check moved, per URL."""
    return [a.last_good_check > BEFORE for a in services.newest(auid=AUID)]


def flip(content, url, at=100):
    place = services.find(auid=AUID, url=url).place
    path = content / place.file
    data = bytearray(path.read_bytes())
    data[place.offset + place.body_offset + at] ^= 0x10
    path.write_bytes(data)


def test_everything_good(filled):
    report = services.check_au(auid=AUID)
    assert (report.outcome, report.good, report.findings) == (CheckOutcome.GOOD, 6, ())
    assert (states(), dates()) == ("gggggg", [True] * 6)
    summary = services.summary(auid=AUID)
    assert summary.last_check_at == summary.last_good_check_at
    assert summary.last_check_at is not None
    assert AuSummary.objects.get().next_check_at > summary.last_check_at
    assert Finding.objects.count() == 0


def test_one_byte_flipped_in_a_body(filled):
    digest = services.find(auid=AUID, url=URLS[2]).sha256
    flip(filled, URLS[2])
    report = services.check_au(auid=AUID)
    assert (report.outcome, report.good, report.damaged) == (CheckOutcome.DAMAGED, 5, 1)
    assert (states(), dates()) == ("ggdggg", [True, True, False, True, True, True])
    assert services.find(auid=AUID, url=URLS[2]).sha256 == digest
    summary = services.summary(auid=AUID)
    assert (summary.damaged, summary.suspect_versions, summary.last_good_check_at) == (1, 1, None)
    finding = Finding.objects.get(resolved_at=None)
    assert (finding.code, finding.severity, finding.subject) == (
        "content-damaged",
        "error",
        f"au:{AuSummary.objects.get().pk}",
    )
    assert URLS[2] in finding.place


def test_one_byte_flipped_in_a_stored_head(filled):
    place = services.find(auid=AUID, url=URLS[1]).place
    path = filled / place.file
    data = bytearray(path.read_bytes())
    data[place.offset + place.body_offset - 30] ^= 1
    path.write_bytes(data)
    services.check_au(auid=AUID)
    assert states() == "gdgggg"


def test_a_flip_in_the_metadata_costs_facts_and_no_content(filled):
    first = services.find(auid=AUID, url=URLS[0]).place
    second = services.find(auid=AUID, url=URLS[1]).place
    path = filled / first.file
    data = bytearray(path.read_bytes())
    data[second.offset - 15] ^= 1
    path.write_bytes(data)
    report = services.check_au(auid=AUID)
    assert (report.outcome, report.good) == (CheckOutcome.GOOD, 6)
    assert [f.code for f in report.findings] == ["record-facts-lost"]


def test_a_deleted_file(filled):
    name = services.find(auid=AUID, url=URLS[0]).place.file
    (filled / name).unlink()
    report = services.check_au(auid=AUID)
    assert (report.outcome, report.missing, report.good) == (CheckOutcome.MISSING, 2, 4)
    assert states() == "mmgggg"
    assert WarcFile.objects.get(name=name).state == FileState.MISSING
    assert services.summary(auid=AUID).missing == 2
    with (
        pytest.raises(ContentError) as error,
        services.open_body(services.find(auid=AUID, url=URLS[0])) as body,
    ):
        body.read()
    assert error.value.code == "content-missing"


def test_a_file_cut_in_mid_record(filled):
    place = services.find(auid=AUID, url=URLS[5]).place
    path = filled / place.file
    path.write_bytes(path.read_bytes()[: place.offset + place.length // 2])
    report = services.check_au(auid=AUID)
    assert (report.outcome, report.damaged, report.good) == (CheckOutcome.DAMAGED, 1, 5)
    assert states() == "gggggd"
    assert WarcFile.objects.get(name=place.file).state == FileState.DAMAGED


def test_a_writer_leaves_a_cut_file_alone_and_knows_what_it_lost(filled):
    place = services.find(auid=AUID, url=URLS[5]).place
    path = filled / place.file
    short = path.read_bytes()[: place.offset + place.length // 2]
    path.write_bytes(short)
    (added,) = services.add_captures(auid=AUID, captures=[capture(URLS[5], noise(1_500, 5))])
    assert (added.outcome, added.artifact.version) == ("new", 2)
    assert path.read_bytes() == short
    assert added.artifact.place.file != place.file
    old = services.find(auid=AUID, url=URLS[5], version=1)
    assert old.state is ArtifactState.DAMAGED
    assert services.check_au(auid=AUID).good == 6


def test_a_writer_notices_a_deleted_file(filled):
    (filled / services.find(auid=AUID, url=URLS[0]).place.file).unlink()
    added = services.add_captures(auid=AUID, captures=[capture(URLS[0], noise(1_500, 0))])
    assert added[0].artifact.version == 2
    assert states() == "gmgggg"


def test_a_file_that_comes_back_is_good_again(filled):
    name = services.find(auid=AUID, url=URLS[0]).place.file
    data = (filled / name).read_bytes()
    (filled / name).unlink()
    services.check_au(auid=AUID)
    (filled / name).write_bytes(data)
    report = services.check_au(auid=AUID)
    assert (report.outcome, states()) == (CheckOutcome.GOOD, "gggggg")
    assert WarcFile.objects.get(name=name).state == FileState.CLOSED
    assert services.summary(auid=AUID).missing == 0
    assert Finding.objects.filter(resolved_at=None).count() == 0


def test_a_disk_that_cannot_be_read_is_no_verdict_on_the_bytes(filled):
    name = services.find(auid=AUID, url=URLS[0]).place.file
    (filled / name).rename(filled / "elsewhere")
    (filled / name).mkdir()
    report = services.check_au(auid=AUID)
    assert (report.outcome, report.not_checkable, report.good) == (CheckOutcome.NOT_CHECKABLE, 2, 4)
    assert (states(), dates()[:2]) == ("uugggg", [False, False])
    summary = services.summary(auid=AUID)
    assert (summary.unreadable, summary.last_check_at) == (2, None)
    assert AuSummary.objects.get().next_check_at < dt.datetime.now(dt.UTC) + dt.timedelta(hours=2)
    assert Finding.objects.get(resolved_at=None).severity == "warning"
    assert not any(a.suspect for a in services.newest(auid=AUID))


def test_a_lost_mount_changes_no_row(filled):
    (filled / files.MARKER).unlink()
    for path in filled.rglob("*.warc.gz"):
        path.unlink()
    report = services.check_au(auid=AUID)
    assert (report.outcome, report.not_checkable) == (CheckOutcome.NOT_CHECKABLE, 6)
    assert (states(), dates()) == ("gggggg", [False] * 6)
    assert FixityCheck.objects.get().outcome == CheckOutcome.NOT_CHECKABLE


def test_a_repaired_url_is_damaged_no_more_but_its_old_version_stays_so(filled):
    flip(filled, URLS[2])
    services.check_au(auid=AUID)
    repair = replace(capture(URLS[2], noise(1_500, 2)), origin=Origin.REPAIR_PUBLISHER)
    assert services.add_captures(auid=AUID, captures=[repair])[0].artifact.version == 2
    report = services.check_au(auid=AUID)
    assert (report.outcome, report.damaged, report.good) == (CheckOutcome.DAMAGED, 1, 6)
    summary = services.summary(auid=AUID)
    assert (summary.damaged, summary.suspect_versions) == (0, 1)
    assert Finding.objects.filter(resolved_at=None).count() == 0


def test_when_damage_was_found_last_stays_known_after_it_was_mended(filled):
    services.check_au(auid=AUID)
    assert AuSummary.objects.get().last_damage_at is None
    before = now()
    flip(filled, URLS[2])
    services.check_au(auid=AUID)
    found = AuSummary.objects.get().last_damage_at
    assert before <= found <= now()
    repair = replace(capture(URLS[2], noise(1_500, 2)), origin=Origin.REPAIR_PUBLISHER)
    services.add_captures(auid=AUID, captures=[repair])
    # The old version is damaged still, the newest is not: that is no new finding.
    services.check_au(auid=AUID)
    assert AuSummary.objects.get().last_damage_at == found


def test_a_reader_who_runs_into_damage_is_a_finding_too(filled):
    held = services.find(auid=AUID, url=URLS[4])
    services.report(held, ContentError(ContentCode.DAMAGED, "other bytes"))
    assert AuSummary.objects.get().last_damage_at is not None


def test_what_a_reader_ran_into_is_noted(filled):
    found = services.find(auid=AUID, url=URLS[4])
    flip(filled, URLS[4])
    with pytest.raises(ContentError) as error, services.open_body(found) as body:
        body.read()
    AuSummary.objects.update(next_check_at=dt.datetime(2099, 1, 1, tzinfo=dt.UTC))
    services.report(found, error.value)
    assert states() == "ggggdg"
    assert services.find_best(auid=AUID, url=URLS[4]) is None
    assert AuSummary.objects.check_due(dt.datetime.now(dt.UTC)).count() == 1


def test_a_check_that_finds_another_record_at_a_place(filled):
    first = Artifact.objects.get(url=URLS[0])
    Artifact.objects.filter(url=URLS[1]).update(warc_offset=first.warc_offset)
    services.check_au(auid=AUID)
    assert states() == "gdgggg"


def test_long_aus_are_read_page_by_page(filled, monkeypatch):
    monkeypatch.setattr(fixity, "PAGE", 1)
    seen = []
    assert services.check_au(auid=AUID, progress=seen.append).good == 6
    assert seen == [1, 2, 3, 4, 5, 6]
    assert dates() == [True] * 6


def test_an_au_without_files_has_nothing_to_check(content):
    assert services.check_au(auid=OTHER).outcome is CheckOutcome.GOOD


class Progress:
    def progress(self, done, total=None, note=""):
        self.done = done


def test_due_aus_get_a_job_each_and_the_job_checks(filled):
    services.add_captures(auid=OTHER, captures=[capture()])
    assert services.open_due_checks() == []
    AuSummary.objects.update(next_check_at=BEFORE)
    scan_fixity.run()
    scan_fixity.run()
    jobs = list(Job.objects.order_by("subject"))
    assert len(jobs) == 2
    assert {(job.kind, job.queue) for job in jobs} == {("fixity", "default")}
    flip(filled, URLS[0])
    job = Job.objects.get(subject=f"au:{services.ensure_au_key(auid=AUID).pk}")
    result = fixity_job(job, Progress())
    assert result == {"outcome": "damaged", "good": 5, "damaged": 1, "missing": 0}
    assert AuSummary.objects.check_due(dt.datetime.now(dt.UTC)).count() == 1


def test_a_check_that_could_not_read_is_a_failed_job(filled):
    (filled / files.MARKER).unlink()
    for path in filled.rglob("*.warc.gz"):
        path.unlink()
    job = Job(kind="fixity", subject=f"au:{services.ensure_au_key(auid=AUID).pk}")
    with pytest.raises(Exception, match="6 versions could not be read"):
        fixity_job(job, Progress())
