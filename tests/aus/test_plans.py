"""List pages over many rows: no page reads a whole table, and none needs many statements."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.aus.choices import Risk
from apps.aus.models import CollectionRecord
from apps.aus.services import count_plugin_uses
from apps.aus.services.collections import Said, add_collection
from apps.titles.models import ListedAu, ListImport, Title
from apps.titles.services import Meaning, add_titles, make_set
from apps.titles.services.importing import run_import
from tests.accounts.factories import make_person
from tests.titles.factories import make_import, read_au, read_file, read_title

BIG = ("titles_listedau", "titles_listentry", "titles_title", "aus_au", "aus_selectionresult")
TITLES, VOLUMES = 9_900, 3
# Every second AU, as an act would leave it.
HALF_SELECTED = """
INSERT INTO repository_aukey (auid, created_at) SELECT auid, now() FROM titles_listedau WHERE id % 2 = 0;
INSERT INTO aus_au (key_id, auid, slug, listed_id, title_id, publisher_id, plugin_id, params, other_params, name,
    name_key, state, selected_at, created_at, updated_at)
SELECT k.id, l.auid, l.slug, l.id, l.title_id, l.publisher_id, l.plugin_id, l.params, '{}', l.name, l.name_key,
    'selected', now(), now(), now()
FROM titles_listedau l JOIN repository_aukey k USING (auid);
"""


@pytest.fixture(scope="module")
def big(django_db_setup, django_db_blocker):
    """29,700 AUs of 9,900 titles, made once for this module and rolled back after it."""
    from django.db import transaction

    with django_db_blocker.unblock():
        atomic = transaction.atomic()
        atomic.__enter__()
        try:
            many = (
                read_file(
                    read_au(title, volume, status="released" if volume < VOLUMES else "manifest")
                    for title in [
                        read_title(f"Annals {n % 97} {n}", f"Society {n % 400}", issn=f"{n:04}-0000")
                    ]
                    for volume in range(1, VOLUMES + 1)
                )
                for n in range(TITLES)
            )
            run_import(list_import=make_import(), files=many)
            with connection.cursor() as cursor:
                cursor.execute(HALF_SELECTED)
                cursor.execute(f"ANALYZE {', '.join(BIG)}")
            count_plugin_uses(always=True)
            yield
        finally:
            transaction.set_rollback(True)
            atomic.__exit__(None, None, None)


@pytest.fixture
def reader(client, big, db):
    client.force_login(make_person("rea", "reader"))
    return client


def collection(title: Title) -> CollectionRecord:
    """A publisher, another's title, and one unit of a third."""
    said = Said(
        name="All kinds",
        institution="Alder College",
        risk=Risk.LOW,
        publishers=[title.publisher],
        titles=[Title.objects.exclude(publisher=title.publisher).order_by("pk").first()],
        listed_aus=[ListedAu.objects.order_by("pk").last()],
    )
    return add_collection(user=make_person("lee", "librarian"), said=said, request_key=None)


def plans(statements: list[str], *, must: bool = False) -> list[str]:
    """The plans of the queries of a page that touch the catalogue.

    ``must``: with scans made dear, so that one is left only where no index serves. Of 24,000 rows many a filter means
    a third, which is rightly scanned; of 434,000 none is.
    """
    found = []
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL enable_seqscan = {'off' if must else 'on'}")
        for sql in statements:
            if sql.startswith("SELECT") and any(name in sql for name in BIG):
                cursor.execute(f"EXPLAIN {sql}")
                found.append("\n".join(row[0] for row in cursor.fetchall()))
        cursor.execute("SET LOCAL enable_seqscan = on")
    return found


def judged(reader, address: str, most: int = 40) -> None:
    """This page, the next and the one before that: no scan of a large table, no OFFSET, not many statements."""
    path = address.partition("?")[0]
    for step in ("next_href", "previous_href", ""):
        with CaptureQueriesContext(connection) as captured:
            response = reader.get(address)
        assert response.status_code == 200, address
        statements = [query["sql"] for query in captured]
        assert len(statements) < most, address
        assert not [sql for sql in statements if re.search(r"\bOFFSET\b", sql)], address
        for plan in plans(statements, must=True):
            assert not re.search(rf"Seq Scan on ({'|'.join(BIG)})\b", plan), (address, plan)
        following = getattr(response.context["list"], step) if step else ""
        if not following:
            return
        address = path + following


@pytest.fixture(scope="module")
def sets(big, django_db_blocker):
    """One of each kind, and one that holds the others; gone with the catalogue."""
    with django_db_blocker.unblock():
        hand = make_set(user=None, request_key=None, meaning=Meaning(name="hand"))
        add_titles(user=None, title_set=hand, titles=Title.objects.filter(pk__in=range(0, 10**6, 41)))
        kinds = {
            "publisher": {"publisher": Title.objects.earliest("pk").publisher},
            "tag": {"tag_key": "rights"},
            "query": {"query": "q=annals+4&years=2001-2003"},
        }
        parts = [
            make_set(user=None, request_key=None, meaning=Meaning(name=kind, kind=kind, **more))
            for kind, more in kinds.items()
        ]
        whole = make_set(user=None, request_key=None, meaning=Meaning(name="all", parts=(hand, *parts)))
        return {row.name: row.pk for row in (hand, *parts, whole)}


FILTERS = (
    "",
    "q=annals",
    "q=annals+4+39",
    "q=0012-0000",
    "q=9780306406157",
    "q=society+12",
    "publisher=society+123",
    "platform=org.lockss.plugin.Sample",
    "platform=other",
    "years=2003",
    "years=2003-2005",
    "years=from+2006+on",
    "years=1990",
    "here=selected",
    "here=none",
    "here=deactivated",
    "list={list}",
    "set={hand}",
    "set={publisher}",
    "set={tag}",
    "set={query}",
    "set={all}",
    "set={all}&years=2003&here=none&q=annals",
)


@pytest.mark.parametrize("narrowed", FILTERS)
def test_titles_under_every_filter_sort_and_page(reader, sets, narrowed):
    given = narrowed.format(list=ListImport.objects.get().title_list_id, **sets)
    for sort in ("name", "-name"):
        judged(reader, f"/titles/?{given}&sort={sort}")


OFFERS = tuple(f"offer={word}" for word in ("offered", "unreleased", "down", "retired", "not-offered"))


@pytest.mark.parametrize("narrowed", FILTERS + OFFERS)
def test_units_under_every_filter_sort_and_page(reader, sets, narrowed):
    given = narrowed.format(list=ListImport.objects.get().title_list_id, **sets)
    for sort in ("name", "-name", "year", "-year"):
        judged(reader, f"/titles/units/?{given}&sort={sort}")


def test_the_page_of_a_set(reader, sets):
    for pk in sets.values():
        judged(reader, f"/sets/{pk}/")


def _next(response) -> str:
    return response.context["list"].next_href


@pytest.mark.parametrize(
    "address",
    [
        "/titles/",
        "/titles/?q=annals+4+39",
        "/titles/?q=0012-0000",
        "/titles/?publisher=society+123",
        "/titles/?sort=-name",
        "/titles/{title}/",
        "/titles/{title}/?here=selected&sort=-year",
        "/titles/{title}/?offer=unreleased&q=2003",
        "/publishers/",
        "/publishers/?q=ety+39",
        "/publishers/{publisher}/",
        "/publishers/{publisher}/?q=annals",
        "/publishers/{publisher}/aus/",
        "/publishers/{publisher}/aus/?here=none",
        "/publishers/{publisher}/aus/?offer=offered&sort=-year",
        "/plugins/org.lockss.plugin.Sample/aus/",
        "/lists/",
        "/lists/{list}/",
        "/lists/{list}/aus/",
        "/lists/imports/{import}/",
        "/lists/imports/{import}/added/",
        "/titles/au/{slug}/",
        "/collections/{collection}/",
    ],
)
def test_no_page_reads_a_whole_table(reader, address):
    title = Title.objects.order_by("pk")[100]
    row = ListImport.objects.get()
    ids = {
        "title": title.pk,
        "publisher": title.publisher_id,
        "list": row.title_list_id,
        "import": row.pk,
        "slug": ListedAu.objects.filter(title=title).first().slug,
        "collection": collection(title).pk,
    }
    with CaptureQueriesContext(
        connection,
    ) as captured:
        response = reader.get(address.format(**ids))
        assert response.status_code == 200
        if "list" in response.context and _next(response):
            after = reader.get(address.format(**ids).partition("?")[0] + _next(response))
            assert after.status_code == 200
    statements = [query["sql"] for query in captured]
    assert len(statements) < 40
    # Every second unit is selected here, which is rightly scanned in so small a catalogue.
    found = plans(statements, must=True)
    assert found
    scans = [plan for plan in found if re.search(rf"Seq Scan on ({'|'.join(BIG)})\b", plan)]
    assert scans == []


def test_a_page_far_inside_is_reached_from_its_key(reader):
    address, seen = "/titles/?size=200", set()
    for _ in range(5):
        response = reader.get(address)
        page = response.context["list"]
        names = {row.pk for row in page.items}
        assert not names & seen
        seen |= names
        address = "/titles/" + page.next_href
    assert len(seen) == 1000
