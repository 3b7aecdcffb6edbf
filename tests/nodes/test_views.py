"""Every page of the node opens for whoever may read, and says what its rows say."""

import html
import re
from dataclasses import replace
from urllib.parse import quote

import pytest
from django.urls import reverse

from apps.accounts.choices import Role
from apps.common.choices import JobState
from apps.common.models import Job
from apps.common.words import all_words
from apps.crawls.models import CrawlStatus
from apps.delivery.addresses import Asked, parse
from apps.lockss.lcap.poll_codes import PollStatus
from apps.nodes.choices import AuWord, Block
from apps.nodes.models import AuStatus
from apps.nodes.services import counting, refreshing
from apps.nodes.words import JOB_WORDS
from apps.permissions.models import PublisherAgreement
from apps.polls.choices import PollState
from apps.polls.words import OVER
from apps.repository import services as repository
from apps.repository import tree
from tests import factories as make
from tests.asking import as_person, check_reading
from tests.repository.factories import capture
from tests.sample import Sample, sample_settings

pytestmark = pytest.mark.django_db


@pytest.fixture
def node(settings, tmp_path):
    """A node where nothing has happened."""
    settings.NODE = sample_settings(tmp_path)
    return settings.NODE


def paths(sample: Sample) -> dict[str, str]:
    au = f"/aus/{sample.au.slug}/"
    return {
        "/": "nodes/home.html",
        "/aus/": "nodes/list_page.html",
        au: "nodes/au.html",
        f"/aus/{sample.collecting.slug}/": "nodes/au.html",
        f"{au}content/": "nodes/list_page.html",
        f"{au}content/tree/": "nodes/content_tree.html",
        f"{au}content/tree/?in=http://pub.example/": "nodes/content_tree.html",
        f"{au}url/?url={sample.url}": "nodes/url.html",
        "/permissions/": "nodes/permissions.html",
        "/repairs/": "nodes/list_page.html",
        "/checks/": "nodes/list_page.html",
        f"/repairs/{sample.repair.pk}/": "polls/repair.html",
        "/jobs/": "nodes/list_page.html",
        f"/jobs/{sample.job.pk}/": "nodes/job.html",
        "/findings/": "nodes/list_page.html",
        f"/findings/{sample.finding.pk}/": "nodes/facts_page.html",
        "/node/": "nodes/node.html",
        "/network/": "network/network.html",
    }


def test_who_may_read(client, sample):
    for path, template in paths(sample).items():
        check_reading(client, path, template)


def test_home_tells_what_is_safe_and_what_needs_a_person(client, sample):
    as_person(client)
    page = client.get("/").content.decode()
    assert "18</b> <span>preserved: 4 or more copies agree" in page
    assert "of 31 archival units are collected" in page
    assert "things need a person" in page
    assert "2 URLs are damaged" in page
    assert "2 archival units of Northern Letters" in page
    assert "No signed agreement with Northern Letters" in page
    assert "was proved" in page
    assert "collecting" in page
    assert "Choose content" not in page


def test_only_a_librarian_is_offered_what_only_a_librarian_may(client, sample):
    as_person(client, Role.READER)
    page = client.get(f"/aus/{sample.au.slug}/").content.decode()
    assert "Call a poll" not in page
    assert "Deactivate" not in page
    as_person(client, Role.LIBRARIAN)
    page = client.get(f"/aus/{sample.au.slug}/").content.decode()
    assert "Call a poll" in page
    assert "Deactivate" in page


def test_the_live_part_of_home_asks_again_only_while_something_runs(client, sample):
    as_person(client)
    part = {"HX-Request": "true", "HX-Target": "jobs-now"}
    page = client.get("/", headers=part).content.decode()
    assert page.lstrip().startswith('<div id="jobs-now" data-live hx-get="/"')
    assert "<html" not in page
    assert "62.1" in page
    Job.objects.filter(state=JobState.RUNNING).update(state=JobState.DONE)
    page = client.get("/", headers=part).content.decode()
    assert "hx-get" not in page
    assert "Nothing is being done at this moment" in page


def test_the_live_part_of_an_au(client, sample):
    as_person(client)
    part = {"HX-Request": "true", "HX-Target": "au-now"}
    page = client.get(f"/aus/{sample.collecting.slug}/", headers=part).content.decode()
    assert "data-live" in page
    assert "Collecting" in page
    assert "<html" not in page
    # Its turn to be collected has come: something will be done.
    assert "data-live" in client.get(f"/aus/{sample.au.slug}/", headers=part).content.decode()
    CrawlStatus.objects.filter(au=sample.au).update(due_at=make.past(-9 * make.DAY))
    page = client.get(f"/aus/{sample.au.slug}/", headers=part).content.decode()
    assert "hx-get" not in page
    # Whoever looked on while something was done is told that the rest of the page is older.
    again = f'It is over. <a href="/aus/{sample.au.slug}/">Look at the whole page again</a>'
    assert again in page
    assert again not in client.get(f"/aus/{sample.au.slug}/").content.decode()


@pytest.mark.parametrize(
    ("stored", "size", "said"),
    [
        (17, 90_000, "Collected: 17 URLs, 90"),
        (1, 398, "Collected: 17 URLs, of which 1 new or changed (398 bytes), in "),
        (0, 0, "Collected: 17 URLs, none new or changed, in "),
    ],
)
def test_a_collection_says_how_much_of_it_was_new(client, stored, size, said):
    au = make.make_au()
    make.make_crawl(au, content=17, stored=stored, bytes=size)
    as_person(client)
    page = client.get(f"/aus/{au.slug}/").content.decode().replace("\N{NO-BREAK SPACE}", " ")
    assert said in page
    assert ("new or changed" in page) is (stored < 17)


def test_the_terms_of_polls_are_defined_and_lead_there_from_an_au(client, sample):
    as_person(client)
    words = client.get("/words/").content.decode()
    page = client.get(f"/aus/{sample.au.slug}/").content.decode()
    for code, value in (("term-landslide", "at least 75 percent"), ("term-quorum", "on this node")):
        assert value in words.partition(f'id="{code}"')[2][:1500]
        assert f'href="/words/#{code}" title="' in page


def test_the_story_of_an_au_is_told_from_its_beginning(client, sample):
    as_person(client)
    page = client.get(f"/aus/{sample.au.slug}/").content.decode()
    told = [
        "could not be repaired",
        "Repaired ",
        "Poll: 99.8",
        "Stored versions were read: 1 damaged",
        "Voted in a poll of",
        "3 new or changed",
        "Permission found on pub.example",
        "All 1,219 stored versions were read",
        "Poll: 100",
        "in 3\xa0h 20\xa0min",
        "Selected by Alice Rivers from the title list “Riverside 2026-1”",
    ]
    places = [page.index(said) for said in told]
    assert places == sorted(places)


@pytest.mark.parametrize("status", [PollStatus.NO_TIME, PollStatus.ERROR, PollStatus.EXPIRED])
def test_a_poll_that_ended_without_a_word_is_told_by_what_became_of_it(client, node, status):
    au = make.make_au("Reed Reports, 2019")
    make.make_summary(au)
    poll = make.make_poll(au, [make.make_peer("B")], phase=PollState.DONE, status=status, detail="")
    as_person(client)
    answer = client.get(f"/aus/{au.slug}/")
    assert answer.status_code == 200
    assert str(OVER[status].meaning) in answer.content.decode()
    assert f"/polls/{poll.pk}/" in answer.content.decode()


def test_a_long_story_goes_on_without_gap_or_repetition(client, node):
    au = make.make_au()
    for n in range(70):
        make.make_check(au, ago=n * make.HOUR, good=1000 + n)
    as_person(client)
    seen, path = [], f"/aus/{au.slug}/"
    while path:
        page = client.get(path).content.decode()
        seen += re.findall(r"All (1,\d+) stored versions", page)
        older = re.search(r'href="(\?before=[^"#]+)#story"', page)
        path = f"/aus/{au.slug}/{older[1]}" if older else ""
    assert seen == [f"1,{n:03}" for n in range(70)]
    assert "Selected by" in page


def test_a_moment_that_is_none_is_refused(client, sample):
    as_person(client)
    odd = ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00")
    for text in ("yesterday", "2026-11-21T06:12:00", "2026-99-99T06:12:00+00:00", *odd):
        assert client.get(f"/aus/{sample.au.slug}/", {"before": text}).status_code == 400
    # Further than the database takes a zone, and a moment all the same.
    for text in ("2026-11-28T16:00:00+16:00", "2026-11-28T16:00:00-23:59"):
        assert client.get(f"/aus/{sample.au.slug}/", {"before": text}).status_code == 200


def test_what_does_not_exist_is_404(client, sample):
    as_person(client)
    for path in (
        "/aus/00000000000000000000/",
        f"/aus/{sample.au.slug}/url/?url=http://pub.example/none",
        f"/aus/{sample.au.slug}/url/",
        "/jobs/999999/",
        "/findings/999999/",
        "/repairs/999999/",
    ):
        assert client.get(path).status_code == 404, path


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", 32),
        ("?state=proved", 18),
        ("?care=yes", 8),
        ("?block=no-agreement", 2),
        ("?q=letters 2025", 1),
        ("?q=tidewater", 1),
        ("?q=Ferry&state=collected", 1),
        ("?plugin=org.lockss.plugin.sample.SamplePlugin", 32),
        ("?plugin=org.example.Other", 0),
    ],
)
def test_lists_of_aus_are_narrowed(client, sample, query, expected):
    as_person(client)
    answer = client.get(f"/aus/{query}")
    assert len(answer.context["list"].items) == expected
    # What a summary says and what is counted must be the same number.
    assert answer.context["list"].total.number == expected


def test_an_au_is_found_by_its_auid_and_by_its_publisher(client, sample):
    as_person(client)
    found = client.get("/aus/", {"q": sample.au.auid}).context["list"].items
    assert [row.pk for row in found] == [sample.au.pk]
    found = client.get("/aus/", {"publisher": sample.au.publisher_id}).context["list"].items
    assert [row.pk for row in found] == [sample.au.pk]
    assert client.get("/aus/", {"publisher": "x"}).status_code == 400


@pytest.mark.parametrize("sort", ["name", "-copies", "crawl", "-crawl", "proof", "-proof", "-size"])
def test_lists_of_aus_are_sorted_and_paged_without_loss(client, sample, sort):
    as_person(client)
    seen, path = [], f"/aus/?sort={sort}&size=25"
    while path:
        page = client.get(path).context["list"]
        seen += [row.pk for row in page.items]
        path = f"/aus/{page.next_href}" if page.next_href else ""
    assert len(seen) == len(set(seen)) == 32


def test_a_list_costs_a_few_queries_however_long_it_is(client, sample, django_assert_max_num_queries):
    as_person(client)
    # What a changed agreement may concern is judged first; that is another question.
    PublisherAgreement.objects.update(updated_at=make.past(make.DAY))
    with django_assert_max_num_queries(16):
        client.get("/aus/")


def test_the_list_as_a_file(client, sample):
    as_person(client)
    answer = client.get("/aus/?format=tsv&state=blocked")
    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert lines[0].split("\t")[:3] == ["name", "state", "copies"]
    assert sorted(line.split("\t")[0] for line in lines[1:]) == [
        "Northern Letters, 2024",
        "Northern Letters, 2025",
        "Salt Marsh Quarterly, volume 2",
    ]


def test_content_opens_on_the_content_host(client, sample, settings):
    as_person(client, Role.READER)
    page = client.get(f"/aus/{sample.au.slug}/content/").content.decode()
    opened = re.findall(rf'href="{re.escape(settings.NODE.content_url)}(/[^"]+)"', page)
    assert Asked(sample.au.slug, None, sample.url) in [parse(path) for path in opened]
    served = f"/ServeContent?url={sample.url}&auid={quote(sample.au.auid, safe='')}&noproxy=1"
    reading = f"/aus/{sample.au.slug}/open/?at={quote(served, safe='')}"
    assert f'href="{reading}"' in page, "readers get it with its links leading to preserved pages"
    page = client.get(f"/aus/{sample.au.slug}/url/?url={sample.url}").content.decode()
    assert f'href="{reading}"' in page
    assert "byte for byte" in page
    opened = re.findall(rf'href="{re.escape(settings.NODE.content_url)}(/[^"]+)"', page)
    assert Asked(sample.au.slug, 1, sample.url) in [parse(path) for path in opened]
    assert "Differs here" in page
    assert "application/pdf" in page


def test_content_is_paged_by_name(client, sample):
    as_person(client)
    names, path = [], f"/aus/{sample.au.slug}/content/?size=25"
    page = client.get(path).context["list"]
    names = [row.url for row in page.items]
    assert names == sorted(names)
    assert len(names) == 14
    found = client.get(f"/aus/{sample.au.slug}/content/?q=fulltext").context["list"].items
    assert [row.url for row in found] == [sample.url]


def test_content_is_paged_without_loss_also_where_names_begin_alike(client, sample):
    au = make.make_au()
    alike = "http://pub.example/" + "a" * 250
    urls = [f"{alike}/{n}" for n in range(40)] + [f"http://pub.example/{n}" for n in range(40)]
    repository.add_captures(auid=au.auid, captures=[capture(url, b"x") for url in urls])
    as_person(client)
    for sort in ("url", "-url"):
        seen, path = [], f"/aus/{au.slug}/content/?size=25&sort={sort}"
        while path:
            page = client.get(path).context["list"]
            seen += [row.url for row in page.items]
            path = f"/aus/{au.slug}/content/{page.next_href}" if page.next_href else ""
        assert sorted(seen) == sorted(urls), sort
        assert [url[:200] for url in seen] == sorted((url[:200] for url in urls), reverse=sort == "-url")


def test_content_as_a_tree_leads_down_and_up(client, sample, monkeypatch):
    au = make.make_au()
    alike = "a" * 250
    urls = [f"http://pub.example/v/{n}/{m}.html" for n in range(3) for m in range(30)]
    urls += [f"http://pub.example/{alike}/{n}" for n in range(2)]
    repository.add_captures(auid=au.auid, captures=[capture(url, b"x") for url in urls])
    as_person(client)
    own = f"/aus/{au.slug}/content/"
    assert f'href="{own}tree/"' in client.get(own).content.decode()

    def links(path: str) -> list[str]:
        page = client.get(path)
        assert page.status_code == 200, path
        found = re.findall(r'<td[^>]*><a href="([^"]+)"', page.content.decode())
        return [html.unescape(one) for one in found]

    (host,) = links(f"{own}tree/")
    cut, folder = links(host)
    assert client.get(cut).context["list"].count_text.startswith("2 ")
    assert len(links(folder)) == 3
    leaves = links(links(folder)[1])
    assert len(leaves) == 30
    assert leaves[0] == f"/aus/{au.slug}/url/?url=http%3A%2F%2Fpub.example%2Fv%2F1%2F0.html"
    page = client.get(links(folder)[1]).content.decode()
    for way in ("in=http%3A%2F%2Fpub.example%2Fv%2F", "in=http%3A%2F%2Fpub.example%2F"):
        assert f'href="{own}tree/?{way}"' in page
    monkeypatch.setattr(tree, "ROWS", 2)
    first = client.get(folder)
    assert len(links(folder)) == 2
    assert len(links(first.context["next"])) == 1
    for wrong in ("in=http://pub.example", "after=%00", "in=http://pub.example/?/"):
        assert client.get(f"{own}tree/?{wrong}").status_code == 404


def test_a_url_whose_file_is_gone_says_so(client, sample, settings, tmp_path):
    settings.NODE = replace(settings.NODE, content_dir=tmp_path)
    as_person(client)
    page = client.get(f"/aus/{sample.au.slug}/url/?url={sample.url}").content.decode()
    assert "Not readable" in page


def test_names_from_outside_are_escaped(client, node):
    evil = "<script>alert(1)</script>"
    title = make.make_title(evil, make.make_publisher(evil))
    au = make.make_au(evil, title=title)
    make.make_summary(au)
    make.make_crawl(au, outcome="error", reason=evil)
    peer = make.make_peer(evil)
    poll = make.make_poll(au, [peer], agreement=0.9)
    make.make_tally(poll, f"http://pub.example/{evil}", ["disagreed"])
    make.make_repair(poll, f"http://pub.example/{evil}", source=peer.identity)
    make.make_finding(evil, f"au:{au.slug}", message=evil)
    make.make_check(au, outcome="damaged", damaged=1, findings=[["content-damaged", evil, evil]])
    make.make_job(evil, f"au:{au.slug}", error=evil, state=JobState.FAILED)
    refreshing.scan()
    counting.count_all()
    as_person(client, Role.SYSTEM)
    for path in (
        "/",
        "/aus/",
        f"/aus/{au.slug}/",
        "/polls/",
        f"/polls/{poll.pk}/",
        "/repairs/",
        "/checks/",
        "/network/",
        "/peers/",
        f"/peers/{peer.pk}/",
        "/jobs/",
        "/findings/",
        "/crawls/",
        "/permissions/",
    ):
        page = client.get(path).content.decode()
        assert "<script>alert" not in page, path


def test_words_have_their_definitions_where_people_look_for_them(client):
    assert client.get("/help/words/")["Location"] == "/words/"
    page = client.get("/words/").content.decode()
    for word in AuWord:
        assert f'id="{word.value}"' in page
    more = (
        "vote-voted",
        "vote-complete",
        "subscription-active",
        "reading-good",
        "process-lives",
        "stored-good",
    )
    assert [code for code in more if f'id="{code}"' not in page] == []


def test_a_word_that_stands_twice_says_of_what_it_is_said(client):
    known = all_words()
    said = [(str(word.label), word.kind) for word in known]
    assert len(set(said)) == len(said), sorted(one for one in set(said) if said.count(one) > 1)
    labels = [label for label, _ in said]
    page = client.get("/words/").content.decode()
    for word in known:
        if labels.count(str(word.label)) > 1:
            entry = page.partition(f'<div id="{word.code}">')[2].partition("</dt>")[0]
            assert f'<span class="note">{word.kind}</span>' in entry, word.code


def test_what_was_stopped_is_called_stopped():
    assert str(JOB_WORDS[JobState.CANCELLED].label) == "Stopped"


def test_every_address_has_a_name():
    assert reverse("nodes:home") == "/"
    assert reverse("nodes:au", kwargs={"slug": "0" * 20}) == f"/aus/{'0' * 20}/"


def test_blocks_are_told_by_cause_and_publisher(client, sample):
    as_person(client)
    page = client.get("/permissions/").content.decode()
    assert str(Block.NO_AGREEMENT.label) in page
    assert str(Block.FETCH_FAILED.label) in page
    assert "Preservation agreement with Tidewater Press" in page
    assert AuStatus.objects.exclude(block="").count() == 3
