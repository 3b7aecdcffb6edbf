"""The page that judges any KBART file: by line and field, strict or lenient, for who uploaded it alone."""

import json
import re
import uuid
from dataclasses import replace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command

from apps.accounts.choices import Role
from apps.common import jobs
from apps.kbart import services, tasks, words
from apps.kbart.models import Check
from apps.kbart.services import checks
from apps.lockss.kbart import COLUMNS, Row, encode
from tests.accounts.factories import make_person
from tests.factories import DAY, past
from tests.kbart.reports import body, portal_settings

pytestmark = pytest.mark.django_db
GOOD = Row(
    publication_title="Tides",
    online_identifier="2345-6787",
    date_first_issue_online="2001",
    title_url="https://p.example/tides",
    title_id="t1",
    coverage_depth="fulltext",
    publication_type="serial",
    access_type="P",
)
NAME = "Tidewater_Global_AllTitles_2026-11-01.txt"


@pytest.fixture(autouse=True)
def portal(settings, tmp_path):
    settings.NODE = portal_settings(tmp_path)
    return settings


@pytest.fixture
def rita(client):
    person = make_person("rita", Role.REPORTS)
    client.force_login(person)
    return person


def bad() -> bytes:
    """An error in line 3, what is only advised in line 4."""
    wrong = replace(GOOD, title_id="t2", publication_title="Currents", access_type="paid")
    doubtful = replace(GOOD, title_id="t3", publication_title="Waves", online_identifier="2345-6780")
    return encode([replace(GOOD, publication_title="Banks"), wrong, doubtful])


def upload(client, data: bytes, name: str = NAME, key: str = "") -> Check:
    form = {"file": SimpleUploadedFile(name, data), "request_key": key or str(uuid.uuid4())}
    answer = client.post("/reports/kbart/check/", form)
    assert answer.status_code == 302, answer.content.decode()
    return Check.objects.get(pk=int(answer["Location"].split("/")[-2]))


def test_findings_by_line_and_field_strict_and_lenient(client, rita):
    row = upload(client, bad())
    found = list(row.findings.order_by("line").values_list("line", "field", "lenient", "strict", "found"))
    assert found == [
        (3, "access_type", True, True, "paid"),
        (4, "online_identifier", False, True, "2345-6780"),
    ]
    assert (row.state, row.lines, row.errors, row.warnings) == ("done", 3, 1, 1)
    own = f"/reports/kbart/check/{row.pk}/"
    text = client.get(own).content.decode()
    assert "Lenient: an error breaks the standard" in text
    assert text.count("<code>access_type</code>") == 1
    assert "2345-6780" not in client.get(f"{own}?grave=error").content.decode()
    strict = client.get(f"{own}?grave=error&mode=strict").content.decode()
    assert "2345-6780" in strict
    assert "Strict: whatever departs" in strict
    assert "2345-6780" not in client.get(f"{own}?field=access_type").content.decode()
    assert client.get(f"{own}?sort=-grave&mode=strict").status_code == 200
    for wrong in ("mode=odd", "grave=odd", "field=odd", "colour=red"):
        assert client.get(f"{own}?{wrong}").status_code == 400


def test_what_was_expected_is_read_in_spanish_and_what_was_found_stays(client, rita):
    row = upload(client, bad())
    assert "F or P" in row.findings.values_list("expected", flat=True)
    page = client.get(f"/reports/kbart/check/{row.pk}/", HTTP_ACCEPT_LANGUAGE="es").content.decode()
    assert "F o P" in page
    assert "F or P" not in page
    assert "un número cuyo dígito de control sea correcto" in page
    row.findings.update(found="F or P")
    page = client.get(f"/reports/kbart/check/{row.pk}/", HTTP_ACCEPT_LANGUAGE="es").content.decode()
    assert page.count("F or P") == 2


def test_findings_as_a_file(client, rita):
    row = upload(client, bad())
    told = json.loads(body(client.get(f"/reports/kbart/check/{row.pk}/?format=json")))
    assert [(one["line"], one["field"], one["grave"]) for one in told] == [
        (3, "access_type", "error"),
        (4, "online_identifier", "warning"),
    ]


def test_a_good_file_has_nothing_wrong(client, rita):
    row = upload(client, encode([GOOD]))
    assert (row.errors, row.warnings) == (0, 0)
    assert "Nothing is wrong with it" in client.get(f"/reports/kbart/check/{row.pk}/").content.decode()


@pytest.mark.parametrize(("rows", "said"), [(1, ", 1 line<"), (2, ", 2 lines<")])
def test_one_line_is_said_as_one(client, rita, rows, said):
    row = upload(client, encode([GOOD] * rows))
    assert row.lines == rows
    assert said in client.get(f"/reports/kbart/check/{row.pk}/").content.decode()


def test_the_file_is_gone_once_it_is_judged_and_the_findings_after_a_month(client, rita, portal):
    row = upload(client, bad())
    assert list((portal.NODE.media_dir / "kbart" / "checks").iterdir()) == []
    Check.objects.filter(pk=row.pk).update(created_at=past(31 * DAY))
    tasks.scan_reports()
    assert not Check.objects.exists()


def test_a_large_file_is_judged_by_a_job_and_a_second_run_changes_nothing(client, rita, monkeypatch):
    monkeypatch.setattr(checks, "AT_ONCE_BYTES", 10)
    row = upload(client, bad())
    assert row.state == "waiting"
    assert "Being judged" in client.get(f"/reports/kbart/check/{row.pk}/").content.decode()
    from apps.common.models import Job

    jobs.run(Job.objects.get(subject=row.job_subject).pk)
    row.refresh_from_db()
    assert (row.state, row.findings.count()) == ("done", 2)
    services.run_check(check_id=row.pk)
    assert row.findings.count() == 2


def test_a_file_that_is_gone_says_so(client, rita, monkeypatch):
    monkeypatch.setattr(checks, "AT_ONCE_BYTES", 10)
    row = upload(client, bad())
    from pathlib import Path

    from apps.common.models import Job

    Path(row.stored_path).unlink()
    jobs.run(Job.objects.get(subject=row.job_subject).pk)
    row.refresh_from_db()
    assert row.state == "failed"
    assert "The file cannot be read" in client.get(f"/reports/kbart/check/{row.pk}/").content.decode()


def test_on_a_telephone_an_error_is_no_warning(client, rita):
    """The column of how grave it is fell away there."""
    row = upload(client, bad())
    page = client.get(f"/reports/kbart/check/{row.pk}/")
    head = re.search(r"<th([^>]*)>(?:(?!</th>).)*How grave", page.content.decode(), re.DOTALL)
    assert head
    assert "p2" not in head[1]
    assert "p3" not in head[1]


def test_a_picture_is_told_in_one_sentence(client, rita):
    row = upload(client, b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40)
    assert [(one.code, one.found) for one in row.findings.all()] == [("kbart-not-text", "a picture")]


def test_sent_twice_it_is_one(client, rita):
    key = str(uuid.uuid4())
    assert upload(client, bad(), key=key) == upload(client, bad(), key=key)


def test_others_do_not_see_it(client, rita):
    row = upload(client, bad())
    client.force_login(make_person("liam", Role.LIBRARIAN))
    assert client.get(f"/reports/kbart/check/{row.pk}/").status_code == 404
    assert NAME not in client.get("/reports/kbart/check/").content.decode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 5_000,
        b"\xff\xfe" + "publication_title\t".encode("utf-16-le"),
        ("\t".join(COLUMNS) + "\n" + "x\t" * 100 + "\n").encode(),
        ("\t".join(COLUMNS) + "\n" + "=cmd()\t<script>\t" + "y" * 200_000 + "\n").encode(),
        b"PK\x03\x04 no list at all",
    ],
    ids=["empty", "nul", "utf-16", "wide", "hostile", "zip"],
)
def test_whatever_is_uploaded_is_judged(client, rita, data):
    row = upload(client, data, "<b>.exe")
    assert row.state == "done"
    assert row.errors + row.warnings > 0
    text = client.get(f"/reports/kbart/check/{row.pk}/").content.decode()
    assert "<script>\t" not in text
    assert "<b>.exe" not in text
    body(client.get(f"/reports/kbart/check/{row.pk}/?format=csv"))


@pytest.mark.parametrize(
    "data",
    [b"", b"%PDF-1.7 no list", b"PK\x03\x04xl/workbook", encode([GOOD]).replace(b"\t", b",")],
    ids=["empty", "pdf", "xlsx", "csv"],
)
def test_a_file_without_a_line_to_judge_is_not_called_read(client, rita, data):
    row = upload(client, data)
    assert "no line of it was judged" in client.get(f"/reports/kbart/check/{row.pk}/").content.decode()
    table = client.get("/reports/kbart/check/").content.decode()
    assert "No line judged" in table
    assert "Every line was read" not in table
    assert words.check_word(upload(client, encode([GOOD]))).code == "check-done"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("MyKB_Global_All_2026-11-31.txt", "a day that the calendar has, not 2026-11-31"),
        ("MyKB_Global_All_2026-13-01.tsv", "a day that the calendar has, not 2026-13-01"),
        ("MyKB_All_2026-00-10.txt", "a day that the calendar has, not 2026-00-10"),
        ("titles.txt", "Provider_Region_Package_YYYY-MM-DD.txt"),
    ],
)
def test_a_day_that_is_none_is_said_of_the_name(client, rita, name, expected):
    row = upload(client, encode([GOOD]), name)
    assert [(one.code, one.found, one.expected) for one in row.findings.all()] == [
        ("kbart-file-name", name, expected)
    ]
    page = client.get(f"/reports/kbart/check/{row.pk}/", headers={"Accept-Language": "es"}).content.decode()
    assert ("a day that" in page) is False
    assert "Provider_Region_Package" in page or "que exista en el calendario" in page


def test_a_row_with_the_first_date_of_another_is_told_in_plain_words(client, rita):
    row = upload(client, encode([GOOD, replace(GOOD, num_first_vol_online="2")]))
    said = row.findings.get(code="kbart-key-twice")
    assert (said.line, said.expected) == (3, "another first date than the row of this title in line 2 has")
    page = client.get(f"/reports/kbart/check/{row.pk}/", headers={"Accept-Language": "es"}).content.decode()
    assert "another first date" not in page


def test_nothing_uploaded_is_said(client, rita):
    assert client.post("/reports/kbart/check/", {}).status_code == 422


def test_the_command_tells_as_json(tmp_path, capsys):
    file = tmp_path / NAME
    file.write_bytes(bad())
    for arguments, code, errors in ((["--output", "JSON"], 1, 1), (["--strict", "--output", "json"], 1, 2)):
        with pytest.raises(SystemExit) as ended:
            call_command("kbart_check", str(file), *arguments)
        told = json.loads(capsys.readouterr().out)
        assert (ended.value.code, told["errors"]) == (code, errors)
        assert told["findings"][0]["line"] == 3
    file.write_bytes(encode([GOOD]))
    with pytest.raises(SystemExit) as ended:
        call_command("kbart_check", str(file), "--strict")
    assert ended.value.code == 0


def commas() -> bytes:
    return encode([GOOD, GOOD, GOOD]).replace(b"\t", b",")


def test_a_file_with_commas_is_told_so_once(client, rita):
    row = upload(client, commas())
    assert [(one.line, one.code, one.lenient) for one in row.findings.all()] == [(1, "kbart-separator", True)]
    text = client.get(f"/reports/kbart/check/{row.pk}/").content.decode()
    assert "commas between the fields" in text
    rita.language = "es"
    rita.save()
    text = client.get(f"/reports/kbart/check/{row.pk}/", headers={"Accept-Language": "es"}).content.decode()
    assert "comas entre los campos" in text


def test_the_command_tells_a_file_with_commas_so_once(tmp_path, capsys):
    file = tmp_path / NAME
    file.write_bytes(commas())
    with pytest.raises(SystemExit) as ended:
        call_command("kbart_check", str(file))
    assert ended.value.code == 1
    (said,) = capsys.readouterr().out.splitlines()
    assert said == f"{NAME}:1: error: found 'commas between the fields', expected tabs between the fields"


def test_a_nul_in_a_line_is_a_finding_with_line_and_field(client, rita):
    data = encode([replace(GOOD, publication_title="Journal\0of \x07Tides")])
    row = upload(client, data)
    assert row.state == "done"
    (found,) = row.findings.filter(code="kbart-control-sign")
    assert (found.line, found.field, found.lenient) == (2, "publication_title", True)
    assert found.found == "Journal␀of ␇Tides"
    page = client.get(f"/reports/kbart/check/{row.pk}/").content.decode()
    assert "the value without the control sign U+0000" in page
    assert "\0" not in page
    assert "\x07" not in page
    rita.language = "es"
    rita.save()
    assert (
        "el valor sin el signo de control U+0000"
        in client.get(f"/reports/kbart/check/{row.pk}/").content.decode()
    )
