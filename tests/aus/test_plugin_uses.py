"""How many AUs each plugin has, counted after imports and acts, and the ranking of missing classes made of it."""

import re
from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.aus.choices import AuState
from apps.aus.models import Au
from apps.aus.services import count_plugin_uses, deactivate_aus, select_aus
from apps.aus.tasks import count_plugin_uses as count_plugin_uses_task
from apps.nodes.services import refreshing
from apps.plugins.models import MissingClass, Plugin, PluginNeed, PluginUse
from apps.plugins.services import judge_outdated, load_plugin_files
from apps.titles.models import ListedAu
from tests.accounts.factories import make_person
from tests.asking import as_person, check_reading
from tests.aus.factories import load_sample, offer, volumes
from tests.plugins.factories import ID, PATH, child, xml

pytestmark = pytest.mark.django_db
NORMALIZER, FILTER, ITERATOR, VALIDATOR = (
    f"com.example.{name}" for name in ("Normalizer", "Filter", "Iterator", "Validator")
)
OTHER = "org.a.Other"


def of_other(*aus):
    """The same AUs, but of another plugin that nobody has loaded."""
    return [
        replace(au, plugin_id=OTHER, auid=au.auid.replace(ID.replace(".", "|"), OTHER.replace(".", "|")))
        for au in aus
    ]


def uses() -> dict[str, tuple[int, int, bool]]:
    return {use.plugin_id: (use.listed, use.selected, use.loaded) for use in PluginUse.objects.all()}


def ranking() -> list[tuple[str, int, int, int]]:
    rows = MissingClass.objects.order_by("-listed", "class_name")
    return [(row.class_name.rpartition(".")[2], row.definitions, row.listed, row.selected) for row in rows]


def test_counts_follow_imports_and_acts():
    load_sample()
    rows = offer(*volumes(3), *of_other(*volumes(2)))
    assert count_plugin_uses()
    assert uses() == {ID: (3, 0, True), OTHER: (2, 0, False)}
    select_aus(user=make_person("lee", "librarian"), listed_au_ids=[row.pk for row in rows[:2]])
    assert count_plugin_uses()
    assert uses()[ID] == (3, 2, True)
    row = Plugin.objects.get(current=True)
    assert (row.listed_count, row.selected_count) == (3, 2)
    assert not count_plugin_uses()
    Au.objects.update(state=AuState.DEACTIVATED)
    ListedAu.objects.filter(pk=rows[2].pk).update(status="")
    assert count_plugin_uses(always=True)
    assert uses()[ID] == (2, 0, True)
    # What was missing arrives.
    load_plugin_files([("org/a/Other.xml", xml())])
    assert uses()[OTHER] == (2, 0, True)
    assert Plugin.objects.get(plugin_id=OTHER).listed_count == 2


def test_lists_are_counted_only_where_one_was_read():
    load_sample()
    offer(*volumes(3))
    count_plugin_uses()
    with CaptureQueriesContext(connection) as captured:
        count_plugin_uses()
    assert not [query for query in captured if "titles_listedau" in query["sql"]]
    offer(*volumes(4))
    with CaptureQueriesContext(connection) as captured:
        assert count_plugin_uses()
    assert [query for query in captured if "titles_listedau" in query["sql"]]
    assert uses()[ID][0] == 4


def test_the_ranking_sums_over_all_that_miss_a_class():
    load_plugin_files(
        [
            (PATH, xml(au_url_normalizer=NORMALIZER, plugin_article_iterator_factory=ITERATOR)),
            (
                "org/a/Other.xml",
                child(
                    **{
                        "text/html_filter_factory": FILTER,
                        "text/html_crawl_filter_factory": FILTER,
                        "text/html_content_validator_factory": VALIDATOR,
                    }
                ),
            ),
        ]
    )
    offer(*volumes(3), *of_other(*volumes(2)))
    count_plugin_uses()
    # The child inherits what its parent misses.
    assert ranking() == [
        ("Iterator", 2, 5, 0),
        ("Normalizer", 2, 5, 0),
        ("Filter", 1, 2, 0),
        ("Validator", 1, 2, 0),
    ]
    found = {row.class_name: row for row in MissingClass.objects.all()}
    blocks = {name: (row.collect, row.vote, row.extract) for name, row in found.items()}
    assert blocks == {
        NORMALIZER: (True, False, False),
        FILTER: (True, True, False),
        ITERATOR: (False, False, True),
        VALIDATOR: (False, False, False),
    }
    assert sorted(found[FILTER].keys) == ["text/html_crawl_filter_factory", "text/html_filter_factory"]
    assert "what changes on its own would be voted on" in found[FILTER].effect
    assert Plugin.objects.get(plugin_id=OTHER).missing_count == 2
    # A newer version that needs less takes its share away.
    load_plugin_files([(PATH, xml(plugin_version="2"))])
    assert [name for name, *_ in ranking()] == ["Filter", "Validator"]


def test_definitions_are_judged_anew_when_this_nodes_code_knows_other_classes():
    load_plugin_files([(PATH, xml(au_url_normalizer=NORMALIZER)), ("org/a/Other.xml", child())])
    assert judge_outdated() == 0
    # As a row of an older release.
    Plugin.objects.filter(plugin_id=ID).update(judged_with="older", missing_count=0, can_collect=True)
    PluginNeed.objects.all().delete()
    MissingClass.objects.all().delete()
    count_plugin_uses_task()
    row = Plugin.objects.get(plugin_id=ID)
    assert (row.can_collect, row.missing_count) == (False, 1)
    assert ranking() == [("Normalizer", 2, 0, 0)]
    assert judge_outdated() == 0


@pytest.fixture
def many():
    load_plugin_files(
        [
            (PATH, xml(au_url_normalizer=NORMALIZER)),
            *((f"org/b/P{n}.xml", child(**{"text/html_filter_factory": FILTER})) for n in range(60)),
        ]
    )
    offer(*volumes(3), *of_other(*volumes(2)))
    count_plugin_uses()


def test_the_pages_say_it_and_every_number_leads_to_its_rows(client, many):
    page = check_reading(client, "/plugins/missing/", "plugins/list_page.html")
    assert "?missing=com.example.Normalizer&amp;aus=yes" in page
    assert "Normalizer" in page
    listed = client.get("/plugins/?missing=com.example.Normalizer&aus=yes&sort=-listed")
    assert [row.plugin_id for row in listed.context["list"].items] == [ID]
    assert len(client.get("/plugins/missing/?blocks=vote").context["list"].items) == 1
    assert len(client.get("/plugins/missing/?blocks=nothing").context["list"].items) == 0
    assert client.get("/plugins/missing/?blocks=everything").status_code == 400
    assert client.get("/plugins/missing/?sort=nothing").status_code == 400
    page = check_reading(client, "/plugins/not-loaded/", "plugins/list_page.html")
    assert f'href="/plugins/{OTHER}/aus/"' in page
    page = check_reading(client, f"/plugins/{OTHER}/aus/")
    assert "Journal of Estuarine Studies Volume 2" in page
    assert len(client.get(f"/plugins/{ID}/aus/").context["list"].items) == 3
    page = check_reading(client, f"/plugins/{ID}/")
    assert "archival units of the title lists" in page
    assert "<b>60</b>" in page
    csv = b"".join(client.get("/plugins/missing/?format=csv").streaming_content).decode()
    assert "com.example.Normalizer" in csv


@pytest.mark.parametrize(
    "address",
    [
        "/plugins/?sort=-listed",
        "/plugins/?missing=com.example.Filter",
        "/plugins/missing/",
        "/plugins/not-loaded/",
    ],
)
def test_no_page_adds_anything_up(client, many, address):
    """Neither the catalogue nor the AUs are read, and the queries do not grow with the rows."""
    as_person(client)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    statements = [query["sql"] for query in captured]
    assert len(statements) < 14
    assert not [sql for sql in statements if "titles_listedau" in sql or "aus_au" in sql]


def test_a_deactivated_unit_is_selected_no_more_at_once_and_its_number_leads_to_as_many(client):
    load_sample()
    rows = offer(*volumes(3))
    user = make_person("lee", "librarian")
    select_aus(user=user, listed_au_ids=[row.pk for row in rows])
    count_plugin_uses()
    assert uses()[ID] == (3, 3, True)
    deactivate_aus(user=user, au_keys=[Au.objects.first().pk])
    refreshing.refresh(keys=Au.objects.values_list("pk", flat=True))
    as_person(client)
    for page in ("/plugins/", f"/plugins/{ID}/"):
        text = client.get(page).content.decode()
        href = re.search(r'href="(/aus/\?plugin=[^"]*)"[^>]*>\s*(?:<[^>]+>\s*)*2\b', text)
        assert href, page
        answer = client.get(href[1].replace("&amp;", "&") + "&format=tsv")
        assert len(b"".join(answer.streaming_content).decode().splitlines()) == 1 + 2
    with CaptureQueriesContext(connection) as captured:
        client.get("/plugins/")
    counted = [query for query in captured if "count" in query["sql"].lower() and "aus_au" in query["sql"]]
    assert not counted, "nothing happened since"
