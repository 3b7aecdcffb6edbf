"""What nobody means to ask of the status tables, and what nobody should name an archival unit: answered whole or refused."""

import csv
import io
from xml.etree import ElementTree as ET

import pytest

from apps.aus.models import Au
from apps.nodes.services import refreshing
from tests.asking import as_person

pytestmark = pytest.mark.django_db
PATH = "/DaemonStatus"
NS = "{http://lockss.org/statusui}"
# A formula, control characters, line ends of every kind, right-to-left marks, 4-byte text, marks of each format.
NAME = '=HYPERLINK("http://evil.example";1)\x07\x1b[31m\x7f\x85\u2028\u202e<&>"\'a,b=c\\d\r\n+1\t@x\U0001f409'


@pytest.fixture
def reader(client, sample):
    as_person(client)
    return client


@pytest.fixture
def named(sample):
    Au.objects.filter(pk=sample.au.pk).update(name=NAME)
    refreshing.refresh(keys=[sample.au.pk])
    return sample.au


def body(answer) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


QUESTIONS = [
    {},
    {"columns": "nonsense"},
    {"columns": ";;;"},
    {"columns": "\x00;" * 3000},
    {"sort": "Anonsense,D" + "x" * 5000},
    {"sort": "A" * 100},
    {"outputVersion": "9" * 400},
    {"options": "NoRows,nonsense"},
    {"key": "\x00"},
    {"key": "x" * 9000},
    {"key": "org|lockss|plugin\U0001f409&=\ud7ff"},
    {"numrows": "-1", "skiprows": "9" * 400},
    {"numrows": "٣"},
    {"url": "\x00\x1b"},
]
TABLES = ("ArchivalUnitStatusTable", "ArchivalUnitTable", "V3PollerTable", "crawl_status_table", "nonsense")


@pytest.mark.parametrize("table", TABLES)
def test_every_question_is_answered_or_refused(reader, table):
    for form in ("xml", "csv", "text", "html", "nonsense", "XML", "", "\x00", "x" * 9000):
        for more in QUESTIONS:
            check_answered(reader, {"table": table, "output": form, **more})


def check_answered(reader, question):
    answer = reader.get(PATH, question)
    assert answer.status_code in (200, 400), question
    found = body(answer)
    if question["output"].lower() == "xml" and answer.status_code == 200:
        ET.fromstring(found)


@pytest.mark.parametrize("method", ["head", "options", "put", "delete", "patch", "trace"])
def test_methods(reader, method):
    answer = getattr(reader, method)(f"{PATH}?table=ArchivalUnitStatusTable&output=xml")
    assert answer.status_code == (200 if method == "head" else 405)
    if method == "head":
        assert answer["Content-Type"].startswith("text/xml")
    else:
        assert set(answer["Allow"].split(", ")) == {"GET", "HEAD", "POST"}


def test_the_xml_holds_whatever_xml_can_hold(reader, named):
    answer = reader.get(PATH, {"table": "ArchivalUnitStatusTable", "output": "xml"})
    texts = [one.text or "" for one in ET.fromstring(body(answer)).iter()]
    assert any("HYPERLINK" in one and "\U0001f409" in one for one in texts)
    assert not any(mark in one for one in texts for mark in "\x07\x1b")


def test_the_csv_is_one_row_for_each_and_plain_text(reader, named):
    answer = reader.get(PATH, {"table": "ArchivalUnitStatusTable", "output": "csv"})
    rows = list(csv.reader(io.StringIO(body(answer).decode(), newline="")))
    assert len({len(row) for row in rows}) == 1
    # Byte-true for programs; no browser hands it to a spreadsheet by itself.
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert any("HYPERLINK" in cell for row in rows for cell in row)


def test_the_text_is_one_line_for_each(reader, named):
    answer = reader.get(PATH, {"table": "ArchivalUnitStatusTable", "output": "text"})
    lines = body(answer).decode().split("\n")
    assert len([line for line in lines if "HYPERLINK" in line]) == 1
    line = next(line for line in lines if "HYPERLINK" in line)
    assert not [mark for mark in "\x07\x1b\x7f\x85\u2028\r" if mark in line]


def test_the_csv_has_no_control_characters_that_a_terminal_obeys(reader, named):
    found = body(reader.get(PATH, {"table": "ArchivalUnitStatusTable", "output": "csv"})).decode()
    assert not [mark for mark in "\x07\x1b\x7f\x00" if mark in found]


def test_the_page_shows_it_as_text(reader, named):
    page = body(reader.get(PATH, {"table": "ArchivalUnitStatusTable"})).decode()
    assert "<&>" not in page
    assert "&lt;&amp;&gt;" in page
