"""What a list takes, refuses, shows and lets out."""

import csv
import datetime as dt
import io
import json
from dataclasses import replace

import pytest
from django.http import QueryDict
from django.test import RequestFactory

from apps.common.choices import JobState
from apps.common.lists import BadQuery, Column, cells, chosen_rows, show_list, small_list
from apps.common.lists.download import disarmed
from apps.common.models import Job
from apps.common.pages import Empty
from tests.common.list_samples import JOBS, SMALL, START, fill, page

pytestmark = pytest.mark.django_db


def ask(address: str, table=SMALL, **headers):
    request = RequestFactory().get(address, headers=headers)
    response = show_list(request, table=table, rows=Job.objects.all(), template="common/list.html")
    return response.render() if hasattr(response, "render") else response


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("colour=red", "colour"),
        ("sort=colour", "colour"),
        ("sort=note", "note"),
        ("state=asleep", "state"),
        ("done=maybe", "done"),
        ("size=3000", "size"),
        ("format=xls", "format"),
        ("since=last+week", "since"),
        ("since=0000-00-00", "since"),
        ("attempt_is=-1", "attempt_is"),
        ("attempt_is=９", "attempt_is"),
        ("state=done&state=failed", "state"),
        ("q=" + "x" * 300, "q"),
        ("q=a%00b", "q"),
        ("after=a&before=b", "not both"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(text, said) -> None:
    with pytest.raises(BadQuery, match=said):
        page(SMALL, text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "0123"),
        ("state=&q=&since=", "0123"),
        ("state=failed", "1"),
        ("done=yes", "02"),
        ("done=no", "13"),
        ("queue=poll", "3"),
        ("attempt_is=2", "2"),
        ("q=au:1", "1"),
        ("q=CRAWL", "02"),
        ("q=rawl", ""),
        ("q=crawl+au:2", "2"),
        ("q=%25", ""),
        ("since=2026-11-02", "2"),
        ("until=2026-11-01", "0"),
        ("since=2026-11-01&until=2026-11-02", "02"),
        ("state=done&done=no", "3"),
    ],
)
def test_filters(text, found) -> None:
    fill(
        [
            {"finished_at": START},
            {"kind": "poll", "state": JobState.FAILED},
            {"finished_at": START + dt.timedelta(days=1), "attempt": 2},
            {"kind": "vote", "queue": "poll"},
        ]
    )
    shown = page(replace(SMALL, size=50), text)
    assert "".join(item.subject[3:] for item in shown.items) == found
    assert shown.count_text == f"{len(found)} job{'s' if len(found) != 1 else ''}"


def test_links_keep_what_was_asked_and_only_that() -> None:
    fill([{"kind": "crawl"}] * 8)
    second = page(SMALL, page(SMALL, "q=crawl&sort=-kind&state=done").next_href)
    for href in (second.next_href, second.previous_href):
        query = QueryDict(href[1:])
        assert (query["q"], query["sort"], query["state"]) == ("crawl", "-kind", "done")
    heads = {head.label: head for head in second.heads}
    assert QueryDict(heads["Kind"].href[1:]).dict() == {"q": "crawl", "sort": "kind", "state": "done"}
    assert heads["Kind"].sorted == "descending"
    assert heads["Subject"].sorted == ""
    assert heads["Note"].href == ""


def test_counts_stop_at_ten_thousand(monkeypatch) -> None:
    monkeypatch.setattr("apps.common.lists.show.COUNTED", 5)
    fill([{}] * 6)
    assert page(SMALL, "").count_text == "more than 5 jobs"
    fill([{}] * 5)
    assert page(SMALL, "").count_text == "5 jobs"
    assert page(replace(SMALL, count=lambda query: 412_000), "").count_text == "412,000 jobs"


def test_what_rows_say_is_escaped() -> None:
    fill([{"kind": "<script>", "subject": '"><b>', "progress_note": "a & b"}])
    html = ask("/jobs/").content.decode()
    assert "<script>" not in html
    assert "<b>" not in html
    assert "&lt;script&gt;" in html
    assert "a &amp; b" in html


def test_htmx_gets_the_list_alone_and_history_the_page() -> None:
    fill([{}])
    table = replace(SMALL, empty=Empty("x", "y"))

    def template(**headers):
        request = RequestFactory().get("/jobs/", headers=headers)
        response = show_list(request, table=table, rows=Job.objects.all(), template="base.html")
        assert "HX-Request" in response["Vary"]
        return response.template_name

    assert template() == "base.html"
    assert template(**{"HX-Request": "true", "HX-Target": "list-jobs"}) == "common/list.html"
    assert template(**{"HX-Request": "true", "HX-Target": "other"}) == "base.html"
    restore = {"HX-Request": "true", "HX-Target": "list-jobs", "HX-History-Restore-Request": "true"}
    assert template(**restore) == "base.html"


def test_an_empty_list_says_what_to_do() -> None:
    fill([])
    table = replace(SMALL, empty=Empty("No jobs yet", "They come with work."))
    assert "No jobs yet" in ask("/jobs/", table).content.decode()
    assert "Nothing matches" in ask("/jobs/?state=failed", table).content.decode()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("=1+1", "'=1+1"),
        ("+49 30", "'+49 30"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("  =1", "'  =1"),
        ("\t=1", "'\t=1"),
        ("＝1", "'＝1"),
        ("fine = good", "fine = good"),
        (-1, -1),
        (None, None),
        ("", ""),
    ],
)
def test_formulas_are_disarmed_and_numbers_left(value, text) -> None:
    assert disarmed(value) == text


@pytest.mark.parametrize(
    "blank", ["\N{NO-BREAK SPACE}", "\u3000", "\v", "\x1f", "\N{ZERO WIDTH NO-BREAK SPACE}", "\u200b"]
)
def test_a_formula_is_disarmed_behind_whatever_a_spreadsheet_skips(blank) -> None:
    for text in (f"{blank}=1+1", f" {blank}@x"):
        assert disarmed(text) == f"'{text}"


@pytest.mark.parametrize("form", ["csv", "tsv"])
def test_a_file_that_breaks_off_says_so_in_its_last_line(form) -> None:
    """A server between may hand on what came as if it were all."""

    def tried(row: Job) -> int:
        if row.subject == "au:7":
            raise OSError("the database is gone")
        return row.attempt

    fill([{}] * 8)
    table = replace(SMALL, columns=(*SMALL.columns, Column("tried", "Tried", tried)))
    pieces = []
    with pytest.raises(OSError, match="gone"):
        pieces.extend(ask(f"/jobs/?format={form}&sort=subject", table).streaming_content)
    last = b"".join(pieces).decode().splitlines()[-1]
    assert last.startswith("*** ")
    assert "not complete" in last


def downloaded(address: str, table=SMALL) -> bytes:
    response = ask(address, table)
    assert "attachment" in response["Content-Disposition"]
    return b"".join(response.streaming_content)


def test_csv_holds_all_rows_that_match_in_their_order() -> None:
    fill(
        [
            {"progress_note": f'=HYPERLINK("x{i}")\nb', "attempt": i % 2, "finished_at": START}
            for i in range(8)
        ]
    )
    raw = downloaded("/jobs/?format=csv&sort=-subject&attempt_is=1").decode("utf-8")
    assert raw.startswith("\ufeffKind,Subject,")
    rows = list(csv.DictReader(io.StringIO(raw.removeprefix("\ufeff"), newline="")))
    assert [row["Subject"] for row in rows] == ["au:7", "au:5", "au:3", "au:1"]
    assert rows[0]["Note"] == '\'=HYPERLINK("x7")\nb'
    assert rows[0]["Finished"] == "2026-11-01T00:00:00Z"
    assert rows[0]["Total"] == ""


def test_tsv_has_one_line_a_row_whatever_is_in_it() -> None:
    fill([{"progress_note": "a\tb\r\nc\u2028d"}])
    lines = downloaded("/jobs/?format=tsv").decode().split("\n")
    assert lines[0].split("\t")[0] == "kind"
    assert lines[1].split("\t")[-1] == "a b c d"
    assert lines[2:] == [""]


@pytest.mark.parametrize("count", [0, 1, 3])
def test_json_is_a_list_of_objects(count) -> None:
    fill([{"progress_total": 5}] * count)
    found = json.loads(downloaded("/jobs/?format=json"))
    assert [row["total"] for row in found] == [5] * count
    assert all(set(row) == {column.key for column in SMALL.columns} for row in found)


def test_a_long_download_is_read_in_pieces() -> None:
    fill([{"progress_note": "n" * 300}] * 1200)
    response = ask("/jobs/?format=csv")
    pieces = list(response.streaming_content)
    assert len(pieces) > 5
    assert max(map(len, pieces)) < 40_000
    assert b"".join(pieces).count(b"au:") == 1200


def test_a_list_without_downloads_refuses_them() -> None:
    with pytest.raises(BadQuery):
        ask("/jobs/?format=csv", replace(SMALL, download=False))


def test_prepare_is_asked_once_a_page() -> None:
    fill([{}] * 3)
    asked = []

    def prepare(rows):
        asked.append(len(rows))
        return [row.subject.upper() for row in rows]

    table = replace(SMALL, prepare=prepare, columns=(Column("s", "S", lambda text: text),))
    assert page(table, "").rows == ["<td>AU:0</td>", "<td>AU:1</td>", "<td>AU:2</td>"]
    assert asked == [3]


def test_chosen_rows_are_those_ticked_or_all_that_match() -> None:
    jobs = fill([{"kind": "crawl"}, {"kind": "poll"}, {"kind": "crawl"}])
    ticked = QueryDict(f"chosen={jobs[0].pk}&chosen={jobs[1].pk}")
    assert set(chosen_rows(ticked, JOBS, Job.objects.all())) == set(jobs[:2])
    shown = page(JOBS, "q=crawl&sort=-kind")
    matching = QueryDict(mutable=True)
    matching.update({"all_matching": "yes", "matching": shown.filter_text})
    assert set(chosen_rows(matching, JOBS, Job.objects.all())) == {jobs[0], jobs[2]}
    assert f'value="{shown.items[0].pk}"' in shown.rows[0]


@pytest.mark.parametrize("text", ["", "chosen=x", "chosen=1%00", "all_matching=yes&matching=colour%3Dred"])
def test_a_choice_that_is_none_is_refused(text) -> None:
    with pytest.raises(BadQuery):
        chosen_rows(QueryDict(text), JOBS, Job.objects.all())


def test_what_nothing_is_known_of_is_a_dash_and_no_empty_field() -> None:
    columns = (
        Column("name", "Name", lambda row: row),
        Column("id", "Code", lambda row: cells.code("")),
        Column("end", "", lambda row: ""),
    )
    one = small_list("none", "None", columns, ["", "Birch"])
    assert one.rows == ["<td>–</td><td>–</td><td></td>", "<td>Birch</td><td>–</td><td></td>"]
    assert columns[1].cell("").value == ""


def test_an_address_in_a_field_may_be_broken_and_nothing_else() -> None:
    assert cells.text("See http://pub.example/a?b=1&c=2 here").html == (
        'See <span class="long">http://pub.example/a?b=1&amp;c=2</span> here'
    )
    assert cells.link("1234-5678, 28 Nov 2026", "/x/", "every word is short").html == (
        '<a href="/x/">1234-5678, 28 Nov 2026</a><span class="note">every word is short</span>'
    )


def test_a_small_list_has_nothing_to_press() -> None:
    one = small_list(
        "peers", "Peers", (Column("name", "Name", lambda row: row, sort="name"),), ["Birch", "<Elm>"]
    )
    assert one.rows == ["<td>Birch</td>", "<td>&lt;Elm&gt;</td>"]
    assert (one.heads[0].href, one.downloads, one.count_text) == ("", [], "")
