"""What a page says that would follow, and what does follow: each archival unit counted once, no button without effect."""

import re
from dataclasses import replace

import pytest

from apps.accounts.choices import Role
from apps.aus import services
from apps.aus.models import Au, Selection
from apps.aus.services.prospects import collectable, prospects
from apps.common.clock import now
from apps.nodes.models import AuStatus
from apps.plugins.models import Plugin
from apps.repository.models import AuSummary
from apps.titles.models import ListedAu, Title
from apps.titles.services import Meaning, add_titles, make_set
from apps.titles.services.importing import run_import
from tests.accounts.factories import make_person
from tests.asking import as_person, check_reading
from tests.aus.factories import load_sample, offer, volumes
from tests.aus.test_holdings import read
from tests.titles.factories import make_import, read_au, read_file, read_title

pytestmark = pytest.mark.django_db
TRAJECTORY = "Titel;ISSN;E-ISSN;Verlag;{};\nÁgua e Vida;0028-0836;1476-4687;Marsh;1998-2001;\n;;;;;\n"


@pytest.fixture(autouse=True)
def own_media(settings, tmp_path):
    settings.NODE = replace(settings.NODE, media_dir=tmp_path / "media", permission_policy="written")


@pytest.fixture
def water():
    load_sample()
    title = read_title("Água e Vida", publisher="Marsh", issn="0028-0836", eissn="1476-4687")
    return offer(*(read_au(title, volume) for volume in (1, 2, 3)), read_au(title, 9, status="down"))


def plain(answer) -> str:
    return answer.content.decode().replace("\N{NO-BREAK SPACE}", " ")


def no_code() -> None:
    Plugin.objects.update(can_collect=False)


@pytest.mark.parametrize(
    "name",
    ["Bestandsverlauf", "Vorhandene Jahrgänge", "État des collections", "Años disponibles", "Consistenze"],
)
def test_years_are_found_under_the_words_of_libraries(water, name):
    row = read(TRAJECTORY.format(name).encode("latin-1"))
    assert row.columns["coverage"] == 4
    # The line of nothing but separators is no line.
    assert list(row.lines_read.values_list("line", "years")) == [(2, ((1998, 2001),))]


def test_a_list_without_years_says_so_before_it_is_selected_from(client, water):
    person = as_person(client, Role.LIBRARIAN)
    row = read(TRAJECTORY.format("Signatur"), user=person)
    for path in (f"/holdings/{row.pk}/", f"/holdings/{row.pk}/propose/"):
        page = plain(client.get(path))
        assert "No column of years was found, so every line is taken to mean all years." in page
        assert "column 5 “Signatur”" in page
    # A column of nothing, which a separator at the ends makes, is none.
    assert "column 6" not in page
    path = f"/holdings/{row.pk}/columns/"
    assert ">6<" not in plain(client.get(path))
    answer = client.post(path, {"version": row.version, "head_line": 1, "title": "0", "coverage": "5"})
    assert answer.status_code == 422
    # Years that hold no year are no years either.
    row = read(TRAJECTORY.format("Bestand").replace("1998-2001", "ja"), user=person)
    assert "No year was read from column 5 “Bestand”" in plain(client.get(f"/holdings/{row.pk}/"))
    row = read(TRAJECTORY.format("Bestand"), user=person)
    assert "all years" not in plain(client.get(f"/holdings/{row.pk}/propose/"))


def test_what_may_be_meant_and_what_would_be_selected_lead_there(client, water):
    other = {"base_url": "http://harbour.example/", "volume": "1"}
    offer(
        *volumes(1, "Nature", publisher="Tide"),
        *volumes(1, "Nature", publisher="Harbour", params=other),
        name="Two",
    )
    person = as_person(client, Role.LIBRARIAN)
    row = read("Titel\nNature\nÁgua e Vida\n", user=person)
    line = row.lines_read.get(state="ambiguous")
    page = plain(client.get(f"/holdings/{row.pk}/"))
    assert f'<a href="/holdings/{row.pk}/lines/{line.pk}/">2 titles may be meant</a>' in page
    assert f'href="/holdings/{row.pk}/units/"' in plain(client.get(f"/holdings/{row.pk}/propose/"))
    page = plain(client.get(f"/holdings/{row.pk}/units/?sort=-year"))
    assert "3 archival units" in page
    assert "Nature" not in page
    # What decides stays on a narrow page.
    page = plain(client.get(f"/holdings/{row.pk}/"))
    assert re.search(r'<th scope="col"><a [^>]*>Means</a></th><th scope="col"><a [^>]*>Years</a></th>', page)


def test_each_unit_is_counted_once_under_what_follows(water):
    no_code()
    found = prospects(ListedAu.objects.all())
    assert {(one.code, one.number, one.selectable) for one in found} == {("code-missing", 4, False)}
    Plugin.objects.update(can_collect=True)
    found = prospects(ListedAu.objects.all())
    assert {(one.code, one.number, one.selectable) for one in found} == {
        ("no-agreement", 3, True),
        ("down", 1, False),
    }
    assert collectable(ListedAu.objects.all()).count() == 3


def test_what_is_here_already_stays_and_waits(water):
    services.select_aus(user=None, listed_au_ids=[water[0].pk])
    no_code()
    found = {(one.code, one.number, one.selectable) for one in prospects(ListedAu.objects.all())}
    assert found == {("code-missing", 3, False), ("code-missing", 1, True)}


def test_no_button_where_nothing_can_be_selected(client, water):
    no_code()
    as_person(client, Role.LIBRARIAN)
    title, publisher = water[0].title_id, water[0].publisher_id
    for path in (f"/titles/{title}/", f"/publishers/{publisher}/"):
        assert f'action="{path}select-all/"' not in plain(client.get(path))
    data = {"chosen": [row.pk for row in water], "action": "look"}
    page = plain(client.post(f"/titles/{title}/choose/", data))
    assert "none of them can be selected now" in page
    assert "Select them</button>" not in page
    data = {"all_matching": "yes", "matching": "", "action": "select", "seen": "none"}
    page = plain(client.post(f"/titles/{title}/choose/", data))
    assert "asks the publishers" not in page
    assert "Select them</button>" not in page
    made = make_set(user=None, request_key=None, meaning=Meaning(name="Water"))
    add_titles(user=None, title_set=made, titles=Title.objects.all())
    keys = [key for key, _label in client.get(f"/sets/{made.pk}/").context["acts"]]
    assert "select" not in keys
    assert "deactivate" in keys
    row = read("Titel\nÁgua e Vida\n")
    as_person(client, Role.LIBRARIAN)
    page = plain(client.get(f"/holdings/{row.pk}/propose/"))
    assert "Nothing that this list means can be selected now" in page
    assert f'action="/holdings/{row.pk}/select/"' not in page


def test_what_is_said_is_what_is_selected(client, water):
    other = read_title("Sem plugin", publisher="Marsh")
    offer(*(replace(read_au(other, n), plugin_id="org.example.None") for n in (1, 2)), name="Other")
    person = as_person(client, Role.LIBRARIAN)
    row = read("Titel\nÁgua e Vida\nSem plugin\n", user=person)
    page = client.get(f"/holdings/{row.pk}/propose/")
    first = page.context["vitals"][0]
    assert (first.value, first.meaning) == ("3", "archival units would be selected; 2 cannot be")
    answer = client.post(f"/holdings/{row.pk}/select/", page.context["select"].initial)
    page = plain(client.get(answer["Location"]))
    assert "3 were selected, 2 were not possible." in page
    assert Selection.objects.get().results.filter(outcome="selected").count() == 3
    # What was not possible is left out, and does not wait besides.
    assert "left out" in page
    assert page.count("selected, and waits") == 1
    assert 'class="p2">Then' not in page


def test_everybody_reads_of_the_publisher_what_can_be_selected(client, water):
    check_reading(client, f"/publishers/{water[0].publisher_id}/", "aus/publisher.html")


def test_a_search_becomes_a_set_in_words(client, water):
    as_person(client, Role.LIBRARIAN)
    page = plain(client.get("/titles/?q=agua&years=2001"))
    assert "Keep as a title set" in page
    page = plain(client.get("/sets/new/?kind=query&query=q%3D%25C3%25A1gua%26years%3D2001"))
    assert "Title, ISSN, ISBN or publisher: água · Years: 2001" in page
    assert 'href="/titles/?q=%C3%A1gua&amp;years=2001"' in page
    assert '<input type="hidden" name="query"' in page
    # Written by hand it is shown as it is.
    assert '<input type="text" name="query"' in plain(client.get("/sets/new/?kind=query"))


def test_an_empty_catalogue_offers_no_set(client):
    as_person(client, Role.LIBRARIAN)
    assert "Keep as a title set" not in plain(client.get("/titles/?q=agua"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0102-700", "not whole"),
        ("issn 0102-700", "not whole"),
        ("0102-70012", "a sign too many"),
        ("marsh", "Titles of publishers of that name are among them."),
    ],
)
def test_a_search_says_what_may_be_wrong_with_it(client, water, text, said):
    as_person(client)
    assert said in plain(client.get("/titles/", {"q": text}))


@pytest.mark.parametrize("text", ["agua", "2004-05", "0028-0836"])
def test_a_search_that_is_right_has_no_remark(client, water, text):
    as_person(client)
    page = client.get("/titles/", {"q": text})
    assert page.context["list"].remark == ""


def test_the_preview_of_a_list_counts_titles_and_platforms_that_are_not_loaded(client, water):
    as_person(client, Role.NETWORK)
    title = read_title("Sem plugin", publisher="Marsh")
    aus = [replace(read_au(title, n), plugin_id="org.example.None") for n in (1, 2)]
    row = make_import("Other", ask=True)
    run_import(list_import=row, files=[read_file([*aus, *volumes(1)])])
    page = plain(client.get(f"/lists/imports/{row.pk}/"))
    assert "The new archival units belong to 2 titles." in page
    assert "2 of the new archival units cannot be collected with the plugins of this node." in page


def test_collections_tell_how_they_stand_and_which_are_overdue(client, water):
    as_person(client, Role.LIBRARIAN)
    act = services.select_aus(user=None, listed_au_ids=[water[0].pk, water[1].pk]).selection
    held = act.results.first().au
    AuSummary.objects.update_or_create(au_key_id=held.pk, defaults={"urls": 3})
    data = {
        "name": "Water",
        "institution": "Library",
        "risk": "high",
        "review_on": "2001-02-03",
        "titles": "Água e Vida",
        "publishers": "Marsh",
    }
    page = plain(client.post("/collections/new/", data, follow=True))
    assert "is past: the list of collections calls it overdue." in page
    page = plain(client.get("/collections/"))
    assert "0 agreed, 1 collected, 2 selected, of 4" in page
    assert "Overdue" in page[page.index("<tbody>") :]
    AuStatus.objects.create(au=held, word="proved", agreeing=3, changed_at=now(), refreshed_at=now())
    assert "1 agreed, 1 collected" in plain(client.get("/collections/?review=overdue"))
    assert "Água" not in plain(client.get("/collections/?risk=low"))
    # What a rule did is not called the work of a person.
    rule = services.add_subscription(
        user=make_person("anna", Role.LIBRARIAN), token="t", rule=services.Rule(title=water[0].title)
    )
    services.apply_subscriptions()
    au = Au.objects.get(listed=water[2])
    page = plain(client.get(f"/aus/{au.slug}/"))
    assert f'<a href="/subscriptions/{rule.pk}/">Selected by a subscription of anna.</a>' in page


def test_what_does_not_fit_its_platform_or_is_there_twice_is_not_promised(client, water):
    """Judged one by one, as the act does it."""
    title = read_title("Água e Vida", publisher="Marsh", issn="0028-0836")
    base = {"base_url": "http://tide.example/", "journal": "x", "volume": "1"}
    offer(
        read_au(title, 5, params={"base_url": "http://tide.example/", "volume": "5"}),
        read_au(title, 6, params=base),
        read_au(title, 7, params={**base, "extra": "7"}),
        name="Odd",
    )
    as_person(client, Role.LIBRARIAN)
    ids = [row.pk for row in ListedAu.objects.exclude(status="down")]
    looked = client.post(f"/titles/{water[0].title_id}/choose/", {"chosen": ids, "action": "look"})
    said = looked.context["looked"].selectable
    act = services.select_aus(user=None, listed_au_ids=ids).selection
    assert act.results.filter(outcome="selected").count() == said < len(ids)


def test_what_nobody_calls_a_journal_is_not_called_one(client, water):
    photos = offer(read_au(read_title("Photographs of the Delta", publisher="Harbour"), 1), name="Photos")[0]
    as_person(client)
    page = plain(client.get("/titles/?q=photographs"))
    assert "journal" not in page[page.index("<tbody>") : page.index("</tbody>")]
    assert 'class="identity">Journal' not in plain(client.get(f"/titles/{photos.title_id}/"))
    assert 'class="identity">Journal · ISSN 0028-0836' in plain(client.get(f"/titles/{water[0].title_id}/"))


def acts(client, path: str) -> list[str]:
    return [str(key) for key, _label in client.get(path).context["list"].table.bulk.actions]


def test_lists_of_all_units_offer_select_only_where_it_could_do_something(client, water):
    as_person(client, Role.LIBRARIAN)
    publisher = f"/publishers/{water[0].publisher_id}/aus/"
    none = ("?here=selected", "?offer=unreleased", "?offer=retired", "?platform=org.example.None")
    for path in (publisher, "/titles/units/", "/titles/units/?offer=offered", "/titles/units/?here=none"):
        assert "select" in acts(client, path), path
    for narrowed in none:
        assert "select" not in acts(client, f"/titles/units/{narrowed}"), narrowed
    no_code()
    for path in (publisher, "/titles/units/"):
        assert "select" not in acts(client, path), path
        assert "deactivate" in acts(client, path)
    # What was deactivated comes back whatever its plugin can do.
    Plugin.objects.update(can_collect=True)
    services.select_aus(user=None, listed_au_ids=[water[0].pk])
    services.deactivate_aus(user=make_person("dee", Role.LIBRARIAN), aus=Au.objects.all())
    no_code()
    for path in (publisher, "/titles/units/"):
        assert "select" in acts(client, path), path
