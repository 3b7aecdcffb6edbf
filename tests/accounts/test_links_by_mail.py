"""Where mail is configured, a one-time link goes to its person and to nobody else; else it is shown as before."""

import re
from dataclasses import replace

import pytest
from django.test import Client

from apps.accounts.choices import Role
from apps.accounts.models import AuditEvent, OneTimeLink, User
from tests.accounts.factories import make_person
from tests.simulators.mail_server import mail_server

pytestmark = pytest.mark.django_db
NEW = {"password1": "seven quiet herons", "password2": "seven quiet herons"}


@pytest.fixture
def box(settings):
    with mail_server() as found:
        settings.NODE = replace(
            settings.NODE,
            mail_host="127.0.0.1",
            mail_port=found.port,
            mail_tls="none",
            name="Alder College node",
            public_url="https://portal.example",
        )
        yield found


@pytest.fixture
def boss() -> Client:
    client = Client()
    client.force_login(make_person("alice", Role.SYSTEM))
    return client


@pytest.fixture
def bob() -> User:
    return make_person("bob", Role.LIBRARIAN, email="bob@lib.example")


def made(boss: Client, person: User) -> str:
    """The page that the administrator ends up on."""
    answer = boss.post(f"/accounts/people/{person.pk}/link/", follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_it_is_mailed_to_its_person_and_not_shown(boss, bob, box):
    page = made(boss, bob)
    [mail] = box.mails
    assert mail["X-Envelope-To"] == "bob@lib.example"
    assert mail["Subject"] == "[Alder College node] Set your password"
    assert mail["Auto-Submitted"] == "auto-generated"
    (text,) = re.findall(r"https://portal\.example/accounts/link/([^/\s]+)/", mail.get_content())
    assert "bob" in mail.get_content()
    assert text not in page
    assert "A link was sent to bob@lib.example" in page
    assert text not in str(list(OneTimeLink.objects.values())) + str(list(AuditEvent.objects.values()))
    assert list(AuditEvent.objects.order_by("pk").values_list("action", flat=True)) == [
        "accounts.link-make",
        "accounts.link-mail",
    ]
    # A scanner of mail, and a client that shows a preview, look first.
    for method in ("head", "get", "get", "head"):
        assert getattr(Client(), method)(f"/accounts/link/{text}/").status_code == 200
    assert Client().post(f"/accounts/link/{text}/", NEW)["Location"] == "/accounts/sign-in/"
    assert User.objects.get(pk=bob.pk).check_password(NEW["password1"])


def test_it_is_shown_where_no_mail_is_configured_or_nobody_can_be_written_to(boss, bob, box, settings):
    other = make_person("carol", Role.READER)
    assert "/accounts/link/" in made(boss, other)
    settings.NODE = replace(settings.NODE, mail_host="")
    assert "/accounts/link/" in made(boss, bob)
    assert box.mails == []


def test_it_is_shown_where_the_mail_server_does_not_take_it(boss, bob, box):
    box.refuse = "554 not today, for bob@lib.example"
    page = made(boss, bob)
    assert "The mail server did not take the mail" in page
    assert "not today" not in page
    assert re.search(r"https://portal\.example/accounts/link/[^/\s]+/", page)
    assert not AuditEvent.objects.filter(action="accounts.link-mail").exists()


def test_strangers_learn_nothing_about_accounts(boss, bob, box):
    made(boss, bob)
    assert Client().post(f"/accounts/people/{bob.pk}/link/")["Location"].startswith("/accounts/sign-in/")
    no_such, of_nobody = (Client().post(f"/accounts/people/{pk}/link/") for pk in (bob.pk, 999_999))
    assert no_such["Location"].partition("?")[0] == of_nobody["Location"].partition("?")[0]
    for text in ("bob", "nobody"):
        answer = Client().get(f"/accounts/link/{text}/")
        assert answer.status_code == 404
        assert "was used, or is too old" in answer.content.decode()
        assert "bob@lib.example" not in answer.content.decode()
    assert len(box.mails) == 1
