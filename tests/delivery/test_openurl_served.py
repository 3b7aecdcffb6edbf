"""OpenURLs on the content host: where they lead, the page of choices, the 404 page that names what is known."""

import re
from dataclasses import dataclass, field, replace
from urllib.parse import quote

import pytest

from apps.delivery.resolving import Answered
from apps.delivery.values import Copy
from apps.lockss.delivery import PublisherFlag
from apps.lockss.openurl import By, Candidate, Kind, Level
from tests.delivery.asked import ARTICLE
from tests.delivery.conftest import AUID, SITE, SLUG, pass_for
from tests.delivery.simulated import GRAY, OPEN
from tests.simulators.publisher import Reply

pytestmark = pytest.mark.django_db
QUESTION = "/ServeContent?issn=1234-5679&volume=12"
VOLUME = Candidate(
    Kind.AU,
    au=SLUG,
    url=f"{SITE}/v12/",
    title="Estuaries <script>alert(1)</script>",
    publisher="Tidewater & Sons",
    volume="12",
    year="2019",
)
LISTED = replace(VOLUME, au="0" * 20, url="", publisher="Brine Press", held=False)


def copy(verdict=OPEN, publisher=PublisherFlag.UP) -> Copy:
    return Copy(au_pk=1, slug=SLUG, auid=AUID, name="Estuaries", verdict=verdict, publisher=publisher)


def found(one: Candidate = VOLUME, own: Copy | None = None, **more) -> Answered:
    given = {"by": By.ISSN, "fits": (one, LISTED), "shown": {SLUG: own or copy()}, **more}
    return Answered(Level.VOLUME, one, **given)


@dataclass
class Resolving:
    answer: Answered = field(default_factory=Answered)

    def __call__(self, asked, asker, moment) -> Answered:
        return self.answer


@pytest.fixture
def resolving(rooms, monkeypatch) -> Resolving:
    made = Resolving()
    monkeypatch.setattr(rooms, "resolve", made)
    return made


def test_it_leads_to_the_unit_that_was_chosen(ask, resolving):
    resolving.answer = found()
    got = ask(QUESTION)
    assert (got.status, got.headers["location"]) == (
        302,
        f"/ServeContent?url=http://pub.example/v12/&auid={quote(AUID, safe='')}",
    )


MANIFEST = replace(VOLUME, url=ARTICLE, manifest=True)
SAID = "This is the platform&#x27;s page for preservation systems; no better page of this volume is known."


def test_who_is_led_to_a_manifest_page_reads_that_it_is_one(reader, resolving):
    resolving.answer = found(MANIFEST)
    to = reader(QUESTION).headers["location"]
    plain, _mark, word = to.partition("&from_openurl=")
    assert SAID in reader(to).body.decode()
    assert SAID not in reader(plain).body.decode()
    # The seal is of this page alone.
    resolving.answer = found(replace(MANIFEST, url=f"{SITE}/new/"))
    assert word not in reader(QUESTION).headers["location"]
    assert SAID not in reader(f"/ServeContent?url={SITE}/new/&from_openurl={word}").body.decode()
    resolving.answer = found(replace(MANIFEST, manifest=False))
    assert reader(QUESTION).headers["location"] == plain


def test_the_publishers_own_manifest_page_is_said_to_be_one_too(reader, resolving, publisher):
    publisher({"/v1/article.html": Reply(200, b"<p>live</p>", (("Content-Type", "text/html"),))})
    resolving.answer = found(MANIFEST, copy(GRAY))
    shown = reader(reader(QUESTION).headers["location"]).body.decode()
    assert "<p>live</p>" in shown
    assert SAID in shown


def test_a_link_that_goes_on_working_says_so_of_its_copy(reader, resolving):
    resolving.answer = found(MANIFEST)
    to = reader(f"/go?{QUESTION.partition('?')[2]}").headers["location"]
    assert SAID in reader(to).body.decode()


def test_a_pass_stays_in_the_address(ask, resolving):
    resolving.answer = found()
    way = f"/t/{pass_for()}"
    assert ask(way + QUESTION).headers["location"].startswith(way + "/ServeContent?url=")


@pytest.mark.parametrize(
    ("own", "held", "text", "live"),
    [
        (copy(), True, "At the publisher, and as a preserved copy.", True),
        (copy(GRAY), True, "At the publisher; the preserved copy where the publisher fails.", True),
        (copy(GRAY), False, "At the publisher alone: no copy is held here yet.", True),
        (copy(GRAY, PublisherFlag.DOWN), True, "The preserved copy alone", False),
        (copy(OPEN, PublisherFlag.NEVER), True, "The preserved copy alone", False),
    ],
)
def test_the_choices_say_what_may_be_done(ask, resolving, own, held, text, live):
    resolving.answer = found(replace(VOLUME, held=held), own)
    got = ask(QUESTION + "&choices=1")
    page = got.body.decode()
    assert got.status == 200
    assert text in page
    assert 'href="/ServeContent?url=http://pub.example/v12/&amp;auid=' in page
    assert ('href="http://pub.example/v12/"' in page) is live
    # The other publisher's volume is known from a list alone.
    assert "Brine Press" in page
    assert "Not held here, or not for who asks from here." in page
    assert "It was found by its ISSN." in page


def test_the_page_has_the_fences_of_all_others(ask, resolving):
    resolving.answer = found()
    got = ask("/ServeContent?issn=1234-5679&volume=%3Cb%3E&jtitle=%22%3E%3Cimg+src=x%3E&choices=1")
    page = got.body.decode()
    assert "default-src 'none'" in got.headers["content-security-policy"]
    # Its table has a form to search it, which leads to this very host.
    assert got.headers["content-security-policy"].endswith("form-action 'self'")
    assert "form-action 'none'" in ask("/nothing").headers["content-security-policy"]
    assert got.headers["cache-control"] == "private, no-store"
    assert got.headers["x-content-type-options"] == "nosniff"
    for bad in ("<script", "<b>", "<img"):
        assert bad not in page
    assert "Estuaries &lt;script&gt;" in page
    assert "Tidewater &amp; Sons" in page


def test_no_link_leads_to_what_is_no_web_address(ask, resolving):
    resolving.answer = found(replace(VOLUME, url="javascript:alert(1)"))
    page = ask(QUESTION + "&choices=1").body.decode()
    assert not re.search(r'href="(?!https?:|/)', page)


@pytest.mark.parametrize(
    ("level", "text"),
    [
        (Level.ISSUE, "The issue is known, but it cannot be opened from here."),
        (Level.VOLUME, "The volume or book is known, but it cannot be opened from here."),
        (Level.TITLE, "The title is known."),
        (Level.PUBLISHER, "The publisher is known."),
        (Level.NONE, "No title, number or address of this question is known here."),
    ],
)
def test_what_cannot_be_opened_names_the_level_and_what_was_asked(ask, resolving, level, text):
    other = replace(VOLUME, volume="11")
    resolving.answer = Answered(level, None, (LISTED,), (other,), By.ISSN, {SLUG: copy()})
    got = ask(QUESTION + "&date=2019")
    page = got.body.decode()
    assert got.status == 404
    assert text in page
    for told in ("1234-5679", "<td>12</td>", "<td>2019</td>", "volume 11, 2019", "Brine Press"):
        assert told in page
    assert "/open/?at=" in page
    assert ask(QUESTION + "&choices=1").status == 404


def test_who_has_signed_in_is_not_asked_to(ask, resolving):
    resolving.answer = Answered()
    got = ask(f"/t/{pass_for()}{QUESTION}")
    assert (got.status, b"/open/?at=" in got.body) == (404, False)


def test_a_question_that_is_too_long_is_refused(ask, resolving):
    got = ask("/ServeContent?issn=1234-5679&jtitle=" + "a" * 8_300)
    assert got.status == 400
