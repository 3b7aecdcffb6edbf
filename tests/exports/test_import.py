"""What one node has exported another takes: equal digests, once and again; and what is hostile or broken is a finding."""

import io
import json
import re
import tarfile
import zipfile

import pytest
from django.core.management import CommandError, call_command
from django.utils.translation import override
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from apps.accounts.models import AuditEvent
from apps.common.display import day_text
from apps.common.stored import retold
from apps.exports import importing
from apps.exports.errors import ImportRefused
from apps.lockss.packages import PackageFormat
from apps.repository import services as repository
from apps.repository.choices import CheckOutcome, Fact, Origin
from tests.exports.conftest import BASE, TEXT, files_of, made, only, pages
from tests.factories import make_au
from tests.repository.factories import AT, capture

ALL = ("warc", "wacz", "bagit")


def held(au, *, newest_only=False):
    """{url: [(digest, collected, head, request, facts, redirect), …]}, oldest first."""
    found = {}
    for url, versions in repository.all_versions(auid=au.auid):
        some = versions[:1] if newest_only else versions
        found[url] = [
            (
                one.sha256.hex(),
                one.collected_at,
                one.status,
                one.content_type,
                one.redirected_to,
                beside.head,
                beside.request,
                beside.fields.get("warc-ip-address"),
                {name: value for name, value in beside.facts.items() if name != Fact.ORIGIN_REF},
            )
            for one in reversed(some)
            for beside in [repository.beside(one)]
        ]
    return found


def codes(report):
    return [str(one.code) for one in report.findings]


@pytest.fixture
def target(node):
    """An AU of another node, as it were: nothing of it is here."""
    return make_au("Tides, elsewhere")


@pytest.mark.parametrize("kind", PackageFormat)
def test_another_node_has_the_same_afterwards(node, target, kind):
    path = only(made(node.au, format=str(kind)))
    report = importing.import_package(path=path, user=None, au=target.auid)
    assert codes(report) == []
    files = kind.is_files
    assert held(target) == held(node.au, newest_only=files)
    assert report.new == sum(len(some) for some in held(target).values())
    assert {one.origin for _url, some in repository.all_versions(auid=target.auid) for one in some} == {
        Origin.IMPORT
    }
    assert repository.check_au(auid=target.auid).outcome is CheckOutcome.GOOD
    again = importing.import_package(path=path, user=None, au=target.auid)
    assert (again.new, again.held, again.count) == (0, report.new, 0)
    assert AuditEvent.objects.filter(action="exports.import", subject=f"au:{target.pk}").count() == 2


@pytest.mark.parametrize("kind", [*ALL, "zip", "tgz"])
def test_an_export_of_what_was_imported_has_the_same_digests(node, target, kind):
    importing.import_package(path=only(made(node.au, format=kind)), user=None, au=target.auid)
    row = made(target, format=kind)
    assert row.findings == 0
    third = make_au("Tides, thirdly")
    importing.import_package(path=only(row), user=None, au=third.auid)
    assert held(third) == held(target)


def test_into_the_au_that_it_says_it_is_of(node):
    path = only(made(node.au))
    report = importing.import_package(path=path, user=None)
    assert (report.auid, report.new, report.count) == (node.au.auid, 0, 0)


def test_parts_one_after_the_other(node, target, monkeypatch):
    monkeypatch.setattr("apps.exports.making.parts.MIB", 1_000)
    for path in files_of(made(node.au, max_mib="20")):
        assert importing.import_package(path=path, user=None, au=target.auid).count == 0
    assert held(target) == held(node.au)


def test_plain_warc_too(node, target):
    path = only(made(node.au, compress="no"))
    assert importing.import_package(path=path, user=None, au=target.auid).count == 0
    assert held(target) == held(node.au)


def test_something_newer_that_is_here_stays_the_newest(node, target):
    import datetime as dt

    newer = capture(f"{BASE}/a", b"newer", collected_at=AT + dt.timedelta(days=9))
    repository.add_captures(auid=target.auid, captures=[newer])
    # Two revisits refer to what is not taken.
    report = importing.import_package(path=only(made(node.au)), user=None, au=target.auid)
    assert codes(report) == ["package-older-than-held"]
    # For people; it had twenty-six digits of a moment.
    (found,) = report.findings
    moment = r"\d{1,2} [A-Z][a-z]{2} \d{4}, \d\d:\d\d:\d\d UTC"
    assert re.fullmatch(moment, found.found)
    assert re.fullmatch(rf"nothing newer here than that; version \d+ is of {moment}", found.expected)
    with override("es"):
        assert retold(found.expected).startswith("nada aquí más nuevo que eso")
        assert f"{newer.collected_at:%H:%M:%S} UTC" in retold(found.expected)
        assert day_text(newer.collected_at.astimezone(dt.UTC).date()) in retold(found.expected)
    assert repository.find(auid=target.auid, url=f"{BASE}/a").size == 5
    assert repository.find(auid=target.auid, url="https://pub.example/a").size == len(TEXT)


def test_a_package_of_an_au_that_is_not_here_is_refused(node, tmp_path):
    path = only(made(node.au))
    node.au.key.auid  # noqa: B018 - the store's name of it stays
    type(node.au).objects.filter(pk=node.au.pk).update(auid="org|other&x~1")
    with pytest.raises(ImportRefused) as told:
        importing.import_package(path=path, user=None)
    assert told.value.code == "package-au-unknown"


# Damage -----------------------------------------------------------------------------------------


def test_a_flipped_byte_costs_what_it_hits_and_is_told(node, target, tmp_path):
    path = only(made(node.au, compress="no"))
    data = bytearray(path.read_bytes())
    data[data.index(b"capital")] ^= 1
    broken = tmp_path / "x.warc"
    broken.write_bytes(data)
    report = importing.import_package(path=broken, user=None, au=target.auid)
    assert codes(report) == ["package-digest-wrong"]
    assert report.findings[0].found == f"{BASE}/A"
    whole = held(node.au)
    del whole[f"{BASE}/A"]
    assert held(target) == whole


@pytest.mark.parametrize("compress", ["yes", "no"])
def test_a_file_that_was_cut_is_told_and_what_is_whole_is_taken(node, target, tmp_path, compress):
    path = only(made(node.au, compress=compress))
    cut = tmp_path / "cut.warc"
    cut.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    report = importing.import_package(path=cut, user=None, au=target.auid)
    assert set(codes(report)) == {"package-record-broken", "package-incomplete"}
    assert 0 < report.new < len(pages())


def test_records_that_were_taken_out_are_missed(node, target, tmp_path):
    path = only(made(node.au, compress="no"))
    data = path.read_bytes()
    start = data.rindex(b"WARC/1.1\r\n", 0, data.index(b"WARC-Target-URI: http://pub.example/A\r\n"))
    end = data.index(b"WARC/1.1\r\nWARC-Type: response", start + 10)
    (tmp_path / "x.warc").write_bytes(data[:start] + data[end:])
    report = importing.import_package(path=tmp_path / "x.warc", user=None, au=target.auid)
    assert codes(report) == ["package-incomplete"]


def rezipped(path, out, change):
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(out, "w") as new:
        for info in archive.infolist():
            told = change(info.filename, archive.read(info))
            if told is not None:
                new.writestr(*told)
    return out


def test_members_of_a_wacz_that_are_not_what_is_listed(node, target, tmp_path):
    path = only(made(node.au, format="wacz"))

    def change(name, data):
        return (name, data + b"x") if name.endswith(".warc.gz") else (name, data)

    out = rezipped(path, tmp_path / "x.wacz", change)
    with zipfile.ZipFile(out, "a") as more:
        more.writestr("../../../tmp/evil.warc", b"x")
        more.writestr("archive/more.warc", b"WARC/1.1\r\n")
    with pytest.raises(ImportRefused):
        # Nothing is left that says which AU it is of.
        importing.import_package(path=out, user=None)
    report = importing.import_package(path=out, user=None, au=target.auid)
    assert sorted(codes(report)) == [
        "package-digest-wrong",
        "package-member-unlisted",
        "package-unsafe-member",
    ]
    assert report.new == 0


def test_a_zip_whose_members_are_changed_missing_or_more(node, target, tmp_path):
    path = only(made(node.au, format="zip"))

    def change(name, data):
        if name.endswith("/A") or "/A~" in name:
            return name, b"other"
        return None if name.endswith("picture.png") else (name, data)

    out = rezipped(path, tmp_path / "x.zip", change)
    with zipfile.ZipFile(out, "a") as more:
        more.writestr("../evil", b"x")
        more.writestr("extra", b"x")
    report = importing.import_package(path=out, user=None, au=target.auid)
    assert sorted(codes(report)) == [
        "package-digest-wrong",
        "package-member-lacks",
        "package-member-unlisted",
        "package-unsafe-member",
    ]
    assert report.new == 10


def test_lines_that_are_none_are_told(node, target, tmp_path):
    path = only(made(node.au, format="zip"))

    def change(name, data):
        if not name.endswith("captures.jsonl"):
            return name, data
        lines = data.splitlines()
        first = json.loads(lines[0])
        outside = json.dumps({**first, "path": "../../etc/passwd"}).encode()
        return name, b"\n".join([b"{", b"[1]", outside, *lines[1:]])

    report = importing.import_package(
        path=rezipped(path, tmp_path / "x.zip", change), user=None, au=target.auid
    )
    assert codes(report).count("package-broken") == 2
    assert codes(report).count("package-member-lacks") == 1


DEEP = b"[" * 200_000


@pytest.mark.parametrize("kind", ["zip", "tgz"])
def test_json_too_deep_to_be_read_is_a_finding_and_the_rest_is_taken(node, target, tmp_path, kind):
    path = only(made(node.au, format=kind))

    def change(name, data):
        if name.endswith("au.json"):
            return name, DEEP
        if not name.endswith("captures.jsonl"):
            return name, data
        return name, DEEP + b"\n" + data

    out = tmp_path / f"x.{kind}"
    if kind == "zip":
        rezipped(path, out, change)
    else:
        with tarfile.open(path) as archive:
            members = [
                info_of(*change(info.name, archive.extractfile(info).read()))
                for info in archive
                if info.isfile()
            ]
        tar_of(out, *members, mode="w:gz")
    report = importing.import_package(path=out, user=None, au=target.auid)
    assert [(str(one.code), one.place) for one in report.findings] == [
        ("package-broken", "captures.jsonl, line 1")
    ]
    assert held(target) == held(node.au, newest_only=True)
    with pytest.raises(ImportRefused) as told:
        # Nothing is left that says which AU it is of.
        importing.import_package(path=out, user=None)
    assert told.value.code == "package-of-no-au"


def test_a_wacz_whose_list_is_too_deep_is_refused(node, target, tmp_path):
    path = only(made(node.au, format="wacz"))
    out = rezipped(
        path, tmp_path / "x.wacz", lambda name, data: (name, DEEP if name == "datapackage.json" else data)
    )
    with pytest.raises(ImportRefused, match="does not list its members"):
        importing.import_package(path=out, user=None, au=target.auid)


def test_a_metadata_record_too_deep_to_be_read_is_told(node, target, tmp_path):
    data = only(made(node.au, compress="no")).read_bytes()
    head = b"WARC/1.1\r\nWARC-Type: metadata\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    (tmp_path / "x.warc").write_bytes(data + head % len(DEEP) + DEEP + b"\r\n\r\n")
    report = importing.import_package(path=tmp_path / "x.warc", user=None, au=target.auid)
    assert [(str(one.code), one.found) for one in report.findings] == [
        ("package-record-broken", "it lies too deep")
    ]
    assert held(target) == held(node.au)


def tar_of(path, *members, mode="w"):
    with tarfile.open(path, mode) as archive:
        for info, data in members:
            archive.addfile(info, io.BytesIO(data))
    return path


def info_of(name, data=b"", kind=tarfile.REGTYPE, **more):
    info = tarfile.TarInfo(name)
    info.size, info.type = len(data), kind
    for key, value in more.items():
        setattr(info, key, value)
    return info, data


def bag_members(node):
    path = only(made(node.au, format="bagit"))
    with tarfile.open(path) as archive:
        return [(info, archive.extractfile(info).read()) for info in archive]


def test_a_bag_is_judged_before_anything_is_taken(node, target, tmp_path):
    members = bag_members(node)
    root = members[0][0].name.partition("/")[0]
    hostile = [
        info_of(f"{root}/data/extra.warc", b"WARC/1.1\r\n"),
        info_of("../../evil", b"x"),
        info_of("/etc/cron.d/evil", b"x"),
        info_of(f"{root}/data/link", kind=tarfile.SYMTYPE, linkname="/etc/passwd"),
        info_of(f"{root}/data/hard", kind=tarfile.LNKTYPE, linkname="/etc/passwd"),
        info_of(f"{root}/fifo", kind=tarfile.FIFOTYPE),
        info_of("elsewhere/x", b"x"),
    ]
    path = tar_of(tmp_path / "x.tar", *members, *hostile)
    report = importing.import_package(path=path, user=None, au=target.auid)
    assert sorted(codes(report)) == sorted(
        ["package-member-unlisted"] * 2
        + ["package-unsafe-member"] * 2
        + ["package-link"] * 3
        + ["package-incomplete"]
    )
    # What is listed and right is taken.
    assert held(target) == held(node.au)


@pytest.mark.parametrize("what", ["data/", "manifest-sha512"])
def test_a_bag_with_a_wrong_digest_gives_nothing(node, target, tmp_path, what):
    members = bag_members(node)
    changed = []
    for info, whole in members:
        path, data = info.name.partition("/")[2], whole
        if path.startswith(what):
            data = (
                data[:-9] + bytes([data[-9] ^ 1]) + data[-8:] if what == "data/" else b"0" * 128 + data[128:]
            )
        changed.append((info, data))
    report = importing.import_package(path=tar_of(tmp_path / "x.tar", *changed), user=None, au=target.auid)
    assert "package-digest-wrong" in codes(report)
    assert report.new == 0


def test_a_tar_header_of_ten_gigabytes_is_not_read(node, target, tmp_path):
    info, _ = info_of("x", kind=tarfile.XHDTYPE)
    info.size = 10 << 30
    (tmp_path / "x.tar").write_bytes(info.tobuf(tarfile.GNU_FORMAT) + b"\0" * 2048)
    with pytest.raises(ImportRefused, match="extended header"):
        importing.import_package(path=tmp_path / "x.tar", user=None, au=target.auid)


@pytest.mark.parametrize("kind", ["tgz", "zip", "warc.gz"])
def test_bombs_are_refused(node, target, tmp_path, kind, monkeypatch):
    monkeypatch.setattr("apps.exports.taking.streams.FREE_BYTES", 1 << 20)
    monkeypatch.setattr("apps.exports.taking.packages.FREE_BYTES", 1 << 20)
    path, zeros = tmp_path / f"bomb.{kind}", b"\0" * (50 << 20)
    if kind == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("captures.jsonl", zeros)
    elif kind == "tgz":
        tar_of(path, info_of("x/captures.jsonl", zeros), mode="w:gz")
    else:
        import gzip

        head = b"WARC/1.1\r\nWARC-Type: response\r\nContent-Length: %d\r\n\r\n" % len(zeros)
        path.write_bytes(gzip.compress(head + zeros))
    try:
        report = importing.import_package(path=path, user=None, au=target.auid)
        said = report.findings[0].found
        assert report.new == 0
    except ImportRefused as error:
        said = str(error)
    assert "inflate" in said


def test_a_zip_whose_members_overlap_is_refused(node, target, tmp_path):
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("captures.jsonl", b"x" * 10_000)
        first = archive.infolist()[0]
        for n in range(9):
            copy = zipfile.ZipInfo(f"c{n}")
            copy.file_size = copy.compress_size = first.file_size
            copy.CRC, copy.header_offset = first.CRC, first.header_offset
            archive.filelist.append(copy)
            archive.NameToInfo[copy.filename] = copy
    with pytest.raises(ImportRefused, match="overlap"):
        importing.import_package(path=path, user=None, au=target.auid)


@pytest.mark.parametrize(
    "data", [b"", b"PK\3\4", b"\x1f\x8b", b"WARC/1.1", b"hello", b"\0" * 1024, b"PK\5\6" + b"\0" * 18]
)
def test_what_is_no_package_says_so(node, target, tmp_path, data):
    path = tmp_path / "x"
    path.write_bytes(data)
    try:
        report = importing.import_package(path=path, user=None, au=target.auid)
    except ImportRefused:
        return
    assert report.count
    assert report.new == 0


# WARC of others ---------------------------------------------------------------------------------


def foreign(path, *, gzip=True):
    """As wget and Heritrix write: request first, SHA-1 in base 32, chunked bodies, a revisit."""
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=gzip, warc_version="1.0")
        writer.write_record(writer.create_warcinfo_record("x.warc.gz", {"software": "Other/1.0"}))

        def write(record):
            writer.write_record(record)
            record.raw_stream.close()  # a temporary file of the writer's, where it had to count a digest

        def response(url, body, **fields):
            http = StatusAndHeaders("200 OK", [("Content-Type", "text/html"), *fields.items()], "HTTP/1.1")
            return writer.create_warc_record(url, "response", io.BytesIO(body), http_headers=http)

        first = response(f"{BASE}/one", TEXT)
        asked = StatusAndHeaders("GET /one HTTP/1.1", [("Host", "pub.example")], is_http_request=True)
        request = writer.create_warc_record(
            f"{BASE}/one",
            "request",
            http_headers=asked,
            warc_headers_dict={"WARC-Concurrent-To": first.rec_headers.get_header("WARC-Record-ID")},
        )
        write(request)
        write(first)
        chunked = b"".join(b"%x\r\n%s\r\n" % (len(one), one) for one in (b"first ", b"second")) + b"0\r\n\r\n"
        write(response(f"{BASE}/chunked", chunked, **{"Transfer-Encoding": "chunked"}))
        again = writer.create_revisit_record(
            f"{BASE}/two",
            first.rec_headers.get_header("WARC-Payload-Digest"),
            f"{BASE}/one",
            first.rec_headers.get_header("WARC-Date"),
            http_headers=first.http_headers,
        )
        write(again)
        write(
            writer.create_warc_record(
                "dns:pub.example", "response", io.BytesIO(b"x"), warc_content_type="text/dns"
            )
        )
    return path


@pytest.mark.parametrize("gzip", [True, False])
def test_a_warc_of_another_program(node, target, tmp_path, gzip):
    path = foreign(tmp_path / "x.warc.gz", gzip=gzip)
    with pytest.raises(ImportRefused) as told:
        importing.import_package(path=path, user=None)
    assert told.value.code == "package-of-no-au"
    report = importing.import_package(path=path, user=None, au=target.auid)
    assert [(one.code, one.found) for one in report.findings] == [
        ("package-capture-refused", "dns:pub.example")
    ]
    for name, body in (("one", TEXT), ("two", TEXT), ("chunked", b"first second")):
        found = repository.find(auid=target.auid, url=f"{BASE}/{name}")
        with repository.open_body(found) as opened:
            assert opened.read() == body
    assert repository.request(repository.find(auid=target.auid, url=f"{BASE}/one")).startswith(b"GET /one ")


def answers(path, *some):
    """``some``: (URL, status line, fields, body), a year after what ``pages()`` has."""
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=False, warc_version="1.0")
        for url, status, fields, body in some:
            http = StatusAndHeaders(status, [("Content-Type", "text/html"), *fields], "HTTP/1.1")
            when = {"WARC-Date": "2031-11-21T10:00:00Z"}
            record = writer.create_warc_record(
                url, "response", io.BytesIO(body), http_headers=http, warc_headers_dict=when
            )
            writer.write_record(record)
            record.raw_stream.close()
    return path


NO_SUCCESS = (
    *("404 Not Found", "500 Oops", "403 Forbidden", "204 No Content", "206 Partial", "304 Not Modified"),
    *("301 Moved", "302 Found", "103 Early Hints", "999 Request denied"),
)


@pytest.mark.parametrize("status", NO_SUCCESS)
def test_an_answer_of_others_that_is_no_success_is_told_and_never_a_version(node, tmp_path, status):
    """Readers would have got the publisher's error as the article, with 200, in place of the good version."""
    before = held(node.au)
    url, number = f"{BASE}/a", int(status[:3])
    leads = [("Location", f"{BASE}/elsewhere")] if 300 <= number < 400 else []
    path = answers(
        tmp_path / "x.warc", (url, status, leads, b"sorry"), (f"{BASE}/more", "200 OK", [], b"good")
    )
    report = importing.import_package(path=path, user=None, au=node.au.auid)
    (told,) = report.findings
    assert (str(told.code), told.place) == ("package-answer-no-success", "x.warc, record 1")
    assert told.found == f"status {number} of {url}"
    assert "200, 203" in told.expected
    assert report.new == 1
    after = held(node.au)
    assert [one[2] for one in after.pop(f"{BASE}/more")] == [200]
    assert after == before


def revisit_of(path, *, original, head, body=TEXT, fields=()):
    """A page with ``original`` as its status, and a revisit of it under another name."""
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=False, warc_version="1.0")
        http = StatusAndHeaders(original, [("Content-Type", "text/html"), *fields], "HTTP/1.1")
        first = writer.create_warc_record(f"{BASE}/gone", "response", io.BytesIO(body), http_headers=http)
        writer.write_record(first)
        first.raw_stream.close()
        again = writer.create_warc_record(
            f"{BASE}/a-too",
            "revisit",
            http_headers=StatusAndHeaders(head, [("Content-Type", "text/html")], "HTTP/1.1")
            if head
            else None,
            warc_headers_dict={
                "WARC-Refers-To": first.rec_headers.get_header("WARC-Record-ID"),
                "WARC-Refers-To-Target-URI": f"{BASE}/gone",
                "WARC-Refers-To-Date": first.rec_headers.get_header("WARC-Date"),
                "WARC-Payload-Digest": first.rec_headers.get_header("WARC-Payload-Digest"),
            },
        )
        writer.write_record(again)
    return path


@pytest.mark.parametrize(
    ("original", "head", "places"),
    [
        ("200 OK", "200 OK", []),
        ("200 OK", "", []),
        ("200 OK", "304 Not Modified", [2]),
        ("404 Not Found", "404 Not Found", [1, 2]),
        ("404 Not Found", "", [1, 2]),
        # The bytes of an error page, but this answer said that they are the page.
        ("404 Not Found", "200 OK", [1]),
    ],
)
def test_a_revisit_has_its_own_status_or_that_of_its_original(target, tmp_path, original, head, places):
    path = revisit_of(tmp_path / "x.warc", original=original, head=head)
    report = importing.import_package(path=path, user=None, au=target.auid)
    assert [(str(one.code), one.place) for one in report.findings] == [
        ("package-answer-no-success", f"x.warc, record {number}") for number in places
    ]
    assert report.new == 2 - len(places)


def test_a_revisit_without_a_head_of_its_own_has_that_of_its_original(target, tmp_path):
    """WARC 1.1 §6.7: the record that it refers to tells all of the answer; its own type is that of a record."""
    path = revisit_of(tmp_path / "x.warc", original="200 OK", head="")
    importing.import_package(path=path, user=None, au=target.auid)
    again = repository.find(auid=target.auid, url=f"{BASE}/a-too")
    assert (again.content_type, again.status) == ("text/html", 200)
    assert repository.head(again) == repository.head(repository.find(auid=target.auid, url=f"{BASE}/gone"))


@pytest.mark.parametrize("chunked", [False, True])
def test_the_same_where_the_original_is_in_the_file_alone(target, tmp_path, chunked):
    """It is no success, say, so it was not stored; the revisit says that the page was there."""
    fields = [("Transfer-Encoding", "chunked")] if chunked else []
    body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(TEXT), TEXT) if chunked else TEXT
    path = revisit_of(tmp_path / "x.warc", original="200 OK", head="", body=body, fields=fields)
    newer = answers(tmp_path / "newer.warc", (f"{BASE}/gone", "200 OK", [], b"newer"))
    importing.import_package(path=newer, user=None, au=target.auid)
    report = importing.import_package(path=path, user=None, au=target.auid)
    assert codes(report) == ["package-older-than-held"]
    again = repository.find(auid=target.auid, url=f"{BASE}/a-too")
    assert (again.content_type, again.status) == ("text/html", 200)
    with repository.open_body(again) as opened:
        assert opened.read() == TEXT


def test_a_revisit_of_a_file_is_of_its_type(target, tmp_path):
    path = tmp_path / "x.warc"
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=False, warc_version="1.0")
        first = writer.create_warc_record(
            f"{BASE}/file", "resource", io.BytesIO(TEXT), warc_content_type="text/plain"
        )
        writer.write_record(first)
        first.raw_stream.close()
        again = writer.create_warc_record(
            f"{BASE}/file-too",
            "revisit",
            warc_headers_dict={
                "WARC-Refers-To": first.rec_headers.get_header("WARC-Record-ID"),
                "WARC-Refers-To-Target-URI": f"{BASE}/file",
                "WARC-Refers-To-Date": first.rec_headers.get_header("WARC-Date"),
                "WARC-Payload-Digest": first.rec_headers.get_header("WARC-Payload-Digest"),
            },
        )
        writer.write_record(again)
    importing.import_package(path=path, user=None, au=target.auid)
    found = repository.find(auid=target.auid, url=f"{BASE}/file-too")
    assert (found.content_type, found.status) == ("text/plain", None)


def test_a_metadata_record_of_another_program_makes_no_answer_ours(target, tmp_path):
    """Heritrix writes such records; the error beside one is an error."""
    path = answers(tmp_path / "x.warc", (f"{BASE}/gone", "404 Not Found", [], b"sorry"))
    record_id = next(line for line in path.read_bytes().splitlines() if line.startswith(b"WARC-Record-ID"))
    block = b"via: http://pub.example/\r\nfetchTimeMs: 12\r\n"
    head = [
        b"WARC/1.0",
        b"WARC-Type: metadata",
        record_id.replace(b"WARC-Record-ID", b"WARC-Refers-To"),
        b"Content-Type: application/warc-fields",
        b"Content-Length: %d" % len(block),
    ]
    path.write_bytes(path.read_bytes() + b"\r\n".join([*head, b"", block, b"", b""]))
    report = importing.import_package(path=path, user=None, au=target.auid)
    assert codes(report) == ["package-answer-no-success"]
    assert report.new == 0


def test_a_revisit_whose_original_is_nowhere_is_told(node, target, tmp_path):
    path = only(made(node.au, compress="no"))
    data = path.read_bytes()
    start = data.rindex(b"WARC/1.1\r\n", 0, data.index(b"WARC-Type: revisit"))
    (tmp_path / "x.warc").write_bytes(data[start:])
    report = importing.import_package(path=tmp_path / "x.warc", user=None, au=target.auid)
    assert "package-revisit-without-original" in codes(report)


# The command ------------------------------------------------------------------------------------


def test_the_command_says_what_it_took(node, target, tmp_path, capsys):
    path = only(made(node.au))
    call_command("import_export", str(path), "--au", target.auid, "--told", "json")
    told = json.loads(capsys.readouterr().out)
    assert (told["new"], told["count"]) == (14, 0)
    (tmp_path / "cut").write_bytes(path.read_bytes()[:-100])
    with pytest.raises(SystemExit) as code:
        call_command("import_export", str(tmp_path / "cut"), "--au", target.auid)
    assert code.value.code == 1
    assert "package-incomplete" in capsys.readouterr().err
    with pytest.raises(CommandError) as refused:
        call_command("import_export", str(tmp_path / "nowhere"))
    assert refused.value.returncode == 2
