"""Status of the node, of publishers, titles and sets: the same numbers as the rows they are of."""

import datetime as dt
import re

import pytest
from django.utils import timezone

from apps.aus.choices import AuState
from apps.aus.models import Au, CollectionRecord
from apps.aus.services.collection_counts import counts_of
from apps.aus.services.collections import scope_of
from apps.common.clock import now
from apps.common.display import size_text
from apps.common.words import all_words
from apps.nodes import collection_page, standing_page
from apps.nodes.choices import AuWord, Figure, ScopeKind, Tally
from apps.nodes.models import AuStatus, Count, StandingCount, StandingDay
from apps.nodes.services import counting, refreshing, standing, yearly
from apps.repository.models import AuSummary
from apps.titles.choices import SetKind
from apps.titles.models import TitleSet, TitleSetMember
from tests import factories as make
from tests.asking import as_person, check_reading

pytestmark = pytest.mark.django_db


def recount() -> None:
    Count.objects.filter(key="scopes.ms").delete()
    standing.count_scopes()


def numbers_on(page: str) -> dict[str, int]:
    """Address → number of what is linked in the page."""
    found = re.findall(r'href="(/aus/[^"]*)"[^>]*>\s*(?:<[^>]+>\s*)*([\d,]+)', page)
    return {href.replace("&amp;", "&"): int(text.replace(",", "")) for href, text in found}


def test_the_words_of_a_scope_are_those_of_its_aus(sample):
    row = StandingCount.objects.get(kind=ScopeKind.NODE)
    assert row.selected == AuStatus.objects.exclude(word=AuWord.DEACTIVATED).count()
    assert sum(row.words.values()) == AuStatus.objects.count()
    publishers = StandingCount.objects.filter(kind=ScopeKind.PUBLISHER)
    titles = StandingCount.objects.filter(kind=ScopeKind.TITLE)
    for name in ("selected", "collected", "preserved", "care", "few", "size"):
        assert sum(getattr(one, name) for one in publishers) == getattr(row, name), name
        assert sum(getattr(one, name) for one in titles) == getattr(row, name), name
    assert row.selected > row.collected > row.preserved > 0
    assert row.care > 0


def test_every_number_leads_to_as_many_rows(client, sample):
    as_person(client)
    pages = ["/status/"]
    pages += [
        f"/status/publishers/{sample.au.publisher_id}/",
        f"/status/titles/{sample.collecting.title_id}/",
    ]
    pages += ["/status/publishers/"]
    seen = 0
    for path in pages:
        for href, number in numbers_on(client.get(path).content.decode()).items():
            answer = client.get(href + ("&" if "?" in href else "?") + "format=tsv")
            rows = b"".join(answer.streaming_content).decode().splitlines()
            assert len(rows) - 1 == number, (path, href)
            seen += 1
    assert seen > 25


def test_a_set_is_counted_by_its_titles(client, sample):
    one = TitleSet.objects.create(name="Tides", name_key="tides", kind=SetKind.HAND)
    TitleSetMember.objects.create(title_set=one, title=sample.au.title)
    recount()
    row = StandingCount.objects.get(kind=ScopeKind.SET, ref=one.pk)
    assert row.selected == sample.au.title.aus.filter(state=AuState.SELECTED).count() == 1
    as_person(client)
    assert numbers_on(client.get("/status/sets/").content.decode())[f"/aus/?set={one.pk}&rung=selected"] == 1
    one.members.all().delete()
    one.delete()
    recount()
    assert not StandingCount.objects.filter(kind=ScopeKind.SET).exists()


def test_who_may_read(client, sample):
    for path in ("/status/", "/status/publishers/", "/status/titles/", "/status/sets/"):
        check_reading(client, path)
    check_reading(client, f"/status/titles/{sample.au.title_id}/", "nodes/standing.html")
    assert client.get("/status/titles/999999999/").status_code == 404
    assert client.get("/status/boxes/").status_code == 404


def test_what_was_never_counted_says_so(client, sample):
    title = make.make_title("Newly Listed")
    as_person(client)
    assert "Nothing is counted yet" in client.get(f"/status/titles/{title.pk}/").content.decode()


def test_a_day_is_kept_and_the_picture_drawn(client, sample):
    today = timezone.localdate(now())
    row = StandingDay.objects.get(kind=ScopeKind.NODE, day=today)
    assert row.preserved == StandingCount.objects.get(kind=ScopeKind.NODE).preserved
    assert not StandingDay.objects.filter(kind=ScopeKind.TITLE).exists()
    as_person(client)
    assert '<svg viewBox="0 0 400 102"' not in client.get("/status/").content.decode(), (
        "one day is no picture"
    )
    StandingDay.objects.create(
        kind=ScopeKind.NODE, day=today - dt.timedelta(days=9), selected=9, collected=3, preserved=1
    )
    page = client.get("/status/").content.decode()
    assert 'aria-label="From ' in page
    assert "selected from 9 to " in page
    assert re.search(r'<path class="preserved" d="M0 100L0.0 \d', page)
    recount()
    assert StandingDay.objects.filter(kind=ScopeKind.NODE).count() == 2, "today's row is written again"


def test_a_count_that_takes_long_is_made_less_often(sample):
    Count.objects.update_or_create(key="scopes.ms", defaults={"value": 60_000, "at": now()})
    assert not standing.count_scopes()
    Count.objects.filter(key="scopes.ms").update(at=now() - dt.timedelta(minutes=31))
    assert standing.count_scopes()


def test_what_stayed_as_it_was_is_not_written_again(sample):
    recount()
    before = dict(StandingCount.objects.values_list("pk", "at"))
    AuStatus.objects.filter(pk=sample.au.pk).update(size=sample.au.pk + 5_000)
    recount()
    after = dict(StandingCount.objects.values_list("pk", "at"))
    assert before.keys() == after.keys()
    changed = StandingCount.objects.filter(pk__in=[pk for pk in after if after[pk] != before[pk]])
    assert {(row.kind, row.ref) for row in changed} == {
        ("node", 0),
        ("publisher", sample.au.publisher_id),
        ("title", sample.au.title_id),
    }
    day = StandingDay.objects.get(kind=ScopeKind.PUBLISHER, ref=sample.au.publisher_id)
    assert day.size == sample.au.pk + 5_000


def test_deactivated_aus_are_in_no_rung(sample):
    before = StandingCount.objects.get(kind=ScopeKind.TITLE, ref=sample.au.title_id)
    sample.au.state = AuState.DEACTIVATED
    sample.au.save(update_fields=["state"])
    refreshing.refresh(keys=[sample.au.pk])
    recount()
    after = StandingCount.objects.get(kind=ScopeKind.TITLE, ref=sample.au.title_id)
    assert (before.selected, after.selected, after.collected, after.preserved) == (1, 0, 0, 0)
    assert after.words == {"deactivated": 1}


def test_every_word_of_an_au_has_its_rule_on_the_page_and_in_the_docs(client, settings):
    page = client.get("/words/").content.decode()
    docs = (settings.BASE_DIR / "docs/status.md").read_text(encoding="utf-8")
    words = {word.code: word for word in all_words()}
    for code in (*AuWord.values, "preserved", "few-copies"):
        assert words[code].rule, code
        assert f'id="{code}"' in page
        assert str(words[code].rule) in page.replace("&#x27;", "'")
        assert f"**{words[code].label}**" in docs, code


def test_bytes_and_urls_are_of_the_rows_that_are_counted(client, sample):
    """What was deactivated stays on disk, but is not behind the number of what is collected."""
    AuStatus.objects.filter(pk=sample.au.pk).update(word=AuWord.DEACTIVATED, care=0)
    kept = sum(row.size for row in AuStatus.objects.filter(word=AuWord.DEACTIVATED))
    assert kept > AuStatus.objects.get(pk=sample.au.pk).size > 0
    recount()
    counting.count_aus()
    collected = AuStatus.objects.filter(urls__gt=0).exclude(word=AuWord.DEACTIVATED)
    size, urls = sum(row.size for row in collected), sum(row.urls for row in collected)
    node = StandingCount.objects.get(kind=ScopeKind.NODE)
    assert (node.collected, node.size, node.urls) == (len(collected), size, urls)
    title = StandingCount.objects.get(kind=ScopeKind.TITLE, ref=sample.au.title_id)
    assert (title.collected, title.size, title.urls) == (0, 0, 0)
    found = counting.numbers()
    assert (found[Tally.COLLECTED], found[Tally.SIZE], found[Tally.URLS]) == (len(collected), size, urls)
    assert found[Tally.SIZE_KEPT] == kept
    report = yearly.make(year=yearly.this_year())
    figures = dict(report.figures.filter(scope="").values_list("key", "value"))
    assert (figures[Figure.COLLECTED], figures[Figure.CONTENT], figures[Figure.KEPT]) == (
        len(collected),
        size,
        kept,
    )
    as_person(client)
    assert f"of deactivated units {size_text(kept)} are kept" in client.get("/node/").content.decode()
    record = CollectionRecord.objects.create(name="Tides", risk="low", risk_rank=1)
    record.publishers.add(sample.au.publisher)
    Au.objects.filter(pk=sample.au.pk).update(state=AuState.DEACTIVATED)
    found = collection_page.standing(scope_of(record)).numbers
    of_it = collected.filter(au__publisher=sample.au.publisher)
    held = [AuSummary.objects.get(pk=row.pk).current_size for row in of_it]
    assert (found["collected"], found["size"]) == (len(of_it), sum(held))
    assert counts_of([record])[record.pk].collected == len(of_it)


def test_the_numbers_of_a_standing_lead_to_their_units(client, sample):
    as_person(client)
    page = client.get("/status/").content.decode()
    row = StandingCount.objects.get(kind=ScopeKind.NODE)
    assert row.fewest is not None
    assert row.last_proof_at
    facts = {fact.term: str(fact.help) for fact in standing_page.proof_facts(row)}
    for term, order in {
        "Last proof": "sort=-proof",
        "Oldest proof": "sort=proof",
        "Fewest copies that agree": "sort=copies",
    }.items():
        address = f"/aus/?rung=collected&amp;{order}"
        assert f'href="{address}"' in facts[term], term
        assert address in page, term
    assert 'href="/aus/?rung=collected"' in facts["URLs"]

    def first(order: str) -> AuStatus:
        return client.get(f"/aus/?rung=collected&{order}").context["list"].items[0]

    assert first("sort=-proof").last_proof_at == row.last_proof_at
    assert first("sort=proof").last_proof_at == row.oldest_proof_at
    assert first("sort=copies").agreeing == row.fewest
