"""What programs and odd rows ask of files: HEAD, conditions, nothing to report, names that would break a table."""

import csv
import io
import json
import zipfile

import openpyxl
import pypdf
import pytest

from apps.accounts.choices import Role
from apps.common import jobs
from apps.common.errors import BadQuery
from apps.kbart import services
from apps.kbart.asking import order_of
from apps.lockss.kbart import COLUMNS, check_file
from apps.titles.models import Publisher
from tests.accounts.factories import make_person, make_token
from tests.factories import make_au, make_publisher, make_title
from tests.kbart.reports import body, change, lines, portal_settings, proved_au, report

pytestmark = pytest.mark.django_db
FEED = "/kbart/riverside/selected/"
FORMS = ("tsv", "csv", "xlsx", "json", "pdf")
PRESS = '=HYPERLINK("https://evil.example")\tof\r\nHarm\x85 \u2028 +1; =2'


@pytest.fixture(autouse=True)
def portal(settings, tmp_path):
    settings.NODE = portal_settings(tmp_path)


@pytest.fixture
def rita(db):
    return make_person("rita", Role.REPORTS)


def edition(user, **given):
    row, job = services.make_series(
        label="Riverside",
        slug="riverside",
        order=order_of({"scope": "selected", **given}),
        every="never",
        is_open=False,
        user=user,
    )
    jobs.run(job.pk)
    return row.editions.get()


def texts(form: str, data: bytes) -> list[list[str]]:
    """Heads and rows of a file in any format; of a PDF its words."""
    if form == "tsv":
        return lines(data)
    if form == "csv":
        return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    if form == "json":
        return [list(map(str, one.values())) for one in json.loads(data)]
    if form == "xlsx":
        book = openpyxl.load_workbook(io.BytesIO(data))
        found = [
            ["" if cell is None else str(cell) for cell in row]
            for row in book.worksheets[0].iter_rows(values_only=True)
        ]
        kinds = {
            cell.data_type for row in book.worksheets[0].iter_rows() for cell in row if cell.value is not None
        }
        assert kinds <= {"s"}, kinds
        book.close()
        return found
    return [[page.extract_text()] for page in pypdf.PdfReader(io.BytesIO(data)).pages]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "more",
    [
        {},
        {"columns": "details"},
        {"omit_empty": "yes"},
        {"report": "titles"},
        {"report": "keepers", "scope": "preserved"},
        {"compress": "yes"},
    ],
    ids=str,
)
def test_nothing_to_report_is_a_file_with_no_lines(client, rita, form, more):
    client.force_login(rita)
    answer = client.get("/reports/kbart/download/", {"scope": "selected", "format": form, **more})
    data = body(answer)
    assert answer.status_code == 200
    assert answer["Content-Length"] == str(len(data))
    if more.get("compress"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            data = archive.read(archive.namelist()[0])
    found = texts(form, data)
    if form == "pdf":
        assert "0 lines" in " ".join(page[0] for page in found)
    elif form == "json":
        assert found == []
    else:
        assert len([row for row in found if any(row)]) <= 1
    if form == "tsv" and not more:
        assert found == [list(COLUMNS)]


def test_an_edition_of_nothing_is_whole_and_compared(client, rita):
    client.force_login(rita)
    row = edition(rita)
    assert row.rows == 0
    for form in FORMS:
        answer = client.get(f"/reports/kbart/editions/{row.pk}/file/?format={form}")
        assert answer.status_code == 200
        body(answer)
    same = client.get(f"/reports/kbart/compare/?before={row.pk}&after={row.pk}").content.decode()
    assert "Nothing differs" in same
    assert client.get(f"/reports/kbart/editions/{row.pk}/").status_code == 200


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "columns", ["kbart", "publisher", "ranges", "publisher_name, publication_title, notes"]
)
def test_a_publisher_that_would_break_a_table(form, columns):
    press = Publisher.objects.create(name=PRESS, name_key="evil")
    change(make_au(title=make_title("Tides", press)), year="2001", volume="3")
    data, done = report(scope="selected", format=form, columns=columns)
    found = texts(form, data)
    assert done.rows == 1
    if form == "pdf":
        text = "".join("".join(page[0] for page in found).split())
        assert "evil.example" in text
        assert "Harm" in text
        return
    rows = found if form == "json" else found[1:]
    assert len(rows) == 1
    (cell,) = [value for value in rows[0] if "evil.example" in value]
    assert not set(cell) & set("\t\r\n\x85\u2028")
    if form == "csv":
        assert cell.startswith("'=HYPERLINK")
        assert "; =2" not in cell
    else:
        assert cell.startswith("=HYPERLINK")
    if form == "tsv" and columns == "kbart":
        assert [one for one in check_file(data, name=done.name) if one.grave] == []


@pytest.mark.parametrize("form", FORMS)
def test_a_head_request_has_the_heads_of_the_file(client, rita, form):
    make_au(title=make_title("Tides"))
    row = edition(rita)
    _, secret = services.make_token(label="Big Index", series=None, user=rita)
    headers = {"Authorization": f"Bearer {make_token(rita, 'reports')}"}
    for path, told in (
        (f"{FEED}?format={form}&token={secret}", {}),
        (f"{FEED}?format={form}", {"Authorization": f"Bearer {secret}"}),
        (f"{FEED}?format={form}", headers),
        (f"/reports/kbart/editions/{row.pk}/file/?format={form}", headers),
        (f"/reports/kbart/download/?scope=selected&format={form}", headers),
    ):
        got, head = client.get(path, headers=told), client.head(path, headers=told)
        data = body(got)
        assert (head.status_code, body(head)) == (200, b"")
        assert head["Content-Length"] == str(len(data))
        if form != "pdf" or "download" not in path:
            # A PDF of this moment has the moment in it.
            assert head["ETag"] == got["ETag"]
        for name in ("Content-Type", "Content-Disposition", "Cache-Control"):
            assert head[name] == got[name]


@pytest.mark.parametrize("form", FORMS)
def test_conditions_of_programs_are_kept(client, rita, form):
    make_au(title=make_title("Tides"))
    row = edition(rita)
    headers = {"Authorization": f"Bearer {make_token(rita, 'reports')}"}
    for path in (f"{FEED}?format={form}", f"/reports/kbart/editions/{row.pk}/file/?format={form}"):
        first = client.get(path, headers=headers)
        body(first)
        tag = first["ETag"]
        for given in (tag, f'"other", {tag}', f"W/{tag}", "*"):
            again = client.get(path, headers={**headers, "If-None-Match": given})
            assert (again.status_code, body(again)) == (304, b""), given
            assert again["ETag"] == tag
        for given in ('"other"', tag.strip('"')):
            other = client.get(path, headers={**headers, "If-None-Match": given})
            assert other.status_code == 200
            body(other)
        head = client.head(path, headers={**headers, "If-None-Match": tag})
        assert head.status_code == 304
        gone = client.get(path, headers={**headers, "If-Match": '"other"'})
        assert gone.status_code == 412
        # Whose key opens nothing is not told that nothing changed.
        assert client.get(path, headers={"If-None-Match": tag}).status_code in (302, 401)
    tags = set()
    for one in FORMS:
        answer = client.get(f"{FEED}?format={one}", headers=headers)
        # Read to its end, or its file stays open.
        body(answer)
        tags.add(answer["ETag"])
    assert len(tags) == len(FORMS)


def test_the_list_of_feeds_is_not_sent_again_while_nothing_is_new(client, rita):
    make_au(title=make_title("Tides"))
    row = edition(rita)
    _, secret = services.make_token(label="Big Index", series=None, user=rita)
    first = client.get("/kbart/", {"token": secret})
    again = client.get("/kbart/", {"token": secret}, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    proved_au("Mud")
    _, job = services.ask_edition(series=row.series, user=rita)
    jobs.run(job.pk)
    newer = client.get("/kbart/", {"token": secret}, headers={"If-None-Match": first["ETag"]})
    assert newer.status_code == 200


def test_what_1x_asks_beside_is_taken_or_said(client, rita):
    assert order_of({"isCustom": "true", "showHealthRatings": "false"}) == order_of({})
    with pytest.raises(BadQuery, match="no column of health"):
        order_of({"showHealthRatings": "true"})
    with pytest.raises(BadQuery, match="yes or no"):
        order_of({"isCustom": "perhaps"})
    client.force_login(rita)
    page = client.get("/reports/kbart/?scope=ALL&type=JOURNALS&format=HTML&report=KBART&isCustom=false")
    assert page.status_code == 200
    assert client.get("/reports/kbart/download/?format=HTML").status_code == 400


@pytest.mark.parametrize("style", ["YEAR_VOLUME", "YEAR", "YEAR_SUMMARY", "YEAR_VOLUME_SUMMARY", "SFX"])
def test_columns_of_ones_own_with_each_form_of_notes(style):
    """As LOCKSS 1.x's custom ordering is asked for."""
    title = make_title("Tides", make_publisher("Press"))
    for volume, year in (("1", "1998"), ("2", "1999"), ("6", "2003")):
        change(make_au(title=title), volume=volume, year=year)
    expected = {
        "YEAR_VOLUME": "1998(1)-1999(2), 2003(6)",
        "YEAR": "1998-1999, 2003",
        "YEAR_SUMMARY": "1998-2003",
        "YEAR_VOLUME_SUMMARY": "1998(1)-2003(6)",
        "SFX": '$obj->parsedDate(">=",1998,1,undef) && $obj->parsedDate("<=",1999,2,undef) || '
        '$obj->parsedDate("==",2003,6,undef)',
    }[style]
    data, done = report(
        scope="CONFIGURED",
        type="JOURNALS",
        report="TITLES",
        coverageNotesFormat=style,
        ordering_list='print_identifier||online_identifier@ISSN\n"held"@Status\nCOVERAGE_NOTES@Held',
    )
    assert lines(data) == [["ISSN", "Status", "Held"], ["1234-5679", "held", expected]]
    assert "Table" in done.name
    data, _ = report(
        scope="CONFIGURED",
        coverageNotesFormat=style,
        isCustom="true",
        ordering_list="print_identifier, coverage_notes",
    )
    assert lines(data)[0] == ["print_identifier", "notes"]
