"""WARC packages: what the store has, exactly, and every program that knows WARC reads it."""

import json
from io import BytesIO

import pytest
from warcio.archiveiterator import ArchiveIterator

from apps.exports.models import ExportFinding
from apps.repository import services as repository
from tests.exports.conftest import BASE, HEAD, PICTURE, TEXT, damage, files_of, made, only, pages
from tests.repository.warcs import fastwarc_reads, warcio_check


def records(path):
    with path.open("rb") as file:
        for record in ArchiveIterator(file):
            fields = {name.lower(): value for name, value in record.rec_headers.headers}
            yield record.rec_type, fields, record.http_headers, record.content_stream().read()


@pytest.mark.parametrize("compress", ["yes", "no"])
def test_every_version_is_there_with_its_true_head(node, compress):
    path = only(made(node.au, compress=compress))
    assert path.name.endswith(".warc.gz" if compress == "yes" else ".warc")
    assert warcio_check(path) == ""
    assert fastwarc_reads(path)[0][0] == "warcinfo"
    found = list(records(path))
    content = [
        (f["warc-target-uri"], body) for kind, f, _h, body in found if kind in ("response", "resource")
    ]
    urls = [uri for uri, _body in content]
    assert urls.count(f"{BASE}/") == 3
    assert dict(content)[f"{BASE}/picture.png"] == PICTURE
    assert [body for uri, body in content if uri == f"{BASE}/"] == [
        b"<p>start, once</p>",
        b"<p>start, twice</p>",
        b"<p>start, thrice</p>",
    ]
    with path.open("rb") as file:
        raw = BytesIO(file.read())
    if compress == "no":
        assert raw.getvalue().count(HEAD) == 3
    kinds = [kind for kind, *_ in found]
    assert len([k for k in kinds if k in ("response", "resource", "revisit")]) == len(pages())
    assert kinds.count("metadata") == len(pages()) + 1


def test_the_same_bytes_again_are_a_revisit_that_names_the_first(node):
    found = list(records(only(made(node.au))))
    ids = {f["warc-record-id"]: f for _kind, f, _http, _body in found}
    revisits = [(f, http) for kind, f, http, _body in found if kind == "revisit"]
    # Of /a, /a/ and the https one the first stands whole.
    assert len(revisits) == 2
    for fields, http in revisits:
        first = ids[fields["warc-refers-to"]]
        assert first["warc-type"] == "response"
        assert first["warc-target-uri"] == fields["warc-refers-to-target-uri"]
        assert first["warc-date"] == fields["warc-refers-to-date"]
        assert first["warc-payload-digest"] == fields["warc-payload-digest"]
        assert http.get_statuscode() == "200"


def test_the_last_record_tells_what_is_in_the_file(node):
    (_kind, _fields, _http, body) = list(records(only(made(node.au))))[-1]
    told = json.loads(body)
    assert told["auid"] == node.au.auid
    assert (told["part"], told["is_last"], told["captures"]) == (1, True, len(pages()))
    assert told["findings"] == []
    assert told["params"] == node.au.params


def test_a_new_file_begins_when_one_is_large_enough_and_nothing_is_there_twice(node, monkeypatch):
    monkeypatch.setattr("apps.exports.making.parts.MIB", 1_000)
    row = made(node.au, max_mib="20")
    paths = files_of(row)
    assert len(paths) > 1
    assert [path.name[-13:-8] for path in paths] == [f"{n + 1:05d}" for n in range(len(paths))]
    assert warcio_check(*paths) == ""
    seen = [
        (f["warc-target-uri"], f["warc-date"])
        for path in paths
        for kind, f, _h, _b in records(path)
        if kind in ("response", "resource", "revisit")
    ]
    assert len(seen) == len(set(seen)) == len(pages())
    ends = [json.loads(list(records(path))[-1][3])["is_last"] for path in paths]
    assert ends == [False] * (len(paths) - 1) + [True]


def test_so_many_versions_as_are_asked_for_the_newest(node):
    found = list(records(only(made(node.au, max_versions="2"))))
    starts = [
        body for kind, f, _h, body in found if kind == "response" and f["warc-target-uri"] == f"{BASE}/"
    ]
    assert starts == [b"<p>start, twice</p>", b"<p>start, thrice</p>"]


def test_folder_pages_are_left_out_where_that_is_asked_for(node):
    row = made(node.au, exclude_dir_nodes="yes", max_versions="1")
    urls = {f.get("warc-target-uri") for _k, f, _h, _b in records(only(row))}
    assert f"{BASE}/a/b.html?x=1&y=%C3%BC" in urls
    assert not urls & {f"{BASE}/", f"{BASE}/a", f"{BASE}/a/"}
    assert row.units.get().left_out == 3


def test_names_as_1_x_gives_them(node):
    path = only(made(node.au, naming="lockss-1", prefix="tide"))
    assert path.name == f"tide-{path.name.split('-')[1]}-00001.warc.gz"
    assert len(path.name.split("-")[1]) == 17


@pytest.mark.parametrize("compress", ["yes", "no"])
def test_a_damaged_version_is_a_finding_and_the_file_is_whole_without_it(node, compress):
    damage(node.au, f"{BASE}/picture.png")
    row = made(node.au, compress=compress)
    path = only(row)
    assert warcio_check(path) == ""
    assert f"{BASE}/picture.png" not in {f.get("warc-target-uri") for _k, f, _h, _b in records(path)}
    (finding,) = ExportFinding.objects.filter(export=row)
    assert (finding.code, finding.url, finding.version) == ("damaged", f"{BASE}/picture.png", 1)
    assert row.findings == 1
    told = json.loads(list(records(path))[-1][3])
    assert told["findings"][0]["url"] == f"{BASE}/picture.png"
    report = (row.folder / "report.csv").read_text()
    assert f"{BASE}/picture.png" in report
    # The store has heard of it.
    assert repository.find(auid=node.au.auid, url=f"{BASE}/picture.png").suspect


def test_an_older_version_stands_in_for_a_damaged_one_and_it_is_said(node):
    damage(node.au, f"{BASE}/", 3)
    row = made(node.au, max_versions="1")
    bodies = [
        b for k, f, _h, b in records(only(row)) if f.get("warc-target-uri") == f"{BASE}/" and k == "response"
    ]
    assert bodies == [b"<p>start, twice</p>"]
    (finding,) = ExportFinding.objects.filter(export=row)
    assert (finding.version, finding.instead) == (3, 2)
    # Known from now on, it is told again and not tried.
    again = made(node.au, max_versions="1")
    (finding,) = ExportFinding.objects.filter(export=again)
    assert (finding.code, finding.version, finding.instead) == ("damaged", 3, 2)


def test_a_lost_file_is_a_finding_for_each_of_its_versions(node):
    for path in (node.folder / "content").rglob("*.warc.gz"):
        path.unlink()
    row = made(node.au)
    assert row.state == "done"
    assert {one.code for one in ExportFinding.objects.filter(export=row)} == {"missing"}
    assert row.findings == len(pages())
    assert warcio_check(only(row)) == ""


def test_facts_that_rotted_are_a_finding_and_the_answer_goes_all_the_same(node):
    found = repository.find(auid=node.au.auid, url=f"{BASE}/a")
    file = node.folder / "content" / found.place.file
    data = bytearray(file.read_bytes())
    data[found.place.offset + found.place.length + 40] ^= 0xFF
    file.write_bytes(data)
    row = made(node.au)
    (finding,) = ExportFinding.objects.filter(export=row)
    assert (finding.code, finding.url) == ("beside-damaged", f"{BASE}/a")
    bodies = {f["warc-target-uri"]: b for k, f, _h, b in records(only(row)) if k == "response"}
    assert bodies[f"{BASE}/a"] == TEXT


def test_the_list_of_digests_is_of_all_files(node):
    import hashlib

    row = made(node.au, node.other)
    lines = (row.folder / "SHA256SUMS").read_text().splitlines()
    told = dict(reversed(line.split("  ")) for line in lines)
    assert set(told) == {path.name for path in files_of(row)} | {"report.csv"}
    for name, digest in told.items():
        assert hashlib.sha256((row.folder / name).read_bytes()).hexdigest() == digest
