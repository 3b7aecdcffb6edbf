"""A publisher that behaves badly, over real sockets: what is wrong is told, the rest is collected, nothing is harmed."""

import socket
import threading
import time
from dataclasses import replace

import pytest

from apps.common import jobs
from apps.common.http import FetcherPolicy, GuardedFetcher
from apps.common.http_guard import Guard
from apps.common.models import Finding
from apps.crawls import services, tasks  # noqa: F401 - registers the handler
from apps.crawls.fetching import CrawlFetcher
from apps.crawls.models import CrawlStatus, CrawlUrl
from apps.lockss.fetch import Fault, FetchLimits, FetchRequest, Framing
from apps.lockss.plugin import AuDefinition
from apps.permissions.models import Evidence, Permission
from apps.plugins.services import load_plugin_folder
from apps.repository import services as repository
from lockss_portal.demo.site import PERMISSION
from tests.crawls.conftest import PLUGINS, make_au
from tests.simulators.hostile_server import hostile_server_thread
from tests.simulators.publisher import Reply, Script, Twist, bomb, gzipped, page, redirect

pytestmark = pytest.mark.django_db
VOLUME = "/tidal/volume/1/"
BAD = f"{VOLUME}article/2/full.pdf"
GOOD = tuple(f"{VOLUME}article/{number}/full.pdf" for number in (1, 3))
LIMIT = 64 * 1024
PDF = (("Content-Type", "application/pdf"),)


def body_of(path: str) -> bytes:
    return b"%PDF-1.4 " + path.encode() * 100


def site() -> Script:
    script = Script()
    script.on(f"{VOLUME}lockss", page(f"<p>{PERMISSION}</p><a href='contents'>Contents</a>"))
    links = "".join(f"<a href='{path}'>PDF</a>" for path in (GOOD[0], BAD, GOOD[1]))
    script.on(f"{VOLUME}contents", page(links))
    for path in (*GOOD, BAD):
        script.on(path, Reply(body=body_of(path), headers=PDF))
    return script


@pytest.fixture
def server():
    with hostile_server_thread(site()) as running:
        yield running


@pytest.fixture
def hostile(settings, tmp_path, server, db, monkeypatch):
    """A node with little patience, and the AU of the hostile publisher."""
    settings.NODE = replace(
        settings.NODE,
        content_dir=tmp_path / "content",
        spool_dir=tmp_path / "spool",
        allowed_private_hosts=(server.endpoint,),
        crawl_fetch_floor_ms=0,
        crawl_retry_pause=0.01,
        crawl_max_attempts=2,
        crawl_connect_timeout=2.0,
        crawl_read_timeout=1.0,
        crawl_total_timeout=4.0,
        crawl_max_body_bytes=LIMIT,
        crawl_max_header_bytes=8 * 1024,
        permission_policy="machine",
    )
    monkeypatch.setattr(jobs.current_app, "send_task", lambda *args, **options: None)
    load_plugin_folder(path=PLUGINS, user=None)
    return make_au(server.url("/"))


def run(au):
    crawl, job = services.start_crawl(au=au)
    assert jobs.run(job.pk) == "done"
    crawl.refresh_from_db()
    return crawl


def urls(au, server) -> set[str]:
    base = server.url("")
    return {artifact.url.removeprefix(base) for artifact in repository.newest(auid=au.auid)}


ALL = {f"{VOLUME}lockss", f"{VOLUME}contents", *GOOD}
ANSWER = body_of(BAD)
# What is sent for one article: (state of its row, reason, in its message, how often asked, the crawl's end).
CASES = {
    "500 for ever": (Reply(500, b"oops"), "failed", "retries-used-up", "500", 2, "fetch-error"),
    "503 with a body that never ends": (
        Reply(503, b"", framing=Framing.CHUNKED, twist=Twist.ENDLESS),
        *("failed", "retries-used-up", "", 2, "fetch-error"),
    ),
    "404": (Reply(404, b"no"), "dead", "dead-link", "404", 1, "complete"),
    "says nothing": (
        Reply(twist=Twist.SILENT),
        "failed",
        "retries-used-up",
        "idle-timeout",
        2,
        "fetch-error",
    ),
    "stops half-way": (
        Reply(body=ANSWER, headers=PDF, twist=Twist.SILENT_IN_BODY),
        *("failed", "retries-used-up", "idle-timeout", 2, "fetch-error"),
    ),
    "a byte now and then": (
        Reply(body=ANSWER, headers=PDF, twist=Twist.DRIP),
        *("failed", "retries-used-up", "total-timeout", 2, "fetch-error"),
    ),
    "an endless body": (
        Reply(headers=PDF, framing=Framing.CHUNKED, twist=Twist.ENDLESS),
        *("failed", "fetch-failed", "body-too-large", 1, "fetch-error"),
    ),
    "an endless body without a length": (
        Reply(headers=PDF, framing=Framing.CLOSE, twist=Twist.ENDLESS),
        *("failed", "fetch-failed", "body-too-large", 1, "fetch-error"),
    ),
    "a gzip bomb": (bomb(16 << 20), "failed", "fetch-failed", "decoded-too-large", 1, "fetch-error"),
    "a cut gzip": (gzipped(ANSWER, cut=9), "failed", "retries-used-up", "cut short", 2, "fetch-error"),
    "a gzip with a wrong checksum": (
        gzipped(ANSWER, bad_trailer=True),
        *("failed", "retries-used-up", "corrupt", 2, "fetch-error"),
    ),
    "cut in a chunk": (
        Reply(body=ANSWER, headers=PDF, framing=Framing.CHUNKED, twist=Twist.CUT_CHUNK),
        *("failed", "retries-used-up", "cut-chunk", 2, "fetch-error"),
    ),
    "no last chunk": (
        Reply(body=ANSWER, headers=PDF, framing=Framing.CHUNKED, twist=Twist.NO_LAST_CHUNK),
        *("failed", "retries-used-up", "cut-chunk", 2, "fetch-error"),
    ),
    "a chunk size that is none": (
        Reply(body=ANSWER, headers=PDF, framing=Framing.CHUNKED, twist=Twist.BAD_CHUNK_SIZE),
        *("failed", "retries-used-up", "cut-chunk", 2, "fetch-error"),
    ),
    "shorter than it says": (
        Reply(body=ANSWER, headers=PDF, twist=Twist.SHORT_LENGTH),
        *("failed", "retries-used-up", "wrong-length", 2, "fetch-error"),
    ),
    "reset in the body": (
        Reply(body=ANSWER, headers=PDF, twist=Twist.RESET),
        *("failed", "retries-used-up", "wrong-length", 2, "fetch-error"),
    ),
    "closed at once": (
        Reply(twist=Twist.CLOSED_AT_ONCE),
        *("failed", "retries-used-up", "reset", 2, "fetch-error"),
    ),
    "thousands of headers": (
        Reply(body=ANSWER, twist=Twist.HEADER_FLOOD),
        *("failed", "fetch-failed", "head-too-large", 1, "fetch-error"),
    ),
    "a header without end": (
        Reply(body=ANSWER, twist=Twist.LONG_HEADER),
        *("failed", "fetch-failed", "head-too-large", 1, "fetch-error"),
    ),
    "half a head": (
        Reply(body=ANSWER, twist=Twist.HALF_HEAD),
        *("failed", "retries-used-up", "", 2, "fetch-error"),
    ),
    "no HTTP at all": (
        Reply(twist=Twist.GARBAGE),
        *("failed", "retries-used-up", "malformed-head", 2, "fetch-error"),
    ),
    "a redirect to itself": (redirect(BAD), "failed", "redirect-loop", BAD, 1, "fetch-error"),
    "a redirect outside the rules": (
        redirect("/login?next=article"),
        *("excluded", "redirect-outside-crawl-rules", "/login", 1, "complete"),
    ),
    "a redirect to another host": (
        redirect("http://other.example/tidal/volume/1/x.pdf"),
        *("excluded", "redirect-outside-crawl-rules", "other.example", 1, "complete"),
    ),
    "a redirect to nowhere": (
        Reply(302, b"moved"),
        *("failed", "redirect-without-target", "", 1, "fetch-error"),
    ),
    "a redirect to what is no URL": (
        redirect("http://[::1"),
        *("failed", "redirect-without-target", "", 1, "fetch-error"),
    ),
    "204": (Reply(204), "dead", "dead-link", "204", 1, "complete"),
    "206 unasked": (Reply(206, ANSWER, PDF), "failed", "fetch-failed", "206", 1, "fetch-error"),
    "304 unasked": (Reply(304), "failed", "unchanged-without-a-copy", "304", 1, "fetch-error"),
}


@pytest.mark.parametrize(
    ("reply", "state", "reason", "message", "asked", "outcome"), CASES.values(), ids=CASES
)
def test_one_bad_answer(hostile, server, reply, state, reason, message, asked, outcome, node_files):
    server.script.on(BAD, reply)
    crawl = run(hostile)
    row = CrawlUrl.objects.get(crawl=crawl, url__endswith=BAD)
    assert (row.state, row.outcome) == (state, reason)
    assert message in row.message
    assert server.script.paths.count(BAD) == asked
    # Nothing of it is kept, whatever had come; the rest is collected.
    assert urls(hostile, server) == ALL
    assert (crawl.outcome, crawl.state) == (outcome, "done")
    assert repository.check_au(auid=hostile.auid).outcome == "good"
    assert node_files() == []
    codes = set(Finding.objects.values_list("code", flat=True))
    if outcome == "complete":
        assert (crawl.reason, codes) == ("", set())
    else:
        assert "could not be had from the publisher" in crawl.reason
        assert codes == {"crawl-fetch-error"}


@pytest.fixture
def node_files(settings):
    """What a crawl left in its spool."""
    return lambda: [path for path in settings.NODE.spool_dir.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    "reply",
    [case[0] for name, case in CASES.items() if name != "304 unasked"],
    ids=[name for name in CASES if name != "304 unasked"],
)
def test_a_good_copy_is_never_replaced(hostile, server, reply):
    run(hostile)
    before = repository.find(auid=hostile.auid, url=server.url(BAD))
    server.script.on(BAD, reply)
    crawl = run(hostile)
    after = repository.history(auid=hostile.auid, url=server.url(BAD))
    assert [each.version for each in after] == [1]
    assert after[0].sha256 == before.sha256
    with repository.open_body(after[0]) as body:
        assert body.read() == ANSWER
    # What is held counts as content, also where the publisher no longer gives it.
    assert crawl.content == len(ALL) + 1


def test_a_broken_chunk_behind_the_head_is_not_waited_for(hostile, server):
    """Sent apart, so that the head is read before the chunk breaks: the fault comes at once, not with the last timeout."""
    parts = [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"zz\r\n" + b"x" * 3_000]
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve():
            connection, _ = listening.accept()
            with connection:
                connection.recv(10_000)
                for part in parts:
                    connection.sendall(part)
                    time.sleep(0.2)

        thread = threading.Thread(target=serve)
        thread.start()
        endpoint = f"127.0.0.1:{listening.getsockname()[1]}"
        guarded = GuardedFetcher(FetcherPolicy(guard=Guard.of((endpoint,))))
        with CrawlFetcher(guarded) as fetch:
            limits = FetchLimits(connect=5, idle=3_600, total=3_600)
            fetched = fetch(FetchRequest(f"http://{endpoint}/x", limits=limits))
            fetched.body.close()
        thread.join()
    assert fetched.result.fault == Fault.CUT_CHUNK


def test_an_endless_body_is_read_to_the_limit_and_no_further(hostile, server):
    server.script.on(BAD, Reply(headers=PDF, framing=Framing.CHUNKED, twist=Twist.ENDLESS))
    crawl = run(hostile)
    row = CrawlUrl.objects.get(crawl=crawl, url__endswith=BAD)
    assert row.message == f"body-too-large: after {LIMIT} bytes"


def test_a_chain_of_redirects_without_end(hostile, server):
    def onwards(asked):
        number = int(asked.path.rpartition("-")[2]) if "-" in asked.path else 0
        return redirect(f"{VOLUME}article/2/hop-{number + 1}")

    server.script.other = onwards
    server.script.on(BAD, onwards)
    crawl = run(hostile)
    row = CrawlUrl.objects.get(crawl=crawl, url__endswith=BAD)
    assert (row.state, row.outcome) == ("failed", "redirect-too-long")
    assert sum("hop-" in path for path in server.script.paths) == 10
    assert (crawl.outcome, urls(hostile, server)) == ("fetch-error", ALL)


def test_a_page_that_never_stops_making_links(hostile, server, settings):
    def trap(asked):
        depth = asked.path.count("/next")
        return page(
            f"<a href='{asked.path}/next{depth}'>next</a><a href='{asked.path}/next/next/next'>more</a>"
        )

    server.script.on(f"{VOLUME}contents", page(f"<a href='{VOLUME}trap'>in</a>"))
    server.script.other = trap
    settings.NODE = replace(settings.NODE, crawl_max_urls=12)
    crawl = run(hostile)
    assert crawl.outcome == "limit-reached"
    assert crawl.cut > 0
    assert CrawlUrl.objects.filter(crawl=crawl).exclude(state="cut").count() <= 12


def test_links_that_are_none(hostile, server, settings):
    settings.NODE = replace(settings.NODE, crawl_max_body_bytes=1 << 20)
    odd = [
        "http://[",
        "javascript:x",
        "mailto:a@b",
        "\0",
        "//",
        "?",
        "#",
        "data:,x",
        "http://user@:99999/",
        " ",
    ]
    odd += [
        "tidal/" + "a" * 70_000,
        "http://pub.example:abc/",
        "%zz",
        "\ud800".encode("utf-8", "replace").decode(),
    ]
    links = "".join(f'<a href="{link}">x</a>' for link in odd) + f"<a href='{GOOD[0]}'>PDF</a>"
    server.script.on(f"{VOLUME}contents", page(links))
    crawl = run(hostile)
    assert GOOD[0] in urls(hostile, server)
    assert crawl.state == "done"


# The row's own words


def test_a_failure_is_not_told_of_the_next_row(hostile, server, settings):
    """Rows that are not asked must not bear the words and the status of the one before."""
    run(hostile)
    server.script.on(f"{VOLUME}contents", Reply(500, b"oops"))
    settings.NODE = replace(settings.NODE, crawl_max_attempts=1)
    from apps.crawls.au_site import CrawlAu

    crawl, job = services.start_crawl(au=hostile)
    real = CrawlAu.__init__

    def shallow(self, *args):
        real(self, *args)
        self.policy = replace(self.policy, refetch_depth=2)

    CrawlAu.__init__ = shallow
    try:
        jobs.run(job.pk)
    finally:
        CrawlAu.__init__ = real
    rows = {row.url.removeprefix(server.url("")): row for row in CrawlUrl.objects.filter(crawl=crawl)}
    assert (rows[f"{VOLUME}contents"].state, rows[f"{VOLUME}contents"].status) == ("failed", 500)
    held = [rows[path] for path in (*GOOD, BAD)]
    assert {(row.state, row.status, row.message) for row in held} == {("held", None, "")}


# Permission


PAGES = {
    "500": (Reply(500, b"x"), "fetch-failed"),
    "404": (Reply(404, b"x"), "page-gone"),
    "nothing": (Reply(twist=Twist.SILENT), "no-answer"),
    "endless": (Reply(framing=Framing.CHUNKED, twist=Twist.ENDLESS), "fetch-failed"),
    "a bomb": (bomb(16 << 20), "fetch-failed"),
    "garbage": (Reply(twist=Twist.GARBAGE), "fetch-failed"),
    "half a page": (
        Reply(body=f"<p>{PERMISSION}</p>".encode() * 3, twist=Twist.SHORT_LENGTH),
        "fetch-failed",
    ),
    "no statement": (page("<p>All rights reserved.</p>"), "no-statement"),
    "nearly a statement": (page(f"<p>{PERMISSION[:-1]}</p>"), "no-statement"),
    "binary": (Reply(body=bytes(range(256)) * 20), "no-statement"),
    "elsewhere": (redirect("http://other.example/lockss"), ""),
    "login": (redirect("/login"), "sign-in"),
}


@pytest.mark.parametrize(("reply", "reason"), PAGES.values(), ids=PAGES)
def test_without_permission_nothing_is_collected_and_nothing_is_lost(hostile, server, reply, reason):
    run(hostile)
    before = {a.url: a.sha256 for a in repository.newest(auid=hostile.auid)}
    server.script.on(f"{VOLUME}lockss", reply)
    server.script.asked.clear()
    crawl = run(hostile)
    assert crawl.outcome in ("no-permission", "fetch-error")
    assert crawl.reason != ""
    assert set(server.script.paths) <= {f"{VOLUME}lockss", "/login"}
    assert {a.url: a.sha256 for a in repository.newest(auid=hostile.auid)} == before
    permission = Permission.objects.get(au=hostile)
    assert permission.verdict == "refused"
    assert permission.reason == reason or not reason
    assert "nothing already preserved is lost" in permission.message
    assert Evidence.objects.filter(au=hostile, granted=False).exists()
    assert CrawlStatus.objects.get(au=hostile).failures_in_row == 1
    # The next crawl asks again and is well.
    server.script.on(f"{VOLUME}lockss", site().replies[f"{VOLUME}lockss"])
    assert run(hostile).outcome == "complete"
    assert Permission.objects.get(au=hostile).verdict == "granted"
    assert not Finding.objects.filter(resolved_at=None).exists()


def test_a_start_page_that_fails_after_it_granted(hostile, server):
    """It is the permission page too, so its stored copy leads on."""
    granted = site().replies[f"{VOLUME}lockss"]
    server.script.on(f"{VOLUME}lockss", [granted, Reply(500, b"x")])
    crawl = run(hostile)
    assert (crawl.outcome, crawl.failed) == ("fetch-error", 1)
    assert urls(hostile, server) == ALL | {BAD}


def test_a_login_page_that_the_definition_knows_ends_the_crawl(hostile, server, monkeypatch):
    """Permission is lost for all that is behind it: nothing more is asked, what is held stays."""
    run(hostile)
    before = {a.url: a.sha256 for a in repository.newest(auid=hostile.auid)}
    monkeypatch.setattr(AuDefinition, "is_login", lambda self, url: "/login" in url)
    server.script.on(f"{VOLUME}contents", redirect("/login?next=contents"))
    server.script.asked.clear()
    crawl = run(hostile)
    assert (crawl.outcome, crawl.failed) == ("no-permission", 1)
    assert "/login" in crawl.reason
    row = CrawlUrl.objects.get(crawl=crawl, url__endswith="contents")
    assert (row.state, row.outcome) == ("failed", "login-redirect")
    assert set(server.script.paths) == {f"{VOLUME}lockss", f"{VOLUME}contents"}
    assert {a.url: a.sha256 for a in repository.newest(auid=hostile.auid)} == before


def test_a_permission_page_behind_a_login(hostile, server, monkeypatch):
    monkeypatch.setattr(AuDefinition, "is_login", lambda self, url: "/login" in url)
    server.script.on(f"{VOLUME}lockss", redirect("/login"))
    crawl = run(hostile)
    assert crawl.outcome == "no-permission"
    assert server.script.paths == [f"{VOLUME}lockss"]
    assert Permission.objects.get().verdict == "refused"
    assert repository.summary(auid=hostile.auid).urls == 0
