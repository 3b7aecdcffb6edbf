"""Which units a report is about, and how its lines are written: every option alone."""

import datetime as dt
import io
import json
import re
import zipfile

import pypdf
import pytest
from django.http import QueryDict

from apps.accounts.choices import Role
from apps.common.clock import now
from apps.common.errors import BadQuery
from apps.kbart.asking import Order, given_in, order_of
from apps.kbart.errors import ReportError
from apps.kbart.making import typeset
from apps.kbart.making.files import write_report
from apps.kbart.making.typeset import MOST_LINES
from apps.lockss.kbart import COLUMNS, NAMED, Scope
from apps.titles.choices import SetKind, TitleKind
from apps.titles.models import TitleSet, TitleSetMember
from tests.accounts.factories import make_person
from tests.factories import DAY, make_au, make_crawl, make_publisher, make_title, past
from tests.kbart.reports import body, change, lines, portal_settings, proved_au, report

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def portal(settings, tmp_path):
    settings.NODE = portal_settings(tmp_path)
    return settings


def column(data: bytes, name: str = "publication_title") -> list[str]:
    heads, *rows = lines(data)
    return [row[heads.index(name)] for row in rows]


def test_by_publisher_name_or_number():
    tide, marsh = make_publisher(), make_publisher("Marsh & Sons")
    make_au(title=make_title("Tides", tide))
    make_au(title=make_title("Mud", marsh))
    for said in ("Marsh & Sons", "MARSH & SONS", str(marsh.pk)):
        data, done = report(scope="selected", publisher=said)
        assert column(data) == ["Mud"]
        assert "SelectedTitlesMarshSons_" in done.name
    with pytest.raises(BadQuery, match="No publisher here is called Nobody"):
        order_of({"publisher": "Nobody"})


def test_by_title_set():
    ours = TitleSet.objects.create(name="Ours", name_key="ours", kind=SetKind.HAND)
    au = make_au(title=make_title("Tides"))
    make_au(title=make_title("Mud"))
    TitleSetMember.objects.create(title_set=ours, title=au.title)
    data, _ = report(scope="selected", set=str(ours.pk))
    assert column(data) == ["Tides"]
    with pytest.raises(BadQuery, match="the number of a title set"):
        order_of({"set": "999999"})


def test_by_kind_of_publication():
    make_au(title=make_title("Tides"))
    book = make_au(title=make_title("A Book of Mud"))
    book.title.kind = TitleKind.BOOK
    book.title.save()
    series = make_au(title=make_title("Lecture Notes"))
    series.title.kind = TitleKind.SERIES
    series.title.save()
    change(series, isbn="9780306406157", name="Notes 1")
    assert sorted(column(report(scope="selected", kind="serials")[0])) == ["Tides"]
    assert sorted(column(report(scope="selected", kind="monographs")[0])) == sorted(
        [book.listed.name, "Notes 1"]
    )
    assert len(column(report(scope="selected")[0])) == 3


@pytest.mark.parametrize("scope", ["selected", "collected", "preserved", "available"])
def test_new_since_a_day(scope):
    old, new = proved_au("Old"), proved_au("New")
    old.selected_at, new.selected_at = past(400 * DAY), past(DAY)
    old.save()
    new.save()
    old.crawls.update(finished_at=past(300 * DAY))
    old.polls.update(ended_at=past(200 * DAY))
    if scope == "available":
        from apps.titles.models import ListEntry, ListImport, TitleList

        first = TitleList.objects.create(name="A", source="upload")
        for au, ago in ((old, 300 * DAY), (new, DAY)):
            done = ListImport.objects.create(title_list=first, finished_at=past(ago))
            ListEntry.objects.create(title_list=first, listed_au=au.listed, status="released", added_by=done)
    since = past(100 * DAY).date().isoformat()
    assert column(report(scope=scope, since=since)[0]) == ["New"]
    assert column(report(scope=scope)[0]) == ["New", "Old"]


def test_available_is_what_the_network_offers_or_still_preserves():
    for status in ("released", "down", "finished", "superseded", "exists", "doNotProcess", "testing", ""):
        change(make_au(title=make_title(f"Is {status}")), status=status)
    assert column(report(scope="available")[0]) == ["Is down", "Is finished", "Is released", "Is superseded"]


def ranged() -> None:
    """One title with a gap of years."""
    title = make_title("Tides")
    for volume, year in (("1", "1998"), ("2", "1999"), ("6", "2003")):
        change(make_au(title=title), volume=volume, year=year)


def test_a_line_for_each_range_or_one_for_the_title():
    ranged()
    heads = list(COLUMNS)
    two, _ = report(scope="selected")
    assert [row[3:9] for row in lines(two)[1:]] == [
        ["1998", "1", "", "1999", "2", ""],
        ["2003", "6", "", "2003", "6", ""],
    ]
    one, done = report(scope="selected", report="titles")
    (row,) = lines(one)[1:]
    assert row[3:9] == ["1998", "1", "", "2003", "6", ""]
    assert row[heads.index("notes")] == "1998(1)-1999(2), 2003(6)"
    assert "Table" in done.name


@pytest.mark.parametrize(
    ("style", "notes"),
    [
        ("year-volume", "1998(1)-1999(2), 2003(6)"),
        ("YEAR_VOLUME", "1998(1)-1999(2), 2003(6)"),
        ("year", "1998-1999, 2003"),
        ("year-summary", "1998-2003"),
        ("year-volume-summary", "1998(1)-2003(6)"),
    ],
)
def test_notes_in_every_style(style, notes):
    ranged()
    assert column(report(scope="selected", report="titles", notes=style)[0], "notes") == [notes]


def test_conditions_for_a_link_resolver():
    ranged()
    data, _ = report(scope="selected", report="sfx")
    assert lines(data) == [
        [
            "1234-5679",
            "ACTIVE",
            (
                '$obj->parsedDate(">=",1998,1,undef) && $obj->parsedDate("<=",1999,2,undef) || '
                '$obj->parsedDate("==",2003,6,undef)'
            ),
        ]
    ]
    with pytest.raises(BadQuery, match="expected tsv"):
        order_of({"report": "sfx", "format": "csv"})


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("", ["9 Waves", "Ärzte", "Zebra"]),
        ("?columns=details", ["Alpha", "Zeta", "Zeta"]),
        ("?columns=publisher_name,publication_title", ["Alpha", "Zeta", "Zeta"]),
        ("?columns=issn", ["0028-0836", "1234-5679", "2345-6787"]),
        ("?columns=publisher_name,publication_title&sort=-c0", ["Zeta", "Zeta", "Alpha"]),
    ],
)
def test_the_screen_is_in_the_order_of_the_file(client, asked, shown):
    for name, press, issn in (
        ("Zebra", "Alpha", "2345-6787"),
        ("Ärzte", "Zeta", "0028-0836"),
        ("9 Waves", "Zeta", "1234-5679"),
    ):
        title = make_title(name, make_publisher(press))
        title.issn = issn
        title.save()
        make_au(title=title)
    client.force_login(make_person("rita", Role.REPORTS))
    page = client.get(f"/reports/kbart/{asked or '?'}{'&' if asked else ''}scope=selected").content.decode()
    table = page.partition('id="report')[2] or page
    cells = re.findall(r"<tr[^>]*>\s*<t[dh][^>]*>(.*?)</t[dh]>", table.partition("<tbody")[2], re.DOTALL)
    assert [re.sub("<[^>]+>", "", cell).strip() for cell in cells] == shown


@pytest.mark.parametrize(
    "given", [{"omit_empty": "yes"}, {"omit_header": "yes"}, {"columns": "details"}, {"report": "titles"}]
)
def test_what_is_no_kbart_file_is_not_called_one(given):
    make_au(title=make_title("Tides"))
    for form in ("tsv", "csv"):
        assert "SelectedTitlesTable_" in report(scope="selected", format=form, **given)[1].name
    assert "SelectedTitles_" in report(scope="selected", compress="yes")[1].name


def untitled(*names: str) -> None:
    for name in names:
        au = make_au(title=make_title(name))
        au.title.issn = ""
        au.title.save()


def test_a_title_that_a_link_resolver_cannot_find_is_listed_apart():
    """One of them was a line of blanks and ACTIVE, and all others were dropped without a word."""
    ranged()
    untitled("Anon", "Bare")
    data, done = report(scope="selected", report="sfx")
    assert [line[:2] for line in lines(data)] == [["1234-5679", "ACTIVE"]]
    assert (done.rows, done.grave, done.counts) == (1, 2, {"kbart-not-named": 2})
    assert [(one.entry, one.field) for one in done.first] == [("Anon", "identifier"), ("Bare", "identifier")]
    data, done = report(scope="selected", columns="issn")
    assert column(data, "print_identifier") == ["1234-5679"]
    assert done.counts == {"kbart-not-named": 2}


def test_two_titles_of_one_number_are_both_told_to_a_link_resolver():
    ranged()
    change(make_au(title=make_title("Tides, second series")), volume="9", year="2010")
    notes = [line[2] for line in lines(report(scope="selected", report="sfx")[0])]
    assert len(notes) == 2
    assert any("2010,9" in note for note in notes)


def test_columns_are_chosen_named_and_sorted_by():
    make_au(title=make_title("B", make_publisher("Zeta")))
    make_au(title=make_title("A", make_publisher("Zeta")))
    make_au(title=make_title("C", make_publisher("Alpha")))
    data, _ = report(scope="selected", columns="publisher_name @Publisher\npublication_title @Title")
    assert lines(data) == [["Publisher", "Title"], ["Alpha", "C"], ["Zeta", "A"], ["Zeta", "B"]]
    data, _ = report(scope="selected", columns="details", omit_header="yes", omit_empty="yes")
    assert lines(data) == [
        ["Alpha", "C", "1234-5679"],
        ["Zeta", "A", "1234-5679"],
        ["Zeta", "B", "1234-5679"],
    ]


def test_lines_without_numbers_are_left_out_when_asked():
    make_au(title=make_title("With"))
    without = make_au(title=make_title("Without"))
    without.title.issn = ""
    without.title.save()
    assert column(report(scope="selected", with_id="yes")[0]) == ["With"]
    data, done = report(scope="selected")
    assert column(data) == ["With", "Without"]
    assert done.counts == {"kbart-no-identifier": 1}


def test_a_zip_holds_the_file_and_what_its_words_mean():
    proved_au("Tides")
    plain, named = report()
    data, done = report(compress="yes")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.namelist() == [named.name, named.name.replace(".txt", ".about")]
        assert archive.read(named.name) == plain
        told = archive.read(archive.namelist()[1]).decode()
    assert "at least 5 other libraries held the same but for what the plugin filters" in told
    assert (done.name, done.type) == (f"{named.name}.zip", "application/zip")


def test_the_file_may_end_in_tsv():
    assert report(ending="tsv")[1].name.endswith(".tsv")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"scope": "everything"}, "expected one of: available, selected, collected, preserved"),
        ({"colums": "kbart"}, "A report has no option “colums”"),
        ({"since": "yesterday"}, "a day such as"),
        ({"omit_header": "perhaps"}, "yes or no"),
        ({"format": "json", "omit_header": "yes"}, "has no header line"),
        ({"report": "keepers", "kind": "monographs"}, "keyed by ISSN"),
        ({"report": "keepers", "scope": "available"}, "has no scope"),
        ({"report": "keepers", "scope": "collected"}, "has no scope"),
        ({"report": "keepers", "columns": "details"}, "expects"),
        ({"columns": "publication_titel"}, "is no column"),
        ({"ending": "csv"}, "one of: txt, tsv"),
        ({"set": "9" * 40}, "the number of a title set"),
        ({"scope": "\0"}, "no text"),
    ],
)
def test_what_is_not_understood_is_refused_with_what_was_expected(given, said):
    with pytest.raises(BadQuery, match=said):
        order_of(given)


def test_old_addresses_still_serve():
    """As LOCKSS 1.x's title list was asked."""
    old = {
        "scope": "COLLECTED",
        "type": "JOURNALS",
        "coverageNotesFormat": "YEAR_SUMMARY",
        "report": "TITLES",
        "omitEmptyCols": "true",
        "omitHeader": "on",
        "excludeNoIdTitles": "true",
    }
    order = order_of(old)
    assert order.scope is Scope.COLLECTED
    assert order == order_of(
        {
            "scope": "collected",
            "kind": "serials",
            "notes": "year-summary",
            "report": "titles",
            "omit_empty": "yes",
            "omit_header": "yes",
            "with_id": "yes",
        }
    )
    assert order_of({"scope": "ALL"}).scope is Scope.AVAILABLE
    assert order_of({"scope": "CONFIGURED"}).scope is Scope.SELECTED


def test_what_was_asked_can_be_written_down_and_asked_again():
    order = order_of({"scope": "collected", "since": "2026-01-02", "columns": "details", "format": "csv"})
    assert order_of(order.given()) == order
    assert order.since == dt.date(2026, 1, 2)
    assert order_of(given_in(QueryDict(order.query().removeprefix("?")))) == order
    assert order_of({}) == Order()


def test_of_two_columns_the_last_counts_and_nothing_else_comes_twice():
    assert given_in(QueryDict("columns=kbart&columns=issn")) == {"columns": "issn"}
    assert given_in(QueryDict("columns=details&columns=")) == {"columns": "details"}
    with pytest.raises(BadQuery, match="more than once"):
        given_in(QueryDict("scope=preserved&scope=selected"))


def test_json_is_objects_under_the_heads():
    make_au(title=make_title("Tides"))
    data, _ = report(scope="selected", format="json", columns="print_identifier @ISSN")
    assert json.loads(data) == [{"ISSN": "1234-5679"}]
    assert json.loads(report(scope="preserved", format="json")[0]) == []


def pdf_text(data: bytes) -> str:
    return "".join("".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages).split())


@pytest.mark.parametrize("more", [{}, {"columns": "details"}, {"compress": "yes"}])
def test_what_one_pdf_does_not_hold_is_several_in_one_archive(monkeypatch, more):
    """10,000 lines were the end, and whoever had more got no PDF at all."""
    assert MOST_LINES >= 5_000
    names = [f"Estuary {sign}" for sign in "ABCDE"]
    for name in names:
        make_crawl(make_au(title=make_title(name)))
    whole, done = report(scope="collected", format="pdf", columns=more.get("columns", "kbart"))
    assert (done.type, done.name[-4:]) == ("application/pdf", ".pdf")
    assert all("".join(name.split()) in pdf_text(whole) for name in names)
    monkeypatch.setattr(typeset, "MOST_LINES", 2)
    monkeypatch.setattr(typeset, "MOST_FIELDS", 2 * len(NAMED["details"].columns))
    monkeypatch.setattr(typeset, "IN_THIS_PROCESS", 1)
    data, done = report(scope="collected", format="pdf", **more)
    assert (done.type, done.rows, done.size) == ("application/zip", 5, len(data))
    assert done.name.endswith(".pdf.zip")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = archive.namelist()
        texts = [pdf_text(archive.read(part)) for part in parts]
    assert [part[-6:] for part in parts] == ["-1.pdf", "-2.pdf", "-3.pdf"]
    assert [
        [
            name
            for name in names
            if f"Estuary{name[-1]}" in text.partition("2lines")[2] + text.partition("1line")[2]
        ]
        for text in texts
    ] == [
        names[:2],
        names[2:4],
        names[4:],
    ]
    assert all("part2of3" in text or at != 1 for at, text in enumerate(texts))
    assert all("Linesinall:5" in text for text in texts)
    one, other, at = io.BytesIO(), io.BytesIO(), now()
    for out in (one, other):
        write_report(out, order_of({"scope": "collected", "format": "pdf", **more}), at)
    assert one.getvalue() == other.getvalue()


def test_the_pdf_has_its_limit_and_says_so_before_anything_is_written(monkeypatch):
    for name in "ABCDE":
        make_au(title=make_title(name))
    monkeypatch.setattr(typeset, "MOST_LINES", 2)
    monkeypatch.setattr(typeset, "MOST_PARTS", 2)
    out = io.BytesIO()
    with pytest.raises(ReportError, match="at most 4 lines"):
        write_report(out, order_of({"scope": "selected", "format": "pdf"}), now())
    assert out.getvalue() == b""


@pytest.mark.parametrize(
    ("query", "title", "address"),
    [
        ("publisher=Nobody", "There is no such publisher", "/publishers/"),
        ("showHealthRatings=true", "A report has no such column", "/reports/kbart/?scope=preserved"),
        ("report=keepers&scope=collected", "This report has no scope", "/reports/kbart/?report=keepers"),
    ],
)
def test_a_refusal_says_what_is_possible_and_leads_there(client, query, title, address):
    client.force_login(make_person("rita", Role.REPORTS))
    text = client.get(f"/reports/kbart/download/?{query}").content.decode()
    assert f"<h1>{title}</h1>" in text
    assert f'href="{address}"' in text
    page = client.get(f"/reports/kbart/?{query}")
    assert page.status_code == 400
    assert f'<a href="{address}">' in page.content.decode()
    body(client.get(address, follow=True))


def test_the_form_of_the_keepers_report_works_without_scripts(client):
    """It sends a scope whatever is chosen beside it."""
    client.force_login(make_person("rita", Role.REPORTS))
    text = client.get("/reports/kbart/?scope=preserved&report=keepers").content.decode()
    assert "Archival units, publications and columns are not chosen for it" in text
    assert "In progress" in text
    refused = client.get("/reports/kbart/?scope=collected&report=keepers").content.decode()
    for page in (text, refused):
        assert re.search(r'name="scope"[^>]*value="preserved"[^>]*checked', page)
    assert order_of({"report": "keepers"}).query() == "?report=keepers"


SENT = re.compile(r"<(?:input|select|textarea)[^>]* name=\"([a-z_]+)\"[^>]*>")


def fields_of(client, query: str) -> tuple[set[str], set[str], set[str]]:
    """Of the report's form: what is shown, what is out of sight, what a browser without scripts would send."""
    page = client.get(f"/reports/kbart/{query}").content.decode()
    form = page.partition('id="order"')[2].partition("</form>")[0]
    rows = re.split(r'(?=<div class="field-row)', form)[1:]
    hidden = {name for row in rows if re.match(r"<div[^>]* hidden>", row) for name in SENT.findall(row)}
    every = {name for row in rows for name in SENT.findall(row)}
    sent = {found[1] for row in rows for found in SENT.finditer(row) if " disabled" not in found[0]}
    return every - hidden, hidden, sent


@pytest.mark.parametrize(
    ("query", "out"),
    [
        ("", set()),
        ("?report=titles", set()),
        ("?report=keepers", {"scope", "kind", "with_id", "columns"}),
        ("?report=keepers&scope=collected", {"scope", "kind", "with_id", "columns"}),
        ("?report=keepers&kind=monographs", {"scope", "kind", "with_id", "columns"}),
        ("?report=sfx", {"notes", "omit_header"}),
    ],
)
def test_the_form_shows_what_counts_for_that_report(client, query, out):
    """What says nothing there is neither shown nor sent, also without scripts."""
    client.force_login(make_person("rita", Role.REPORTS))
    shown, hidden, sent = fields_of(client, query)
    assert hidden == out
    assert sent == shown
    assert {"report", "publisher", "set", "institution", "since", "omit_empty", "compress"} <= shown


def test_a_report_is_offered_in_the_formats_that_it_has(client):
    client.force_login(make_person("rita", Role.REPORTS))

    def formats(query: str) -> list[str]:
        page = client.get(f"/reports/kbart/{query}").content.decode()
        return re.findall(r'name="format" value="([a-z]+)"', page)

    assert formats("") == formats("?report=keepers") == ["tsv", "csv", "xlsx", "json", "pdf"]
    assert formats("?report=sfx") == ["tsv"]


@pytest.mark.parametrize("report_", ["keepers", "sfx"])
def test_what_is_out_of_the_form_changes_nothing(report_):
    """So it may be left out: with each of its values the lines are the same, or it is refused."""
    for n in range(3):
        proved_au(f"Tides {n}")
    asked = {"keepers": {"kind": "serials", "with_id": "yes"}, "sfx": {"notes": "year", "omit_header": "no"}}
    plain = report(report=report_)[0]
    assert plain.strip()
    for name, value in asked[report_].items():
        assert report(report=report_, **{name: value})[0] == plain, name


def test_titles_and_lines_are_counted_apart(client):
    title = make_title("Tides")
    for year in ("2001", "2005"):
        change(make_au(title=title), year=year, volume="")
    change(make_au(title=make_title("Mud")), year="2001", volume="")
    client.force_login(make_person("rita", Role.REPORTS))
    assert "2 titles, 3 lines on this page" in client.get("/reports/kbart/?scope=selected").content.decode()


def test_on_paper_stands_the_table_and_what_it_is_and_no_form(client):
    client.force_login(make_person("rita", Role.REPORTS))
    text = client.get("/reports/kbart/").content.decode()
    assert 'class="panel screen-only" id="order"' in text
    assert '<section class="panel" id="words">' in text
