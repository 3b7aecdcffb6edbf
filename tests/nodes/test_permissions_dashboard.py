"""The permissions' dashboard: every number leads to its rows, lists sort, filter, page and download, changes are noted."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.choices import Role
from apps.nodes.choices import AuWord, Block
from apps.nodes.models import AuStatus, BlockedGroup
from apps.permissions.choices import AgreementState, Reason, Verdict
from apps.permissions.models import Permission, PermissionChange
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
    assert "Everything chosen may be collected" in client.get("/permissions/blocked/").content.decode()
    assert "Nothing of any publisher is chosen yet" in client.get("/permissions/publishers/").content.decode()
    assert "Nothing has changed so far" in client.get("/permissions/changes/").content.decode()


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
    make.make_permission(make.make_au(title=signed), granted=False)
    make.make_permission(make.make_au(title=none), granted=False)
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
    assert "0</b> <span>units lost their permission" in board
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
    assert asked() <= few + 1
