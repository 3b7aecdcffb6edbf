"""Orders, pages and versions as others read them."""

import itertools

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.lockss.lcap.order import order_key
from apps.repository import queries, services
from apps.repository.choices import ArtifactState, Order
from apps.repository.models import Artifact
from tests.repository.factories import AUID, OTHER, capture, noise, use_store

# lcap-v3 §5.5 lists this order.
PROTOCOL = [
    "http://a",
    "http://a/b",
    "http://a/b/",
    "http://a/b/c",
    "http://a/b-c",
    "http://a/b.html",
    "http://a/b?x",
    "http://a/\U0001f600",
    "http://a/\uff01",
    "http://a:80/",
    "http://b/",
]
ODD = st.text(
    st.one_of(
        st.sampled_from("/.-0\x01\x02.\ue000\uffff\U00010000\U0010ffff\ud7ff\U0010fffe%'\\"),
        st.characters(exclude_characters="\0", exclude_categories=["Cs"]),
    ),
    max_size=8,
)


def urls(found) -> list[str]:
    return [artifact.url for artifact in found]


@pytest.fixture
def ordered(content):
    services.add_captures(auid=AUID, captures=[capture(url, url.encode()) for url in reversed(PROTOCOL)])
    services.add_captures(auid=OTHER, captures=[capture("http://other/")])


def test_the_protocols_order(ordered):
    assert urls(services.newest(auid=AUID)) == PROTOCOL
    assert [v.url for v in services.versions(auid=AUID)] == PROTOCOL


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(names=st.lists(ODD, min_size=2, max_size=12))
def test_the_databases_order_is_the_cores(names, db):
    with connection.cursor() as cursor:
        cursor.execute(
            'SELECT u FROM unnest(%s::text[]) u ORDER BY repository_url_order(u) COLLATE "C"', [names]
        )
        assert [row[0] for row in cursor.fetchall()] == sorted(names, key=order_key)


@pytest.mark.parametrize(
    ("order", "key"), [(Order.PROTOCOL, order_key), (Order.NAME, lambda url: url.encode())]
)
def test_going_on_behind_any_url(ordered, order, key):
    whole = sorted(PROTOCOL, key=key)
    for number, url in enumerate(whole):
        assert urls(services.newest(auid=AUID, order=order, after=url)) == whole[number + 1 :]
    assert urls(services.newest(auid=AUID, order=order, after="http://a/b-")) == [
        url for url in whole if key(url) > key("http://a/b-")
    ]


def test_versions_go_on_behind_a_url(ordered):
    assert [v.url for v in services.versions(auid=AUID, after="http://a/b/c")] == PROTOCOL[4:]


def test_file_order_is_the_order_of_writing(ordered):
    found = list(services.newest(auid=AUID, order=Order.FILE))
    assert urls(found) == PROTOCOL[::-1]
    offsets = [a.place.offset for a in found]
    assert offsets == sorted(offsets)


def test_pages_go_by_name_to_the_end(ordered):
    seen, after = [], ""
    while page := services.page(auid=AUID, after=after, limit=3):
        seen += urls(page)
        after = page[-1].url
    assert seen == sorted(PROTOCOL, key=lambda url: url.encode())


@pytest.mark.parametrize(
    ("given_", "wanted"),
    [
        ({"starts": "http://a/b"}, ["http://a/b", "http://a/b-c", "http://a/b.html", "http://a/b/", "http://a/b/c", "http://a/b?x"]),
        ({"starts": "http://a/b", "after": "http://a/b.html"}, ["http://a/b/", "http://a/b/c", "http://a/b?x"]),
        ({"starts": "http://a/b", "after": "http://0"}, ["http://a/b", "http://a/b-c", "http://a/b.html", "http://a/b/", "http://a/b/c", "http://a/b?x"]),
        ({"contains": "html"}, ["http://a/b.html"]),
        ({"contains": "%"}, []),
        ({"starts": "%"}, []),
        ({"starts": "http://a/\U0001f600"}, ["http://a/\U0001f600"]),
        ({"state": ArtifactState.DAMAGED}, ["http://b/"]),
        ({"after": "\0"}, []),
        ({"contains": "\ud800"}, []),
    ],
)  # fmt: skip
def test_pages_can_be_narrowed(ordered, given_, wanted):
    Artifact.objects.filter(url="http://b/").update(state=ArtifactState.DAMAGED)
    assert urls(services.page(auid=AUID, **given_)) == wanted


def test_long_urls_page_in_order_too(content):
    long = [f"http://a/{'x' * 300}{number:03}" for number in range(20)]
    services.add_captures(auid=AUID, captures=[capture(url, b"x") for url in long])
    seen, after = [], ""
    while page := services.page(auid=AUID, after=after, limit=7):
        seen += urls(page)
        after = page[-1].url
    assert seen == long


@pytest.mark.parametrize("ask", [
    lambda: services.find(auid="nobody", url="http://a"),
    lambda: services.find(auid=AUID, url="http://nowhere"),
    lambda: services.find(auid=AUID, url="\ud800"),
    lambda: services.find(auid="a\0b", url="http://a"),
    lambda: services.find(auid=AUID, url="http://a", version=9),
    lambda: services.find_best(auid=AUID, url="\0"),
])  # fmt: skip
def test_what_is_not_there_is_none(ordered, ask):
    assert ask() is None


@pytest.mark.parametrize("ask", [
    lambda: services.history(auid="nobody", url="http://a"),
    lambda: services.history(auid=AUID, url="\0"),
    lambda: services.holders(url="\0"),
    lambda: services.page(auid="nobody"),
    lambda: list(services.newest(auid="nobody")),
    lambda: list(services.versions(auid="nobody")),
    lambda: list(services.versions_in_file_order(auid="nobody")),
])  # fmt: skip
def test_nothing_of_nobody_is_empty(ordered, ask):
    assert ask() == []


@pytest.fixture
def aged(content):
    """/a: seven versions of which 7 and 5 are suspect; /b: all suspect; /c: one."""
    for number in range(7):
        services.add_captures(auid=AUID, captures=[capture("http://x/a", b"%d" % number)])
    for number in range(2):
        services.add_captures(auid=AUID, captures=[capture("http://x/b", b"%d" % number)])
    services.add_captures(auid=AUID, captures=[capture("http://x/c", b"c")])
    Artifact.objects.filter(url="http://x/a", version=7).update(state=ArtifactState.DAMAGED)
    Artifact.objects.filter(url="http://x/a", version=5).update(state=ArtifactState.MISSING)
    Artifact.objects.filter(url="http://x/b").update(state=ArtifactState.DAMAGED)


def test_votes_get_the_newest_versions_that_are_not_suspect(aged):
    found = {v.url[-1]: [a.version for a in v.versions] for v in services.versions(auid=AUID)}
    assert found == {"a": [6, 4, 3, 2, 1], "b": [], "c": [1]}
    found = {v.url[-1]: [a.version for a in v.versions] for v in services.versions(auid=AUID, limit=2)}
    assert found == {"a": [6, 4], "b": [], "c": [1]}


@pytest.mark.parametrize("limit", [1, 2, 5, 9])
def test_the_same_versions_in_file_order(aged, limit):
    ranked = list(services.versions_in_file_order(auid=AUID, limit=limit))
    offsets = [artifact.place.offset for _, artifact in ranked]
    assert offsets == sorted(offsets)
    by_url = {}
    for rank, artifact in sorted(ranked, key=lambda pair: pair[0]):
        by_url.setdefault(artifact.url, []).append((rank, artifact.version))
    for told in services.versions(auid=AUID, limit=limit):
        expected = [(rank, a.version) for rank, a in enumerate(told.versions)] or [(-1, 2)]
        assert by_url.pop(told.url) == expected
    assert by_url == {}


def test_unreadable_versions_are_voted_on(aged):
    Artifact.objects.filter(url="http://x/c").update(state=ArtifactState.UNREADABLE)
    assert [len(v.versions) for v in services.versions(auid=AUID)] == [5, 0, 1]


def test_readers_get_the_newest_that_is_not_suspect(aged):
    assert services.find(auid=AUID, url="http://x/a").version == 7
    assert services.find_best(auid=AUID, url="http://x/a").version == 6
    assert services.find_best(auid=AUID, url="http://x/b") is None


@pytest.mark.django_db(transaction=True)
def test_who_reads_a_stream_may_write_meanwhile_and_stop_early(
    transactional_db, settings, tmp_path, monkeypatch
):
    use_store(settings, tmp_path / "content")
    monkeypatch.setattr(queries, "FETCH", 2)
    services.add_captures(auid=AUID, captures=[capture(f"http://x/{n}", b"%d" % n) for n in range(9)])
    for artifact in itertools.islice(services.newest(auid=AUID), 5):
        services.add_captures(auid=OTHER, captures=[capture(artifact.url)])
    assert services.summary(auid=OTHER).urls == 5
    assert len(list(services.newest(auid=AUID))) == 9


def test_a_page_reads_the_index_of_names(ordered):
    key = services.ensure_au_key(auid=AUID).pk
    order = 'ORDER BY left(a.url, 200) COLLATE "C", a.url COLLATE "C" LIMIT 50'
    where = f"a.au_key_id = %s AND a.is_current AND {queries._AFTER_NAME}"
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute(
            f"EXPLAIN SELECT url FROM repository_artifact a WHERE {where} {order}",
            [key, "http://a/b", "http://a/b"],
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "Incremental Sort" in plan
    assert "Index Scan" in plan
    condition = next(line for line in plan.splitlines() if "Index Cond" in line)
    assert '"left"(url, 200)' in condition


def test_a_deflated_body_can_be_passed_on(content):
    services.add_captures(
        auid=AUID,
        captures=[
            capture("http://x/text", b"<p>hello</p>" * 500),
            capture("http://x/image", noise(5_000)),
            capture("http://x/coded", b"z" * 500, head=b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"),
        ],
    )
    part = services.gzip_slice(services.find(auid=AUID, url="http://x/text"))
    assert part.length < 200
    assert services.gzip_slice(services.find(auid=AUID, url="http://x/image")) is None
    assert services.gzip_slice(services.find(auid=AUID, url="http://x/coded")) is None
