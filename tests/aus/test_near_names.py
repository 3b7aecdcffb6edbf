"""What is misspelt is answered with what is nearly called so, and nothing found with where to go on."""

import pytest

from apps.accounts.choices import Role
from apps.titles.models import Publisher, TitleSet
from tests.asking import as_person
from tests.aus.factories import load_sample, offer, volumes
from tests.aus.test_sets import librarian, make, rows, said  # noqa: F401 - fixtures
from tests.titles.factories import read_au, read_title

pytestmark = pytest.mark.django_db


def keep(client, **data):
    return client.post("/sets/keep/", {"name": "Mine", **data})


def test_a_search_without_hits_is_not_offered_as_a_set(librarian):  # noqa: F811
    page = librarian.get("/titles/?q=agua")
    assert "Keep as a title set" in said(page)
    page = librarian.get("/titles/?q=nothinglikeit")
    assert "Nothing matches" in said(page)
    assert "Keep as a title set" not in said(page)


def test_a_search_without_hits_says_where_to_go_on(librarian):  # noqa: F811
    page = librarian.get("/titles/?q=estuarin+studys")
    shown = page.content.decode()
    title = offer(*volumes(1))[0].title
    assert f'href="/titles/{title.pk}/"' in shown
    assert "Did you mean" in shown
    page = librarian.get("/titles/?q=agua&years=1890")
    assert 'href="/titles/?q=agua"' in page.content.decode()
    page = librarian.get("/titles/?publisher=Tidewatr+Pres")
    assert 'href="/titles/?publisher=Tidewater+Press"' in page.content.decode()
    # Where the titles are few words away from nothing, the lists are where more of them come from.
    page = librarian.get("/titles/?q=zzzzzz")
    assert 'href="/lists/"' in page.content.decode()
    assert "Did you mean" not in page.content.decode()


@pytest.mark.parametrize(
    ("text", "near"),
    [("Tidewatr Pres", "Tidewater Press"), ("tidewater", "Tidewater Press"), ("Mash", "Marsh")],
)
def test_a_misspelt_publisher_of_a_set_is_answered_with_who_is_called_nearly_so(librarian, text, near):  # noqa: F811
    answer = keep(librarian, kind="publisher", publisher=text)
    assert answer.status_code == 422
    assert f"Did you mean “{near}”?" in said(answer)
    assert not TitleSet.objects.exists()


@pytest.mark.parametrize(
    ("given", "near"),
    [
        ({"tag_key": "info[contrat]"}, "info[contract]"),
        ({"tag_key": "contract"}, "info[contract]"),
        ({"tag_key": "au_fature_key"}, "au_feature_key"),
        ({"tag_key": "au_feature_key", "tag_value": "Sumer"}, "Summer"),
    ],
)
def test_a_misspelt_tag_is_answered_with_what_is_nearly_so(librarian, given, near):  # noqa: F811
    title = read_title("Springs", "Sand Society")
    offer(read_au(title, 1, attributes={"au_feature_key": "Summer"}))
    answer = keep(librarian, kind="tag", **given)
    assert answer.status_code == 422
    assert f"Did you mean “{near}”?" in said(answer)
    assert not TitleSet.objects.exists()
    # Lists to come may bear it.
    assert 'type="checkbox" name="to_come"' in answer.content.decode()
    assert keep(librarian, kind="tag", to_come="on", **given).status_code == 302
    row = TitleSet.objects.get()
    # It can be changed without being asked again.
    data = {"kind": "tag", "name": "Mine", "note": "to come", "version": row.version, **given}
    assert librarian.post(f"/sets/{row.pk}/change/", data).status_code == 302


def test_a_tag_of_nothing_like_it_is_told_without_a_guess(librarian):  # noqa: F811
    answer = keep(librarian, kind="tag", tag_key="zzzz")
    assert "No title list has the tag “zzzz”." in said(answer)
    assert "Did you mean" not in said(answer)
    for odd in ("%", "'", "[", "\\", "<b>"):
        assert keep(librarian, kind="tag", tag_key=odd).status_code == 422


def test_the_question_about_a_tag_is_not_there_before(librarian):  # noqa: F811
    assert 'type="checkbox" name="to_come"' not in librarian.get("/sets/new/?kind=tag").content.decode()


def test_a_publishers_page_makes_a_set_of_it(client, rows):  # noqa: F811
    row = Publisher.objects.get(name="Marsh")
    own = f"/publishers/{row.pk}/"
    as_person(client)
    assert "/sets/" not in client.get(own).content.decode()
    as_person(client, Role.LIBRARIAN)
    page = client.get(own)
    actions = {str(one.label): one.url for one in page.context["head"].actions}
    form = client.get(actions["Keep as a title set"]).context["form"]
    assert (form["publisher"].value(), form["name"].value()) == ("Marsh", "Marsh")
    made = make("Marsh", kind="publisher", publisher=row)
    actions = {str(one.label): one.url for one in client.get(own).context["head"].actions}
    assert actions["Its title set"] == f"/sets/{made.pk}/"
    assert "Keep as a title set" not in actions


def test_without_any_publisher_nothing_is_guessed(client):
    load_sample()
    as_person(client, Role.LIBRARIAN)
    answer = keep(client, kind="publisher", publisher="Marsh")
    assert "Did you mean" not in said(answer)
