"""One date, name or AUID that cannot be used costs its record, or is refused at once; never the import, thirty times."""

import io
import json
import tarfile
import zipfile

import pytest

from apps.common import jobs
from apps.common.choices import JobState
from apps.common.models import Job
from apps.exports import importing, tasks
from apps.exports.choices import ImportState
from apps.exports.errors import ImportRefused
from apps.exports.models import Package, PackageImport
from apps.exports.taking import folder
from apps.repository.errors import StoreCode, StoreError
from tests.exports.conftest import BASE, made, only
from tests.exports.test_import import answers, codes, held, info_of, rezipped
from tests.factories import make_au


@pytest.fixture
def target(node):
    """An AU of another node, as it were: nothing of it is here."""
    return make_au("Tides, elsewhere")


FAR = [
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
]


@pytest.mark.parametrize("date", FAR)
def test_a_date_that_nobody_can_have_is_a_finding(target, tmp_path, date):
    path = answers(tmp_path / "x.warc", (f"{BASE}/a", "200 OK", [], b"a"), (f"{BASE}/b", "200 OK", [], b"b"))
    path.write_bytes(path.read_bytes().replace(b"2031-11-21T10:00:00Z", date.encode(), 1))
    report = importing.import_package(path=path, user=None, au=target.auid)
    assert (codes(report), report.new) == (["package-record-broken"], 1)
    assert date in report.findings[0].found


def with_lines(path, out, change):
    """The zip with the first line of its list changed."""

    def changed(name, data):
        if not name.endswith("captures.jsonl"):
            return name, data
        first, _end, rest = data.partition(b"\n")
        return name, json.dumps(json.loads(first) | change).encode() + b"\n" + rest

    return rezipped(path, out, changed)


@pytest.mark.parametrize(
    "change",
    [
        *({"collected_at": date} for date in FAR),
        {"collected_at": "yesterday"},
        {"collected_at": "2026-11-21T10:00:00"},
        {"url": f"{BASE}/a\0b"},
        {"url": f"{BASE}/a\ud800b"},
        {"head": "HTTP/1.1 200 Ⅻ\r\n\r\n"},
        {"request": "Ⅻ"},
        {"sha256": "no digest"},
        {"redirected_to": "http://a/\0"},
        {"redirected_to": "\ud800"},
        {"address": "\0"},
        {"facts": {"a": "\0"}},
        {"facts": {"\ud800": "b"}},
    ],
)
def test_a_line_that_cannot_be_used_is_a_finding(node, target, tmp_path, change):
    path = with_lines(only(made(node.au, format="zip")), tmp_path / "x.zip", change)
    report = importing.import_package(path=path, user=None, au=target.auid)
    assert (report.count, report.new) == (1, 11)


@pytest.mark.parametrize("auid", ["a\0b", "a\ud800b"])
@pytest.mark.parametrize("kind", ["warc", "zip"])
def test_an_auid_that_none_can_have_is_refused_at_once(node, tmp_path, auid, kind):
    if kind == "zip":
        path = tmp_path / "x.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("captures.jsonl", b"")
            archive.writestr("au.json", json.dumps({"auid": auid}))
    else:
        path = tmp_path / "x.warc"
        block = b"auid: " + auid.encode("utf-8", "surrogatepass") + b"\r\n"
        head = b"WARC/1.1\r\nWARC-Type: warcinfo\r\nContent-Length: %d\r\n\r\n" % len(block)
        path.write_bytes(head + block + b"\r\n\r\n")
    with pytest.raises(ImportRefused) as told:
        importing.import_package(path=path, user=None)
    assert told.value.code in ("package-auid-malformed", "package-au-unknown")
    with pytest.raises(ImportRefused) as told:
        importing.import_package(path=only(made(node.au)), user=None, au=auid)
    assert told.value.code == "package-auid-malformed"


def job_for(node) -> tuple[PackageImport, Job]:
    path = only(made(node.au))
    (folder.place() / path.name).write_bytes(path.read_bytes())
    importing.look()
    ((row, job),) = importing.ask_import(packages=[Package.objects.get()], user=None)
    return row, job


def again(job: Job) -> Job:
    """The next attempt, now."""
    Job.objects.filter(pk=job.pk).update(run_after=job.created_at)
    jobs.run(job.pk)
    job.refresh_from_db()
    return job


def test_a_fault_of_the_program_is_told_after_three_attempts(node, monkeypatch):
    def wrong(*_given, **_more):
        raise OverflowError("date value out of range")

    monkeypatch.setattr(importing, "take_package", wrong)
    row, job = job_for(node)
    assert [again(job).state for _attempt in range(3)] == [
        JobState.WAITING,
        JobState.WAITING,
        JobState.FAILED,
    ]
    tasks.scan_exports()
    row.refresh_from_db()
    assert row.state == ImportState.FAILED
    assert "OverflowError" in row.error


def test_one_behind_much_waiting_has_its_attempts_all_the_same(node, monkeypatch):
    faults = [*([StoreError(StoreCode.BUSY, "somebody writes")] * 7), *([KeyError("x")] * 3)]

    def wrong(*_given, **_more):
        raise faults.pop(0)

    monkeypatch.setattr(importing, "take_package", wrong)
    _row, job = job_for(node)
    states = [again(job).state for _attempt in range(9)]
    assert states == [JobState.WAITING] * 8 + [JobState.FAILED]


def with_url(path, out, url):
    """The tgz with the first line of its list changed."""
    with tarfile.open(path) as archive:
        members = [(one.name, archive.extractfile(one).read()) for one in archive if one.isfile()]
    with tarfile.open(out, "w:gz") as archive:
        for name, data in members:
            first, _end, rest = data.partition(b"\n")
            is_list = name.endswith("captures.jsonl")
            changed = (
                json.dumps(json.loads(first) | {"url": url}).encode() + b"\n" + rest if is_list else data
            )
            info, data_of = info_of(name, changed)
            archive.addfile(info, io.BytesIO(data_of))
    return out


def named(path, url):
    """A record that has the name of a version as our store spells it."""
    head = [
        "WARC/1.1",
        "WARC-Type: resource",
        "WARC-Date: 2031-11-21T10:00:00Z",
        "WARC-Target-URI: urn:x",
        f"LOCKSS-URL: {url}",
        "Content-Type: text/plain",
        "Content-Length: 1",
    ]
    path.write_text("\r\n".join([*head, "", "x", "", ""]), newline="")
    return path


@pytest.mark.parametrize(
    ("kind", "url"),
    [
        ("zip", " java\tscript:alert(1)"),
        ("tgz", "javascript:alert(1)"),
        ("named", "javascript:alert(1)"),
        ("named", "file:///etc/passwd"),
        ("theirs", "javascript:alert(1)"),
    ],
)
def test_what_is_no_url_is_a_finding_in_every_form(node, target, tmp_path, url, kind):
    path = tmp_path / "x"
    if kind == "theirs":
        answers(path, (url, "200 OK", [], b"a"))
    elif kind == "named":
        named(path, url)
    elif kind == "zip":
        with_lines(only(made(node.au, format=kind)), path, {"url": url})
    else:
        with_url(only(made(node.au, format=kind)), path, url)
    report = importing.import_package(path=path, user=None, au=target.auid)
    assert [(str(one.code), one.expected) for one in report.findings] == [
        ("package-capture-refused", "a URL of http, https or ftp")
    ]
    assert not any("script" in one or "etc/passwd" in one for one in held(target) if not one.startswith(BASE))


def test_a_name_that_is_no_url_stays_one_of_ours(target, tmp_path):
    report = importing.import_package(path=named(tmp_path / "x", "a name"), user=None, au=target.auid)
    assert (report.count, list(held(target))) == (0, ["a name"])
