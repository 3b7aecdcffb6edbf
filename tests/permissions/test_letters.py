"""Letters: what they say for which agreement, as text and as PDF, whatever the words are."""

import datetime as dt
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import settings as law
from hypothesis import strategies as st

from apps.common.clock import now
from apps.permissions import letters
from apps.permissions.choices import PartyRole, Renewal, ScopeKind
from apps.permissions.clause import MODEL, model_text
from tests.factories import make_agreement, make_publisher, make_title

DOCS = Path(__file__).resolve().parents[2] / "docs" / "permission.md"
DAY = dt.date(2026, 11, 21)


@pytest.fixture
def row(db, settings):
    settings.NODE = replace(settings.NODE, name="Alder College", network_name="Riverside PLN")
    given = {"state": "sent", "name": "Agreement 2026", "starts": DAY, "ends": dt.date(2030, 12, 31)}
    return make_agreement(make_publisher(), **given)


def test_it_says_what_the_agreement_says(row):
    row.collect = row.trigger = "yes"
    row.preserve = ""
    row.trigger_text = "The publisher\n ends."
    row.serve_openly = "no"
    row.renewal, row.notice_days = Renewal.AUTOMATIC, 60
    row.networks, row.platforms = ["Riverside PLN"], ["org.example.one.ReedPlugin"]
    row.clause = "Keep it.\r\n\r\nFor\ngood."
    row.parties.create(name="Host Ltd", role=PartyRole.PLATFORM, email="rights@host.example")
    content = letters.content_of(row, DAY)
    assert content["date"] == "21 November 2026"
    assert content["recipient"] == ["Tidewater Press", "Host Ltd (platform or host)"]
    assert "Riverside PLN" in content["opening"][0]
    assert content["permits"]["lines"] == [
        "to collect the content from your site",
        "to open the content when a trigger event has happened: The publisher ends.",
    ]
    assert content["forbids"]["lines"] == ["to show the kept copy to everybody"]
    assert content["covers"]["lines"] == [
        "Publisher: Tidewater Press",
        "Everything that you publish",
        "As far as it is on: ReedPlugin",
        "In: Riverside PLN",
        letters.term_text(row),
    ]
    term = content["covers"]["lines"][-1]
    assert term.startswith(
        "From 21 November 2026 to 31 December 2030, then each time for 12 months more unless"
    )
    assert term.endswith("one side gives notice 60 days before")
    assert content["clause"]["lines"] == ["Keep it.", "For good."]
    assert [one["name"] for one in content["signatures"]["lines"]] == [
        "Tidewater Press",
        "Host Ltd",
        "Alder College",
    ]
    text = letters.mail_text(content)
    assert max(map(len, text.splitlines())) <= letters.WIDTH
    assert "- to show the kept copy to everybody" in text


def test_a_network_without_a_name_is_told_before_it_is_meant(row, settings):
    settings.NODE = replace(settings.NODE, network_name="")
    before, meant, _rest = letters.content_of(row, DAY)["opening"][0].partition("such a network")
    assert (bool(meant), "a preservation network" in before) == (True, True)


def test_our_own_words_open_it(row):
    row.opening = "We met in May.\n\nYou asked for this letter."
    assert letters.content_of(row, DAY)["opening"] == ["We met in May.", "You asked for this letter."]


def test_a_library_that_is_a_party_signs_itself(row):
    row.parties.create(name="Alder College Library", role=PartyRole.LIBRARY)
    content = letters.content_of(row, DAY)
    assert content["recipient"] == ["Tidewater Press"]
    assert [one["name"] for one in content["signatures"]["lines"]] == [
        "Tidewater Press",
        "Alder College Library",
    ]


def test_many_titles_are_named_and_the_rest_counted(row):
    row.scope = ScopeKind.TITLES
    row.titles.set([make_title(f"Title {n:02}", row.publisher) for n in range(23)])
    lines = letters.content_of(row, DAY)["covers"]["lines"]
    assert lines[1:22] == [*(f"Title {n:02}" for n in range(20)), "and 3 more"]


def test_the_link_to_the_mail_program_carries_what_fits(row):
    row.parties.create(name="Host", role=PartyRole.PLATFORM, email="rights@host.example")
    row.opening = "Short & good?"
    content = letters.content_of(row, DAY)
    address, whole = letters.mailto(content)
    asked = parse_qs(urlsplit(address).query)
    assert (whole, urlsplit(address).path) == (True, "rights@host.example")
    assert asked["subject"] == [content["subject"]]
    assert asked["body"][0].replace("\r\n", "\n") == letters.mail_text(content)
    row.clause = model_text()
    address, whole = letters.mailto(letters.content_of(row, DAY))
    assert not whole
    assert len(address) <= letters.LONGEST_MAILTO
    assert set(parse_qs(urlsplit(address).query)) == {"subject"}


WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=200)


@law(max_examples=20)
@given(WORDS, WORDS)
def test_any_words_make_a_letter(name, clause):
    part = {"title": "T", "lines": letters.paragraphs(clause)}
    content = {
        "lang": "en",
        "date": "today",
        "sender": {"name": name, "network": "", "address": ""},
        "recipient": [name],
        "email": "",
        "subject": name or "-",
        "salutation": "Dear colleagues,",
        "opening": letters.paragraphs(clause),
        **dict.fromkeys(("covers", "permits", "forbids", "clause"), part),
        "closing": [name],
        "signatures": {"title": "Agreed", "below": "Name", "lines": [{"name": name, "role": ""}]},
    }
    assert letters.letter_pdf(content, now()).startswith(b"%PDF-")
    assert letters.mail_text(content)


def test_the_model_clause_stands_in_the_documentation():
    said = " ".join(DOCS.read_text(encoding="utf-8").replace("> ", "").replace(">", "").split())
    for paragraph in MODEL:
        assert " ".join(str(paragraph).split()) in said


def test_one_month_and_one_day_are_said_as_one(row):
    row.renewal, row.renewal_months, row.notice_days = Renewal.AUTOMATIC, 1, 1
    assert letters.term_text(row).endswith(
        "then each time for 1 month more unless one side gives notice 1 day before"
    )
