"""Title sets on their pages: made, looked into, changed, selected, deleted; who may; forms sent twice, and old ones."""

import re

import pytest

from apps.accounts.choices import Role
from apps.aus.models import Au, Selection
from apps.aus.services import select_aus
from apps.titles.models import ListedAu, Title, TitleSet, TitleSetMember
from apps.titles.services import Meaning, add_titles, make_set, titles_in
from tests.asking import as_person, check_acting, check_reading
from tests.aus.factories import load_sample, offer, volumes
from tests.aus.test_pages import all_matching
from tests.titles.factories import read_au, read_title

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows(db) -> list[ListedAu]:
    load_sample()
    tagged = read_title("Dunes", "Sand Society", attributes={"info[contract]": "2026"})
    return offer(*volumes(3), *volumes(2, "Água e Vida", publisher="Marsh"), read_au(tagged, 1))


@pytest.fixture
def librarian(client, rows):
    as_person(client, Role.LIBRARIAN)
    return client


def make(name: str = "Ours", *titles: str, **more) -> TitleSet:
    row = make_set(user=None, request_key=None, meaning=Meaning(name=name, **more))
    if titles:
        add_titles(user=None, title_set=row, titles=Title.objects.filter(name__in=titles))
    return TitleSet.objects.get(pk=row.pk)


def names(title_set: TitleSet) -> list[str]:
    return sorted(titles_in(title_set).values_list("name", flat=True))


def said(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_who_may(client, rows):
    row = make("Ours", "Dunes")
    assert "Ours" in check_reading(client, "/sets/")
    page = check_reading(client, f"/sets/{row.pk}/", "aus/set.html")
    assert "Dunes" in page
    assert 'name="action"' not in page
    for part in ("keep", "put", f"{row.pk}/choose", f"{row.pk}/act"):
        check_acting(client, f"/sets/{part}/", [Role.LIBRARIAN])
    for part in ("new", f"{row.pk}/change", f"{row.pk}/delete"):
        client.logout()
        assert client.get(f"/sets/{part}/").status_code == 302
        as_person(client, Role.READER, Role.NETWORK)
        assert client.get(f"/sets/{part}/").status_code == 403
        assert client.post(f"/sets/{part}/", {"confirmed": "yes", "version": "0"}).status_code in (403, 405)
    assert TitleSet.objects.get().name == "Ours"


@pytest.mark.parametrize(
    ("kind", "given", "found"),
    [
        ("hand", {}, []),
        ("publisher", {"publisher": "MARSH"}, ["Água e Vida"]),
        ("tag", {"tag_key": "info[contract]", "tag_value": "2026"}, ["Dunes"]),
        ("tag", {"tag_key": "info[contract]"}, ["Dunes"]),
        ("query", {"query": "?q=agu&sort=-name"}, ["Água e Vida"]),
    ],
)
def test_each_kind_is_made_from_its_form_once(librarian, kind, given, found):
    page = librarian.get("/sets/new/", {"kind": kind})
    key = str(page.context["form"]["request_key"].value())
    data = {"kind": kind, "name": "Mine", "request_key": key, **given}
    first = librarian.post("/sets/keep/", data)
    again = librarian.post("/sets/keep/", data)
    assert first["Location"] == again["Location"]
    row = TitleSet.objects.get()
    assert names(row) == found
    assert [one.name for one in librarian.get(f"/sets/{row.pk}/").context["list"].items] == found


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({"kind": "hand"}, "This field is required"),
        ({"kind": "hand", "name": "Ours"}, "There is a set called “Ours” already"),
        (
            {"kind": "publisher", "name": "x", "publisher": "Nobody"},
            "No title list names the publisher “Nobody”",
        ),
        ({"kind": "tag", "name": "x"}, "This field is required"),
        ({"kind": "query", "name": "x"}, "a set of everything is none"),
        ({"kind": "query", "name": "x", "query": "colour=red"}, "cannot be narrowed by “colour”"),
        ({"kind": "query", "name": "x", "query": "set=99999"}, "expected the number of a title set"),
        ({"kind": "hand", "name": "x", "parts": ["99999"]}, "99999 is not one of the available choices"),
    ],
)
def test_what_a_form_cannot_mean_is_told(librarian, data, text):
    make("Ours")
    response = librarian.post("/sets/keep/", data)
    assert response.status_code == 422
    assert text in response.content.decode().replace("&#x27;", "'")
    assert TitleSet.objects.count() == 1


def test_an_unknown_kind_is_an_error_that_names_it(librarian):
    assert "“colour”" in said(librarian.get("/sets/new/?kind=colour"))
    assert librarian.post("/sets/keep/", {"kind": "colour", "name": "x"}).status_code == 400


def test_a_search_is_kept_from_the_list_of_titles(librarian):
    inner = make("Inner", "Dunes", "Água e Vida")
    page = librarian.get(f"/titles/?q=agua&set={inner.pk}").context["list"]
    assert page.offer.url.startswith("/sets/new/?kind=query&query=")
    form = librarian.get(page.offer.url).context["form"]
    librarian.post("/sets/keep/", {"kind": "query", "name": "Kept", "query": form["query"].value()})
    row = TitleSet.objects.get(name="Kept")
    assert (row.query, row.within) == ("q=agua", inner)
    assert names(row) == ["Água e Vida"]
    assert "in the set Inner" in said(librarian.get("/sets/"))


def test_changing_and_an_old_form(librarian):
    inner = make("Inner", "Dunes")
    row = make("Ours")
    page = librarian.get(f"/sets/{row.pk}/change/")
    version = page.context["form"]["version"].value()
    data = {"kind": "hand", "name": "Ours too", "parts": [inner.pk], "version": version}
    assert librarian.post(f"/sets/{row.pk}/change/", data).status_code == 302
    row.refresh_from_db()
    assert (row.name, names(row)) == ("Ours too", ["Dunes"])
    old = librarian.post(f"/sets/{row.pk}/change/", {**data, "name": "Old"})
    assert old.status_code == 422
    assert "The set has changed since that page was made" in said(old)
    back = librarian.post(
        f"/sets/{inner.pk}/change/",
        {"kind": "hand", "name": "Inner", "parts": [row.pk], "version": inner.version},
    )
    assert "so this would be a circle" in said(back)


def test_deleting_asks_first_and_leaves_what_is_selected(librarian, rows):
    row = make("Ours", "Dunes")
    librarian.post(f"/sets/{row.pk}/act/", {"action": "select"})
    asked = librarian.get(f"/sets/{row.pk}/delete/")
    assert "stays selected" in said(asked)
    assert TitleSet.objects.exists()
    fields = asked.context["confirm"].fields
    holder = make("Holder", parts=(row,))
    told = librarian.post(f"/sets/{row.pk}/delete/", {"confirmed": "yes", **fields}, follow=True)
    assert "is used: the set “Holder”" in said(told)
    holder.delete()
    librarian.post(f"/sets/{row.pk}/delete/", {"confirmed": "yes", **fields})
    assert not TitleSet.objects.exists()
    assert Au.objects.count() == 1


def test_titles_are_put_in_from_the_list_and_taken_out_again(librarian, rows):
    dunes = Title.objects.get(name="Dunes")
    page = librarian.post("/titles/choose/", {"action": "put", "chosen": [dunes.pk]})
    key = str(page.context["form"]["request_key"].value())
    data = {"chosen": [dunes.pk], "name": "Sand", "title_set": "", "request_key": key}
    first = librarian.post("/sets/put/", data)
    assert librarian.post("/sets/put/", data)["Location"] == first["Location"]
    row = TitleSet.objects.get()
    assert TitleSetMember.objects.get().title == dunes
    other = Title.objects.get(name="Água e Vida")
    librarian.post("/sets/put/", {"chosen": [other.pk], "title_set": row.pk, "name": ""})
    assert names(row) == ["Dunes", "Água e Vida"]
    assert "Sand" in said(librarian.get(f"/titles/{other.pk}/"))
    librarian.post(f"/sets/{row.pk}/choose/", {"action": "take-out", "chosen": [dunes.pk]})
    assert names(row) == ["Água e Vida"]
    for wrong in ({"title_set": row.pk, "name": "And new"}, {"title_set": "", "name": ""}):
        response = librarian.post("/sets/put/", {"chosen": [dunes.pk], **wrong})
        assert "Choose a set, or name a new one" in said(response)


def test_all_that_match_are_put_in_only_if_they_are_still_the_same(librarian, rows):
    form = librarian.post("/titles/choose/", {"action": "put", **all_matching(librarian, "/titles/")})
    assert "3 titles are put into a set" in said(form)
    offer(*volumes(1, "Newcomer"), name="Other")
    data = {**form.context["fields"], "name": "All", "title_set": ""}
    response = librarian.post("/sets/put/", data)
    assert "4 match now, others than this form showed" in said(response)
    assert not TitleSet.objects.exists()
    librarian.post("/sets/put/", {**response.context["fields"], "name": "All"})
    assert len(names(TitleSet.objects.get())) == 4


def test_a_set_is_selected_taken_out_and_taken_in_again(librarian, rows):
    row = make("Ours", "Dunes", "Água e Vida")
    done = librarian.post(f"/sets/{row.pk}/act/", {"action": "select"}, follow=True)
    assert "3 were selected." in said(done)
    assert f'href="/sets/{row.pk}/"' in done.content.decode()
    done = librarian.post(f"/sets/{row.pk}/act/", {"action": "select"}, follow=True)
    assert "3 were so already." in said(done)
    done = librarian.post(f"/sets/{row.pk}/act/", {"action": "deactivate"}, follow=True)
    assert "3 were deactivated." in said(done)
    done = librarian.post(f"/sets/{row.pk}/act/", {"action": "reactivate"}, follow=True)
    assert "3 were re-activated." in said(done)
    assert librarian.post(f"/sets/{row.pk}/act/", {"action": "selct"}).status_code == 400


def test_a_large_set_is_asked_about_and_asked_again_when_it_has_changed(librarian, rows):
    offer(*volumes(70, "Long"), name="Other")
    row = make("Ours", "Long")
    asked = librarian.post(f"/sets/{row.pk}/act/", {"action": "select"})
    assert "70 archival units of Ours are on offer. Select them all?" in said(asked)
    assert not Selection.objects.exists()
    add_titles(user=None, title_set=row, titles=Title.objects.filter(name="Dunes"))
    fields = {"confirmed": "yes", **asked.context["confirm"].fields}
    again = librarian.post(f"/sets/{row.pk}/act/", fields)
    assert "there were 70, there are 71 now" in said(again)
    assert not Selection.objects.exists()
    fields = {"confirmed": "yes", **again.context["confirm"].fields}
    assert librarian.post(f"/sets/{row.pk}/act/", fields).status_code == 302
    assert Selection.objects.get().total == 71


def test_the_lists_are_narrowed_by_a_set(librarian, rows):
    row = make("Ours", "Dunes", "Água e Vida")
    shown = librarian.get(f"/titles/?set={row.pk}").context["list"].items
    assert [one.name for one in shown] == ["Água e Vida", "Dunes"]
    shown = librarian.get(f"/titles/units/?set={row.pk}&years=2002").context["list"].items
    assert [one.name for one in shown] == ["Água e Vida Volume 2"]
    assert librarian.get("/titles/?set=99999").status_code == 400


def test_a_set_whose_search_is_none_any_more_says_so(librarian):
    row = make("Old", kind="query", query="colour=red")
    page = librarian.get(f"/sets/{row.pk}/")
    assert "Its search cannot be read any more" in said(page)
    assert librarian.get(f"/titles/?set={row.pk}").status_code == 400
    assert librarian.post(f"/sets/{row.pk}/act/", {"action": "select"}).status_code == 400


def test_what_a_set_is_called_is_escaped(librarian):
    evil = "<script>alert(1)</script>"
    row = make(evil, "Dunes", note=evil)
    dunes = Title.objects.get(name="Dunes")
    for address in ("/sets/", f"/sets/{row.pk}/", "/titles/", f"/titles/{dunes.pk}/", "/subscriptions/new/"):
        assert evil not in librarian.get(address).content.decode(), address


def test_all_units_that_match_are_counted_and_asked_about(librarian, rows):
    select_aus(user=None, listed_au_ids=[rows[0].pk])
    offer(*volumes(70, "Long", publisher="Long Press"), name="Other")
    data = {"action": "select", **all_matching(librarian, "/titles/units/", "years=2001-2060")}
    assert data["seen"] == ""
    asked = librarian.post("/titles/units/choose/", data)
    assert "It is about 66 archival units." in said(asked)
    assert "1 is selected already." in said(asked)
    assert not Selection.objects.filter(total__gt=1).exists()
    confirmed = {"confirmed": "yes", **asked.context["confirm"].fields}
    offer(*volumes(1, "Newcomer"), name="Third")
    again = librarian.post("/titles/units/choose/", confirmed)
    assert "there were 66, there are 67 now" in said(again)
    done = librarian.post("/titles/units/choose/", {"confirmed": "yes", **again.context["confirm"].fields})
    act = Selection.objects.latest("pk")
    assert done["Location"] == f"/selections/{act.pk}/"
    assert (act.total, act.scope["query"]) == (67, "years=2001-2060")


def test_a_misspelt_filter_never_makes_an_act_wider(librarian, rows):
    data = {"action": "select", "all_matching": "yes", "matching": "yaers=2001", "confirmed": "yes"}
    for address in ("/titles/units/choose/", "/titles/choose/", f"/titles/{rows[0].title_id}/choose/"):
        response = librarian.post(address, data)
        assert response.status_code == 400
        assert "“yaers”" in said(response)
    assert not Selection.objects.exists()


def test_same_number_of_other_rows_is_noticed(librarian, rows):
    data = {"action": "deactivate", **all_matching(librarian, "/titles/units/", "here=none")}
    select_aus(user=None, listed_au_ids=[rows[0].pk])
    first = {"action": "select", **all_matching(librarian, "/titles/units/", "here=selected")}
    librarian.post("/titles/units/choose/", {"action": "deactivate", "chosen": [rows[0].pk]})
    select_aus(user=None, listed_au_ids=[rows[1].pk])
    asked = librarian.post("/titles/units/choose/", first)
    assert "They are no longer the same as when the list was shown" in said(asked)
    assert data["seen"].startswith("6.")
