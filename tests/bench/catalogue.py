"""A catalogue of 434,000 units, made up row by row in the database, and its lists under every filter, sort and page.

Rows lie as an import leaves them: lists name the units of a title one after the other. Ours is the 95th percentile over all combinations of one page's rows; the reference is the median of looking one unit
up by its AUID, through the same layers.
"""

import itertools
import random
import statistics
import time
from collections.abc import Iterator

from django.db import connection
from django.http import QueryDict

from tests.bench.report import Line

PUBLISHERS, TITLES, VOLUMES = 640, 21_700, 20
WORDS = [
    "annals",
    "archives",
    "bulletin",
    "journal",
    "letters",
    "review",
    "studies",
    "transactions",
    "advances",
    "chemistry",
    "physics",
    "biology",
    "nursing",
    "medicine",
    "history",
    "water",
    "marine",
    "soil",
    "policy",
    "education",
    "language",
    "music",
    "law",
    "energy",
    "surgery",
    "genetics",
    "ecology",
    "água",
    "économie",
]
_UNITS = """
INSERT INTO titles_listedau (auid, slug, title_id, publisher_id, plugin_id, params, other_params, name, name_key, year,
    first_year, last_year, volume, issue, isbn, eisbn, isbn_keys, attributes, status, changed_at)
SELECT 'plugin' || t.id %% 300 || '&t~' || t.id || '&v~' || v, substr(md5(t.id || '/' || v), 1, 20), t.id, t.publisher_id,
    'org.lockss.plugin.P' || t.id %% 300, jsonb_build_object('t', t.id, 'v', v), '{}',
    t.name || ' Volume ' || v, t.name_key || ' volume ' || v, (2006 + v - t.id %% 15)::text,
    2006 + v - t.id %% 15, 2006 + v - t.id %% 15, v::text, '', '', '', '{}',
    CASE WHEN (t.id + v) %% 12 = 0 THEN '{"rights": "openaccess"}'::jsonb ELSE '{}' END,
    CASE WHEN (t.id + v) %% 17 = 0 THEN 'manifest' WHEN (t.id + v) %% 91 = 0 THEN 'down' ELSE 'released' END, now()
FROM titles_title t, generate_series(1, %(volumes)s) v ORDER BY t.id, v;
INSERT INTO titles_titlelist (name, source, location, au_count, coverage_count, created_at, updated_at)
VALUES ('whole', 'command', '', 434000, 0, now(), now()), ('small', 'command', '', 3000, 0, now(), now());
INSERT INTO titles_listentry (title_list_id, listed_au_id, status, status2)
SELECT l.id, a.id, a.status, '' FROM titles_listedau a JOIN titles_titlelist l ON l.name = 'whole' OR a.title_id %% 145 = 0;
INSERT INTO repository_aukey (auid, created_at) SELECT auid, now() FROM titles_listedau WHERE title_id %% 40 = 0;
INSERT INTO aus_au (key_id, auid, slug, listed_id, title_id, publisher_id, plugin_id, params, other_params, name,
    name_key, state, selected_at, created_at, updated_at)
SELECT k.id, l.auid, l.slug, l.id, l.title_id, l.publisher_id, l.plugin_id, l.params, '{}', l.name, l.name_key,
    CASE WHEN l.id %% 50 = 0 THEN 'deactivated' ELSE 'selected' END, now(), now(), now()
FROM titles_listedau l JOIN repository_aukey k USING (auid);
UPDATE titles_title SET au_count = %(volumes)s;
UPDATE titles_publisher p SET title_count = n.titles, au_count = n.titles * %(volumes)s
FROM (SELECT publisher_id, count(*) AS titles FROM titles_title GROUP BY 1) n WHERE n.publisher_id = p.id;
"""


def fill() -> None:
    """Publishers and titles with their trigrams; the units in one statement."""
    from apps.common.search import fold, trigrams
    from apps.titles.models import Publisher, Title

    dice = random.Random(8)
    names = [f"{' '.join(dice.sample(WORDS, 2)).title()} Press {n}" for n in range(PUBLISHERS)]
    publishers = Publisher.objects.bulk_create(
        Publisher(name=name, name_key=fold(name), trigrams=trigrams(fold(name))) for name in names
    )
    # A few publishers have most of the titles.
    owners = dice.choices(publishers, weights=[1 / (n + 1) for n in range(PUBLISHERS)], k=TITLES)
    titles = []
    for n, owner in enumerate(owners):
        name = f"{' '.join(dice.sample(WORDS, 3)).title()} {n}"
        key = fold(name)
        titles.append(
            Title(
                publisher=owner,
                name=name,
                name_key=key,
                identity=key,
                trigrams=trigrams(key),
                issn=f"{n // 10000:04}-{n % 10000:04}",
                attributes={"info[contract]": "2026"} if n % 50 == 0 else {},
            )
        )
    Title.objects.bulk_create(titles, batch_size=2_000)
    with connection.cursor() as cursor:
        cursor.execute(_UNITS, {"volumes": VOLUMES})
    _make_sets()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _make_sets() -> None:
    from apps.titles.choices import SetKind
    from apps.titles.models import Publisher, Title, TitleSet
    from apps.titles.services import Meaning, add_titles, make_set

    def made(name: str, **more) -> TitleSet:
        return make_set(user=None, request_key=None, meaning=Meaning(name=name, **more))

    hand = made("hand")
    add_titles(user=None, title_set=hand, titles=Title.objects.filter(pk__in=range(5, 20_000, 97)))
    large = Publisher.objects.order_by("-title_count")[0]
    parts = (
        hand,
        made("publisher", kind=SetKind.PUBLISHER, publisher=large),
        made("tag", kind=SetKind.TAG, tag_key="rights", tag_value="openaccess"),
        made("title tag", kind=SetKind.TAG, tag_key="info[contract]"),
        made("search", kind=SetKind.QUERY, query="q=nursing&years=2010-"),
    )
    made("all of these", parts=parts)


def filters(units: bool) -> Iterator[str]:
    """Each filter by itself with a common and a rare value, and some together."""
    from apps.titles.models import Publisher, TitleList, TitleSet

    names = [row.name for row in Publisher.objects.order_by("-title_count")[:300:299]]
    yield ""
    yield from (f"publisher={name}" for name in names)
    yield from (
        "platform=plugin.P7",
        "platform=P1",
        "years=2015",
        "years=2010-",
        "years=-1996",
        "years=2025-",
    )
    yield from ("here=selected", "here=none", "here=deactivated")
    yield from (f"list={row.pk}" for row in TitleList.objects.order_by("pk"))
    yield from (f"set={row.pk}" for row in TitleSet.objects.order_by("pk"))
    yield from (
        "q=0001-2345",
        "q=journal",
        "q=nursing agua",
        "q=genet 77",
        f"q={names[1][:9]}",
        "q=9780306406157",
    )
    yield from ("here=none&years=2015", f"publisher={names[0]}&here=none", "q=nursing&years=2010-2012")
    if units:
        yield from (f"offer={value}" for value in ("offered", "unreleased", "down", "retired", "not-offered"))


def measure(rounds: int) -> Iterator[Line]:
    fill()
    from apps.aus import lists
    from apps.aus.queries import titles_shown, units_shown
    from apps.titles.models import ListedAu, Title

    point = _point(ListedAu, "auid")
    yield _line("AU list, p95 of all its pages", lists.UNITS, units_shown(), filters(True), point, rounds)
    point = _point(Title, "pk")
    yield _line(
        "title list, p95 of all its pages", lists.TITLES, titles_shown(), filters(False), point, rounds
    )


def _point(model, name: str) -> float:
    """Median seconds of one look-up."""
    values = list(model.objects.order_by("?").values_list(name, flat=True)[:400])
    times = []
    for value in values:
        begun = time.perf_counter()
        model.objects.get(**{name: value})
        times.append(time.perf_counter() - begun)
    return statistics.median(times)


def _line(name: str, table, rows, narrowed: Iterator[str], point: float, rounds: int) -> Line:
    sorts = [column.key for column in table.columns if column.sort]
    times: dict[str, float] = {}
    for text, sort, sign in itertools.product(list(narrowed), sorts, ("", "-")):
        for page, seconds in _pages(table, rows, f"{text}&sort={sign}{sort}", rounds):
            times[f"{text} {sign}{sort} {page}"] = seconds
    slow = sorted(times.items(), key=lambda one: -one[1])[:12]
    for what, seconds in slow:
        print(f"    {seconds * 1e3:8.1f} ms  {what}", flush=True)
    p95 = statistics.quantiles(times.values(), n=20)[-1]
    return Line(name, "pages/s", 1 / p95, 1 / point, 0.05, "point look-ups")


def _pages(table, rows, text: str, rounds: int) -> Iterator[tuple[str, float]]:
    """The first page, the next and the one before that again; the median of some rounds of each."""
    from apps.common.lists import keyset
    from apps.common.lists.query import parse
    from apps.common.lists.show import window

    cursors = {"first": ""}
    for page in ("first", "second", "back"):
        if page not in cursors:
            return
        times = []
        for _ in range(rounds):
            begun = time.perf_counter()
            query = parse(QueryDict(text + cursors[page]), table)
            order, found, _earlier, later = window(table, rows, query)
            times.append(time.perf_counter() - begun)
        yield page, statistics.median(times)
        if page == "first" and later:
            cursors["second"] = f"&after={keyset.cursor(order, found[-1])}"
        elif page == "second":
            cursors["back"] = f"&before={keyset.cursor(order, found[0])}"
