"""The catalogue's pages as the right person, the wrong one and nobody; acts begun from them."""

import re

import pytest
from django.urls import reverse

from apps.aus.models import Au, Selection
from apps.aus.services import select_aus
from apps.common.models import Job
from apps.titles.models import ListedAu, Publisher, Title, TitleSet
from apps.titles.services import run_import
from tests.accounts.factories import make_person
from tests.aus.factories import chosen, load_sample, offer, volumes
from tests.titles.factories import make_import, read_au, read_file, read_title

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_librarian(client):
    client.force_login(make_person("lee", "librarian"))
    return client


@pytest.fixture
def as_reader(client):
    client.force_login(make_person("rea", "reader"))
    return client


@pytest.fixture
def catalogue():
    load_sample()
    other = read_title("Água e Vida", publisher="Marsh & Sons", eissn="2345-678X")
    return offer(*volumes(4), read_au(other, 9, status="manifest"))


def text(response) -> str:
    """What a person reads, roughly."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def all_matching(client, address: str, matching: str = "") -> dict[str, str]:
    """What the form of a list posts with its box "all that match"."""
    page = client.get(f"{address}?{matching}").context["list"]
    return {"all_matching": "yes", "matching": page.filter_text, "seen": page.seen}


def pages(rows: list[ListedAu]) -> list[str]:
    row = rows[0]
    act = select_aus(user=None, listed_au_ids=[rows[1].pk])
    return [
        "/titles/",
        f"/titles/{row.title_id}/",
        f"/titles/au/{row.slug}/",
        "/titles/units/",
        "/publishers/",
        f"/publishers/{row.publisher_id}/",
        f"/publishers/{row.publisher_id}/aus/",
        "/selections/",
        f"/selections/{act.selection.pk}/",
    ]


def acts(rows: list[ListedAu]) -> list[str]:
    row = rows[0]
    act = select_aus(user=None, listed_au_ids=[rows[1].pk])
    return [
        f"/titles/{row.title_id}/choose/",
        f"/titles/{row.title_id}/select-all/",
        f"/titles/au/{row.slug}/select/",
        "/titles/choose/",
        "/titles/units/choose/",
        f"/publishers/{row.publisher_id}/choose/",
        f"/publishers/{row.publisher_id}/select-all/",
        f"/publishers/{row.publisher_id}/aus/choose/",
        f"/selections/{act.selection.pk}/undo/",
    ]


def test_every_page_is_read_by_whoever_signed_in_and_nobody_else(client, catalogue):
    addresses = pages(catalogue)
    for address in addresses:
        response = client.get(address)
        assert response.status_code == 302, address
        assert response["Location"].startswith("/accounts/sign-in/")
        assert client.post(address).status_code == 405
    client.force_login(make_person("rea", "reader"))
    for address in addresses:
        response = client.get(address)
        assert response.status_code == 200, address
        assert 'name="chosen"' not in response.content.decode()


def test_acts_are_for_librarians(client, catalogue):
    addresses = acts(catalogue)
    before = Au.objects.count()
    for address in addresses:
        assert client.post(address).status_code == 302
        assert client.get(address).status_code == 405
    for role in ("reader", "reports", "network"):
        client.force_login(make_person(role, role))
        for address in addresses:
            assert client.post(address, {"action": "select"}).status_code == 403, (role, address)
    assert Au.objects.count() == before


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Água e Vida", "Journal of Estuarine Studies"]),
        ("?q=agua", ["Água e Vida"]),
        ("?q=vida+AGU", ["Água e Vida"]),
        ("?q=2345678x", ["Água e Vida"]),
        ("?q=2345-678X", ["Água e Vida"]),
        ("?q=estuar", ["Journal of Estuarine Studies"]),
        ("?publisher=marsh", ["Água e Vida"]),
        ("?publisher=tide&q=stud", ["Journal of Estuarine Studies"]),
        ("?q=nothing", []),
    ],
)
def test_titles_are_found_by_words_issn_and_publisher(as_reader, catalogue, query, found):
    response = as_reader.get(f"/titles/{query}")
    assert [row.name for row in response.context["list"].items] == found


@pytest.fixture
def estuaries():
    names = [
        "Annals of Estuary Life",
        "Archive: Estuary",
        "Bay and Estuary",
        "Estuary",
        "Estuary Letters",
        "Estuaryology",
    ]
    titles = [*map(read_title, names), read_title("Estuary", "Second Press")]
    run_import(
        list_import=make_import("E"), files=[read_file(read_au(one, n) for n, one in enumerate(titles))]
    )


def best(response) -> list[str]:
    found = re.search(r'<nav class="best".*?</nav>', response.content.decode(), re.DOTALL)
    return re.findall(r">([^<>]+)</a>", found[0]) if found else []


def test_titles_that_begin_with_the_words_stand_above_the_others(as_reader, estuaries):
    """By name the wanted one may stand pages below all that only hold the word."""
    expected = ["Estuary (Second Press)", "Estuary (Tidewater Press)", "Estuary Letters (Tidewater Press)"]
    found = best(as_reader.get("/titles/?q=%C3%89stuary"))
    assert sorted(found[:2]) == expected[:2]
    assert found[2:] == [expected[2], "Estuaryology (Tidewater Press)"]
    # Other conditions hold for them too.
    assert best(as_reader.get("/titles/?q=estuary&publisher=second&size=25")) == []
    assert best(as_reader.get("/titles/?q=estuary&publisher=tidewater")) == [
        "Estuary (Tidewater Press)",
        "Estuary Letters (Tidewater Press)",
        "Estuaryology (Tidewater Press)",
    ]


@pytest.mark.parametrize(
    "query",
    ["", "?q=estuary&sort=-name", "?q=estuary+life", "?q=1234-5679", "?q=%25", "?q=%F4%8F%BF%BF", "?q=_"],
)
def test_no_best_matches_where_they_would_say_nothing(as_reader, estuaries, query):
    assert best(as_reader.get(f"/titles/{query}")) == []


def test_the_list_says_how_much_is_selected(as_reader, catalogue):
    select_aus(user=None, listed_au_ids=[catalogue[0].pk, catalogue[1].pk])
    rows = {row.name: shown for row, shown in zip(*_items(as_reader.get("/titles/")), strict=True)}
    assert '<td class="number">4</td><td class="number">2</td>' in rows["Journal of Estuarine Studies"]
    response = as_reader.get("/publishers/?q=tidew")
    assert [row.name for row in response.context["list"].items] == ["Tidewater Press"]


def _items(response):
    page = response.context["list"]
    return page.items, page.rows


def test_the_title_page_tells_what_is_on_offer_and_where(as_reader, catalogue):
    select_aus(user=None, listed_au_ids=[catalogue[0].pk])
    response = as_reader.get(f"/titles/{catalogue[0].title_id}/")
    said = text(response)
    assert "4 archival units are named by a list" in said
    assert "1 is selected here" in said
    assert "Selected here" in said
    assert f'href="/aus/{chosen(catalogue[0]).slug}/"' in response.content.decode()
    assert (
        "Years 2001 to 2004. Named by a list: 2001–2004. Selected here: 2001. Collected: none."
        in response.content.decode()
    )


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("?here=selected", 1),
        ("?here=none", 2),
        ("?here=deactivated", 1),
        ("?offer=offered", 4),
        ("?offer=unreleased", 0),
        ("?q=2002", 1),
        ("?q=volume+3", 1),
        ("?offer=offered&here=none&sort=-year", 2),
    ],
)
def test_the_aus_of_a_title_are_narrowed(as_reader, catalogue, query, number):
    from apps.aus.services import deactivate_aus

    select_aus(user=None, listed_au_ids=[catalogue[0].pk, catalogue[1].pk])
    deactivate_aus(user=None, au_keys=[chosen(catalogue[1]).pk])
    response = as_reader.get(f"/titles/{catalogue[0].title_id}/{query}")
    assert len(response.context["list"].items) == number


def test_ticked_aus_are_selected_at_once(as_librarian, catalogue):
    address = f"/titles/{catalogue[0].title_id}/"
    assert 'name="chosen"' in as_librarian.get(address).content.decode()
    response = as_librarian.post(
        f"{address}choose/", {"action": "select", "chosen": [catalogue[0].pk, catalogue[2].pk]}
    )
    selection = Selection.objects.get()
    assert response["Location"] == f"/selections/{selection.pk}/"
    assert selection.user.username == "lee"
    assert set(Au.objects.values_list("listed_id", flat=True)) == {catalogue[0].pk, catalogue[2].pk}
    said = text(as_librarian.get(response["Location"]))
    assert "2 were selected." in said
    assert "2 archival units, by lee" in said
    assert not Job.objects.exists()


def test_all_that_match_are_selected_and_only_those(as_librarian, catalogue):
    address = f"/titles/{catalogue[0].title_id}/"
    as_librarian.post(
        f"{address}choose/", {"action": "select", **all_matching(as_librarian, address, "q=2003")}
    )
    assert Au.objects.get().listed == catalogue[2]
    as_librarian.post(f"{address}choose/", {"action": "select", **all_matching(as_librarian, address)})
    assert Au.objects.count() == 4


def test_an_au_of_another_title_cannot_be_slipped_in(as_librarian, catalogue):
    address = f"/titles/{catalogue[0].title_id}/choose/"
    response = as_librarian.post(address, {"action": "select", "chosen": [catalogue[4].pk]})
    assert response.status_code == 302
    assert not Au.objects.exists()


@pytest.mark.parametrize(
    "data",
    [{}, {"action": "select"}, {"action": "delete", "chosen": ["1"]}, {"action": "select", "chosen": "x"}],
)
def test_an_act_that_means_nothing_is_refused(as_librarian, catalogue, data):
    response = as_librarian.post(f"/titles/{catalogue[0].title_id}/choose/", data)
    assert response.status_code == 400
    assert not Selection.objects.exists()


def test_deactivating_and_undoing_it(as_librarian, catalogue):
    address = f"/titles/{catalogue[0].title_id}/choose/"
    matching = all_matching(as_librarian, f"/titles/{catalogue[0].title_id}/")
    as_librarian.post(address, {"action": "select", **matching})
    as_librarian.post(address, {"action": "deactivate", "chosen": [catalogue[0].pk]})
    assert chosen(catalogue[0]).state == "deactivated"
    act = Selection.objects.latest("pk")
    response = as_librarian.post(f"/selections/{act.pk}/undo/")
    assert chosen(catalogue[0]).state == "selected"
    said = text(as_librarian.get(response["Location"]))
    assert "1 was re-activated." in said
    first = Selection.objects.earliest("pk")
    as_librarian.post(f"/selections/{first.pk}/undo/")
    assert set(Au.objects.values_list("state", flat=True)) == {"deactivated"}


def test_a_publisher_is_selected_by_titles_or_as_a_whole(as_librarian, catalogue):
    publisher = Publisher.objects.get(name="Tidewater Press")
    title = Title.objects.get(publisher=publisher)
    address = f"/publishers/{publisher.pk}/"
    assert f'value="{title.pk}"' in as_librarian.get(address).content.decode()
    as_librarian.post(f"{address}choose/", {"action": "select", "chosen": [title.pk]})
    assert Au.objects.count() == 4
    response = as_librarian.post(f"{address}select-all/", follow=True)
    assert "There is no archival unit to act on." in text(response)
    marsh = Publisher.objects.get(name="Marsh & Sons")
    response = as_librarian.post(f"/publishers/{marsh.pk}/select-all/", follow=True)
    assert "There is no archival unit to act on." in text(response)


def test_hundreds_are_asked_about_once_more_and_done_by_a_job(as_librarian):
    load_sample()
    rows = offer(*volumes(120))
    address = f"/titles/{rows[0].title_id}/select-all/"
    response = as_librarian.post(address)
    assert response.status_code == 200
    assert "120 archival units of Journal of Estuarine Studies are on offer" in text(response)
    assert not Selection.objects.exists()
    response = as_librarian.post(address, {"confirmed": "yes", **response.context["confirm"].fields})
    job = Job.objects.get()
    assert (job.kind, job.subject) == ("select-aus", f"selection:{Selection.objects.get().pk}")
    page = as_librarian.get(response["Location"])
    assert 'hx-trigger="every 2s, portal:seen"' in page.content.decode()
    assert "Look again" in text(page)
    part = as_librarian.get(response["Location"], headers={"HX-Request": "true", "HX-Target": "act"})
    assert "<html" not in part.content.decode()
    from apps.aus.services import run_batch

    while run_batch(selection_id=Selection.objects.get().pk):
        pass
    part = as_librarian.get(response["Location"], headers={"HX-Request": "true", "HX-Target": "act"})
    assert part["HX-Refresh"] == "true"
    page = as_librarian.get(response["Location"])
    assert "120 were selected." in text(page)
    assert "every 2s" not in page.content.decode()


def test_one_au_tells_its_parameters_lists_and_why_it_cannot_be_selected(as_librarian, catalogue):
    row = catalogue[4]
    response = as_librarian.get(f"/titles/au/{row.slug}/")
    said = text(response)
    assert "The network has not released it yet (status “manifest”)." in said
    assert "base_url http://tide.example/" in said
    assert "Riverside" in said
    assert "select/" not in response.content.decode()
    row = catalogue[0]
    assert f"/titles/au/{row.slug}/select/" in as_librarian.get(f"/titles/au/{row.slug}/").content.decode()
    as_librarian.post(f"/titles/au/{row.slug}/select/")
    assert "Selected here" in text(as_librarian.get(f"/titles/au/{row.slug}/"))


def test_what_comes_from_a_list_is_escaped(as_librarian):
    load_sample()
    evil = "<script>alert(1)</script>"
    title = read_title(evil, publisher=evil, attributes={"info[x]": evil})
    params = {"base_url": "http://tide.example/", "journal": evil, "volume": "1"}
    (row,) = offer(read_au(title, 1, params=params, name=evil, attributes={"y": evil}))
    for address in pages([row, row]):
        assert evil not in as_librarian.get(address).content.decode(), address


def test_pages_that_are_not_there(as_reader):
    for address in (
        "/titles/1/",
        "/titles/au/abc/",
        "/publishers/1/",
        "/publishers/1/aus/",
        "/selections/1/",
    ):
        assert as_reader.get(address).status_code == 404
    assert as_reader.get("/titles/?q=" + "x" * 300).status_code == 400


def test_a_title_a_publisher_and_a_set_lead_to_their_status(as_reader, catalogue):
    row = catalogue[0]
    kept = TitleSet.objects.create(name="Marsh titles", name_key="marsh titles", kind="hand")
    for address, status in (
        (f"/titles/{row.title_id}/", reverse("nodes:status-title", args=[row.title_id])),
        (f"/publishers/{row.publisher_id}/", reverse("nodes:status-publisher", args=[row.publisher_id])),
        (f"/sets/{kept.pk}/", reverse("nodes:status-set", args=[kept.pk])),
    ):
        assert f'href="{status}"' in as_reader.get(address).content.decode()
        # And back: nothing of it is selected yet, and the page says so.
        assert f'href="{address}"' in as_reader.get(status).content.decode()


def test_addresses():
    assert reverse("aus:title", args=[5]) == "/titles/5/"
    assert reverse("aus:selection", args=[5]) == "/selections/5/"
