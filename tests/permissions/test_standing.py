"""How an agreement stands today: after its end, with a new last day, with what it leaves unsaid; on every page alike."""

import datetime as dt
import html
from dataclasses import replace

import pytest
import time_machine

from apps.accounts.choices import Role
from apps.nodes.services import refreshing
from apps.permissions import letters, services
from apps.permissions.models import PublisherAgreement
from tests.asking import as_person
from tests.factories import make_agreement, make_au, make_publisher

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 21)
NEW = "/permissions/agreements/new/"


@pytest.fixture(autouse=True)
def today(settings):
    settings.NODE = replace(settings.NODE, permission_policy="written", network_name="")
    with time_machine.travel(dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC), tick=False):
        yield


def entered(owner, **changes) -> dict:
    given = {
        "publisher": owner.name,
        "name": "It",
        "state": "signed",
        "starts": "2026-01-01",
        "scope": "publisher",
        "renewal": "none",
        "renewal_months": "12",
        "notice_days": "0",
        "remind_days": "90",
    }
    return given | changes


def ended(owner, **more) -> PublisherAgreement:
    return make_agreement(
        owner, name="It", starts=dt.date(2026, 1, 1), ends=dt.date(2026, 10, 31), **{"collect": "yes", **more}
    )


def test_what_ended_yesterday_is_ended_on_every_page_before_the_scanner_comes(client):
    au = make_au()
    row = ended(au.publisher)
    refreshing.refresh(keys=[au.pk])
    as_person(client, Role.NETWORK)
    for page in (
        f"/permissions/agreements/{row.pk}/",
        "/permissions/agreements/",
        "/permissions/publishers/",
        f"/aus/{au.slug}/",
        "/permissions/",
        "/permissions/agreements/?state=lapsed",
        "/permissions/agreements/?ends=year",
    ):
        shown = client.get(page).content.decode().partition("<main")[2]
        assert "It" in shown, page
        assert "word-agreement-signed" not in shown
        assert "</svg>Signed" not in shown
        assert "Ended" in shown, page
    shown = client.get("/permissions/agreements/?state=signed").content.decode()
    assert f"/permissions/agreements/{row.pk}/" not in shown
    shown = " ".join(client.get("/permissions/").content.decode().split())
    soon = shown.partition("Agreements that end or renew themselves soon, or ended lately")[2].partition(
        "</section>"
    )[0]
    assert f"/permissions/agreements/{row.pk}/" in soon
    network = client.get("/network/").content.decode()
    assert "publisher agreement ends or ended this year" in network


def test_a_new_last_day_of_what_lapsed_says_what_is_needed_and_one_button_does_it(client):
    au = make_au()
    row = ended(au.publisher)
    assert services.lapse_agreements() == 1
    as_person(client, Role.NETWORK)
    page = f"/permissions/agreements/{row.pk}/"
    data = entered(au.publisher, ends="2027-12-31", version="1", collect="yes", preserve="yes")
    shown = client.post(f"{page}change/", data, follow=True).content.decode()
    said = (
        "It ended on 31 Oct 2026. A new last day, 31 Dec 2027, is entered, but nothing is collected under it"
    )
    assert shown.count(said) == 2
    assert "It is signed again, until 31 Dec 2027" in shown
    decision = services.decide(au)
    assert (
        decision.allowed,
        decision.sentence.startswith("The agreement “It” with Tidewater Press ended on 31 Oct 2026."),
    ) == (False, True)
    sent = {"version": "2", "to": "signed", "on": "2026-11-21", "ends": "2027-12-31"}
    for name, value in sent.items():
        assert f'name="{name}" value="{value}"' in shown
    client.post(f"{page}move/", sent)
    row.refresh_from_db()
    assert (row.state, row.ends, services.decide(au).allowed) == ("signed", dt.date(2027, 12, 31), True)


@pytest.mark.parametrize(
    ("sent", "wrong"),
    [
        ({"starts": "2027-05-01", "ends": "2027-04-01"}, {"ends", "collect"}),
        ({"starts": "", "name": ""}, {"starts", "name", "collect"}),
        ({"ends": "", "renewal": "automatic", "remind_days": "x"}, {"renewal", "remind_days", "collect"}),
        ({"starts": "1066-10-14", "scope": "titles"}, {"starts", "titles", "collect"}),
    ],
)
def test_all_that_is_wrong_is_named_at_once(client, sent, wrong):
    as_person(client, Role.NETWORK)
    answer = client.post(NEW, entered(make_publisher(), **sent))
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == wrong
    assert all(len(said) == 1 for said in answer.context["form"].errors.values())
    assert not PublisherAgreement.objects.exists()


@pytest.mark.parametrize(
    ("sent", "field", "said"),
    [
        (
            {"starts": "2026-12-24", "ends": "2026-01-24"},
            "ends",
            "The agreement would end on 24 Jan 2026 before it begins on 24 Dec 2026.",
        ),
        ({"starts": "1066-10-14"}, "starts", "Expected a day from 1900 to 2200; this is 14 Oct 1066."),
        ({"since": "2099-01-02"}, "since", "2 Jan 2099 is still to come."),
    ],
)
def test_days_within_a_sentence_are_written_for_people(client, sent, field, said):
    as_person(client, Role.NETWORK)
    given = entered(make_publisher(), collect="yes", preserve="yes", **sent)
    answer = client.post(NEW, given)
    assert answer.status_code == 422
    assert answer.context["form"].errors[field] == [said]


def test_silence_about_collecting_is_asked_at_entry_and_told_afterwards(client):
    owner = make_publisher()
    as_person(client, Role.NETWORK)
    form = client.get(NEW).context["form"]
    assert (form["state"].value(), "unsaid" in form.fields) == ("draft", False)
    answer = client.post(NEW, entered(owner))
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert "Nothing is said about collecting and preserving." in shown
    assert "What is not said is not permitted" in shown
    assert 'name="unsaid"' in shown
    assert not PublisherAgreement.objects.exists()
    shown = client.post(NEW, entered(owner, collect="yes", unsaid="on"), follow=True).content.decode()
    assert shown.count("Nothing is said about preserving.") == 2
    shown = client.post(NEW, entered(owner, collect="yes", preserve="yes"), follow=True).content.decode()
    assert "Nothing is said about" not in shown


@pytest.mark.parametrize("policy", ["machine", "written_and_machine"])
def test_where_the_site_is_asked_its_word_fills_the_silence(client, settings, policy):
    settings.NODE = replace(settings.NODE, permission_policy=policy)
    as_person(client, Role.NETWORK)
    shown = client.post(NEW, entered(make_publisher())).content.decode()
    assert "where the publisher's site permits it" in html.unescape(shown)
    assert "What is not said is not permitted" not in shown


def test_a_draft_has_no_first_day_and_what_is_signed_has_one(client):
    owner = make_publisher()
    as_person(client, Role.NETWORK)
    shown = client.post(NEW, entered(owner, state="draft", starts=""), follow=True).content.decode()
    row = PublisherAgreement.objects.get()
    assert (row.state, row.starts) == ("draft", None)
    assert "not agreed yet" in shown
    assert "From the day on which both sides have signed" in letters.term_text(row)
    assert services.decide(make_au(title=None)).allowed is False
    page = f"/permissions/agreements/{row.pk}/"
    answer = client.post(f"{page}move/", {"version": "0", "to": "signed", "on": "2026-11-21"})
    assert answer.status_code == 422
    assert "It has no first day yet" in answer.content.decode()
    answer = client.post(NEW, entered(owner, starts="", unsaid="on"))
    assert answer.status_code == 422
    assert "What is signed needs its first day" in answer.content.decode()


def test_the_letter_of_what_is_signed_asks_for_nothing(client):
    row = make_agreement(make_publisher(), starts=TODAY)
    content = letters.content_of(row, TODAY)
    text = letters.mail_text(content)
    assert "We ask for your permission" not in text
    assert "please sign" not in text
    assert content["signatures"]["lines"] == []
    assert letters.letter_pdf(content, dt.datetime(2026, 11, 21, tzinfo=dt.UTC)).startswith(b"%PDF")
    row.state = "sent"
    assert "We ask for your permission" in letters.mail_text(letters.content_of(row, TODAY))


def test_what_was_signed_before_its_entry_was_no_draft_on_the_day_of_entry(client):
    row = make_agreement(make_publisher(), signed_on=dt.date(2026, 5, 1))
    as_person(client, Role.NETWORK)
    steps = client.get(f"/permissions/agreements/{row.pk}/").context["steps"]
    assert [(step.label, step.day) for step in steps[:3]] == [
        ("Draft", ""),
        ("Sent", ""),
        ("Signed", "1 May 2026"),
    ]


def test_a_misspelt_publisher_is_answered_with_who_is_nearly_called_so(client):
    make_publisher("Boston College")
    as_person(client, Role.NETWORK)
    answer = client.post(NEW, entered(make_publisher("Tidewater"), publisher="Boston Colege", unsaid="on"))
    assert answer.status_code == 422
    assert "Did you mean “Boston College”?" in answer.content.decode()
    answer = client.post(NEW, entered(make_publisher("Other"), publisher="Zzzz", unsaid="on"))
    assert "Did you mean" not in answer.content.decode()
