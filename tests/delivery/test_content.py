"""The content host as an ASGI application: what it gives, to whom, and with which fences."""

import datetime as dt
import gzip
from concurrent.futures import wait
from dataclasses import replace
from threading import Barrier

import pytest
from asgiref.sync import sync_to_async
from django.core import signing
from django.db import connection, connections
from hypothesis import given
from hypothesis import strategies as st

from apps.aus.models import Au
from apps.common.clock import now
from apps.delivery import addresses, content
from apps.delivery.content import app
from apps.delivery.headers import byte_range
from apps.repository import services as repository
from apps.repository.captures import Capture
from apps.repository.choices import Origin

pytestmark = pytest.mark.django_db(transaction=True)
AUID = "org|x|P&base_url~http%3A%2F%2Fh%2F"
PAGE = b"<html><script>document.title='ran'</script><p>kept</p></html>"


@pytest.fixture
def au(settings, tmp_path):
    settings.NODE = replace(
        settings.NODE,
        content_dir=tmp_path / "content",
        content_url="http://localhost:8082",
        public_url="http://127.0.0.1:8081",
    )
    row = Au.objects.create(
        key=repository.ensure_au_key(auid=AUID),
        auid=AUID,
        slug="a" * 20,
        plugin_id="org.x.P",
        name="n",
        name_key="n",
        selected_at=now(),
    )
    keep("http://h/p?q=1&r=%2F", PAGE, "text/html; charset=utf-8")
    keep("http://h/f.bin", bytes(range(256)), "application/x-thing")
    keep("http://h/z.css", gzip.compress(b"a{}", mtime=0), "text/css", b"Content-Encoding: gzip\r\n")
    return row


def keep(url, body, content_type, more=b""):
    head = b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nSet-Cookie: a=b\r\n%s\r\n" % (content_type.encode(), more)
    capture = Capture(
        url=url,
        collected_at=dt.datetime(2026, 1, 2, tzinfo=dt.UTC),
        origin=Origin.CRAWL,
        body=body,
        head=head,
    )
    (added,) = repository.add_captures(auid=AUID, captures=[capture])
    assert added.fault is None


class Answer:
    def __init__(self):
        self.status, self.headers, self.body = 0, {}, b""


async def ask(address, *, method="GET", host="localhost:8082", **headers):
    path, _, query = address.removeprefix("http://localhost:8082").partition("?")
    answer = Answer()

    async def send(message):
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = {n.decode().lower(): v.decode() for n, v in message["headers"]}
        else:
            answer.body += message.get("body", b"")

    given_headers = [
        (b"host", host.encode()),
        *((k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()),
    ]
    scope = {
        "type": "http",
        "method": method,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": given_headers,
    }
    await app(scope, None, send)
    return answer


@pytest.fixture(autouse=True)
async def no_connection_left():
    """The application's threads keep their connections, which would hold the test database."""
    yield
    barrier = Barrier(content.THREADS)
    wait(
        [
            content._threads.submit(lambda: (barrier.wait(10), connection.close()))
            for _ in range(content.THREADS)
        ]
    )
    await sync_to_async(connections.close_all)()


async def test_a_page_as_it_was_collected(au):
    got = await ask(addresses.delivery_url(au, "http://h/p?q=1&r=%2F"))
    assert (got.status, got.body) == (200, PAGE)
    assert got.headers["content-type"] == "text/html; charset=utf-8"
    policy = got.headers["content-security-policy"]
    assert policy.startswith("sandbox;")
    assert "allow-scripts" not in policy
    assert "script-src 'none'" in policy
    assert "frame-ancestors http://127.0.0.1:8081" in policy
    assert "set-cookie" not in got.headers
    assert got.headers["x-content-type-options"] == "nosniff"
    assert got.headers["referrer-policy"] == "no-referrer"


async def test_its_coding_stays(au):
    got = await ask(addresses.delivery_url(au, "http://h/z.css"))
    assert gzip.decompress(got.body) == b"a{}"
    assert got.headers["content-encoding"] == "gzip"


async def test_unknown_types_are_files(au):
    got = await ask(addresses.delivery_url(au, "http://h/f.bin"))
    assert got.headers["content-disposition"] == "attachment"


@pytest.mark.parametrize(
    ("span", "body"),
    [("bytes=0-3", bytes(range(4))), ("bytes=250-", bytes(range(250, 256))), ("bytes=-2", b"\xfe\xff")],
)
async def test_ranges(au, span, body):
    got = await ask(addresses.delivery_url(au, "http://h/f.bin"), range=span)
    assert (got.status, got.body) == (206, body)


async def test_a_range_that_is_none(au):
    assert (await ask(addresses.delivery_url(au, "http://h/f.bin"), range="bytes=900-")).status == 416


async def test_unchanged(au):
    address = addresses.delivery_url(au, "http://h/f.bin")
    tag = (await ask(address)).headers["etag"]
    got = await ask(address, if_none_match=tag)
    assert (got.status, got.body) == (304, b"")


async def test_head_has_no_body(au):
    got = await ask(addresses.delivery_url(au, "http://h/f.bin"), method="HEAD")
    assert (got.status, got.body, got.headers["content-length"]) == (200, b"", "256")


async def test_a_damaged_copy_says_so(au, settings):
    (file,) = settings.NODE.content_dir.rglob("*.warc.gz")
    artifact = await sync_to_async(repository.find)(auid=AUID, url="http://h/f.bin")
    data = bytearray(file.read_bytes())
    data[artifact.place.offset + artifact.place.body_offset + 20] ^= 1
    file.write_bytes(data)
    got = await ask(addresses.delivery_url(au, "http://h/f.bin"))
    assert got.status == 503
    assert b"damaged" in got.body


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (lambda a: a.replace("/t/", "/x/"), 403),
        (lambda a: a.replace("/t/", "/t/A"), 403),
        (lambda a: a.replace("a" * 20, "b" * 20), 403),
        (lambda a: a + "x", 404),
        (lambda a: a.replace("/-/", "/7/"), 404),
        (lambda a: a.replace("/-/", "/x/"), 403),
    ],
)
async def test_what_is_not_given(au, change, status):
    assert (await ask(change(addresses.delivery_url(au, "http://h/f.bin")))).status == status


async def test_an_address_lapses(au, time_machine):
    address = addresses.delivery_url(au, "http://h/f.bin")
    time_machine.move_to(now())
    time_machine.shift(dt.timedelta(seconds=addresses.VALID_S + 60))
    assert (await ask(address)).status == 403


async def test_only_reading_and_only_here(au):
    address = addresses.delivery_url(au, "http://h/f.bin")
    assert (await ask(address, method="POST")).status == 405
    assert (await ask(address, host="127.0.0.1:8081")).status == 421
    assert (await ask(address, service_worker="script")).status == 403
    assert (await ask("/robots.txt")).body == b"User-agent: *\nDisallow: /\n"


@given(
    st.text(
        alphabet=st.characters(blacklist_categories=("Cs",), blacklist_characters="\0"),
        min_size=1,
        max_size=60,
    )
)
def test_any_name_comes_back(name):
    url = f"http://h/{name}"
    address = addresses.delivery_url(Au(slug="c" * 20), url)
    path, _, query = address.partition("/t/")[2].partition("?")
    asked = addresses.parse("/t/" + path)
    assert query == ""
    assert (asked.slug, asked.url) == ("c" * 20, url)


@pytest.mark.parametrize(
    "text", ["", "bytes", "bytes=", "bytes=a-b", "lines=1-2", "bytes=5-2", "bytes=1-2,3-4"]
)
def test_no_range(text):
    assert byte_range(text, 100) is None


def test_a_token_of_another_salt_is_no_right():
    token = signing.dumps("c" * 20, salt="other")
    assert addresses.parse(f"/t/{token}/{'c' * 20}/-/http://h/") is None
