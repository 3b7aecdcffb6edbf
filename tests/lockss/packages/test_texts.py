"""Names and texts of packages."""

import datetime as dt
import json

import pytest

from apps.lockss.packages import (
    BagFault,
    BagFaultCode,
    ExportOptions,
    Naming,
    OptionFault,
    OptionFaultCode,
    PackageFormat,
    Page,
    Resource,
    Stamp,
    Xlate,
    bag_info,
    bagit_text,
    clean_prefix,
    container_name,
    datapackage,
    datapackage_digest,
    idx_head,
    idx_line,
    manifest_line,
    options_of,
    pages_head,
    parse_manifest_line,
    part_name,
)

AT = dt.datetime(2026, 11, 21, 6, 12, 30, 123456, tzinfo=dt.UTC)
OURS = Stamp("tide", "0123456789abcdef0123", AT)
OLD = Stamp("tide", "0123456789abcdef0123", AT, Naming.LOCKSS_1)


def test_files_are_named_with_the_au_or_as_1_x_does():
    assert part_name(OURS, 0, "warc.gz") == "tide-0123456789abcdef0123-20261121061230-00001.warc.gz"
    assert part_name(OLD, 0, "warc.gz") == "tide-20261121061230123-00001.warc.gz"
    assert part_name(OLD, 0, "zip") == "tide-20261121061230-00000.zip"
    assert container_name(OURS, "wacz") == "tide-0123456789abcdef0123-20261121061230.wacz"
    assert container_name(OURS) == "tide-0123456789abcdef0123-20261121061230"


@pytest.mark.parametrize("text", ["", "../x", "a/b", ".a", "-a", "a" * 61, "ä", "a\n", "a."])
def test_a_prefix_is_part_of_a_file_name_everywhere(text):
    assert clean_prefix(text) is None


def test_a_good_prefix_is_taken():
    assert clean_prefix("A-1_b.c") == "A-1_b.c"


def test_options_are_read_from_texts_and_told_again():
    given = {
        "format": "zip",
        "prefix": "x",
        "naming": "lockss-1",
        "max_mib": "10",
        "max_versions": "1",
        "exclude_dir_nodes": "on",
        "xlate": "windows",
    }
    read = options_of(given)
    assert read == ExportOptions(
        format=PackageFormat.ZIP,
        prefix="x",
        naming=Naming.LOCKSS_1,
        max_mib=10,
        max_versions=1,
        exclude_dir_nodes=True,
        xlate=Xlate.WINDOWS,
    )
    assert options_of(json.loads(json.dumps(read.told()))) == read
    assert options_of({}) == ExportOptions()
    assert options_of(ExportOptions(compress=False).told()) == ExportOptions(compress=False)


@pytest.mark.parametrize(
    ("given", "code", "option"),
    [
        ({"format": "arc"}, OptionFaultCode.MALFORMED, "format"),
        ({"naming": "x"}, OptionFaultCode.MALFORMED, "naming"),
        ({"prefix": "../x"}, OptionFaultCode.MALFORMED, "prefix"),
        ({"max_mib": "-1"}, OptionFaultCode.MALFORMED, "max_mib"),
        ({"max_mib": "9999999"}, OptionFaultCode.MALFORMED, "max_mib"),
        ({"max_versions": "1.5"}, OptionFaultCode.MALFORMED, "max_versions"),
        ({"colour": "red"}, OptionFaultCode.UNKNOWN, "colour"),
        ({"xlate": "mac"}, OptionFaultCode.NOT_HERE, "xlate"),
        ({"format": "tgz", "max_versions": "2"}, OptionFaultCode.NOT_HERE, "max_versions"),
        ({"format": "zip", "compress": "no"}, OptionFaultCode.NOT_HERE, "compress"),
        ({"format": "wacz", "naming": "lockss-1"}, OptionFaultCode.NOT_HERE, "naming"),
    ],
)
def test_an_option_that_cannot_be_says_so(given, code, option):
    found = options_of(given)
    assert isinstance(found, OptionFault)
    assert (found.code, found.option) == (code, option)
    assert found.expected


def test_the_texts_of_a_bag():
    assert bagit_text() == "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
    assert bag_info([("A", "b\r\n  c"), ("Empty", " ")]) == "A: b c\n"
    line = manifest_line("ab" * 32, "data/50%\nx")
    assert line == f"{'ab' * 32}  data/50%25%0Ax\n"
    assert parse_manifest_line(line[:-1], "sha256") == ("ab" * 32, "data/50%\nx")
    assert parse_manifest_line(f"{'AB' * 32} *./data/x", "sha256") == ("ab" * 32, "data/x")


@pytest.mark.parametrize(
    ("line", "algorithm", "code"),
    [
        ("", "sha256", BagFaultCode.NO_LINE),
        ("abc  data/x", "sha256", BagFaultCode.NO_LINE),
        (f"{'ab' * 32}", "sha256", BagFaultCode.NO_LINE),
        (f"{'ab' * 32}  data/x", "../x", BagFaultCode.ALGORITHM),
    ],
)
def test_a_line_of_a_manifest_that_is_none(line, algorithm, code):
    found = parse_manifest_line(line, algorithm)
    assert isinstance(found, BagFault)
    assert found.code is code


def test_the_texts_of_a_wacz():
    page = Page("http://pub.example/", "Tide ü", AT)
    assert json.loads(pages_head())["format"] == "json-pages-1.0"
    line = json.loads(page.line(1))
    assert (line["url"], line["title"], line["ts"]) == (page.url, page.title, "2026-11-21T06:12:30Z")
    told = json.loads(
        datapackage([Resource("archive/a.warc.gz", "ab" * 32, 5)], title="T", created=AT, main=page)
    )
    assert told["profile"] == "data-package"
    assert told["wacz_version"] == "1.1.1"
    assert told["resources"] == [
        {"name": "a.warc.gz", "path": "archive/a.warc.gz", "hash": "sha256:" + "ab" * 32, "bytes": 5}
    ]
    assert told["mainPageUrl"] == page.url
    assert "mainPageUrl" not in json.loads(datapackage([], title="T", created=AT, main=None))
    assert json.loads(datapackage_digest("cd" * 32)) == {
        "path": "datapackage.json",
        "hash": "sha256:" + "cd" * 32,
    }
    assert idx_head("index.cdx.gz") == '!meta 0 {"format": "cdxj-gzip-1.0", "filename": "index.cdx.gz"}\n'
    block = idx_line("com,a)/ 2026 {}", offset=1, length=2, sha256="ef" * 32, filename="index.cdx.gz")
    assert block.startswith("com,a)/ 2026 {")
    assert json.loads(block.partition("{")[1] + block.partition("{")[2])["offset"] == 1
