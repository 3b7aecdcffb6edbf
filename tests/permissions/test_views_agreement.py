"""The page of an agreement, what is done on it, its letters, and the list: the right person, the wrong one, nobody."""

import datetime as dt
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.accounts.choices import Role
from apps.common.clock import now
from apps.permissions import services
from apps.permissions.choices import AgreementState, Channel, PartyRole, ReminderKind
from apps.permissions.models import AgreementContact, AgreementLetter, AgreementReminder, PublisherAgreement
from apps.permissions.services import LogLine
from tests import factories as make
from tests.asking import as_person, check_acting, check_reading, last_audit
from tests.sample import sample_settings

pytestmark = pytest.mark.django_db
LIST = "/permissions/agreements/"
DAY = dt.timedelta(days=1)


@pytest.fixture
def row(settings, tmp_path) -> PublisherAgreement:
    settings.NODE = sample_settings(tmp_path)
    return make.make_agreement(make.make_publisher(), notes="Their lawyer is careful.", clause="Keep it.")


def page(row, rest: str = "") -> str:
    return f"{LIST}{row.pk}/{rest}"


def today() -> str:
    return services.today().isoformat()


def test_who_sees_what_of_an_agreement(client, row):
    writer = as_person(client, Role.NETWORK)
    services.add_contact(
        agreement=row,
        user=writer,
        line=LogLine(on=services.today(), channel=Channel.PHONE, who="Ms Reed", said="Fees were discussed."),
    )
    services.add_party(
        agreement=row, user=writer, name="Host Ltd", role=PartyRole.PLATFORM, email="a@b.example"
    )
    shown = check_reading(client, page(row), "permissions/agreement.html")
    assert row.name in shown
    secrets = {"Fees were discussed.", "Their lawyer is careful.", "a@b.example", "/change/", "/letter/"}
    known = {"Host Ltd", "What was done to it", "Documents"}
    assert [word for word in secrets | known if word in shown] == []
    as_person(client, Role.LIBRARIAN)
    shown = client.get(page(row)).content.decode()
    assert [word for word in secrets if word in shown] == []
    assert [word for word in known if word not in shown] == []
    as_person(client, Role.NETWORK)
    shown = client.get(page(row)).content.decode()
    assert [word for word in secrets | known if word not in shown] == []


ACTS = (
    ("move/", {"to": "withdrawn"}),
    ("parties/", {"party-name": "Host Ltd", "party-role": "platform"}),
    ("documents/", {}),
    ("contacts/", {"contact-said": "x"}),
    ("letter/sent/", {}),
)


@pytest.mark.parametrize(("act", "data"), ACTS, ids=[act for act, _ in ACTS])
def test_only_network_administrators_act(client, row, act, data):
    check_acting(client, page(row, act), [Role.NETWORK], data)


def test_only_network_administrators_take_parties_and_reminders_away(client, row):
    party = services.add_party(agreement=row, user=None, name="Host Ltd", role=PartyRole.PLATFORM)
    reminder = remind(row)
    check_acting(client, page(row, f"parties/{party.pk}/remove/"), [Role.NETWORK])
    check_acting(client, f"/permissions/reminders/{reminder.pk}/done/", [Role.NETWORK])
    as_person(client, Role.NETWORK)
    for _ in range(2):
        assert client.post(page(row, f"parties/{party.pk}/remove/")).status_code == 302
        assert client.post(f"/permissions/reminders/{reminder.pk}/done/").status_code == 302
    assert not row.parties.exists()
    assert not services.open_reminders().exists()


def remind(row) -> AgreementReminder:
    return AgreementReminder.objects.create(
        agreement=row, kind=ReminderKind.ENDS, due_on=row.ends, made_at=now()
    )


def test_take_it_to_another_state(client, row):
    as_person(client, Role.NETWORK)
    data = {"version": 0, "to": "withdrawn", "on": today()}
    for _ in range(2):
        # Sent twice: the second finds it done.
        answer = client.post(page(row, "move/"), data)
        assert (answer.status_code, answer["Location"]) == (302, page(row))
    row.refresh_from_db()
    assert (row.state, row.closed_on, row.version) == ("withdrawn", services.today(), 1)
    # An old page: refused in words, and nothing done.
    shown = client.post(page(row, "move/"), data | {"to": "signed"}, follow=True).content.decode()
    assert "Somebody has changed this agreement" in shown
    row.refresh_from_db()
    assert row.state == "withdrawn"


@pytest.mark.parametrize(
    ("change", "field"),
    [({"to": "lapsed"}, "to"), ({"to": "whim"}, "to"), ({"on": "2126-01-01"}, "on"), ({"on": ""}, "on")],
)
def test_a_state_that_cannot_be(client, row, change, field):
    as_person(client, Role.NETWORK)
    data = {"version": 0, "to": "withdrawn", "on": today(), **change}
    answer = client.post(page(row, "move/"), data)
    assert answer.status_code == 422
    assert list(answer.context["move"].errors) == [field]
    row.refresh_from_db()
    assert row.state == "signed"


def test_an_agreement_that_ended_is_signed_anew(client, row):
    PublisherAgreement.objects.filter(pk=row.pk).update(ends=services.today() - DAY)
    services.lapse_agreements()
    as_person(client, Role.NETWORK)
    assert "New last day" in client.get(page(row)).content.decode()
    later = services.today() + 365 * DAY
    client.post(page(row, "move/"), {"version": 1, "to": "signed", "on": today(), "ends": later.isoformat()})
    row.refresh_from_db()
    assert (row.state, row.ends) == ("signed", later)


def test_the_log(client, row):
    as_person(client, Role.NETWORK)
    data = {
        "contact-request_key": str(uuid.uuid4()),
        "contact-on": today(),
        "contact-channel": "phone",
        "contact-who": "Ms Reed",
        "contact-said": "They sign <b>soon</b>.",
        "contact-next_step": "Call again",
        "contact-next_on": today(),
    }
    for _ in range(3):
        client.post(page(row, "contacts/"), data)
    assert AgreementContact.objects.count() == 1
    assert "They sign &lt;b&gt;soon&lt;/b&gt;." in client.get(page(row)).content.decode()
    wrong = client.post(page(row, "contacts/"), data | {"contact-request_key": "", "contact-next_step": ""})
    assert list(wrong.context["contact"].errors) == ["next_step"]
    services.remind()
    assert "Call again" in client.get("/").content.decode()


def test_add_documents_and_parties(client, row):
    as_person(client, Role.NETWORK)
    file = SimpleUploadedFile("signed.pdf", b"%PDF-1.7")
    client.post(page(row, "documents/"), {"documents": [file]})
    assert row.documents.get().name == "signed.pdf"
    assert list(client.post(page(row, "documents/")).context["papers"].errors) == ["documents"]
    client.post(page(row, "parties/"), {"party-name": "Host Ltd", "party-role": "platform"})
    assert row.parties.get().role == PartyRole.PLATFORM
    wrong = client.post(
        page(row, "parties/"), {"party-name": "H", "party-role": "platform", "party-email": "no"}
    )
    assert list(wrong.context["party"].errors) == ["email"]


def test_home_reminds(client, row):
    remind(row)
    as_person(client, Role.NETWORK)
    shown = client.get("/").content.decode()
    assert "Its last day is" in shown
    for n in range(3):
        remind(make.make_agreement(row.publisher, name=f"Further {n}"))
    assert "Agreements whose day is near" in client.get("/").content.decode()


# Letters


@pytest.mark.parametrize("rest", ["letter/", "letter/pdf/"])
def test_letters_are_for_network_administrators(client, row, rest):
    client.logout()
    assert client.get(page(row, rest)).status_code == 302
    for role in (Role.LIBRARIAN, Role.REPORTS, Role.READER):
        as_person(client, role)
        assert client.get(page(row, rest)).status_code == 403
    as_person(client, Role.NETWORK)
    assert client.get(page(row, rest)).status_code == 200


def test_the_letter_form_of_another_agreement_is_answered_in_words(client, row):
    other = make.make_agreement(row.publisher, name="The other one")
    as_person(client, Role.NETWORK)
    data = {"version": row.version, "request_key": str(uuid.uuid4()), "on": today()}
    assert client.post(page(other, "letter/sent/"), data | {"version": other.version}).status_code == 302
    answer = client.post(page(row, "letter/sent/"), data)
    assert answer.status_code == 422
    assert "made for “The other one”, another agreement" in answer.content.decode()
    assert not row.letters.exists()
    # The page that says so can be sent.
    again = {"request_key": answer.context["form"]["request_key"].value()}
    assert client.post(page(row, "letter/sent/"), data | again)["Location"] == page(row, "letters/1/")


def test_a_letter_is_sent_once_and_kept(client, row):
    PublisherAgreement.objects.filter(pk=row.pk).update(state=AgreementState.DRAFT, signed_on=None)
    as_person(client, Role.NETWORK)
    form = client.get(page(row, "letter/")).context["form"]
    data = {
        "version": form["version"].value(),
        "request_key": str(form["request_key"].value()),
        "on": today(),
    }
    there = {client.post(page(row, "letter/sent/"), data)["Location"] for _ in range(3)}
    assert there == {page(row, "letters/1/")}
    row.refresh_from_db()
    assert (row.state, AgreementLetter.objects.count()) == ("sent", 1)
    assert last_audit().action == "permissions.move"
    stale = client.post(page(row, "letter/sent/"), data | {"request_key": str(uuid.uuid4())})
    assert stale.status_code == 422
    assert "Somebody has changed" in stale.content.decode()
    row.publisher.name = "Renamed"
    row.publisher.save()
    kept = client.get(page(row, "letters/1/")).content.decode()
    assert "Tidewater Press" in kept
    pdf = client.get(page(row, "letters/1/pdf/"))
    assert pdf.content == bytes(AgreementLetter.objects.get().pdf)
    assert pdf["Content-Disposition"].startswith("attachment")
    assert client.get(page(row, "letters/2/")).status_code == 404
    as_person(client, Role.LIBRARIAN)
    assert client.get(page(row, "letters/1/")).status_code == 403
    assert client.get(page(row, "letters/1/pdf/")).status_code == 403


# The list


def listed(client, query: str) -> list[str]:
    answer = client.get(f"{LIST}{query}")
    assert answer.status_code == 200, answer.content
    return [one.name for one in answer.context["list"].items]


def test_the_list_is_narrowed_sorted_and_taken_along(client, row):
    day = services.today()
    other = make.make_publisher("Aster House")
    make.make_agreement(other, name="B", ends=day + 10 * DAY, serve="no")
    make.make_agreement(other, name="C", state=AgreementState.DRAFT, ends=day + 5 * DAY, serve="yes")
    make.make_agreement(other, name="D", ends=day - DAY)
    check_reading(client, LIST)
    as_person(client)
    assert listed(client, "?ends=30") == ["B"]
    assert listed(client, "?state=draft") == ["C"]
    assert listed(client, "?right=serve.no") == ["B"]
    assert listed(client, "?right=serve.yes") == ["C"]
    assert listed(client, f"?right=serve.unsaid&publisher={other.pk}") == ["D"]
    assert listed(client, "?q=aster&sort=-name") == ["D", "C", "B"]
    assert listed(client, "?sort=ends") == ["D", "C", "B", row.name]
    assert listed(client, "?sort=-publisher&size=25")[0] == row.name
    for query in ("?right=serve", "?right=whim.no", "?ends=31", "?sort=notes", "?whim=1"):
        assert client.get(f"{LIST}{query}").status_code == 400, query
    taken = client.get(f"{LIST}?format=csv&right=serve.no")
    assert b"not: serve to our own readers" in b"".join(taken.streaming_content)
