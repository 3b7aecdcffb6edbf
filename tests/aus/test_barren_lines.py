"""A matched line that selects nothing stands with its reason: in the list, in the proposal, and beside the act."""

import pytest

from apps.accounts.choices import Role
from apps.aus.models import Au
from apps.aus.services import select_aus
from apps.aus.services.proposals import meant_by
from apps.titles.models import ListedAu
from tests.asking import as_person
from tests.aus.test_holdings import own_media, proposed, read, titles  # noqa: F401 - fixtures
from tests.aus.test_what_follows import plain

pytestmark = pytest.mark.django_db


def test_each_line_says_why_it_selects_nothing(client, titles):  # noqa: F811
    user = as_person(client, Role.LIBRARIAN)
    gone = ListedAu.objects.filter(title__name="Água e Vida")
    gone.update(status="down")
    row = read(
        "Titel;Verlag;ISSN;Von;Bis\nAgua & Vida;Marsh;0028-0836;2005;2006\n"
        "journal of estuarine studies;Tidewater;;2002;\njournal of estuarine studies;Tidewater;;1950;1951\n",
        user=user,
    )
    assert row.matched == 3
    said = (
        "no archival unit that it means is on offer (2 gone from its publisher)",
        "the lists name no archival unit of these years",
    )
    page = plain(client.get(f"/holdings/{row.pk}/propose/"))
    assert [text for text in said if text not in page] == []
    assert "All 2 matched lines that select nothing" in page
    shown = client.get(f"/holdings/{row.pk}/?barren=yes")
    assert [one.line for one in shown.context["list"].items] == [2, 4]
    assert [text for text in said if text not in plain(shown)] == []
    proposed(row, user)
    row.refresh_from_db()
    assert Au.objects.exists()
    act = plain(client.get(f"/selections/{row.selection_id}/"))
    assert [text for text in said if text not in act] == []


def test_the_estimate_is_of_the_units_that_would_be_selected(client, titles):  # noqa: F811
    user = as_person(client, Role.LIBRARIAN)
    row = read(user=user)
    meant = list(meant_by(row))
    assert len(meant) > 1
    select_aus(user=user, listed_au_ids=[one.pk for one in meant[1:]])
    shown = client.get(f"/holdings/{row.pk}/propose/")
    assert shown.context["mine"] == shown.context["looked"].estimate.count == 1
    title = meant[0].title
    page = plain(client.get(f"/titles/{title.pk}/"))
    here = Au.objects.filter(title=title).count()
    able = ListedAu.objects.filter(title=title, status="released").count()
    left = able - here
    assert here
    wanted = (
        "Select the one that is not selected yet"
        if left == 1
        else f"Select the {left} that are not selected yet"
    )
    assert wanted in page
    assert "on offer</button>" not in page
    proposed(row, user)
    row.refresh_from_db()
    act = client.get(f"/selections/{row.selection_id}/")
    assert act.context["looked"].estimate.count == 1
    assert "What it still takes" in plain(act)
