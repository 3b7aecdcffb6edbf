"""The page of usage: by title and month, its picture, what is told beside it, and reports as files."""

import csv
import datetime as dt
import io
import json
import re
from dataclasses import replace

import pytest
from django.conf import settings as node_settings

from apps.accounts.choices import Role
from apps.common.clock import now
from apps.lockss.usage import WORLD
from apps.lockss.usage.periods import short
from apps.usage.choices import Reason
from apps.usage.models import CountedTitle, UsageLoss
from apps.usage.pictures import reading_picture
from tests.accounts.factories import make_person, make_token
from tests.usage.months import counted, counting_since, last_month, read

pytestmark = pytest.mark.django_db
PATH = "/reports/usage/"


@pytest.fixture
def rita(client):
    person = make_person("rita", Role.REPORTS)
    client.force_login(person)
    return person


def page(client, address: str = PATH) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def rows(text: str) -> list[list[str]]:
    body = re.search(r"<tbody>(.*?)</tbody>", text, re.DOTALL)
    if body is None:
        return []
    lines = re.findall(r"<tr>(.*?)</tr>", body[1], re.DOTALL)
    return [
        [re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", line)] for line in lines
    ]


def test_an_empty_page_says_what_will_come(client, rita):
    text = page(client)
    assert "Nothing was read yet" in text
    assert "A first report can be made when a month is over." in text
    # Before a month is whole none is offered.
    assert 'name="begin"' not in text
    assert "<svg viewBox" not in text.split('id="months"')[1].split("</section>")[0]


def test_what_one_item_is_can_be_told_by_addresses_alone(client, rita):
    text = page(client)
    assert "in whatever format" not in text
    assert "as far as their addresses tell that they are one" in text


def test_addresses_for_programs_are_there(client, rita, settings):
    """What the page names answers, and says what programs have to send."""
    settings.NODE = replace(node_settings.NODE, public_url="https://portal.example")
    counting_since()
    read(counted(), customer="proxy:Harbour")
    text = page(client)
    panel = text[text.index('id="sushi"') :]
    for said in (
        "0000000000000000",
        "<code>own</code>",
        "<code>proxy:Harbour</code>",
        "customer_id",
        "api_key",
    ):
        assert said in panel, said
    for address in re.findall(r"https://portal\.example(/sushi[^ <\"?]*)", panel):
        found = client.get(address, follow=True)
        assert found.status_code in (200, 400), address
    assert client.get("/sushi/r51", follow=True).json()[0]["Service_Active"] is True
    months = re.findall(r'type="month"[^>]*', text)
    assert len(months) == 2
    assert all(f'max="{short(last_month())}"' in one for one in months)


def test_by_title_and_month(client, rita):
    counting_since()
    tides = counted()
    read(tides, requests=1_204, unique=7, total_item_investigations=1_300)
    read(tides, last_month(2), customer="public", access="Open")
    read(counted("Shores", "Book"), customer="proxy:Harbour", year=0)
    found = rows(page(client))
    assert {line[1] for line in found} == {"Tides", "Shores"}
    assert sorted(line[4] for line in found) == ["Harbour", "anybody", "own readers"]
    own = next(line for line in found if line[4] == "own readers")
    assert own[2:] == ["Tidewater Press", "2019", "own readers", "Controlled", "1,204", "7", "1,300"]
    assert next(line for line in found if line[1] == "Shores")[3] == "–"
    # The newest first.
    assert found[-1][4] == "anybody"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?whose=public", {"Shores"}),
        ("?access=Open", {"Shores"}),
        ("?type=Book", {"Shores"}),
        ("?q=tides", {"Tides"}),
        ("?q=press", {"Tides", "Shores"}),
        ("?sort=requests", {"Tides", "Shores"}),
    ],
)
def test_narrowed(client, rita, query, expected):
    read(counted())
    read(counted("Shores", "Book"), customer="public", access="Open", requests=9)
    assert {line[1] for line in rows(page(client, PATH + query))} == expected


def test_a_title_leads_to_its_own_page_and_its_number_to_its_months(client, rita):
    tides, gone = counted(), counted("Shores")
    CountedTitle.objects.filter(pk=gone.pk).update(title=None)
    read(tides)
    read(gone)
    text = page(client)
    assert f'<a href="/titles/{tides.title_id}/">Tides</a>' in text
    # Of one that no list names any more there is no other page.
    assert f'<a href="/reports/usage/?title={gone.pk}">Shores</a>' in text
    assert f'<a href="/reports/usage/?title={tides.pk}">5</a>' in text
    assert {line[1] for line in rows(page(client, f"{PATH}?title={tides.pk}"))} == {"Tides"}


def test_of_a_month_and_in_order(client, rita):
    tides = counted()
    read(tides, requests=5)
    read(tides, last_month(3), requests=9)
    assert [line[6] for line in rows(page(client, f"{PATH}?month={short(last_month(3))}"))] == ["9"]
    assert [line[6] for line in rows(page(client, f"{PATH}?sort=-requests"))] == ["9", "5"]
    assert [line[6] for line in rows(page(client, f"{PATH}?sort=requests"))] == ["5", "9"]
    wrong = client.get(f"{PATH}?month=soon")
    assert wrong.status_code == 400
    assert "one of" in wrong.content.decode()


def test_pages_are_turned(client, rita):
    tides = counted()
    for number in range(30):
        read(tides, year=1990 + number)
    text = page(client, f"{PATH}?size=25")
    assert len(rows(text)) == 25
    after = re.search(r'rel="next" href="([^"]+)"', text)[1].replace("&amp;", "&")
    assert len(rows(page(client, PATH + after))) == 5


def test_of_one_title(client, rita):
    tides, shores = counted(), counted("Shores")
    read(tides)
    read(shores, requests=100)
    text = page(client, f"{PATH}?title={tides.pk}")
    assert [line[1] for line in rows(text)] == ["Tides"]
    assert "<h1>Tides</h1>" in text
    assert f'href="/titles/{tides.title_id}/"' in text
    assert ">5 requests<" in text
    assert client.get(f"{PATH}?title=999999").status_code == 200
    assert client.get(f"{PATH}?title=x").status_code == 400


def test_the_picture_is_of_all_or_of_one_title_whatever_else_the_list_is_narrowed_to(client, rita):
    tides = counted()
    read(tides, requests=5)
    read(counted("Shores"), requests=100)
    for query, said in (
        ("", "105"),
        ("?q=tides", "105"),
        ("?month=soon", "105"),
        (f"?title={tides.pk}&q=x", "5"),
    ):
        text = client.get(PATH + query).content.decode()
        assert f'<p class="soft">{said} requests</p>' in text, query


def test_a_line_that_became_nothing_is_not_shown(client, rita):
    read(counted(), requests=0, unique=0)
    assert rows(page(client)) == []


def test_downloads(client, rita):
    tides = counted()
    read(tides, requests=1_204)
    read(counted("Shores", "Book"), unique_title_requests=2)
    found = list(csv.DictReader(io.StringIO(client.get(f"{PATH}?format=csv").getvalue().decode("utf-8-sig"))))
    own = next(line for line in found if line["Title"] == "Tides")
    assert (own["Month"], own["Requests"], own["Kind"]) == (short(last_month()), "1204", "Journal")
    assert {line["Books"] for line in found} == {"0", "2"}
    told = json.loads(client.get(f"{PATH}?format=json&q=Shores").getvalue())
    assert len(told) == 1 or len(told["rows"]) == 1


def test_the_picture_has_a_bar_for_each_month_of_a_year_and_says_it_in_words():
    today = dt.date(2026, 11, 28)
    drawn = reading_picture([(dt.date(2026, 9, 1), 1_000, 3), (dt.date(2026, 11, 1), 1, 0)], today)
    assert drawn.count("<g>") == 12
    assert 'aria-label="1,001 requests from Dec 2025 to Nov 2026"' in drawn
    assert "<title>Sep 2026: 1,000 requests</title>" in drawn
    assert "<title>Nov 2026: 1 request</title>" in drawn
    heights = [float(one) for one in re.findall(r'class="safe"[^>]* height="([\d.]+)"', drawn)]
    assert (max(heights), heights[-1], heights[0]) == (92.0, 2.0, 0.0)
    assert reading_picture([], today) == ""


def test_what_is_missing_is_told(client, rita, settings):
    today = now().date()
    UsageLoss.objects.create(day=today, reason=Reason.FULL, number=1)
    UsageLoss.objects.create(day=today, reason=Reason.FAILED, number=1_204)
    UsageLoss.objects.create(day=today, reason=Reason.OFF)
    UsageLoss.objects.create(day=today - dt.timedelta(days=400), reason=Reason.FORGOTTEN, number=3)
    text = page(client)
    assert "1 delivery is in no number: more was read at once than could be kept, last on" in text
    assert "1,204 deliveries are in no number: the database refused them, last on" in text
    assert "On 1 day counting was switched off, last on" in text
    assert "too old" not in text
    assert "Counting is switched off on this node" not in text
    settings.NODE = replace(node_settings.NODE, count_usage=False)
    assert "Counting is switched off on this node" in page(client)


def test_it_is_told_what_counts_and_that_nobody_is_watched(client, rita):
    text = page(client)
    for word in ("Requests", "Items", "Investigations", "By which right", "Not counted", "Of readers"):
        assert f"<dt>{word}</dt>" in text
    assert "No address, no browser and no name is written down." in text


def test_the_page_costs_the_same_queries_however_much_there_is(client, rita, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    for many in (1, 30):
        for number in range(many):
            read(counted(f"Journal {many} {number}"))
        with CaptureQueriesContext(connection) as told:
            page(client)
        counts.append(len(told))
    assert counts[0] == counts[1]


# --- Reports as files


def asked(client, **changed):
    given = {"report": "tr_j1", "customer": WORLD, "format": "tsv"}
    given |= {"begin": short(last_month(2)), "end": short(last_month()), **changed}
    return client.get(f"{PATH}report/", given)


def test_a_report_as_a_file(client, rita):
    counting_since()
    read(counted())
    answer = asked(client, customer="own")
    name = f"TR_J1_own_{short(last_month(2))}_{short(last_month())}.tsv"
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
    assert answer["Content-Type"] == "text/tab-separated-values; charset=utf-8"
    assert answer.content.startswith(b"\xef\xbb\xbfReport_Name\tJournal Requests (Controlled)\t")
    as_json = asked(client, format="json", report="TR_J3")
    assert as_json["Content-Type"] == "application/json"
    assert as_json.json()["Report_Header"]["Report_ID"] == "TR_J3"


def test_the_form_offers_the_latest_whole_month_and_whose_usage_there_is(client, rita):
    counting_since()
    read(counted(), customer="proxy:Harbour")
    text = page(client)
    assert text.count(f'value="{short(last_month())}"') >= 2
    assert '<option value="proxy:Harbour">Harbour</option>' in text
    assert f'<option value="{WORLD}" selected>all usage</option>' in text
    assert "are whole and can be reported." in text


@pytest.mark.parametrize(
    "changed",
    [
        {"report": "tr_j2"},
        {"customer": "nobody"},
        {"format": "xlsx"},
        {"begin": "soon"},
        {"begin": ""},
        {"end": "2001-01"},
        {"customer": "own\x00"},
    ],
)
def test_a_report_that_cannot_be_made_is_refused_in_words(client, rita, changed):
    counting_since()
    answer = asked(client, **changed)
    assert answer.status_code == 400
    assert f'href="{PATH}"' in answer.content.decode()


def test_a_name_of_a_file_holds_nothing_odd(client, rita):
    counting_since()
    read(counted(), customer='proxy:A "B"\\\n/ü')
    name = asked(client, customer='proxy:A "B"\\\n/ü')["Content-Disposition"]
    assert re.fullmatch(r'attachment; filename="TR_J1_[A-Za-z0-9-]+_[\d-]+_[\d-]+\.tsv"', name)


def test_with_a_token(client):
    text = make_token(make_person("rita", Role.REPORTS), "reports")
    counting_since()
    for address in (
        PATH,
        f"{PATH}report/?report=tr_j1&customer=own&begin={short(last_month())}&end={short(last_month())}",
    ):
        answer = client.get(address, headers={"Authorization": f"Bearer {text}"})
        assert answer.status_code == 200
        assert not answer.cookies


@pytest.mark.parametrize("role", [Role.READER, None])
def test_for_nobody_else(client, role):
    client.force_login(make_person("ann", *([role] if role else [])))
    assert client.get(PATH).status_code == 403
    assert asked(client).status_code == 403


def test_the_report_of_titles_leads_here(client, rita):
    assert f'href="{PATH}"' in page(client, "/reports/kbart/")
