"""What waits for a person: grouped, the most urgent first, each with one button, nothing twice."""

import re
from dataclasses import replace

import pytest

from apps.common.clock import now
from apps.lockss.lcap.poll_codes import PollStatus as Status
from apps.nodes.choices_alerts import AlertKind, Weight
from apps.nodes.models import Alert
from apps.nodes.needs import MOST_NEEDS, needs
from apps.nodes.services import refreshing
from apps.polls.choices import RepairState
from tests import factories as make
from tests.asking import as_person
from tests.sample import sample_settings

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def node(settings, tmp_path):
    settings.NODE = replace(sample_settings(tmp_path), permission_policy="machine")


def collected(**more):
    au = make.make_au(**more)
    make.make_crawl(au)
    return au


def damaged():
    au = collected()
    make.make_summary(au, damaged=1, urls=9)
    return au


def told() -> list[tuple[str, str]]:
    refreshing.scan()
    return [(str(need.subject), need.url) for need in needs()]


def test_nothing_is_wrong():
    au = collected()
    make.make_summary(au)
    assert told() == []


def test_a_few_by_name_many_as_a_group():
    one, two = damaged(), damaged()
    assert told() == [(one.name, f"/aus/{one.slug}/"), (two.name, f"/aus/{two.slug}/")]
    damaged()
    assert told() == [("3 archival units", "/aus/?state=damaged")]


def test_the_most_urgent_first_and_one_button_each():
    blocked = make.make_au()
    make.make_permission(blocked, granted=False)
    tired = collected()
    make.make_poll(tired, [], status=Status.NO_QUORUM, agreement=None)
    wrong = damaged()
    differs = collected()
    make.make_repair(make.make_poll(differs, [], agreement=0.9), "http://pub.example/x", RepairState.FAILED)
    make.make_finding("poll-odd", "polls", message="Odd.")
    found = told()
    assert [subject for subject, _ in found] == [
        wrong.name,
        differs.name,
        blocked.name,
        "1 archival unit",
        "1 finding",
    ]
    assert all(need.action for need in needs())


def test_what_is_blocked_is_told_by_cause_and_publisher():
    for publisher, n in (("North", 3), ("South", 1)):
        for _ in range(n):
            au = make.make_au(title=make.make_title("Letters", make.make_publisher(publisher)))
            make.make_permission(au, granted=False)
    north = make.make_publisher("North")
    assert told()[0] == (
        "3 archival units of North",
        f"/aus/?why=blocked&block=fetch-failed&publisher={north.pk}",
    )
    assert len(told()) == 2


def test_the_button_of_one_that_is_blocked_leads_to_its_own_permission(client):
    au = make.make_au(title=make.make_title("Letters", make.make_publisher("South")))
    make.make_permission(au, granted=False)
    refreshing.scan()
    (need,) = needs()
    assert need.action.url == f"/aus/{au.slug}/#permission"
    as_person(client)
    page = client.get(f"/aus/{au.slug}/").content.decode()
    assert 'id="permission"' in page
    # What can be done stands there, and why only once, beside the word.
    assert page.count(need.cause) == 1
    assert re.search(r'href="/permissions/test/[^"]*">Try the page now<', page)
    assert f'href="/permissions/manifest/?title={au.title_id}">Write such a page<' in page


def test_what_an_aus_own_word_says_is_no_finding_beside_it():
    au = make.make_au()
    make.make_permission(au, granted=False)
    make.make_finding("permission-fetch-failed", f"au:{au.slug}")
    make.make_finding("crawl-no-permission", f"au:{au.slug}")
    make.make_finding("content-damaged", f"au:{au.pk}", severity="error")
    assert len(told()) == 1


def test_findings_are_told_by_code_until_somebody_has_seen_them():
    for n in range(4):
        make.make_finding("poll-odd", f"peer:{n}")
    make.make_finding("poll-note", "polls", severity="info")
    make.make_finding("poll-seen", "polls", seen_at=make.past(), seen_by="alice")
    make.make_finding("poll-over", "polls", resolved_at=make.past())
    assert told() == [("4 findings", "/findings/?open=yes&seen=no&code=poll-odd&severity=warning&blocked=no")]


def test_one_finding_is_called_by_what_it_is_about():
    peer, au = make.make_peer("Birch"), collected()
    nameless = make.make_peer()
    type(nameless).objects.filter(pk=nameless.pk).update(name="")
    make.make_finding("poll-even", f"peer:{nameless.identity}")
    make.make_finding("poll-odd", f"peer:{peer.identity}")
    make.make_finding("poll-wrong", f"au:{au.slug}")
    assert [subject for subject, _page in told()] == [nameless.identity, "Birch", au.name]


@pytest.mark.parametrize("severity", ["info", "warning"])
def test_a_message_that_came_late_needs_nobody(severity):
    make.make_finding("poll-message-out-of-turn", "polls", severity=severity)
    assert told() == []


def test_the_list_ends():
    for n in range(12):
        make.make_finding(f"code-{n}", "polls")
    damaged()
    damaged()
    assert len(told()) == MOST_NEEDS


def test_every_number_is_the_count_of_what_it_leads_to(client):
    for _ in range(3):
        damaged()
        make.make_poll(collected(), [], status=Status.NO_QUORUM, agreement=None)
        make.make_finding("poll-odd", f"peer:{_}", message=f"Odd {_}.")
        make.make_permission(make.make_au(), granted=False)
    # Blocked as well, but told for what is worse.
    worse = damaged()
    make.make_permission(worse, granted=False)
    make.make_finding("poll-odd", "polls", seen_at=make.past(), seen_by="alice")
    for n in range(5):
        about = {"kind": AlertKind.BACKUP, "subject": f"backup:{n}", "params": {"name": "backup"}}
        Alert.objects.create(**about, severity=Weight.WARNING, raised_at=now(), last_seen_at=now())
    refreshing.scan()
    as_person(client)
    numbered = {
        need.url: int(found[0]) for need in needs() if (found := re.findall(r"\d+", str(need.subject)))
    }
    assert len(numbered) >= 3
    for page, number in numbered.items():
        shown = client.get(page).context["list"]
        assert len(shown.items) == number, page


def test_what_a_blocked_unit_says_itself_is_no_finding_beside_it(client):
    """A permission page that could not be reached ends the crawl with an error of its own."""
    blocked, other = make.make_au(), collected()
    make.make_permission(blocked, granted=False)
    refreshing.scan()
    for au in (blocked, other, collected()):
        make.make_finding("crawl-fetch-error", f"au:{au.slug}", message="Some pages failed.")
    found = told()
    assert [subject for subject, _page in found] == [blocked.name, "2 findings"]
    as_person(client, "network")
    rows = client.get(found[1][1]).context["list"].items
    assert len(rows) == 2
    assert (
        "<b>2</b>" in client.get("/").content.decode()
        or "2 things need a person" in client.get("/").content.decode()
    )
