"""What ended is asked for anew: a draft for the coming period, linked with what it goes on from."""

import datetime as dt
import threading
import uuid
from dataclasses import replace

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import connection

from apps.accounts.choices import Role
from apps.accounts.models import AuditEvent
from apps.permissions import letters, services
from apps.permissions.choices import AgreementState, PartyRole, Renewal
from apps.permissions.models import PublisherAgreement
from apps.permissions.services import Terms
from tests.accounts.factories import make_person
from tests.asking import as_person
from tests.factories import make_agreement, make_publisher, make_title

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 21)
DAY = dt.timedelta(days=1)
NEW = "/permissions/agreements/new/"
LAPSED, WITHDRAWN, SIGNED = AgreementState.LAPSED, AgreementState.WITHDRAWN, AgreementState.SIGNED


@pytest.fixture(autouse=True)
def today(settings):
    settings.NODE = replace(settings.NODE, permission_policy="written", network_name="")
    with time_machine.travel(dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC), tick=False):
        yield


def ended(starts="2024-01-01", ends="2025-12-31", state=LAPSED, **more) -> PublisherAgreement:
    days = {
        name: dt.date.fromisoformat(day) if day else None
        for name, day in (("starts", starts), ("ends", ends))
    }
    given = {"name": "Old", "state": state, "closed_on": days["ends"], **days, **more}
    return make_agreement(make_publisher(), **given)


def page(row) -> str:
    return f"/permissions/agreements/{row.pk}/"


@pytest.mark.parametrize(
    ("given", "period"),
    [
        ({}, ("2026-11-21", "2028-11-20")),
        ({"ends": "2026-12-31", "state": SIGNED, "closed_on": None}, ("2027-01-01", "2029-12-31")),
        ({"starts": "2024-02-10", "ends": "2024-02-19"}, ("2026-11-21", "2026-11-30")),
        ({"renewal": Renewal.BY_HAND, "renewal_months": 6}, ("2026-11-21", "2027-05-20")),
        (
            {"state": WITHDRAWN, "closed_on": dt.date(2026, 3, 1), "ends": "2027-06-30"},
            ("2026-11-21", "2027-06-30"),
        ),
        ({"state": WITHDRAWN, "closed_on": TODAY, "ends": None}, ("2026-11-22", None)),
        ({"state": WITHDRAWN, "closed_on": TODAY, "ends": "2026-11-21"}, ("2026-11-22", "2029-10-12")),
        ({"starts": "2000-01-01", "ends": "2199-12-31", "state": SIGNED}, ("2200-01-01", "2200-12-31")),
    ],
)
def test_the_coming_period_follows_the_past_one_and_is_as_long(given, period):
    wanted = tuple(dt.date.fromisoformat(day) if day else None for day in period)
    assert services.coming_period(ended(**given)) == wanted


@pytest.mark.parametrize("state", [LAPSED, WITHDRAWN, SIGNED])
def test_what_ended_is_renewed_by_a_draft_that_is_linked_both_ways(client, state):
    """Also in the hours before the scanner has written that it ended."""
    old = ended(state=state, clause="As agreed.", preserve="no", notes="Careful.")
    old.titles.set([make_title("Annals of Salt", old.publisher)])
    old.parties.create(name="Host Ltd", role=PartyRole.PLATFORM, email="rights@host.example")
    as_person(client, Role.NETWORK)
    assert f'href="{NEW}?renews={old.pk}"' in client.get(page(old)).content.decode()
    form = client.get(f"{NEW}?renews={old.pk}").context["form"]
    data = {name: form[name].value() for name in form.fields if form[name].value() not in (None, "")}
    assert (str(data["starts"]), str(data["ends"])) == ("2026-11-21", "2028-11-20")
    data["publisher"] = old.publisher.name
    shown = client.post(NEW, data, follow=True).content.decode()
    new = PublisherAgreement.objects.exclude(pk=old.pk).get()
    assert (new.renews, new.state, new.name, new.clause) == (
        old,
        AgreementState.DRAFT,
        "Old (2026–2028)",
        "As agreed.",
    )
    assert (new.preserve, new.notes, new.starts) == ("no", "Careful.", TODAY)
    assert [(one.name, one.role, one.email) for one in new.parties.all()] == [
        ("Host Ltd", PartyRole.PLATFORM, "rights@host.example")
    ]
    assert AuditEvent.objects.filter(subject=f"agreement:{new.pk}").first().after["renews"] == old.pk
    assert f'href="{page(old)}"' in shown.partition("Renews")[2].partition("</dd>")[0]
    shown = client.get(page(old)).content.decode()
    assert f'href="{page(new)}"' in shown.partition("Renewed by")[2].partition("</dd>")[0]
    # Once is enough, and the letter is that of the new one.
    assert "?renews=" not in shown
    assert f'href="{page(new)}letter/"' in shown
    # The same form again is the same draft.
    assert client.post(NEW, data)["Location"] == page(new)
    assert PublisherAgreement.objects.count() == 2


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({}, "Old (2026–2028)"),
        ({"name": "Old (2024–2025)"}, "Old (2026–2028)"),
        ({"name": "Old (2024)"}, "Old (2026–2028)"),
        ({"name": "Rights (printed) 2024"}, "Rights (printed) 2024 (2026–2028)"),
        ({"starts": "2024-02-10", "ends": "2024-02-19"}, "Old (2026)"),
        ({"state": WITHDRAWN, "closed_on": TODAY, "ends": None}, "Old (2026–)"),
        # Within the years of the one before: told apart by the days.
        ({"name": "Old (2026–2028)"}, "Old (2026-11-21 – 2028-11-20)"),
        ({"name": "Old (2026-01-01 – 2026-02-01)"}, "Old (2026–2028)"),
        ({"name": "x" * 300}, f"{'x' * 288} (2026–2028)"),
    ],
)
def test_a_renewal_is_told_from_what_it_renews_by_its_period(client, given, wanted):
    old = ended(**given)
    as_person(client, Role.NETWORK)
    form = client.get(f"{NEW}?renews={old.pk}").context["form"]
    assert form["name"].value() == wanted
    assert len(wanted) <= 300


def test_another_name_of_the_publishers_agreements_is_not_given_twice(client):
    old = ended()
    make_agreement(old.publisher, state=WITHDRAWN, signed_on=None, renews=old, name="Old (2026–2028)")
    as_person(client, Role.NETWORK)
    form = client.get(f"{NEW}?renews={old.pk}").context["form"]
    assert form["name"].value() == "Old (2026-11-21 – 2028-11-20)"


def test_a_renewal_that_came_to_nothing_makes_room_for_another(client):
    old = ended()
    make_agreement(old.publisher, state=WITHDRAWN, signed_on=None, renews=old)
    as_person(client, Role.NETWORK)
    assert f"{NEW}?renews={old.pk}" in client.get(page(old)).content.decode()


@pytest.mark.parametrize("state", [one for one in AgreementState if one not in (LAPSED, WITHDRAWN)])
def test_what_has_not_ended_is_not_renewed(client, state):
    row = ended(ends="2027-12-31", state=state, closed_on=None)
    as_person(client, Role.NETWORK)
    assert "?renews=" not in client.get(page(row)).content.decode()
    with pytest.raises(ValidationError, match="has not ended"):
        services.register_agreement(
            user=make_person("rita", Role.NETWORK),
            publisher=row.publisher,
            terms=Terms(name="New", starts=TODAY),
            state=AgreementState.DRAFT,
            renews=row,
        )
    form = client.get(f"{NEW}?renews={row.pk}").context["form"]
    assert form["name"].value() in (None, "")


def test_what_was_withdrawn_before_anybody_signed_is_not_renewed(client):
    row = ended(state=WITHDRAWN, signed_on=None)
    as_person(client, Role.NETWORK)
    assert "?renews=" not in client.get(page(row)).content.decode()
    assert "You have permitted this before" not in letters.mail_text(letters.content_of(row, TODAY))


@pytest.mark.parametrize("number", ["0", "x", "99999999999999999999", "-1"])
def test_the_number_of_no_agreement_opens_an_empty_form(client, number):
    as_person(client, Role.NETWORK)
    answer = client.get(f"{NEW}?renews={number}")
    assert (answer.status_code, answer.context["form"]["name"].value()) == (200, None)


def test_a_renewal_of_another_publishers_agreement_is_refused(client):
    old = ended()
    other = make_publisher("Marsh Press")
    with pytest.raises(ValidationError, match="of another publisher"):
        services.register_agreement(
            user=make_person("rita", Role.NETWORK),
            publisher=other,
            terms=Terms(name="New", starts=TODAY),
            state=AgreementState.DRAFT,
            renews=old,
        )
    as_person(client, Role.NETWORK)
    data = {
        "publisher": other.name, "name": "New", "state": "draft", "scope": "publisher", "renewal": "none",
        "renewal_months": "12", "notice_days": "0", "remind_days": "90", "renews": str(old.pk),
        "request_key": str(uuid.uuid4()),
    }  # fmt: skip
    answer = client.post(NEW, data)
    assert answer.status_code == 422
    assert "of another publisher" in answer.content.decode()
    assert client.post(NEW, data | {"renews": "77777"}).status_code == 422
    assert PublisherAgreement.objects.count() == 1


@pytest.mark.parametrize("state", [LAPSED, WITHDRAWN, SIGNED])
def test_the_letter_of_what_ended_asks_for_the_coming_period(state):
    text = letters.mail_text(letters.content_of(ended(state=state), TODAY))
    assert "From 21 November 2026 to 20 November 2028" in text
    assert "1 January 2024" not in text
    assert "“Old” ended on 31 December 2025. We ask you to renew it" in " ".join(text.split())


def test_the_letter_of_a_renewal_says_what_it_goes_on_from():
    old = ended()
    new = make_agreement(old.publisher, state=AgreementState.DRAFT, starts=TODAY, ends=None, renews=old)
    text = " ".join(letters.mail_text(letters.content_of(new, TODAY)).split())
    assert "“Old” ended on 31 December 2025. We ask you to renew it" in text
    assert "From 21 November 2026 on, without an end" in text


def test_what_ended_today_is_signed_anew_before_the_scanner_comes(client):
    row = ended(state=SIGNED, closed_on=None)
    as_person(client, Role.NETWORK)
    form = client.get(page(row)).context["move"]
    assert [value for value, _label in form.fields["to"].choices] == ["signed"]
    assert "ends" in form.fields
    sent = {"version": row.version, "to": "signed", "on": "2026-11-21", "ends": "2027-12-31"}
    assert client.post(f"{page(row)}move/", sent).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.signed_on, row.ends) == (SIGNED, TODAY, dt.date(2027, 12, 31))
    assert [
        one.action for one in AuditEvent.objects.filter(subject=f"agreement:{row.pk}").order_by("pk")
    ] == [
        "permissions.lapse",
        "permissions.move",
    ]


def renewal_form(client, old) -> dict:
    form = client.get(f"{NEW}?renews={old.pk}").context["form"]
    data = {name: form[name].value() for name in form.fields if form[name].value() not in (None, "")}
    return {**data, "publisher": old.publisher.name}


def test_of_two_people_who_renew_at_once_the_second_is_told(client):
    old = ended()
    as_person(client, Role.NETWORK)
    first, second = renewal_form(client, old), renewal_form(client, old)
    client.post(NEW, {**first, "name": "Ren A"})
    new = PublisherAgreement.objects.get(name="Ren A")
    answer = client.post(NEW, {**second, "name": "Ren B"})
    assert answer.status_code == 422
    said = answer.content.decode()
    assert (
        f'“Old” was renewed since this form was made, by “<a href="{page(new)}">Ren A</a>”; nothing was saved now.'
        in said
    )
    assert PublisherAgreement.objects.count() == 2
    # Once that came to nothing, the same form holds.
    PublisherAgreement.objects.filter(pk=new.pk).update(state=WITHDRAWN)
    assert client.post(NEW, {**second, "name": "Ren B"}).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_two_renewals_at_the_same_moment_are_one():
    old = ended()
    person = make_person("nina", Role.NETWORK)
    start, told = threading.Barrier(2), []

    def renew(name: str) -> None:
        try:
            start.wait()
            services.register_agreement(
                user=person,
                publisher=old.publisher,
                terms=Terms(name=name, starts=TODAY),
                state=AgreementState.DRAFT,
                renews=old,
                request_key=uuid.uuid4(),
            )
        except services.RenewedBeforeError as error:
            told.append(error.agreement.name)
        finally:
            connection.close()

    threads = [threading.Thread(target=renew, args=(name,)) for name in ("A", "B")]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert told == [old.renewals.get().name]
