"""The first page for each role: what that person can act on comes first, no link leads to a refusal, nobody sees it."""

import re
from html import unescape

import pytest
from django.utils import translation

from apps.accounts.choices import Role
from apps.common.clock import now
from apps.kbart.choices import EditionState
from apps.kbart.models import Edition, Series
from apps.nodes.choices_alerts import AlertKind, Weight
from apps.nodes.home import summary_line
from apps.nodes.models import Alert
from apps.titles.choices import ImportState
from apps.titles.models import ListImport, TitleList
from tests.asking import as_person

pytestmark = pytest.mark.django_db
EVERY = [(), *((role,) for role in Role)]
MINE, OTHERS = "What needs you", "What others look after"


def home(client, *roles: Role) -> str:
    as_person(client, *roles)
    answer = client.get("/")
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def parts(page: str) -> tuple[str, str]:
    """What needs this person, and what others look after."""
    mine, _, rest = page.partition(f"<h2>{MINE}</h2>")[2].partition("</section>")
    return mine, rest.partition(OTHERS)[2].partition("</section>")[0]


def links(page: str) -> set[str]:
    """Of the content, with where its forms lead."""
    main = page[page.index("<main") : page.index("</main>")]
    return set(re.findall(r'href="(/[^"#]*)', main))


@pytest.mark.parametrize("roles", EVERY, ids=str)
def test_no_link_of_the_first_page_leads_to_a_refusal(client, sample, roles):
    page = home(client, *roles)
    for path in links(page):
        assert client.get(path).status_code in (200, 302), path


def test_nobody_is_led_to_the_sign_in_page(client, sample):
    answer = client.get("/")
    assert answer.status_code == 302
    assert answer["Location"] == "/accounts/sign-in/?next=%2F"


def test_each_sees_first_what_they_can_act_on(client, sample):
    Alert.objects.create(
        kind=AlertKind.BACKUP,
        subject="backup",
        severity=Weight.CRITICAL,
        params={"name": "backup"},
        raised_at=now(),
        last_seen_at=now(),
    )
    said = {
        "damage": "2 URLs are damaged",
        "agreement": "No signed agreement with Northern",
        "backup": "No backup has",
    }
    for role, own in (
        (Role.LIBRARIAN, {"damage"}),
        (Role.NETWORK, {"agreement"}),
        (Role.SYSTEM, {"damage", "agreement", "backup"}),
        (Role.REPORTS, set()),
        (Role.READER, set()),
    ):
        mine, others = parts(home(client, role))
        for name, text in said.items():
            assert (text in mine) == (name in own), (role, name)
            assert (text in others) == (name not in own), (role, name)
        assert "<button" not in others


def test_a_system_administrator_sees_the_machine_first(client, sample):
    Alert.objects.create(
        kind=AlertKind.BACKUP,
        subject="backup",
        severity=Weight.WARNING,
        params={"name": "backup"},
        raised_at=now(),
        last_seen_at=now(),
    )
    mine, _ = parts(home(client, Role.SYSTEM))
    assert mine.index("No backup has") < mine.index("2 URLs are damaged")
    mine, _ = parts(home(client, Role.SYSTEM, Role.LIBRARIAN))
    assert "No signed agreement with" not in mine.partition("2 URLs are damaged")[0]
    assert "2 URLs are damaged" in mine


def test_a_decision_waits_for_who_may_make_it(client, sample):
    made = TitleList.objects.first()
    row = ListImport.objects.create(title_list=made, state=ImportState.PREVIEW)
    mine, _ = parts(home(client, Role.NETWORK))
    assert f"/lists/imports/{row.pk}/preview/" in mine
    _, others = parts(home(client, Role.LIBRARIAN))
    assert "waits for a decision" in others


def test_who_makes_reports_sees_what_became_of_them(client, sample):
    series = Series.objects.create(label="Monthly holdings", slug="alder", part="preserved")
    Edition.objects.create(series=series, state=EditionState.DONE, made_at=now(), name="a.txt", rows=18)
    mine, _ = parts(home(client, Role.REPORTS))
    assert "Nothing needs you" in mine
    assert "Reports made last" in home(client, Role.REPORTS)
    Edition.objects.create(series=series, state=EditionState.FAILED, error="The disk is full.")
    mine, _ = parts(home(client, Role.REPORTS))
    assert "Monthly holdings" in mine
    assert "The disk is full." in mine
    assert "Reports made last" not in home(client, Role.READER)


@pytest.mark.parametrize(
    ("roles", "button"),
    [
        ((Role.LIBRARIAN,), "/titles/"),
        ((Role.NETWORK,), "/permissions/"),
        ((Role.REPORTS,), "/reports/kbart/"),
        ((Role.SYSTEM,), "/node/"),
        ((Role.READER,), "/aus/?rung=collected"),
        ((Role.SYSTEM, Role.LIBRARIAN), "/titles/"),
    ],
    ids=str,
)
def test_one_primary_button_for_each(client, sample, roles, button):
    page = home(client, *roles)
    assert re.findall(r'class="button primary" href="([^"]*)"', page) == [button]


@pytest.mark.parametrize(
    ("language", "said"), [("en", "nothing that you can act on"), ("es", "nada que usted pueda resolver")]
)
def test_who_can_act_on_nothing_is_told_so_in_her_language(language, said):
    with translation.override(language):
        assert said in summary_line({"aus": 3}, 2, 0)
