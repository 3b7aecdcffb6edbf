"""An act that was undone knows it, once; what was selected from it is offered again; rules leave what people took out."""

from dataclasses import replace

import pytest

from apps.accounts.choices import Role
from apps.aus import services
from apps.aus.choices import AuState
from apps.aus.models import Au, HoldingsUpload, Selection
from apps.aus.services import undoing_of
from apps.repository.models import AuSummary
from apps.titles.models import ListedAu, ListImport
from tests.asking import as_person
from tests.aus.factories import load_sample, offer, volumes
from tests.aus.test_holdings import proposed, read
from tests.aus.test_what_follows import plain
from tests.titles.factories import read_title

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_media(settings, tmp_path):
    settings.NODE = replace(settings.NODE, media_dir=tmp_path / "media")


@pytest.fixture
def rows():
    load_sample()
    return offer(*volumes(5))


@pytest.fixture
def librarian(client):
    return as_person(client, Role.LIBRARIAN)


def test_an_act_is_undone_once_and_both_know_it(client, librarian, rows):
    act = services.select_aus(user=librarian, listed_au_ids=[row.pk for row in rows]).selection
    address = f"/selections/{act.pk}/undo/"
    there = client.post(address)["Location"]
    assert Au.objects.filter(state=AuState.DEACTIVATED).count() == 5
    # The second press leads to the same act.
    assert client.post(address)["Location"] == there
    assert Selection.objects.count() == 2
    undoing = undoing_of(act)
    page = plain(client.get(f"/selections/{act.pk}/"))
    assert f"This act was undone by {librarian.display_name}" in page
    assert f'href="/selections/{undoing.pk}/"' in page
    assert "Before it was undone: 5 were selected." in page
    assert f'action="{address}"' not in page
    page = plain(client.get(there))
    assert f"<h1>Undo of act {act.pk}</h1>" in page
    assert f'href="/selections/{act.pk}/"' in page
    page = plain(client.get("/selections/"))
    assert f"undone by act {undoing.pk}" in page
    assert f"undo of act {act.pk}" in page
    # An undo is an act like others, and can be undone.
    client.post(f"/selections/{undoing.pk}/undo/")
    assert Au.objects.filter(state=AuState.SELECTED).count() == 5


def test_acts_that_could_do_nothing_say_so_in_the_list(client, librarian, rows):
    ListedAu.objects.update(status="down")
    services.select_aus(user=librarian, listed_au_ids=[row.pk for row in rows[:4]])
    page = plain(client.get("/selections/"))
    row = page[page.index("<tbody>") : page.index("</tbody>")]
    assert '0<span class="note">none was possible</span>' in row


def test_a_list_whose_act_was_undone_can_be_selected_from_again(client, librarian, rows):
    row = read("Titel\nJournal of Estuarine Studies\n", user=librarian)
    first = proposed(row).selection
    own = f"/holdings/{row.pk}/"
    assert "What was selected" in plain(client.get(own))
    client.post(f"/selections/{first.pk}/undo/")
    page = plain(client.get(own))
    assert "Look at what it would select" in page
    assert f'href="/selections/{first.pk}/"' in page
    form = client.get(f"{own}propose/").context["select"].initial
    again = client.post(f"{own}select/", form)["Location"]
    assert again != f"/selections/{first.pk}/"
    assert Au.objects.filter(state=AuState.SELECTED).count() == 5
    assert HoldingsUpload.objects.get().selection_id is not None


def test_a_rule_says_what_people_took_out(client, librarian, rows):
    services.select_aus(user=librarian, listed_au_ids=[row.pk for row in rows[:3]])
    services.deactivate_aus(user=librarian, aus=Au.objects.all())
    page = plain(client.get("/subscriptions/new/?title=Journal+of+Estuarine+Studies&ranges=2000-2010"))
    assert "3 archival units that it means were deactivated by people and stay so." in page
    address = f"/titles/{rows[0].title_id}/?here=deactivated"
    assert f'href="{address}"' in page
    assert "3 archival units" in plain(client.get(address))
    page = plain(client.get("/subscriptions/new/?publisher=Tidewater+Press&ranges=2003"))
    assert "1 archival unit that it means was deactivated by people and stays so." in page
    assert "/titles/units/?here=deactivated&amp;publisher=Tidewater+Press" in page
    assert "deactivated by people" not in plain(
        client.get("/subscriptions/new/?publisher=Tidewater+Press&ranges=2004")
    )


@pytest.mark.parametrize(
    ("query", "said", "kept"),
    [
        ("years=20x&q=estuar", "expected years such as 2004", 'value="estuar"'),
        ("years=1990-1980&here=selected", "“years” is “1990-1980”", 'value="selected" selected'),
    ],
)
def test_a_slip_in_a_filter_is_told_at_its_field(client, librarian, rows, caplog, query, said, kept):
    title = f"/titles/{rows[0].title_id}/"
    for path in ("/titles/", "/titles/units/", title):
        answer = client.get(f"{path}?{query}")
        page = plain(answer)
        assert answer.status_code == 400
        assert "We do not understand this address" not in page
        assert said in page
        assert kept in page
        assert 'aria-invalid="true"' in page
        # Nothing is shown that was not asked for, and nothing can be done with it.
        assert "Nothing was looked for" in page
        assert not answer.context["list"].rows
        assert 'name="all_matching"' not in page
    assert client.get(f"/titles/?{query}&format=csv").status_code == 400
    assert (
        client.post(
            f"{title}choose/", {"all_matching": "yes", "matching": query, "action": "select"}
        ).status_code
        == 400
    )
    answer = client.get("/titles/?colour=red")
    assert answer.status_code == 400
    assert "cannot be narrowed by “colour”" in plain(answer)
    assert not [record for record in caplog.records if record.exc_info]


def test_what_was_taken_out_again_does_not_keep_an_import(client, rows):
    as_person(client, Role.NETWORK)
    row = ListImport.objects.get()
    own = f"/lists/imports/{row.pk}/"
    act = services.select_aus(user=None, listed_au_ids=[one.pk for one in rows]).selection
    page = plain(client.get(f"{own}undo/"))
    assert page.count("” is selected or preserved here") == 5
    assert f'href="{own}used/"' in page
    assert "5 archival units" in plain(client.get(f"{own}used/?sort=-year"))
    assert client.get(f"{own}used/?format=csv").status_code == 200
    services.undo_act(user=None, selection=act)
    held = Au.objects.get(listed=rows[2])
    keep(held)
    page = plain(client.get(f"{own}undo/"))
    assert page.count("” is selected or preserved here") == 1
    assert "Volume 3" in page
    AuSummary.objects.update(urls=0, versions=0)
    assert "Undo the import" in plain(client.get(f"{own}undo/"))
    client.post(f"{own}undo/", {"version": row.version})
    row.refresh_from_db()
    assert row.state == "undone"
    # Their record stays, with what the list once said of them.
    assert set(ListedAu.objects.values_list("status", flat=True)) == {""}
    assert Au.objects.filter(listed__isnull=False).count() == 5


def keep(au: Au) -> None:
    AuSummary.objects.update_or_create(au_key_id=au.pk, defaults={"urls": 1, "versions": 1})


def test_what_another_list_names_still_keeps_no_import(client, rows):
    """A preserved unit that a second list describes otherwise is described as before once that is undone."""
    as_person(client, Role.NETWORK)
    services.select_aus(user=None, listed_au_ids=[one.pk for one in rows])
    keep(Au.objects.get(listed=rows[0]))
    was = list(ListedAu.objects.order_by("pk").values("title_id", "name", "year", "status"))
    stolen = [
        replace(au, title=read_title("Stolen Annals", issn="2049-3630"), name="Stolen", year="1999")
        for au in volumes(2)
    ]
    offer(*stolen, *volumes(1, "Annals of Sand"), name="Second")
    row = ListImport.objects.get(title_list__name="Second")
    assert ListedAu.objects.filter(name="Stolen").count() == 2
    own = f"/lists/imports/{row.pk}/"
    page = plain(client.get(f"{own}undo/"))
    assert "is selected or preserved here" not in page
    client.post(f"{own}undo/", {"version": row.version})
    assert list(ListedAu.objects.order_by("pk").values("title_id", "name", "year", "status")) == was
    assert not Au.objects.exclude(listed__isnull=False).exists()


def test_what_only_that_list_names_now_keeps_it(client, rows):
    as_person(client, Role.NETWORK)
    offer(*volumes(2), name="Second")
    row = ListImport.objects.get(title_list__name="Second")
    services.select_aus(user=None, listed_au_ids=[one.pk for one in rows[:2]])
    own = f"/lists/imports/{row.pk}/undo/"
    assert "is selected or preserved here" not in plain(client.get(own))
    # The first list is read again, whole, without them.
    offer(*volumes(5)[2:], retire=True)
    assert plain(client.get(own)).count("” is selected or preserved here") == 2
