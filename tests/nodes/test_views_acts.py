"""Acts on the node's pages: the right person acts, the wrong person and nobody do not, and each act is recorded."""

import pytest

from apps.accounts.choices import Role
from apps.accounts.models import AuditEvent
from apps.aus.choices import AuState
from apps.aus.models import Au
from apps.aus.services import deactivate_aus
from apps.common import clock_trust
from apps.common.choices import JobState
from apps.common.clock import now
from apps.common.models import Finding, Job
from apps.crawls.models import CrawlStatus
from apps.nodes.choices import AuWord
from apps.nodes.models import AuStatus
from apps.nodes.services import refreshing
from apps.permissions.models import PublisherAgreement
from apps.polls.models import PollStatus
from tests import factories as make
from tests.accounts.factories import make_person
from tests.asking import as_person, check_acting, last_audit
from tests.factories import DAY, past
from tests.sample import sample_settings

pytestmark = pytest.mark.django_db


@pytest.fixture
def node(settings, tmp_path):
    settings.NODE = sample_settings(tmp_path)


@pytest.fixture
def au(node) -> Au:
    made = make.make_au()
    make.make_agreement(made.publisher)
    make.make_crawl(made)
    make.make_summary(made)
    return made


def follow(client, path: str, data: dict | None = None) -> str:
    """The page that is shown after an act."""
    answer = client.post(path, data or {}, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_crawl_now(client, au):
    path = f"/aus/{au.slug}/crawl/"
    check_acting(client, path, [Role.LIBRARIAN])
    page = follow(client, path)
    assert "is collected at the next scan" in page
    assert CrawlStatus.objects.get(au=au).due_at <= now()
    event = last_audit()
    assert (event.action, event.subject) == ("crawls.now", f"au:{au.slug}")
    assert event.user.roles == [Role.LIBRARIAN]


def test_what_a_crawl_cannot_change_is_not_promised_and_not_offered(client, node):
    au = make.make_au()
    path = f"/aus/{au.slug}/"
    row = make.make_agreement(au.publisher, starts=past(90 * DAY).date(), ends=past(9 * DAY).date())
    as_person(client, Role.LIBRARIAN)
    page = client.get(path).content.decode()
    assert f'action="{path}crawl/"' not in page
    # Nothing was collected, so there is nothing to compare.
    assert f'action="{path}poll/"' not in page
    page = follow(client, f"{path}crawl/")
    assert "is collected at the next scan" not in page
    assert "cannot be collected now. The agreement" in page
    assert not CrawlStatus.objects.filter(au=au).exists()
    row.delete()
    make.make_agreement(au.publisher)
    make.make_permission(au, granted=False, reason="no-statement")
    page = client.get(path).content.decode()
    assert "Ask the publisher again" in page
    assert "is read again at the next scan" in follow(client, f"{path}crawl/")


def facts(client, au) -> dict[str, str]:
    return {one.term: f"{one.value} {one.help}" for one in client.get(f"/aus/{au.slug}/").context["facts"]}


def test_no_next_collection_is_promised_to_what_is_not_collected(client, au):
    as_person(client, Role.LIBRARIAN)
    CrawlStatus.objects.filter(au=au).update(due_at=now() + 9 * DAY)
    assert "<time" in facts(client, au)["Next collection"]
    make.make_permission(au, granted=False, reason="no-statement")
    found = facts(client, au)
    assert "Next collection" not in found
    assert "<time" in found["Publisher asked again"]
    PublisherAgreement.objects.update(collect="no")
    PublisherAgreement.objects.first().save()
    assert (
        facts(client, au)["Next collection"].strip() == "none while this lasts: Agreement does not allow it"
    )
    deactivate_aus(user=make_person("dora", Role.LIBRARIAN), au_keys=[au.pk])
    assert facts(client, au)["Next collection"].strip() == "none: it is deactivated"


def test_poll_now(client, au):
    path = f"/aus/{au.slug}/poll/"
    check_acting(client, path, [Role.LIBRARIAN])
    assert "is called at the next scan" in follow(client, path)
    assert PollStatus.objects.get(au=au).requested_at is not None
    assert last_audit().action == "polls.now"


def test_a_poll_that_waits_for_the_clock_says_so(client, au):
    PollStatus.objects.create(au=au, requested_at=now())
    as_person(client, Role.LIBRARIAN)
    path = f"/aus/{au.slug}/"
    assert "the next scan calls it" in client.get(path).content.decode()
    clock_trust.hold(server="time.example", seconds=90.0)
    page = client.get(path).content.decode()
    assert "it waits until the clock is right" in page
    assert "differs by 90 s from time.example" in page
    assert "the next scan calls it" not in page


def test_nothing_to_compare_no_poll(client, node):
    au = make.make_au()
    as_person(client, Role.LIBRARIAN)
    events = AuditEvent.objects.count()
    assert "There is nothing to compare yet" in follow(client, f"/aus/{au.slug}/poll/")
    assert not PollStatus.objects.filter(au=au).exists()
    assert AuditEvent.objects.count() == events


def test_deactivate_and_back(client, au):
    out, back = f"/aus/{au.slug}/deactivate/", f"/aus/{au.slug}/reactivate/"
    as_person(client, Role.LIBRARIAN)
    for asked in (client.get(out), client.post(out)):
        text = asked.content.decode()
        assert f"Deactivate {au.name}?" in text
        assert "What is stored stays" in text
    au.refresh_from_db()
    assert au.state == AuState.SELECTED
    as_person(client, Role.READER)
    assert client.get(out).status_code == client.post(out, {"confirmed": "yes"}).status_code == 403
    as_person(client, Role.LIBRARIAN)
    page = client.post(out, {"confirmed": "yes"}, follow=True).content.decode()
    assert "no longer collected or proved" in page
    assert f'action="{back}"' in page
    au.refresh_from_db()
    assert au.state == AuState.DEACTIVATED
    assert AuStatus.objects.get(pk=au.pk).word == AuWord.DEACTIVATED
    assert last_audit().action == "aus.deactivate"
    as_person(client, Role.LIBRARIAN)
    assert "is deactivated. Re-activate it first." in follow(client, f"/aus/{au.slug}/crawl/")
    check_acting(client, back, [Role.LIBRARIAN])
    follow(client, back)
    au.refresh_from_db()
    assert au.state == AuState.SELECTED
    assert last_audit().action == "aus.reactivate"


def test_stop_a_job_and_do_it_again(client, node):
    job = make.make_job("crawl", "crawl:1")
    path = f"/jobs/{job.pk}/cancel/"
    check_acting(client, path, [Role.SYSTEM])
    assert "The work is stopped" in follow(client, path)
    job.refresh_from_db()
    assert job.state == JobState.CANCELLED
    assert last_audit().action == "jobs.cancel"
    assert "has ended already" in follow(client, path)
    again = f"/jobs/{job.pk}/retry/"
    check_acting(client, again, [Role.SYSTEM])
    assert "done again" in follow(client, again)
    new = Job.objects.latest("id")
    assert (new.state, new.kind, new.subject) == (JobState.WAITING, "crawl", "crawl:1")
    assert last_audit().after == {"job": new.pk}
    assert "Only work that failed" in follow(client, f"/jobs/{new.pk}/retry/")


def test_close_a_finding(client, node):
    one = make.make_finding()
    path = f"/findings/{one.pk}/resolve/"
    check_acting(client, path, [Role.LIBRARIAN, Role.NETWORK])
    assert "The finding is closed" in follow(client, path)
    one.refresh_from_db()
    assert one.resolved_at is not None
    event = last_audit()
    assert (event.action, event.before["code"]) == ("findings.resolve", one.code)


def test_a_finding_that_was_seen_asks_nobody_any_more(client, node):
    one = make.make_finding("poll-odd", "peer:x", message="Something odd.")
    as_person(client)
    assert "Something odd." in client.get("/").content.decode()
    path = f"/findings/{one.pk}/seen/"
    check_acting(client, path, [Role.LIBRARIAN, Role.NETWORK])
    follow(client, path)
    one.refresh_from_db()
    assert one.seen_by.startswith("person")
    assert "Something odd." not in client.get("/").content.decode()


def test_many_findings_at_once(client, node):
    rows = [make.make_finding(f"code-{n % 2}") for n in range(6)]
    check_acting(
        client, "/findings/act/", [Role.LIBRARIAN, Role.NETWORK], {"chosen": rows[0].pk, "action": "seen"}
    )
    assert "2 findings are marked as seen" in follow(
        client, "/findings/act/", {"chosen": [rows[0].pk, rows[1].pk], "action": "seen"}
    )
    assert Finding.objects.filter(seen_at__isnull=False).count() == 2
    data = {"all_matching": "yes", "matching": "code=code-1", "action": "resolve"}
    assert "3 findings are closed" in follow(client, "/findings/act/", data)
    assert Finding.objects.filter(resolved_at=None).count() == 3
    assert client.post("/findings/act/", {"action": "seen"}).status_code == 400
    assert client.post("/findings/act/", {"chosen": rows[0].pk, "action": "burn"}).status_code == 400


def test_ask_again_for_what_is_blocked(client, node):
    north, south = make.make_publisher("North"), make.make_publisher("South")
    blocked = [make.make_au(title=make.make_title("Letters", where)) for where in (north, north, south)]
    for owner in (north, south):
        make.make_agreement(owner)
    for one in blocked:
        make.make_permission(one, granted=False, reason="no-statement")
    refreshing.scan()
    check_acting(client, "/permissions/ask/", [Role.LIBRARIAN])
    data = {"block": "no-statement", "publisher": north.pk}
    assert "2 archival units are tried again" in follow(client, "/permissions/ask/", data)
    assert set(CrawlStatus.objects.values_list("au_id", flat=True)) == {blocked[0].pk, blocked[1].pk}
    assert last_audit().after == {"block": "no-statement", "aus": 2}
    assert "3 archival units are tried again" in follow(client, "/permissions/ask/")
    assert client.post("/permissions/ask/", {"block": "whim"}).status_code == 400
