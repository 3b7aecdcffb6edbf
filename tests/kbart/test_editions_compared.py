"""Two editions beside each other: which titles came, went and changed, and which are not compared at all."""

import json

import pytest

from apps.kbart.making.comparing import Change, compared
from tests.factories import make_au, make_crawl, make_title
from tests.kbart.editions import EDITIONS, another, made
from tests.kbart.reports import body, change, lines, proved_au

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("portal")]


def test_differences_by_title(rita):
    gone, stays, grows = (proved_au(name) for name in ("Gone", "Stays", "Grows"))
    change(grows, volume="1", year="2001")
    first = made(rita)
    gone.state = "deactivated"
    gone.save()
    more = make_au(title=grows.title)
    make_crawl(more)
    change(more, volume="2", year="2002")
    make_crawl(make_au(title=make_title("New")))
    stays.title.name = "Stays, renamed"
    stays.title.save()
    second = another(first)
    with compared(first.rows_path, second.rows_path) as (_, found):
        differences = list(found)
        told = [(one.change, one.title, one.was, one.now) for one in differences]
        fields = [tuple(each.name for each in one.fields) for one in differences]
        counts = dict(found.counts)
    assert [one[:2] for one in told] == [
        (Change.GONE, "Gone"),
        (Change.CHANGED, "Grows"),
        (Change.ADDED, "New"),
        (Change.CHANGED, "Stays, renamed"),
    ]
    assert told[1][2:] == ("2001 (1)", "2001 (1) – 2002 (2)")
    assert fields == [(), ("date_last_issue_online", "num_last_vol_online"), (), ("publication_title",)]
    assert counts == {Change.ADDED: 1, Change.GONE: 1, Change.CHANGED: 2}
    with compared(second.rows_path, second.rows_path) as (_, same):
        assert list(same) == []


def test_a_title_whose_range_stays_says_which_fields_changed(client, rita):
    """Whoever compares saw the same range twice and nothing else."""
    au = proved_au("Opens")
    change(au, year="2001", volume="1")
    first = made(rita)
    au.listed.refresh_from_db()
    change(au, attributes={"rights": "openaccess"})
    au.listed.title.publisher.name = "Mudflat & Sons"
    au.listed.title.publisher.save()
    second = another(first)
    with compared(first.rows_path, second.rows_path) as (_, found):
        (one,) = found
    assert (one.change, one.was, one.now) == (Change.CHANGED, "2001 (1)", "2001 (1)")
    (house, access) = one.fields
    assert (house.name, house.now) == ("publisher_name", "Mudflat & Sons")
    assert (access.name, access.was, access.now) == ("access_type", "P", "F")
    address = f"/reports/kbart/compare/?before={first.pk}&after={second.pk}"
    page = client.get(address).content.decode()
    assert "<code>access_type</code> P → F" in page
    assert "Mudflat &amp; Sons" in page
    (told,) = [json.loads(line) for line in body(client.get(f"{address}&download=json")).splitlines()]
    assert told["fields"]["access_type"] == ["P", "F"]


def test_the_older_one_is_before_whichever_side_one_starts_from(client, rita):
    """From the older one's page the newer was read as “before”, and what came as gone."""
    proved_au("Tides")
    first = made(rita)
    proved_au("Mud")
    second = another(first)
    ways = [
        f"/reports/kbart/compare/?before={one.pk}&after={two.pk}"
        for one, two in ((first, second), (second, first))
    ]
    one, other = (client.get(way) for way in ways)
    for answer in (one, other):
        assert [fact.value for fact in answer.context["facts"]] == ["1", "0", "0"]
        assert answer.context["address"] == ways[0]
    assert one.context["head"].identity == other.context["head"].identity
    assert f"{first.series.label}: " not in other.context["head"].identity
    new = [row[0] for row in lines(body(client.get(f"{ways[1]}&download=new")))[1:]]
    assert new == ["Mud"]


def test_two_reports_are_named_in_the_head(client, rita):
    proved_au("Tides")
    first = made(rita)
    proved_au("Mud")
    other = made(rita, label="Holdings for all", slug="all")
    said = client.get(f"/reports/kbart/compare/?before={other.pk}&after={first.pk}").context["head"].identity
    assert said.startswith("Holdings for all: ")
    assert f" {first.series.label}: " in said


def test_the_page_compares_and_gives_what_is_new_as_kbart(client, rita):
    proved_au("Tides")
    first = made(rita)
    proved_au("Mud & <b>Sand</b>")
    second = another(first)
    address = f"/reports/kbart/compare/?before={first.pk}&after={second.pk}"
    text = client.get(address).content.decode()
    assert "Mud &amp; &lt;b&gt;Sand&lt;/b&gt;" in text
    new = client.get(f"{address}&download=new")
    _heads, *rows = lines(body(new))
    assert [row[0] for row in rows] == ["Mud & <b>Sand</b>"]
    assert f"CollectedTitlesEdition{second.number}New_" in new["Content-Disposition"]
    told = [json.loads(line) for line in body(client.get(f"{address}&download=json")).splitlines()]
    assert [one["change"] for one in told] == ["added"]
    same = client.get(f"/reports/kbart/compare/?before={first.pk}&after={first.pk}")
    assert "Nothing differs" in same.content.decode()
    for wrong in (
        "",
        "?before=1&after=x",
        f"{address[23:]}&download=pdf",
        f"?before={first.pk}&after=999999",
    ):
        assert client.get(f"/reports/kbart/compare/{wrong}").status_code == 400


def test_editions_with_other_columns_are_not_compared(client, rita):
    proved_au("Tides")
    plain, keepers = made(rita), made(rita, report="keepers", slug="other")
    alike = made(rita, slug="third")
    assert f'value="{alike.pk}"' in client.get(f"{EDITIONS}{plain.pk}/").content.decode()
    for one, other in ((plain, keepers), (keepers, plain)):
        answer = client.get(f"/reports/kbart/compare/?before={one.pk}&after={other.pk}")
        assert answer.status_code == 400
        text = answer.content.decode()
        assert "other columns" in text
        assert "We do not understand this address" not in text
        assert f'href="/reports/kbart/editions/{other.pk}/"' in text
        assert f'value="{other.pk}"' not in client.get(f"{EDITIONS}{one.pk}/").content.decode()


def test_lines_for_a_link_resolver_are_not_compared(client, rita):
    proved_au("Tides")
    one, other = made(rita, report="sfx"), made(rita, slug="other")
    assert client.get(f"/reports/kbart/compare/?before={one.pk}&after={other.pk}").status_code == 400
    assert f'value="{one.pk}"' not in client.get(f"{EDITIONS}{other.pk}/").content.decode()
    assert f'value="{other.pk}"' not in client.get(f"{EDITIONS}{one.pk}/").content.decode()
