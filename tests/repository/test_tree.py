"""A level of an AU's tree: what it shows, in which order, and with how few look-ups."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.repository import services, tree
from apps.repository.models import AuKey
from tests.repository.factories import AUID, OTHER, capture

URLS = [
    "http://a.example/",
    "http://a.example/1/x.html",
    "http://a.example/1/y.html",
    "http://a.example/1.html",
    "http://a.example/1?to=/2/3",
    "http://a.example/2/deep/er/z.pdf",
    "http://a.example:80/w",
    "https://b.example/1/v",
    "no scheme",
]


def filled(urls: list[str]) -> int:
    services.add_captures(auid=AUID, captures=[capture(url, b"12345") for url in urls])
    return AuKey.objects.get(auid=AUID).pk


def shown(level: tree.Level) -> list[tuple[str, int]]:
    return [(branch.label, branch.urls) for branch in level.branches]


def test_one_level_at_a_time(content):
    key = filled(URLS)
    services.add_captures(auid=OTHER, captures=[capture("http://other.example/")])
    services.add_captures(auid=AUID, captures=[capture(URLS[1], b"a newer version")])
    assert shown(tree.level(key)) == [
        ("http://a.example/", 6),
        ("http://a.example:80/", 1),
        ("https://b.example/", 1),
        ("no scheme", 1),
    ]
    host = tree.level(key, "http://a.example/")
    assert shown(host) == [("http://a.example/", 1), ("1.html", 1), ("1/", 2), ("1?to=/2/3", 1), ("2/", 1)]
    assert [branch.folder for branch in host.branches] == [False, False, True, False, True]
    assert [branch.size for branch in host.branches] == [5, 5, 20, 5, 5]
    assert shown(tree.level(key, "http://a.example/1/")) == [("x.html", 1), ("y.html", 1)]
    assert shown(tree.level(key, "http://nowhere.example/")) == []
    assert host.after == ""


def test_the_way_to_a_folder():
    assert tree.folders_to("http://a.example/2/deep/") == [
        "http://a.example/",
        "http://a.example/2/",
        "http://a.example/2/deep/",
    ]
    assert tree.folders_to("") == []
    assert [
        tree.is_folder(name) for name in ("", "http://a/", "http://a", "http://a/?b/", "\0/", "x" * 200 + "/")
    ] == [
        True,
        True,
        False,
        False,
        False,
        False,
    ]


def test_pages_of_a_level_lose_nothing(content, monkeypatch):
    monkeypatch.setattr(tree, "ROWS", 4)
    names = [f"http://a.example/{n:02}/{m}" for n in range(11) for m in range(9)]
    names += [f"http://a.example/{n:02}.html" for n in range(11)]
    key = filled(names)
    seen, after = [], ""
    while True:
        level = tree.level(key, "http://a.example/", after)
        assert len(level.branches) <= 4
        seen += shown(level)
        after = level.after
        if not after:
            break
    want = {(f"{n:02}/", 9) for n in range(11)} | {(f"{n:02}.html", 1) for n in range(11)}
    assert seen == sorted(want)


def test_what_begins_alike_for_longer_than_the_index_holds(content):
    alike = "http://a.example/" + "a" * 250
    key = filled(
        [f"{alike}/{n}" for n in range(70)] + ["http://a.example/" + "b" * 250, "http://a.example/c"]
    )
    first, second, third = tree.level(key, "http://a.example/").branches
    assert (first.cut, first.urls, len(first.name)) == (True, 70, 200)
    assert (second.cut, second.urls, second.url) == (False, 1, "http://a.example/" + "b" * 250)
    assert third.url == "http://a.example/c"


def test_the_number_of_look_ups_does_not_grow_with_the_unit(content, monkeypatch):
    """Folders are stepped over and counted up to a bound, and the index of names serves both."""
    monkeypatch.setattr(tree, "COUNTED", 20)
    monkeypatch.setattr(tree, "_TALLY", tree._TALLY.replace("LIMIT 1001", "LIMIT 21"))
    key = filled([f"http://a.example/{n}/{m}" for n in range(5) for m in range(130)])
    with CaptureQueriesContext(
        connection,
    ) as asked:
        level = tree.level(key, "http://a.example/")
    assert [(branch.urls, branch.more) for branch in level.branches] == [(20, True)] * 5
    assert len(asked) <= 7
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for query in asked.captured_queries:
            cursor.execute("EXPLAIN " + query["sql"])
            plan = "\n".join(line for (line,) in cursor.fetchall())
            assert "Sort" not in plan, plan
            assert plan.count("left") >= 2, plan
