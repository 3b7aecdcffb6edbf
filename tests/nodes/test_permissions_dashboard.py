"""The permissions' dashboard: every number leads to its rows, lists sort, filter, page and download, changes are noted."""

import datetime as dt
import hashlib
import html
import re
from dataclasses import replace

import pytest
from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext

from apps.accounts.choices import Role
from apps.aus.choices import AuState
from apps.common.clock import now
from apps.common.display import day_text
from apps.crawls.models import CrawlStatus
from apps.crawls.services import start_crawl
from apps.nodes.choices import AuWord, Block
from apps.nodes.models import AuStatus, BlockedGroup
from apps.nodes.services import refreshing
from apps.permissions import services
from apps.permissions.choices import AgreementState, Reason, Renewal, Verdict
from apps.permissions.hindering import hindrances
from apps.permissions.models import Evidence, Permission, PermissionChange, PublisherAgreement
from apps.permissions.standing import renewal_note
from apps.permissions.words import WHY_NOT_READ
from apps.titles.models import ListedAu
from tests import factories as make
from tests.asking import as_person, check_reading
from tests.sample import sample_settings

pytestmark = pytest.mark.django_db
LISTS = ["/permissions/blocked/", "/permissions/publishers/", "/permissions/changes/"]


@pytest.fixture(autouse=True)
def node(settings, tmp_path):
    settings.NODE = sample_settings(tmp_path)
    return settings.NODE


def blocked(
    au, block: Block = Block.NO_STATEMENT, sentence: str = "The page carries no permission statement."
):
    return AuStatus.objects.create(
        au=au,
        word=AuWord.BLOCKED,
        block=block,
        block_reason=sentence,
        changed_at=make.past(),
        refreshed_at=make.past(),
    )


def title_of(publisher: str):
    return make.make_title(f"Journal of {publisher}", make.make_publisher(publisher))


def blocked_world() -> None:
    for _turn in range(3):
        blocked(make.make_au(title=title_of("Marsh Press")))
    blocked(make.make_au(title=title_of("Marsh Press")), Block.NO_AGREEMENT, "No signed agreement.")
    blocked(make.make_au(title=title_of("North Books")), Block.NO_AGREEMENT, "No signed agreement.")
    make.make_au(title=title_of("Calm Press"))


@pytest.mark.parametrize("path", ["/permissions/", *LISTS])
def test_who_may_read(client, path) -> None:
    check_reading(client, path)
    for role in Role:
        as_person(client, role)
        assert client.get(path).status_code == 200


def test_an_empty_node_says_what_to_do(client) -> None:
    as_person(client, Role.NETWORK)
    for path in ("/permissions/", "/permissions/blocked/"):
        shown = client.get(path).content.decode()
        assert "Nothing is chosen yet" in shown
        assert 'href="/titles/"' in shown.partition("Nothing is chosen yet")[2].partition("</div>")[0]
        assert "Everything chosen may be collected" not in shown
    assert "Nothing of any publisher is chosen yet" in client.get("/permissions/publishers/").content.decode()
    assert "Nothing has changed so far" in client.get("/permissions/changes/").content.decode()


def test_what_is_chosen_and_not_held_back_is_told_so(client) -> None:
    au = make.make_au()
    make.make_agreement(au.publisher)
    as_person(client, Role.NETWORK)
    for path in ("/permissions/", "/permissions/blocked/"):
        assert "Everything chosen may be collected" in client.get(path).content.decode()
    # A narrow question has no such answer.
    assert "Nothing is chosen yet" not in client.get("/permissions/blocked/?cause=platform").content.decode()


@pytest.mark.parametrize("path", ["/permissions/", "/permissions/blocked/"])
def test_the_page_that_carries_no_statement_is_one_click_away(client, path) -> None:
    au, other = make.make_au(), make.make_au()
    found = make.make_permission(au, granted=False, reason=Reason.NO_STATEMENT)
    blocked(au)
    make.make_permission(other, granted=False, reason=Reason.FETCH_FAILED)
    blocked(other, Block.NO_AGREEMENT, "No signed agreement.")
    as_person(client, Role.LIBRARIAN)
    shown = client.get(path).content.decode()
    assert shown.count("/permissions/evidence/") == 1
    assert f'href="/permissions/evidence/{found.evidence_id}/">the page as it stood</a>' in shown


def move(row, to, **more) -> None:
    row.refresh_from_db()
    services.move_agreement(agreement=row, version=row.version, user=None, to=to, on=services.today(), **more)


@pytest.mark.parametrize("path", ["/permissions/blocked/", "/permissions/", "/permissions/publishers/"])
def test_a_changed_agreement_is_seen_at_once(client, path) -> None:
    """With no scan in between: the page judges what it shows."""
    au, other = make.make_au(), make.make_au(title=title_of("Marsh Press"))
    row = make.make_agreement(au.publisher)
    make.make_agreement(other.publisher)
    refreshing.scan()
    as_person(client, Role.NETWORK)
    client.get(path)
    assert not BlockedGroup.objects.exists()
    move(row, AgreementState.WITHDRAWN)
    client.get(path)
    assert [(one.block, one.number) for one in BlockedGroup.objects.all()] == [("agreement-ended", 1)]
    new = make.make_agreement(au.publisher)
    client.get(path)
    assert not BlockedGroup.objects.exists()
    move(new, AgreementState.WITHDRAWN)
    assert "agreement-ended" not in str(AuStatus.objects.get(pk=other.pk).block)


def test_many_are_judged_by_and_by_and_the_page_says_how_far(client, monkeypatch) -> None:
    monkeypatch.setattr(refreshing, "BATCH", 2)
    monkeypatch.setattr(refreshing, "SETTLED", dt.timedelta(0))
    title = title_of("Marsh Press")
    row = make.make_agreement(title.publisher)
    for _turn in range(5):
        make.make_au(title=title)
    refreshing.scan()
    as_person(client, Role.NETWORK)
    move(row, AgreementState.WITHDRAWN)
    seen = []
    for _turn in range(4):
        shown = client.get("/permissions/blocked/?sort=cause").content.decode()
        held = BlockedGroup.objects.aggregate(n=Sum("number"))["n"] or 0
        seen.append((held, "is being judged again" in shown, 'http-equiv="refresh"' in shown))
        if held < 5:
            assert f"{held} of 5 archival units" in shown
    assert seen == [(2, True, True), (4, True, True), (5, False, False), (5, False, False)]


def test_what_a_page_found_covered_is_collected_without_waiting(client) -> None:
    """As where the scan finds it: a page that looks first takes nothing away."""
    au = make.make_au()
    row = make.make_agreement(au.publisher, state=AgreementState.SENT, signed_on=None)
    start_crawl(au=au)
    refreshing.scan()
    assert CrawlStatus.objects.get(au=au).due_at > now()
    move(row, AgreementState.SIGNED)
    as_person(client)
    client.get(f"/aus/{au.slug}/")
    assert CrawlStatus.objects.get(au=au).due_at <= now()


def test_an_agreement_leads_to_the_rows_that_it_counts(client) -> None:
    title, more = (
        title_of("Marsh Press"),
        make.make_title("Annals of Salt", make.make_publisher("Marsh Press")),
    )
    chosen = [make.make_au(title=title), make.make_au(title=title)]
    make.make_au(title=title, state=AuState.DEACTIVATED)
    elsewhere, stranger = make.make_au(title=more), make.make_au()
    other_plugin = make.make_au(title=title, plugin_id="org.example.Other")
    refreshing.scan()
    everything, titles, units, platform = (
        make.make_agreement(title.publisher, scope=scope, **limits)
        for scope, limits in (
            ("publisher", {}),
            ("titles", {}),
            ("aus", {}),
            ("titles", {"platforms": ["org.example.Other"]}),
        )
    )
    titles.titles.set([title])
    platform.titles.set([title])
    units.listed_aus.set([chosen[0].listed, stranger.listed])
    as_person(client)
    for row, wanted in (
        (everything, {*chosen, elsewhere, other_plugin}),
        (titles, {*chosen, other_plugin}),
        (units, {chosen[0]}),
        (platform, {other_plugin}),
    ):
        shown = client.get(f"/permissions/agreements/{row.pk}/").content.decode()
        link, number = re.search(r'<a href="(/aus/[^"]*)">(\d+) selected archival unit', shown).groups()
        found = client.get(html.unescape(link)).context["list"].items
        assert ({one.au.pk for one in found}, int(number)) == ({one.pk for one in wanted}, len(wanted))


def test_groups_are_counted_and_lead_to_their_rows(client) -> None:
    blocked_world()
    assert [
        (g.publisher.name, g.block, g.number) for g in BlockedGroup.objects.order_by("-number", "pk")
    ] == [
        ("Marsh Press", "no-statement", 3),
        ("Marsh Press", "no-agreement", 1),
        ("North Books", "no-agreement", 1),
    ]
    as_person(client)
    page = client.get("/permissions/").content.decode()
    marsh = make.make_publisher("Marsh Press").pk
    assert f'<a href="/aus/?block=no-statement&amp;publisher={marsh}">3</a>' in page
    # The picture: the worst cause first, the others in proportion.
    assert page.index('href="/aus/?block=no-statement"') < page.index('href="/aus/?block=no-agreement"')
    assert 'width="100.0"' in page
    assert 'width="66.7"' in page
    assert "5</b>" in page
    shown = client.get(f"/aus/?block=no-statement&publisher={marsh}")
    assert "3 archival units" in shown.content.decode()


def names(client, query: str, path: str = "/permissions/blocked/") -> list[str]:
    answer = client.get(f"{path}?format=csv&{query}")
    assert answer.status_code == 200, query
    text = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return [line.split(",")[0].strip('"\ufeff') for line in text.decode().splitlines()[1:]]


def test_the_list_of_groups_sorts_filters_and_downloads(client) -> None:
    blocked_world()
    as_person(client)
    assert (
        names(client, "") == ["Marsh Press", "Marsh Press", "North Books"]
        or names(client, "")[0] == "Marsh Press"
    )
    assert names(client, "sort=number")[-1] == "Marsh Press"
    assert names(client, "sort=-publisher")[0] == "North Books"
    assert names(client, "cause=no-statement") == ["Marsh Press"]
    assert names(client, "q=north") == ["North Books"]
    assert names(client, f"publisher={make.make_publisher('North Books').pk}") == ["North Books"]
    for wrong in ("cause=whim", "sort=whim", "whim=1", "publisher=x"):
        assert client.get(f"/permissions/blocked/?{wrong}").status_code == 400, wrong


def test_groups_page_by_key(client) -> None:
    for number in range(30):
        blocked(make.make_au(title=title_of(f"House {number:02}")))
    as_person(client)
    seen, path = [], "/permissions/blocked/?size=25&sort=publisher"
    page = client.get(path).context["list"]
    seen += [one.publisher.name for one in page.items]
    assert page.next_href
    after = client.get(f"/permissions/blocked/{page.next_href}").context["list"]
    seen += [one.publisher.name for one in after.items]
    assert seen == [f"House {number:02}" for number in range(30)]


def test_publishers_by_state(client) -> None:
    signed, sent, none = (title_of(name) for name in ("A Signed", "B Sent", "C None"))
    soon = make.past().date() + dt.timedelta(days=10)
    make.make_agreement(signed.publisher, state=AgreementState.SIGNED, starts=dt.date(2020, 1, 1), ends=soon)
    make.make_agreement(sent.publisher, state=AgreementState.SENT)
    make.make_permission(make.make_au(title=signed))
    make.make_permission(make.make_au(title=signed), granted=False, reason=Reason.NO_STATEMENT)
    make.make_permission(make.make_au(title=none), granted=False, reason=Reason.NO_STATEMENT)
    make.make_au(title=none)
    title_of("D Never chosen")
    as_person(client)
    path = "/permissions/publishers/"
    assert names(client, "", path) == ["A Signed", "B Sent", "C None"]
    assert names(client, "agreement=signed", path) == ["A Signed"]
    assert names(client, "agreement=none", path) == ["C None"]
    assert names(client, "reading=refused", path) == ["A Signed", "C None"]
    assert names(client, "reading=granted", path) == ["A Signed"]
    assert names(client, "reading=unknown", path) == ["C None"]
    assert names(client, "sort=-name", path) == ["C None", "B Sent", "A Signed"]
    for wrong in ("agreement=whim", "reading=whim", "sort=whim"):
        assert client.get(f"{path}?{wrong}").status_code == 400, wrong
    page = client.get("/permissions/").content.decode()
    assert "agreement ends within 90 days" in page


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/permissions/", "No permission statement"),
        ("/permissions/blocked/", "No permission statement"),
        ("/permissions/publishers/", "/permissions/blocked/?publisher="),
    ],
)
def test_what_was_just_chosen_is_told_before_the_scan(client, settings, path, place) -> None:
    settings.NODE = replace(settings.NODE, permission_policy="machine")
    au = make.make_au(ago=dt.timedelta(0))
    refreshing.scan()
    make.make_selection(au)
    make.make_permission(au, granted=False, reason=Reason.NO_STATEMENT, message="It says no.")
    as_person(client)
    page = client.get(path).content.decode()
    assert place in page.partition("<main")[2].partition("<tbody")[2]
    assert "Everything chosen may be collected" not in page


@pytest.fixture
def unanswered(settings):
    """A unit whose publisher's name is not known, as rows of before told it."""
    settings.NODE = replace(settings.NODE, permission_policy="machine")
    au = make.make_au()
    row = make.make_permission(au, granted=False, message="It could not be reached.")
    nothing = {"status": None, "page": b"", "page_sha256": hashlib.sha256(b"").hexdigest()}
    Evidence.objects.filter(pk=row.evidence_id).update(**nothing)
    make.make_crawl(au, outcome="fetch-error", content=0)
    refreshing.scan()
    return au


def main_of(client, path: str) -> str:
    shown = client.get(path)
    assert shown.status_code == 200, path
    return html.unescape(shown.content.decode()).partition("<main")[2]


def test_no_answer_is_no_refusal_on_any_page(client, unanswered) -> None:
    evidence = Permission.objects.get(au=unanswered).evidence_id
    as_person(client, Role.LIBRARIAN)
    told = {
        f"/aus/{unanswered.slug}/": "Could not be reached",
        f"/permissions/evidence/{evidence}/": "Could not be reached",
        "/permissions/changes/": "Could not be reached",
    }
    for path, said in told.items():
        page = main_of(client, path)
        assert said in page, path
        for wrong in ("</svg>No statement", "did not permit it", "page as it stood", "SHA-256", "0 URLs"):
            assert wrong not in page, (path, wrong)
    assert "Not collected: nothing could be had from the publisher." in main_of(
        client, f"/aus/{unanswered.slug}/"
    )
    assert client.get(f"/permissions/evidence/{evidence}/page/").status_code == 404


def test_no_answer_hinders_by_its_own_name(unanswered) -> None:
    refused = make.make_au()
    make.make_permission(refused, granted=False, reason=Reason.NO_STATEMENT)
    chosen = ListedAu.objects.filter(pk__in=[unanswered.listed_id, refused.listed_id])
    assert [(one.code, one.number) for one in hindrances(chosen)] == [("refused", 1), ("unreached", 1)]


def test_no_answer_is_counted_by_itself(client, unanswered) -> None:
    refused = make.make_au(title=title_of("Marsh Press"))
    make.make_permission(refused, granted=False, reason=Reason.NO_STATEMENT)
    as_person(client)
    path = "/permissions/publishers/"
    owner = unanswered.publisher.name
    assert names(client, "reading=unreached", path) == [owner]
    assert names(client, "reading=refused", path) == ["Marsh Press"]
    assert "1 change" in main_of(client, "/permissions/changes/?now=unreached")
    assert "1 change" in main_of(client, "/permissions/changes/?now=refused")
    for au in (unanswered, refused):
        Permission.objects.filter(pk=au.pk).update(verdict="granted", reason="", checked_at=now())
    assert "1 change" in main_of(client, "/permissions/changes/?was=unreached")
    assert "1 change" in main_of(client, "/permissions/changes/?was=refused")
    Permission.objects.filter(pk=unanswered.pk).update(verdict="refused", reason="fetch-failed")
    board = main_of(client, "/permissions/")
    assert "0</b> <span>units of which the permission page ceased to permit" in board
    assert "1</b> <span>unit of which the permission page permits again" in board


def test_changes_are_noted_by_the_database_itself() -> None:
    au, other = make.make_au(), make.make_au()
    first = make.make_permission(au)
    assert not PermissionChange.objects.exists()
    make.make_permission(other, granted=False)
    first.verdict, first.reason = Verdict.REFUSED, Reason.NO_STATEMENT
    first.save()
    first.save()
    Permission.objects.filter(pk=au.pk).update(reason=Reason.FETCH_FAILED)
    Permission.objects.filter(pk=au.pk).update(verdict=Verdict.GRANTED, reason="", message="again")
    found = list(PermissionChange.objects.order_by("pk").values_list("au", "before", "after", "reason"))
    assert found == [
        (other.pk, "unknown", "refused", "fetch-failed"),
        (au.pk, "granted", "refused", "no-statement"),
        (au.pk, "refused", "refused", "fetch-failed"),
        (au.pk, "refused", "granted", ""),
    ]


def test_what_changed_is_told_with_its_evidence(client) -> None:
    row = make.make_permission(make.make_au("Tides, volume 1"), granted=False)
    Permission.objects.filter(pk=row.pk).update(
        checked_at=make.past(dt.timedelta(days=30)), verdict="granted", reason=""
    )
    as_person(client)
    page = client.get("/permissions/changes/").content.decode()
    assert "Tides, volume 1" in page
    assert f"/permissions/evidence/{row.evidence_id}/" in page
    assert "2 changes" in page
    assert "1 change" in client.get("/permissions/changes/?now=granted").content.decode()
    assert "1 change" in client.get("/permissions/changes/?was=unknown").content.decode()
    board = client.get("/permissions/").content.decode()
    assert "0</b> <span>units of which the permission page ceased to permit" in board
    week = make.past(dt.timedelta(days=7)).date()
    assert (
        "No row is like that"
        in client.get(f"/permissions/changes/?since={week}&now=granted").content.decode()
    )
    for wrong in ("now=whim", "since=soon", "sort=whim"):
        assert client.get(f"/permissions/changes/?{wrong}").status_code == 400, wrong


@pytest.mark.parametrize("path", ["/permissions/", *LISTS])
def test_queries_do_not_grow_with_the_rows(client, path) -> None:
    blocked_world()
    as_person(client)

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path).status_code == 200
        assert not [one for one in queries.captured_queries if "OFFSET" in one["sql"]]
        return len(queries)

    few = asked()
    for number in range(6):
        au = make.make_au(title=title_of(f"House {number}"))
        blocked(au)
        make.make_permission(au, granted=False)
        make.make_agreement(au.publisher)
    # Those whose agreement has just changed are judged first; that is another question.
    PublisherAgreement.objects.update(updated_at=make.past(make.DAY))
    assert asked() <= few + 1


KINDS = {
    "page-gone": Reason.PAGE_GONE,
    "sign-in": Reason.SIGN_IN,
    "no-answer": Reason.NO_ANSWER,
    "unknown-host": Reason.UNKNOWN_HOST,
    "not-reached": Reason.FETCH_FAILED,
}


def test_every_number_of_a_publisher_leads_to_exactly_its_rows(client, settings) -> None:
    settings.NODE = replace(settings.NODE, permission_policy="machine")
    house = title_of("Marsh Press")
    for turn, reason in enumerate([*KINDS.values(), Reason.NO_STATEMENT, Reason.PROBE_FAILED], 1):
        for _one in range(turn):
            make.make_permission(make.make_au(title=house), granted=False, reason=reason)
    make.make_permission(make.make_au(title=house))
    make.make_au(title=house)
    gone = make.make_au(title=house)
    make.make_permission(gone, granted=False, reason=Reason.PAGE_GONE)
    gone.state = AuState.DEACTIVATED
    gone.save()
    make.make_permission(make.make_au(title=title_of("North Books")), granted=False, reason=Reason.PAGE_GONE)
    refreshing.scan()
    as_person(client)
    page = main_of(client, "/permissions/publishers/?q=Marsh")
    own = f"/aus/?publisher={house.publisher_id}&reading="
    wanted = {"granted": 1, "refused": 6, "unreached": 22, "unknown": 1}
    wanted |= {"page-gone": 1, "sign-in": 2, "no-answer": 3, "unknown-host": 4, "not-reached": 5 + 7}
    for reading, number in wanted.items():
        found = re.search(rf'href="{re.escape(own)}{reading}"[^>]*>([^<]*)<', page)
        assert found, reading
        assert re.findall(r"\d+", found[1]) == [str(number)], reading
        rows = client.get(f"{own}{reading}&size=200").context["list"]
        assert rows.total.number == number, reading
    assert not re.search(rf"/aus/\?publisher={house.publisher_id}\"", page)
    assert client.get("/aus/?reading=whim").status_code == 400


@pytest.mark.parametrize(("kind", "reason"), KINDS.items())
def test_what_kept_a_page_from_being_read_is_told_apart(client, settings, kind, reason) -> None:
    settings.NODE = replace(settings.NODE, permission_policy="machine")
    au = make.make_au(title=title_of("Marsh Press"))
    row = make.make_permission(au, granted=False, reason=reason, message="It did not come.")
    Evidence.objects.filter(pk=row.evidence_id).update(reason=reason)
    refreshing.scan()
    as_person(client, Role.LIBRARIAN)
    label = str(WHY_NOT_READ[reason].label)
    for path in (f"/aus/{au.slug}/", f"/permissions/evidence/{row.evidence_id}/", "/permissions/changes/"):
        assert label in main_of(client, path), path
    cause = str(Block(str(reason)).label)
    assert cause in main_of(client, "/permissions/blocked/")
    assert BlockedGroup.objects.get().block == reason
    assert "Ask publishers again" in main_of(client, "/permissions/")
    assert names(client, f"reading={kind}", "/permissions/publishers/") == ["Marsh Press"]
    others = set(KINDS) - {kind}
    assert all(names(client, f"reading={one}", "/permissions/publishers/") == [] for one in others)
    assert "1 change" in main_of(client, f"/permissions/changes/?now={kind}")


def change_to(au, verdict, reason="") -> None:
    Permission.objects.filter(pk=au.pk).update(verdict=verdict, reason=reason, checked_at=now())


def test_a_page_that_could_not_be_read_in_between_hides_no_loss(client) -> None:
    lost, back, still, never = (make.make_au() for _one in range(4))
    for au in (lost, still, never):
        make.make_permission(au)
    make.make_permission(back, granted=False, reason=Reason.NO_STATEMENT)
    for au in (lost, back, still, never):
        change_to(au, Verdict.REFUSED, Reason.NO_ANSWER)
    change_to(lost, Verdict.REFUSED, Reason.NO_STATEMENT)
    change_to(back, Verdict.GRANTED)
    change_to(still, Verdict.GRANTED)
    as_person(client)
    board = client.get("/permissions/")
    for meaning, au in (("lost", lost), ("won", back)):
        vital = next(one for one in board.context["vitals"] if f"turn={meaning}" in one.url)
        assert vital.value == "1", meaning
        rows = client.get(vital.url).context["list"].items
        assert [row.au_id for row in rows] == [au.pk], meaning


def test_what_ends_soon_is_counted_and_found_by_one_rule(client) -> None:
    publisher = make.make_publisher()
    day = services.today()
    make.make_agreement(publisher, name="Near", ends=day + dt.timedelta(days=90))
    make.make_agreement(publisher, name="Far", ends=day + dt.timedelta(days=91))
    make.make_agreement(publisher, name="Endless", ends=None)
    as_person(client)
    board = client.get("/permissions/").content.decode()
    href = re.search(r'href="([^"]*)"[^>]*>(?:\s*<[^>]+>)*\s*1</b> <span>agreement ends within 90', board)
    assert href, board
    found = client.get(html.unescape(href[1])).context["list"].items
    assert [row.name for row in found] == ["Near"]
    assert "this week" in board
    assert "stands with the agreement" in client.get("/permissions/changes/").content.decode()


def test_what_renews_itself_ends_nowhere_and_says_until_when_notice_may_be_given(client) -> None:
    """The board counted it as ending, the network's page and the list did not."""
    publisher = make.make_publisher()
    day = services.today()
    itself = {"renewal": Renewal.AUTOMATIC}
    near = day + dt.timedelta(days=22)
    make.make_agreement(publisher, name="Missed", ends=near, notice_days=60, **itself)
    make.make_agreement(publisher, name="In time", ends=near, notice_days=22, **itself)
    make.make_agreement(publisher, name="Unasked", ends=near, **itself)
    make.make_agreement(
        publisher, name="Notice", ends=day + dt.timedelta(days=200), notice_days=110, **itself
    )
    make.make_agreement(publisher, name="Later", ends=day + dt.timedelta(days=200), notice_days=109, **itself)
    as_person(client, Role.NETWORK)
    board = client.get("/permissions/")
    vital = next(one for one in board.context["vitals"] if "ends=" in one.url)
    assert vital.value == "0"
    assert list(client.get(vital.url).context["list"].items) == []
    network = next(one for one in client.get("/network/").context["vitals"] if "ends=year" in one.url)
    assert network.value == "0"
    assert list(client.get(network.url).context["list"].items) == []
    rows = board.context["ending"].items
    said = {row.name: renewal_note(row) for row in rows}
    past = day_text(near - dt.timedelta(days=60))
    assert said == {
        "Missed": f"renews itself; the last day for notice, {past}, is past",
        "In time": f"renews itself; last day for notice: {day_text(day)}",
        "Unasked": "renews itself",
        "Notice": f"renews itself; last day for notice: {day_text(day + dt.timedelta(days=90))}",
    }
    shown = board.content.decode()
    for note in said.values():
        assert f'<span class="note">{note}</span>' in shown
