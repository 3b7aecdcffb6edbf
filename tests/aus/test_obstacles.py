"""Why units cannot be collected is told whole, and where nothing can be selected no button says so."""

from dataclasses import replace

import pytest

from apps.accounts.choices import Role
from apps.aus.models import Selection
from apps.aus.services.prospects import prospects
from apps.plugins.models import Plugin
from apps.titles.choices import SetKind
from apps.titles.models import ListedAu, Publisher, Title
from apps.titles.services import Meaning, add_titles, make_set
from tests.asking import as_person
from tests.aus.factories import offer, volumes
from tests.aus.test_what_follows import no_code, own_media, plain, water  # noqa: F401 - fixtures
from tests.titles.factories import read_au, read_title

pytestmark = pytest.mark.django_db


def look(client, rows) -> str:
    data = {"chosen": [row.pk for row in rows], "action": "look"}
    return plain(client.post("/titles/units/choose/", data))


def test_each_publisher_without_an_agreement_is_named_whole(client, water):  # noqa: F811
    long = "Hindawi " + "Publishing " * 9 + "Corporation"
    rows = [*water[:2], *offer(*volumes(1, "Other", publisher=long), *volumes(1, "More", publisher="Delta"))]
    as_person(client, Role.LIBRARIAN)
    page = look(client, rows)
    assert "No agreement" in page
    for name in ("Marsh", long, "Delta"):
        assert f"No signed agreement with {name} covers this AU." in page
    assert "2 more reasons" in page
    assert "So with" not in page


def test_many_publishers_without_an_agreement_are_counted_to_the_last(water):  # noqa: F811
    rows = offer(*(volumes(1, f"T{n}", publisher=f"P{n}")[0] for n in range(30)))
    [found] = prospects(ListedAu.objects.filter(pk__in=[row.pk for row in rows]))
    assert found.number == 30
    assert (1 + len(found.others) + found.left, len(found.others)) == (30, 19)


def test_each_plugin_that_is_not_here_says_so_or_its_list_does(client, water):  # noqa: F811
    title = read_title("Sem plugin", publisher="Marsh")
    aus = [replace(read_au(title, n), plugin_id=f"org.example.P{n % 6}") for n in range(1, 13)]
    rows = offer(*aus, name="Other")
    as_person(client, Role.LIBRARIAN)
    page = look(client, rows[:2])
    assert "org.example.P1" in page
    assert "org.example.P2" in page
    page = look(client, rows)
    assert "5 more reasons" in page
    assert "2 more are not named here." in page
    assert 'href="/plugins/not-loaded/"' in page


def test_plugins_that_cannot_collect_are_a_list(client, water):  # noqa: F811
    no_code()
    [found] = prospects(ListedAu.objects.filter(status="released"))
    assert found.url == "/plugins/org.lockss.plugin.Sample/"


@pytest.fixture
def a_set(client, water):  # noqa: F811
    as_person(client, Role.LIBRARIAN)
    return make_set(
        user=None,
        request_key=None,
        meaning=Meaning(name="Marsh", kind=SetKind.PUBLISHER, publisher=Publisher.objects.get(name="Marsh")),
    )


def test_a_set_offers_select_above_its_table_and_in_it_or_in_neither(client, water, a_set):  # noqa: F811
    own = f"/sets/{a_set.pk}/"
    page = client.get(own)
    assert page.content.decode().count('name="action" value="select"') == 2
    assert "None of its archival units can be selected now" not in plain(page)
    Plugin.objects.all().delete()
    page = client.get(own)
    assert 'name="action" value="select"' not in page.content.decode()
    assert page.content.decode().count('name="action" value="deactivate"') == 2
    shown = plain(page)
    assert "None of its archival units can be selected now" in shown
    assert "Plugin not loaded" in shown
    # An old page: what came of it says the same.
    answer = client.post(f"{own}act/", {"action": "select"}, follow=True)
    assert "Plugin not loaded" in plain(answer)
    assert Selection.objects.get().results.filter(outcome="impossible").count() == 3


def test_by_hand_titles_can_still_be_taken_out_of_a_set(client, water):  # noqa: F811
    as_person(client, Role.LIBRARIAN)
    no_code()
    row = make_set(user=None, request_key=None, meaning=Meaning(name="Mine"))
    add_titles(user=None, title_set=row, titles=Title.objects.filter(pk=water[0].title_id))
    page = client.get(f"/sets/{row.pk}/").content.decode()
    assert 'value="take-out"' in page
    assert 'name="action" value="select"' not in page


def test_what_is_not_on_offer_of_a_set_is_said(client, a_set):
    ListedAu.objects.update(status="manifest")
    page = plain(client.get(f"/sets/{a_set.pk}/"))
    assert "Not released" in page
    assert f'href="/titles/units/?set={a_set.pk}&amp;offer=unreleased"' in page


def test_titles_and_publishers_follow_the_same_rule(client, water):  # noqa: F811
    as_person(client, Role.LIBRARIAN)
    paths = (f"/titles/{water[0].title_id}/", f"/publishers/{water[0].publisher_id}/")
    for path in paths:
        assert 'name="action" value="select"' in client.get(path).content.decode()
    Plugin.objects.update(can_collect=False)
    for path in paths:
        page = client.get(path).content.decode()
        assert 'name="action" value="select"' not in page
        assert 'name="action" value="look"' in page
        assert "Code missing" in page
