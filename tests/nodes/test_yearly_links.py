"""Every number of a year's report leads to exactly the rows that it counts."""

import datetime as dt
import re

import pytest

from apps.aus.models import Au
from apps.crawls.choices import CrawlKind
from apps.nodes import year_page
from apps.nodes.choices import Figure
from apps.nodes.services import refreshing, yearly
from apps.polls.choices import RepairState
from apps.titles.models import Publisher
from tests import factories as make
from tests.asking import as_person

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)
BEFORE = dt.timedelta(days=800)
# Sums over the rows that they lead to.
SUMS = {
    Figure.URLS_STORED: "stored",
    Figure.SERVED: "repairs_served",
}
EXACT = (
    Figure.CHOSEN,
    Figure.CRAWLS,
    Figure.CRAWLS_WHOLE,
    Figure.POLLS,
    Figure.POLLS_COUNTED,
    Figure.POLLS_AGREED,
    Figure.POLLS_REPAIRED,
    Figure.AUS_PROVED,
    Figure.VOTES,
    Figure.POLLS_WRONG,
    Figure.POLLS_UNDECIDED,
    Figure.AUS_BAD,
    Figure.REPAIRED,
    Figure.REPAIRED_PUBLISHER,
    Figure.NOT_REPAIRED,
)


@pytest.fixture
def report(sample):
    """The sample, and of everything one that was before the year."""
    au = make.make_au(ago=BEFORE)
    peers = [make.make_peer() for _ in range(3)]
    make.make_crawl(au, ago=BEFORE)
    make.make_crawl(au, ago=MINUTE, took=MINUTE, kind=CrawlKind.REPAIR)
    make.make_crawl(au, ago=MINUTE, took=MINUTE, outcome="fetch-error")
    for ago in (BEFORE, MINUTE):
        other = make.make_au()
        poll = make.make_poll(other, peers, ago=ago, agreement=0.5, urls=4)
        make.make_repair(poll, "http://pub.example/1", ended_at=make.past(ago))
        make.make_repair(poll, "http://pub.example/2", RepairState.FAILED, ended_at=make.past(ago))
        make.make_repair(poll, "http://pub.example/3", source=peers[0].identity, ended_at=make.past(ago))
        make.make_poll(other, peers, ago=ago, agreement=0.5, urls=4, disagreed=0, too_close=2)
        make.make_poll(other, peers, ago=ago, agreement=None, status=7)
        healed = make.make_poll(other, peers, ago=ago)
        make.make_tally(healed, "http://pub.example/4", ["disagreed"] * 3, final_result="Won")
        make.make_repair(healed, "http://pub.example/4", ended_at=make.past(ago))
        make.make_vote(other, peers[0], ago=ago, repairs_served=3)
        make.make_vote(other, peers[0], ago=ago, agreement_hint=None)
        make.make_check(make.make_au(), ago=ago, outcome="damaged", damaged=1)
    refreshing.refresh(keys=list(Au.objects.values_list("pk", flat=True)))
    return yearly.make(year=yearly.this_year())


def rows_of(client, address):
    found = []
    while address:
        answer = client.get(address)
        assert answer.status_code == 200, address
        page = answer.context["list"]
        found += page.items
        address = page.next_href
    return found


def test_each_leads_to_as_many_rows(client, report):
    as_person(client)
    counted = dict(report.figures.filter(scope="").values_list("key", "value"))
    assert min(counted[figure] for figure in EXACT) > 0, "nothing would be tested"
    found = {figure: len(rows_of(client, year_page.link_of(figure, report.year))) for figure in EXACT}
    assert found == {figure: counted[figure] for figure in EXACT}
    for figure, field in SUMS.items():
        rows = rows_of(client, year_page.link_of(figure, report.year))
        assert sum(getattr(row, field) for row in rows) == counted[figure] > 0, figure


def test_every_link_opens(client, report):
    as_person(client)
    page = client.get(f"/report/{report.year}/").content.decode()
    hrefs = {line.url for section in year_page.sections(report) for line in section.lines if line.url}
    assert len(hrefs) > 20
    for href in hrefs:
        assert re.search(re.escape(href.replace("&", "&amp;")), page), href
        assert client.get(href).status_code == 200, href


def test_what_agreed_after_a_repair_is_told_as_that(client, report):
    as_person(client)
    counted = dict(report.figures.filter(scope="").values_list("key", "value"))
    assert 0 < counted[Figure.POLLS_REPAIRED] <= counted[Figure.POLLS_WRONG]
    page = client.get(f"/report/{report.year}/").content.decode()
    assert "only after a repair" in page
    assert "whether it was repaired or not" in page
    assert "the rows that its numbers lead to are those of today" in page


def test_a_number_that_stands_nowhere_leads_nowhere():
    assert year_page.link_of(Figure.FILES, 2026) == ""


def test_the_numbers_of_a_publisher_lead_to_its_rows(client, report):
    as_person(client)
    lines, _more = year_page.publishers(report)
    assert lines
    page = client.get(f"/report/{report.year}/").content.decode()
    for line in lines:
        assert len(line.cells) == len(year_page.OF_PUBLISHER)
        for cell in line.cells[:4]:
            assert cell.url.replace("&", "&amp;") in page
            assert len(rows_of(client, cell.url)) == int(cell.value.replace(",", "")), cell.url
        assert client.get(line.cells[4].url).status_code == 200


def test_a_name_that_two_publishers_bear_leads_to_neither(report):
    name = year_page.publishers(report)[0][0].name
    make.make_publisher("Other")
    Publisher.objects.filter(name="Other").update(name=name)
    assert not any(cell.url for cell in year_page.publishers(report)[0][0].cells)
