"""What the node did and why: written once from the rows of all rooms, read by everybody who signs in."""

import pytest

from apps.common.clock import now
from apps.crawls.models import Crawl
from apps.nodes.log_sources import SOURCES
from apps.nodes.log_words import CODES, line_text
from apps.nodes.models import Count, LogLine
from apps.nodes.services import chronicling
from apps.polls.models import Poll
from tests import factories as make
from tests.asking import as_person, check_reading

pytestmark = pytest.mark.django_db


def codes(**more) -> list[str]:
    return sorted(LogLine.objects.filter(**more).values_list("code", flat=True))


def test_a_whole_history_is_written_once(sample):
    assert chronicling.scan() == LogLine.objects.count() > 10
    assert chronicling.scan() == 0
    assert {"crawl-whole", "poll-agreed", "repair-done"} <= set(codes())
    assert set(codes()) <= set(CODES)
    line = LogLine.objects.filter(source="poll", row=sample.poll.pk).get()
    assert (line.subject, line.about) == (f"au:{sample.poll.au.slug}", sample.poll.au.name)
    for one in LogLine.objects.all():
        assert "%(" not in line_text(one.code, one.params)


def test_what_ends_later_is_told_then_also_below_what_was_told_before(sample, monkeypatch):
    monkeypatch.setattr(chronicling, "MARGIN", 0)
    chronicling.scan()
    poll, crawl = sample.open_poll, sample.open_crawl
    assert not LogLine.objects.filter(source="poll", row=poll.pk).exists()
    Poll.objects.filter(pk=poll.pk).update(ended_at=now(), status=3)
    Crawl.objects.filter(pk=crawl.pk).update(state="done", outcome="", reason="Stopped.", finished_at=now())
    assert chronicling.scan() == 2
    assert LogLine.objects.get(source="crawl", row=crawl.pk).why == "Stopped."
    assert chronicling.scan() == 0


def test_what_was_not_permitted_is_called_so_as_in_the_story(sample, client):
    Crawl.objects.filter(pk=sample.crawl.pk).update(outcome="no-permission", content=0)
    chronicling.scan()
    line = LogLine.objects.get(source="crawl", row=sample.crawl.pk)
    assert line_text(line.code, line.params) == "Not collected: no permission."


def test_a_reason_begins_as_a_sentence_and_names_stay(sample, client):
    Poll.objects.filter(pk=sample.poll.pk).update(status=7, detail="nobody voted")
    Poll.objects.filter(pk=sample.open_poll.pk).update(ended_at=now(), status=7, detail="pub.example: silent")
    chronicling.scan()
    as_person(client)
    page = client.get("/log/?kind=poll-none").content.decode()
    assert "Nobody voted" in page
    assert "pub.example: silent" in page


def test_readings_of_bytes_are_told_and_lead_to_the_list_of_them(sample, client):
    make.make_check(sample.au, good=1200)
    make.make_check(sample.au, outcome="damaged", good=1199, damaged=1)
    chronicling.scan()
    as_person(client)
    page = client.get("/log/?kind=check-good").content.decode()
    assert "Its stored bytes were read: all 1,200 versions are as they were written." in page
    assert f'href="/checks/?au={sample.au.slug}"' in page
    assert (
        "Versions damaged: 1, missing: 0, that could not be read: 0."
        in client.get("/log/?kind=check-bad").content.decode()
    )


def test_many_rows_come_in_batches_and_none_is_left_out(sample, monkeypatch):
    monkeypatch.setattr(chronicling, "BATCH", 2)
    written = 0
    while n := chronicling.scan():
        assert n <= 2 * len(SOURCES)
        written += n
    LogLine.objects.all().delete()
    Count.objects.filter(key__startswith=chronicling.LOW).delete()
    monkeypatch.undo()
    assert chronicling.scan() == written


def test_the_page(sample, client):
    chronicling.scan()
    page = check_reading(client, "/log/")
    assert f'href="/polls/{sample.poll.pk}/"' in page
    as_person(client)
    slug = sample.poll.au.slug
    found = client.get(f"/log/?subject=au:{slug}&format=json").getvalue().decode()
    assert sample.poll.au.name in found
    assert client.get("/log/?kind=repair-done").status_code == 200
    assert "Repaired a URL" in client.get("/log/?kind=repair-done").content.decode()
    assert "Repaired a URL" not in client.get("/log/?kind=poll-agreed").content.decode()
    assert client.get("/log/?until=2001-01-01").status_code == 200
    assert client.get("/log/?since=yesterday").status_code == 400


def test_a_page_of_the_log_costs_the_same_however_long_it_is(sample, client, django_assert_max_num_queries):
    chronicling.scan()
    as_person(client)
    client.get("/log/")
    with django_assert_max_num_queries(20):
        client.get("/log/?size=100")
