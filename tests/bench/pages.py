"""Pages of a large node: 434,000 AUs of its own, 300 peers that voted; asked for through the whole of Django, signed in.

A list page is measured against an empty view behind the same middleware; Home and the page of an AU against looking
up one AU by its AUID, and their queries are counted. The status tables are read as they stream.
"""

import datetime as dt
import statistics
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection
from django.test import Client

from tests.bench.report import Line

HOST = "http://pub7.bench.example/"
_STEMS = """
INSERT INTO delivery_austem (au_id, stem, name_key)
SELECT key_id, CASE WHEN key_id % 10 = 7 THEN 'http://pub7.bench.example' ELSE 'http://pub' || key_id % 10 || '.bench.example' END, name_key
FROM aus_au
"""
PEERS, AGREED, POLLS = 300, 60_000, 40
MOST_QUERIES, MOST_LOOK_UPS = 30, 20
LONGEST_REST_S = 120
_OWN = """
INSERT INTO repository_aukey (auid, created_at) SELECT auid, now() FROM titles_listedau ON CONFLICT DO NOTHING;
INSERT INTO aus_au (key_id, auid, slug, listed_id, title_id, publisher_id, plugin_id, params, other_params, name,
    name_key, state, selected_at, created_at, updated_at)
SELECT k.id, l.auid, l.slug, l.id, l.title_id, l.publisher_id, l.plugin_id, l.params, '{}', l.name, l.name_key,
    'selected', now(), now(), now()
FROM titles_listedau l JOIN repository_aukey k USING (auid) WHERE NOT EXISTS (SELECT FROM aus_au a WHERE a.auid = l.auid);
INSERT INTO nodes_austatus (au_id, word, reason, care, block, block_reason, busy, agreeing, replicas, known, copies, agreement,
    urls, size, last_crawl_at, last_proof_at, changed_at, refreshed_at)
SELECT key_id, CASE WHEN key_id %% 40 = 0 THEN 'damaged' WHEN key_id %% 9 = 0 THEN 'collected' ELSE 'proved' END, 'Copies agree.',
    CASE WHEN key_id %% 40 = 0 THEN 90 WHEN key_id %% 41 = 0 THEN 60 ELSE 0 END, '', '', false, 4 + key_id %% 5, 4 + key_id %% 5, 9, '[]', 1, 4000, 80000000,
    now() - interval '9 days', now() - interval '3 days', now() - key_id * interval '1 minute', now() FROM aus_au;
INSERT INTO crawls_crawlstatus (au_id, last_start_at, last_end_at, last_outcome, last_reason, last_success_at,
    failures_in_row, substance)
SELECT key_id, now() - interval '9 days', now() - interval '9 days', 'complete', '', now(), 0, 'yes' FROM aus_au;
INSERT INTO repository_ausummary (au_key_id, urls, versions, size, current_size, disk_size, damaged, missing, unreadable,
    suspect_versions, last_write_at, last_check_at, last_good_check_at)
SELECT key_id, 4000, 4100, 80000000, 79000000, 40000000, 0, 0, 0, 0, now() - interval '9 days', now() - interval '9 days',
    now() - interval '9 days' FROM aus_au;
UPDATE aus_au SET updated_at = now() - interval '20 days';
UPDATE titles_listedau SET changed_at = now() - interval '20 days';
INSERT INTO crawls_crawl (created_at, updated_at, au_id, kind, state, poll_key, urls, outcome, reason, started_at,
    finished_at, fetched, stored, unchanged, excluded, dead, cut, content, first_error, failed, queued, bytes)
SELECT now(), now(), key_id, 'new', 'done', '', '[]', 'complete', '', now(), now(), 9, 9, 0, 0, 0, 0, 9, '', 0, 0, 900
FROM aus_au WHERE key_id %% 10 = 0;
"""
_PEERS = """
INSERT INTO peers_agreement (au_key_id, peer_id, type, last, last_at, highest, highest_at)
SELECT a.key_id, p.id, 'POR', 1, now() - interval '3 days', 1, now() FROM aus_au a JOIN peers_peer p ON p.id %% 50 = a.key_id %% 50
WHERE a.key_id <= %(agreed)s;
INSERT INTO peers_agreement (au_key_id, peer_id, type, last, last_at, highest, highest_at)
SELECT a.key_id, p.id, 'POR', 1, now() - interval '3 days', 1, now() FROM aus_au a, peers_peer p WHERE a.key_id = %(au)s
ON CONFLICT DO NOTHING;
INSERT INTO polls_poll (created_at, updated_at, key, au_id, variant, state, phase, status, vote_deadline_at,
    poll_deadline_at, ended_at, quorum, quorate, agreement, urls, agreed, disagreed, too_close, no_quorum, poller_only,
    hashed_bytes, hash_ms, detail)
SELECT now(), now(), 'k' || a.key_id || '-' || n, a.key_id, 'PoR', '{}', 'done', 6, now(), now(), now() - n * interval '9 days',
    5, true, 1, 4000, 4000, 0, 0, 0, 0, 1000, 10, ''
FROM aus_au a, generate_series(1, %(polls)s) n WHERE a.key_id = %(au)s OR (n = 1 AND a.key_id <= %(agreed)s);
INSERT INTO polls_participant (poll_id, peer_id, position, state, status, nak, voted_at, agreed, disagreed, agreement)
SELECT q.id, p.id, p.id, '{}', 4, '', now(), 4000, 0, 1 FROM polls_poll q JOIN peers_peer p ON p.id %% 12 = q.id %% 12
WHERE q.au_id = %(au)s;
"""


def fill() -> "str":
    """Address of the AU with most behind it."""
    from apps.aus.models import Au
    from apps.nodes.choices import Tally
    from apps.nodes.services.counting import count_all, write
    from apps.peers.models import Peer

    Peer.objects.bulk_create(
        (
            Peer(identity=f"TCP:[10.{n // 200}.{n % 200}.9]:9729", name=f"Library {n}", source="manual")
            for n in range(PEERS)
        ),
        ignore_conflicts=True,
    )
    with connection.cursor() as cursor:
        cursor.execute(_OWN.replace("%%", "%"))
        au = Au.objects.order_by("pk").first()
        cursor.execute(_PEERS, {"agreed": AGREED, "au": au.pk, "polls": POLLS})
        cursor.execute("VACUUM ANALYZE")
    count_all()
    # As on every node that has run for a while.
    write({Tally.SCANNED: 1})
    return f"/aus/{au.slug}/"


def measure(rounds: int) -> Iterator[Line]:
    # What was judged before a process began is judged again; the pages of this one begin long after it.
    from apps.nodes.services import refreshing  # noqa: F401
    from apps.titles.models import ListedAu
    from lockss_portal import garbage
    from tests.bench import catalogue

    if not ListedAu.objects.exists():
        catalogue.fill()
    au = fill()
    client = _signed_in()
    _rest()
    # As the portal's server does when it begins.
    garbage.settle(garbage.PAGES)
    point = catalogue._point(ListedAu, "auid")
    empty = _median(lambda: _get(client, "/bench/empty/"), rounds * 20)
    for name, path in (
        ("list of AUs", "/aus/"),
        ("list of units", "/titles/units/"),
        ("list of titles", "/titles/"),
    ):
        page = _median(lambda path=path: _get(client, path), rounds * 5)
        yield Line(
            f"{name}, 50 rows", "pages/s", 1 / page, 1 / empty, 0.10, "an empty view of the same server"
        )
    for name, path in (("home", "/"), ("page of an AU", au)):
        spent, queries = _database(client, path, rounds * 5)
        print(
            f"    {name}: {queries} queries (at most {MOST_QUERIES}), {spent / point:.1f} look-ups in the database"
        )
        yield Line(
            f"{name}, its queries", "a second", 1 / spent, 1 / point, 1 / MOST_LOOK_UPS, "point look-ups"
        )
    yield from _index(point, rounds * 10)


def _rest() -> None:
    """Until the server has put away what was filled in: a node that was just given 434,000 AUs is not what is measured."""
    until = time.monotonic() + LONGEST_REST_S
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")
        quiet = 0
        while quiet < 3 and time.monotonic() < until:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'autovacuum worker'")
            quiet = 0 if cursor.fetchone()[0] else quiet + 1
            time.sleep(1)


def _index(point: float, rounds: int) -> Iterator[Line]:
    """What stands on the page that says that a URL is not here: units of its host, and all of them."""
    from apps.common.clock import now
    from apps.delivery.models import ServingRule
    from apps.delivery.services import kept, lookup
    from apps.delivery.services.readers import asker_of
    from apps.lockss.delivery import Surface

    ServingRule.objects.create(
        choice="light", serve="yes", while_available="yes", openly="yes", said_at=now()
    )
    with connection.cursor() as cursor:
        cursor.execute(_STEMS)
        cursor.execute("VACUUM ANALYZE delivery_austem")
    kept.forget()
    asker = asker_of(Surface.CONTENT, "192.0.2.9")
    for name, given in (("of a host of 43,000 units", {"url": f"{HOST}a/b.html"}), ("of 434,000 units", {})):
        spent, queries, rows = [], 0, 0
        for _ in range(rounds):
            seconds, queries, rows = _timed(lambda given=given: lookup.candidates(asker, now(), **given))
            spent.append(seconds)
        if rows != 50:
            raise ValueError(f"the index has {rows} rows")
        middle = statistics.median(spent)
        print(f"    index {name}: {queries} queries, {middle / point:.1f} look-ups")
        yield Line(f"index {name}", "a second", 1 / middle, 1 / point, 1 / MOST_LOOK_UPS, "point look-ups")


def _timed(work: Callable[[], object]) -> tuple[float, int, int]:
    """Seconds in the database, queries, rows."""
    each: list[float] = []

    def timed(execute, sql, params, many, context):
        begun = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            each.append(time.perf_counter() - begun)

    with connection.execute_wrapper(timed):
        found = work()
    return sum(each), len(each), len(found)


def _signed_in() -> Client:
    from apps.accounts.models import Role, User

    user = User.objects.filter(username="bench").first() or User.objects.create_user("bench", password=None)
    user.roles = [role.value for role in Role]
    user.save()
    client = Client(headers={"host": urlsplit(settings.NODE.public_url).netloc})
    client.force_login(user)
    return client


def _get(client: Client, path: str) -> int:
    answer = client.get(path, secure=False)
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if answer.status_code != 200:
        raise ValueError(f"{path} answered {answer.status_code}")
    return len(body)


def _database(client: Client, path: str, rounds: int) -> tuple[float, int]:
    """Seconds that one page spends in the database, and its queries there."""
    from apps.aus.models import Au
    from apps.common.clock import now
    from apps.nodes.models import AuStatus

    each: list[float] = []

    def timed(execute, sql, params, many, context):
        begun = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            each.append(time.perf_counter() - begun)

    totals, first = [], Au.objects.order_by("pk").values_list("pk", flat=True)[0]
    for _ in range(rounds):
        each.clear()
        # As the scan leaves them, not as the page before did.
        AuStatus.objects.filter(pk=first).update(refreshed_at=now() - dt.timedelta(minutes=1))
        with connection.execute_wrapper(timed):
            _get(client, path)
        totals.append(sum(each))
    return statistics.median(totals), len(each)


def _median(run: Callable[[], object], rounds: int) -> float:
    found = []
    for _ in range(rounds):
        begun = time.perf_counter()
        run()
        found.append(time.perf_counter() - begun)
    return statistics.median(found)
