"""The law of pages: whoever walks a list from one end to the other sees every row once, in order, both ways."""

import datetime as dt
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from django.db.models import F, TextField, Value
from django.db.models.functions import NullIf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.common.lists import BadQuery, Column, keyset
from apps.common.models import Finding, Job
from apps.repository.models import AuKey, UrlHolder
from tests.common.list_samples import SMALL, START, fill, page

pytestmark = pytest.mark.django_db
MOMENTS = st.none() | st.integers(0, 3).map(lambda n: START + dt.timedelta(microseconds=n))
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "kind": st.sampled_from(["crawl", "Crawl", "poll", "a" * 40]),
            "attempt": st.integers(0, 2),
            "progress_total": st.none() | st.sampled_from([0, 1, 2**62]),
            "finished_at": MOMENTS,
        }
    ),
    max_size=14,
)
SORTS = ("", "-", "kind", "-kind", "attempt", "-attempt", "total", "-total", "finished", "-finished")


def walk(table, sort: str, rows=None) -> list[list]:
    """All pages, forward; at the last one back again, where the same pages must come."""
    table = replace(table, sort=sort)
    pages = [page(table, "", rows)]
    while pages[-1].next_href:
        assert len(pages) < 100
        pages.append(page(table, pages[-1].next_href, rows))
    back = [pages[-1]]
    while back[-1].previous_href:
        assert len(back) < 100
        back.append(page(table, back[-1].previous_href, rows))
    there = [[item.pk for item in one.items] for one in pages]
    assert [[item.pk for item in one.items] for one in reversed(back)] == there
    assert pages[0].previous_href == ""
    assert pages[-1].next_href == ""
    return there


def expected(jobs: list[Job], sort: str) -> list[int]:
    field = {"": "pk", "total": "progress_total", "finished": "finished_at"}.get(
        sort.strip("-"), sort.strip("-")
    )
    down = sort.startswith("-")
    known = sorted(
        (job for job in jobs if getattr(job, field) is not None), key=lambda j: (getattr(j, field), j.pk)
    )
    empty = sorted((job for job in jobs if getattr(job, field) is None), key=lambda j: j.pk)
    return [job.pk for job in ([*known[::-1], *empty[::-1]] if down else [*known, *empty])]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, size=st.integers(1, 5), sort=st.sampled_from(SORTS))
def test_every_row_once_in_order_both_ways(rows, size, sort) -> None:
    jobs = fill(rows)
    pages = walk(replace(SMALL, size=size), sort)
    assert [pk for one in pages for pk in one] == expected(jobs, sort)
    assert all(len(one) == size for one in pages[:-1])


@pytest.mark.parametrize("sort", ["label", "-label"])
def test_annotations_sort_too_nulls_last(sort) -> None:
    fill([{"progress_note": note} for note in ["b", "", "a", "", "b", "c", ""]])
    rows = Job.objects.annotate(label=NullIf(F("progress_note"), Value("", TextField())))
    table = replace(
        SMALL, columns=(*SMALL.columns, Column("label", "Label", lambda job: job.label, sort="label"))
    )
    notes = dict(Job.objects.values_list("pk", "progress_note"))
    flat = [notes[pk] for one in walk(table, sort, rows) for pk in one]
    assert flat == (["a", "b", "b", "c"] if sort == "label" else ["c", "b", "b", "a"]) + [""] * 3


def test_sort_values_too_long_for_an_address_are_looked_up() -> None:
    long = ["x" * 3000 + str(i) for i in range(7)]
    now = START
    Finding.objects.bulk_create(
        [Finding(code=f"c{i}", subject="s", message=text, last_at=now) for i, text in enumerate(long)]
    )
    table = replace(
        SMALL,
        filters=(),
        search=None,
        columns=(Column("message", "Message", lambda f: f.message, sort="message"),),
    )
    pages = walk(table, "-message", Finding.objects.all())
    assert len([pk for one in pages for pk in one]) == 7
    assert all(
        len(page(replace(table, sort="-message"), "", Finding.objects.all()).next_href) < 300 for _ in "x"
    )


def test_rows_that_come_and_go_disturb_nobody() -> None:
    jobs = fill([{"attempt": 1}] * 9)
    table = replace(SMALL, sort="attempt")
    second = page(table, page(table, "").next_href)
    jobs[3].delete()
    jobs[0].delete()
    third = page(table, second.next_href)
    assert [item.pk for item in third.items] == [job.pk for job in jobs[6:9]]
    # What is left before the second page is less than a page: the first page is shown whole.
    middle = page(table, third.previous_href)
    assert [item.pk for item in middle.items] == [jobs[i].pk for i in (2, 4, 5)]
    first = page(table, middle.previous_href)
    assert [item.pk for item in first.items] == [jobs[i].pk for i in (1, 2, 4)]


def test_a_page_beyond_the_end_is_the_first_page() -> None:
    jobs = fill([{}] * 4)
    last = page(SMALL, page(SMALL, "").next_href)
    cursor = keyset.cursor(keyset.Order("", "", False, False), jobs[3])
    assert [item.pk for item in last.items] == [jobs[3].pk]
    beyond = page(SMALL, f"after={cursor}")
    assert [item.pk for item in beyond.items] == [job.pk for job in jobs[:3]]


def test_a_page_costs_three_queries_and_uses_the_index(django_assert_num_queries) -> None:
    fill([{}] * 9)
    second = page(SMALL, "").next_href
    with django_assert_num_queries(3):
        assert len(page(SMALL, second).rows) == 3


GOOD = keyset.cursor(keyset.Order("kind", "kind", False, False), {"pk": 1, keyset.VALUE: "crawl"})


@pytest.mark.parametrize(
    ("sort", "cursor"),
    [
        ("kind", "%"),
        ("kind", "AAAA"),
        ("kind", GOOD[:-3]),
        ("-kind", GOOD),
        ("", GOOD),
        ("kind", keyset.cursor(keyset.Order("kind", "", False, False), {"pk": 1})),
        (
            "finished",
            keyset.cursor(keyset.Order("finished", "x", False, False), {"pk": 1, keyset.VALUE: "yesterday"}),
        ),
        (
            "finished",
            keyset.cursor(keyset.Order("finished", "x", False, False), {"pk": "one", keyset.VALUE: None}),
        ),
        ("kind", keyset.cursor(keyset.Order("kind", "x", False, False), {"pk": 1, keyset.VALUE: "a\0"})),
        ("kind", keyset.cursor(keyset.Order("kind", "x", False, False), {"pk": 1, keyset.VALUE: "\ud800"})),
        ("kind", keyset.cursor(keyset.Order("kind", "x", False, False), {"pk": (1, 2), keyset.VALUE: "a"})),
        ("kind", "A" * 5000),
    ],
)
def test_a_cursor_that_was_not_made_here_is_refused(sort, cursor) -> None:
    with pytest.raises(BadQuery):
        page(SMALL, f"sort={sort}&after={cursor}")


@pytest.mark.parametrize("value", [2**80, -(2**80), "3", True])
def test_numbers_out_of_range_are_no_fault(value) -> None:
    fill([{"attempt": 1}] * 4)
    cursor = keyset.cursor(
        keyset.Order("attempt", "attempt", False, False), {"pk": 2**70, keyset.VALUE: value}
    )
    assert page(SMALL, f"sort=attempt&after={cursor}").items is not None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=40) | st.binary(max_size=30).map(lambda raw: raw.hex()))
def test_foreign_cursors_are_refused_and_break_nothing(text) -> None:
    try:
        page(SMALL, urlencode({"sort": "kind", "after": text}))
    except BadQuery:
        return
    assert text == ""


def test_keys_of_several_columns_page_too() -> None:
    """Artifacts are keyed by AU, digest of the URL, and version."""
    key = AuKey.objects.create(auid="org|lockss|plugin|Sample&year~2019")
    digests = [bytes([n]) * 32 for n in (0, 1, 255)]
    UrlHolder.objects.bulk_create(
        [UrlHolder(url_digest=digest, au_key=key, version=n) for n, digest in enumerate(digests)]
    )
    others = [AuKey.objects.create(auid=f"other {n}") for n in range(3)]
    UrlHolder.objects.bulk_create(
        [UrlHolder(url_digest=digests[1], au_key=other, version=7) for other in others]
    )
    table = replace(
        SMALL,
        size=2,
        filters=(),
        search=None,
        columns=(Column("version", "Version", lambda row: row.version, sort="version"),),
    )
    for sort, field in (("", "pk"), ("-", "pk"), ("version", "version"), ("-version", "version")):
        flat = [pk for one in walk(table, sort, UrlHolder.objects.all()) for pk in one]
        rows = sorted(
            UrlHolder.objects.all(),
            key=lambda row: (getattr(row, field), row.pk),
            reverse=sort.startswith("-"),
        )
        assert flat == [row.pk for row in rows]
