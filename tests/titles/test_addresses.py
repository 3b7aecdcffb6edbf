"""Lists that follow an address, fetched from a real server: conditional, bounded, guarded, and safe against a kill."""

import datetime as dt
import gzip
import uuid
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.conf import settings as node_settings

from apps.common import jobs
from apps.common.choices import JobState
from apps.common.clock import now
from apps.common.models import Finding, Job
from apps.titles import services, tasks
from apps.titles.errors import ListError
from apps.titles.models import ListAddress, ListedAu, ListEntry, ListImport, TitleList
from apps.titles.services import addresses, fetch_now, subscribe
from tests.accounts.factories import make_person
from tests.titles.list_server import ListServer, serving
from tests.titles.test_pages import TDB, XML, text, zipped

pytestmark = pytest.mark.django_db
KBART = "publication_title\tprint_identifier\tonline_identifier\ttitle_id\nTides\t1234-5679\t\tt1\n"
LESS = "\n".join(line for line in TDB.splitlines() if "Volume 2" not in line and "too few" not in line)


@pytest.fixture
def server(settings, tmp_path):
    with serving() as told:
        settings.NODE = replace(
            node_settings.NODE,
            media_dir=tmp_path / "media",
            allowed_private_hosts=(told.endpoint,),
            list_fetch_timeout=20.0,
        )
        told.body = TDB.encode()
        yield told


@pytest.fixture
def nina():
    return make_person("nina", "network")


def followed(server: ListServer, nina, **more) -> ListAddress:
    given = {"url": server.url(), "list_name": "Riverside", "every": "week", "by_itself": True, **more}
    row, job = subscribe(user=nina, **given)
    assert job.kind == addresses.FETCH
    return row


def fetch(row: ListAddress) -> ListAddress:
    """Its open job, as a worker does it, and the import that it begins."""
    job = Job.objects.get(kind=addresses.FETCH, subject=row.job_subject, state=JobState.WAITING)
    assert jobs.run(job.pk) == JobState.DONE
    for begun in Job.objects.filter(kind=services.KIND, state=JobState.WAITING):
        assert jobs.run(begun.pk) == JobState.DONE
    return ListAddress.objects.get(pk=row.pk)


def again(row: ListAddress, nina) -> ListAddress:
    fetch_now(address=row, user=nina)
    return fetch(row)


def files(settings) -> list[str]:
    folder = settings.NODE.media_dir / "title-lists"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_a_list_is_fetched_imported_and_asked_for_again(server, nina, settings):
    row = fetch(followed(server, nina))
    assert ListedAu.objects.count() == 3
    done = ListImport.objects.get()
    assert (done.state, done.source, done.location, done.user) == ("done", "address", server.url(), nina)
    assert done.findings.filter(file="tide.tdb").exists()
    assert (row.failures, row.error, row.last_import) == (0, "", done)
    assert now() + dt.timedelta(days=6) < row.next_at < now() + dt.timedelta(days=8)
    # What was read to its end is not kept a second time.
    fetch_now(address=row, user=nina)
    fetch(row)
    assert files(settings) == []
    assert ListImport.objects.count() == 1


@pytest.mark.parametrize(
    ("every", "at", "planned"),
    [
        ("day", (2026, 10, 24, 8, 30), (2026, 10, 25, 8, 30)),
        ("week", (2027, 3, 24, 8, 30), (2027, 3, 31, 8, 30)),
        ("month", (2026, 10, 10, 8, 30), (2026, 11, 10, 8, 30)),
        ("month", (2027, 1, 31, 8, 30), (2027, 2, 28, 8, 30)),
    ],
)
def test_it_is_asked_again_at_the_same_hour_and_day(server, nina, settings, every, at, planned):
    """Over both changes of summer time."""
    zone = ZoneInfo("Europe/Berlin")
    settings.NODE = replace(settings.NODE, time_zone=zone.key)
    with time_machine.travel(dt.datetime(*at, tzinfo=zone).astimezone(dt.UTC), tick=False):
        row = fetch(followed(server, nina, every=every))
    assert row.error == ""
    assert row.next_at == dt.datetime(*planned, tzinfo=zone)


def at_berlin(month: int, day: int, hour: int = 8) -> dt.datetime:
    return dt.datetime(2027, month, day, hour, 30, tzinfo=ZoneInfo("Europe/Berlin"))


def fetched_at(row: ListAddress, at: dt.datetime, by=None) -> ListAddress:
    """``by`` hand, else because it is due."""
    with time_machine.travel(at.astimezone(dt.UTC), tick=False):
        if by is not None:
            return again(row, by)
        assert addresses.due_addresses()
        return fetch(row)


@pytest.fixture
def monthly(server, nina, settings) -> ListAddress:
    """Followed on the 31st of January."""
    settings.NODE = replace(settings.NODE, time_zone="Europe/Berlin")
    with time_machine.travel(at_berlin(1, 31).astimezone(dt.UTC), tick=False):
        return fetch(followed(server, nina, every="month"))


def test_a_short_month_does_not_move_those_that_follow(monthly):
    row = monthly
    for month, day in ((2, 28), (3, 31), (4, 30), (5, 31)):
        assert row.next_at == at_berlin(month, day)
        row = fetched_at(row, row.next_at)


def test_one_that_failed_on_its_day_or_was_fetched_by_hand_comes_on_its_day_again(monthly, server, nina):
    row = fetched_at(monthly, at_berlin(3, 12), by=nina)
    assert row.next_at == at_berlin(3, 31)
    server.status = 503
    row = fetched_at(row, at_berlin(3, 31))
    assert row.next_at < at_berlin(4, 1)
    server.status = 200
    assert fetched_at(row, at_berlin(4, 1)).next_at == at_berlin(4, 30)


def test_the_day_of_one_from_before_it_was_kept_is_that_of_its_plan(monthly):
    ListAddress.objects.update(next_at=at_berlin(3, 31), month_day=None)
    row = fetched_at(monthly, at_berlin(3, 31))
    assert (row.next_at, row.month_day) == (at_berlin(4, 30), 31)
    assert fetched_at(row, row.next_at).next_at == at_berlin(5, 31)


def test_another_pace_means_another_day(monthly, server, nina):
    given = {"url": server.url(), "by_itself": True, "user": nina}
    with time_machine.travel(at_berlin(2, 10).astimezone(dt.UTC), tick=False):
        row = services.change_address(address=monthly, version=monthly.version, every="month", **given)
        assert row.month_day == 31
        row = services.change_address(address=row, version=row.version, every="week", **given)
        assert row.month_day is None
        row = services.change_address(address=row, version=row.version, every="month", **given)
    assert row.month_day == 10


def test_the_same_list_is_not_sent_and_not_imported_again(server, nina):
    server.etag = '"one"'
    server.headers = {"Last-Modified": "Thu, 01 Oct 2026 10:00:00 GMT"}
    row = again(fetch(followed(server, nina)), nina)
    assert server.asked[1]["if-none-match"] == '"one"'
    assert server.asked[1]["if-modified-since"] == "Thu, 01 Oct 2026 10:00:00 GMT"
    # A server that knows no conditions sends it again, and its digest tells.
    server.etag = ""
    row = again(row, nina)
    assert (ListImport.objects.count(), row.failures) == (1, 0)
    server.body = LESS.encode()
    again(row, nina)
    assert ListImport.objects.count() == 2


def test_it_never_retires_by_itself(server, nina):
    row = fetch(followed(server, nina))
    server.body = LESS.encode()
    again(row, nina)
    last = ListImport.objects.latest("pk")
    assert (last.state, last.unchanged, last.retired) == ("done", 2, 0)
    assert not ListEntry.objects.exclude(retired_at=None).exists()


def test_one_that_asks_waits_and_gives_way_to_the_next_edition(server, nina):
    row = fetch(followed(server, nina, by_itself=False))
    first = ListImport.objects.get()
    assert first.state == "preview"
    assert not ListedAu.objects.exists()
    server.body = LESS.encode()
    again(row, nina)
    first.refresh_from_db()
    second = ListImport.objects.latest("pk")
    assert (first.state, first.preview.count(), second.state) == ("discarded", 0, "preview")
    assert "newer edition" in first.error


def test_what_a_person_gave_up_comes_back_only_when_a_person_asks(server, nina):
    server.etag = '"one"'
    row = fetch(followed(server, nina, by_itself=False))
    first = ListImport.objects.get()
    services.discard_import(list_import=first, version=first.version, user=nina)
    ListAddress.objects.update(next_at=now())
    assert addresses.due_addresses()
    row = fetch(row)
    assert ListImport.objects.count() == 1
    again(row, nina)
    assert ListImport.objects.latest("pk").state == "preview"


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (KBART.encode(), "/export?format=kbart"),
        (KBART.encode("utf-16"), "/export"),
        (XML.encode(), "/titledb"),
        (zipped({"a/tide.tdb": TDB.encode()}), "/all"),
        (gzip.compress(TDB.encode()), "/tide.tdb.gz"),
        (b"\xef\xbb\xbf" + KBART.encode(), "/kbart.csv"),
    ],
)
def test_its_kind_is_found_by_looking(server, nina, body, path):
    server.body = body
    row = fetch(followed(server, nina, url=server.url(path)))
    assert row.error == ""
    done = ListImport.objects.get()
    assert done.state == "done"
    assert done.added >= 1
    # The samples hold an entry that is wrong, but every file was taken for what it is.
    assert not done.findings.filter(line=None).exists()


BOMB = gzip.compress(b"{}" * 4_000_000)


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({"status": 404}, "HTTP 404"),
        ({"status": 500}, "HTTP 500"),
        ({"body": b""}, "it is empty"),
        ({"body": b"<!DOCTYPE html><html><title>Sign in</title></html>"}, "web page, perhaps of a sign-in"),
        ({"body": b"%PDF-1.7 ..."}, "no list that is read here"),
        ({"cut": 40}, "broke off before its end"),
        ({"body": gzip.compress(TDB.encode())[:-20]}, "broke off before its end"),
        ({"body": gzip.compress(TDB.encode())[:60] + b"\xff" * 90}, "damaged"),
        ({"body": b"{" + b" " * 3_000_000}, "longer than this node takes"),
        ({"body": BOMB}, "longer than this node takes"),
        ({"body": BOMB, "headers": {"Content-Encoding": "gzip"}}, "longer than this node takes"),
        ({"status": 302, "headers": {"Location": "/lists/tide.tdb"}}, "from one address to the next"),
        ({"status": 302, "headers": {"Location": "file:///etc/passwd"}}, "leads to what is no address"),
        ({"status": 302, "headers": {"Location": "http://10.0.0.1/list"}}, "not public"),
    ],
)
def test_what_goes_wrong_is_told_and_tried_later(server, nina, settings, broken, said):
    settings.NODE = replace(settings.NODE, list_max_bytes=2_000_000)
    for name, value in broken.items():
        setattr(server, name, value)
    row = fetch(followed(server, nina))
    assert said in row.error
    assert (row.failures, row.reached_at) == (1, None)
    assert row.next_at > now()
    assert not ListImport.objects.exists()
    assert files(settings) == []
    # No alarm, and no job that failed: the page of the list says it.
    assert not Finding.objects.exists()
    assert not Job.objects.filter(state=JobState.FAILED).exists()


def test_tries_come_ever_later_and_never_later_than_planned(server, nina):
    server.status = 503
    row = fetch(followed(server, nina, every="day"))
    pauses = []
    for _ in range(8):
        pauses.append(row.next_at - row.asked_at)
        row = again(row, nina)
    assert pauses == sorted(pauses)
    assert pauses[0] == dt.timedelta(hours=1)
    assert pauses[-1] == dt.timedelta(days=1)
    server.status = 200
    row = again(row, nina)
    assert (row.failures, row.error) == (0, "")


def test_a_slow_server_is_left(server, nina, settings):
    settings.NODE = replace(settings.NODE, list_fetch_timeout=0.3)
    server.slow = 2.0
    assert "took too long" in fetch(followed(server, nina)).error


def test_private_addresses_are_refused_unless_allowed(server, nina, settings):
    settings.NODE = replace(settings.NODE, allowed_private_hosts=())
    row = fetch(followed(server, nina))
    assert "not public" in row.error
    assert server.asked == []


@pytest.mark.parametrize(
    "url",
    ["ftp://host.example/list", "//host.example/x", "list.tdb", "http://", "http://nina:word@host.example/"],
)
def test_addresses_that_are_none(nina, url):
    with pytest.raises(ListError):
        subscribe(url=url, list_name="Riverside", every="day", by_itself=False, user=nina)
    assert not ListAddress.objects.exists()


def test_a_fetch_that_was_killed_is_done_again_and_leaves_nothing_behind(server, nina, settings, monkeypatch):
    followed(server, nina)

    class Killed(BaseException):
        pass

    def killed(**_):
        raise Killed

    with monkeypatch.context() as patched:
        # After the file was kept and before a row speaks of it.
        patched.setattr(tasks.addresses, "note_reached", killed)
        with pytest.raises(Killed):
            jobs.run(Job.objects.get().pk)
    assert len(files(settings)) == 1
    Job.objects.update(lease_until=now() - dt.timedelta(seconds=1))
    job = Job.objects.get(kind=addresses.FETCH)
    assert jobs.run(job.pk) == JobState.DONE
    assert (ListImport.objects.count(), len(files(settings))) == (1, 1)


def test_the_scanner_asks_for_what_is_due_and_for_nothing_else(server, nina):
    row = fetch(followed(server, nina))
    assert addresses.due_addresses() == []
    ListAddress.objects.update(next_at=now())
    (job,) = addresses.due_addresses()
    assert addresses.due_addresses() == [job]
    fetch(row)
    row.refresh_from_db()
    services.stop_address(address=row, version=row.version, user=nina)
    ListAddress.objects.filter(next_at__isnull=False).update(next_at=now())
    assert addresses.due_addresses() == []


def test_it_waits_while_its_last_edition_is_being_read(server, nina):
    row = fetch(followed(server, nina))
    ListImport.objects.update(state="running")
    server.body = LESS.encode()
    row = again(row, nina)
    assert (ListImport.objects.count(), row.next_at > now()) == (1, True)
    assert len(server.asked) == 1


def test_the_pages(client, server, nina):
    client.force_login(nina)
    form = {
        "address-url": server.url(),
        "address-list_name": "Riverside",
        "address-every": "day",
        "address-request_key": str(uuid.uuid4()),
    }
    first, second = client.post("/lists/follow/", form), client.post("/lists/follow/", form)
    own = f"/lists/{TitleList.objects.get().pk}/"
    assert first["Location"] == second["Location"] == own
    assert (ListAddress.objects.count(), Job.objects.count()) == (1, 1)
    assert "Being fetched" in text(client.get(own))
    row = fetch(ListAddress.objects.get())
    said = text(client.get(own))
    assert "Followed" in said
    assert "every day" in said
    assert client.get(own, headers={"HX-Request": "true", "HX-Target": "address"}).status_code == 200
    server.status = 500
    assert client.post(f"{own}address/fetch/")["Location"] == own
    fetch(row)
    assert "The list could not be fetched: the host answers with HTTP 500." in text(client.get(own))
    # Another form for the same list, and one that is older than the row.
    other = {**form, "address-request_key": str(uuid.uuid4())}
    refused = client.post("/lists/follow/", other)
    assert refused.status_code == 422
    assert "follows an address already" in text(refused)
    row.refresh_from_db()
    change = {"version": row.version, "url": server.url("/other"), "every": "month", "by_itself": "yes"}
    assert client.post(f"{own}address/", change)["Location"] == own
    assert client.post(f"{own}address/", {**change, "every": "day"})["Location"] == own
    row.refresh_from_db()
    assert (row.every, row.by_itself, row.url) == ("month", True, server.url("/other"))
    assert "has been changed since that page was made" in text(client.get(own))
    assert (
        client.post(f"{own}address/", {**change, "version": row.version, "every": "hour"}).status_code == 422
    )
    stop = {"version": row.version}
    assert client.post(f"{own}address/stop/", stop)["Location"] == own
    client.post(f"{own}address/stop/", stop)
    row.refresh_from_db()
    assert row.next_at is None
    assert client.get(f"{own}address/fetch/").status_code == 405


def test_who_may_follow(client, server, nina):
    row = followed(server, nina)
    own = f"/lists/{row.title_list_id}/"
    acts = ["/lists/follow/", f"{own}address/", f"{own}address/fetch/", f"{own}address/stop/"]
    for act in acts:
        assert client.post(act)["Location"].startswith("/accounts/sign-in/")
    client.force_login(make_person("rosa", "reader"))
    assert "Its address" in text(client.get(own))
    assert "Fetch it now" not in text(client.get(own))
    for act in acts:
        assert client.post(act).status_code == 403
    assert client.get(f"{own}address/").status_code == 403
