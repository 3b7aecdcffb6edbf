"""Alerts that arrive: at a real mail server and a real receiver of POSTs, once, and after faults too."""

import datetime as dt
import json
import ssl
from dataclasses import replace

import pytest
import time_machine

from apps.accounts.choices import Role
from apps.accounts.services import audit, seal
from apps.accounts.services import head as newest_seal
from apps.common import jobs
from apps.common.models import Job
from apps.nodes import tasks
from apps.nodes.alert_condition import Condition
from apps.nodes.choices_alerts import AlertKind, Weight
from apps.nodes.models import AlertMessage, AlertRule
from apps.nodes.services import alerting, sending, telling
from tests.accounts.factories import make_person
from tests.nodes.watching import full, saying, watched
from tests.simulators.hook_receiver import hook_receiver
from tests.simulators.mail_server import mail_server

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def box():
    with mail_server() as found:
        yield found


@pytest.fixture
def node(settings, tmp_path, box):
    plain = {"mail_host": "127.0.0.1", "mail_port": box.port, "mail_tls": "none"}
    settings.NODE = watched(tmp_path, public_url="https://portal.example", **plain)
    return settings


@pytest.fixture
def person(node):
    return make_person("alice", Role.SYSTEM, email="alice@lib.example")


def again() -> None:
    """The pause before the next attempt is over."""
    AlertMessage.objects.filter(sent_at=None).update(next_attempt_at=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))


def test_a_mail_arrives_once(person, box):
    alerting.look(saying(full()))
    assert sending.send_due() == 1
    assert sending.send_due() == 0
    alerting.look(saying(full()))
    assert sending.send_due() == 0
    [mail] = box.mails
    assert mail["X-Envelope-To"] == "alice@lib.example"
    assert mail["From"] == "lockss@portal.example"
    assert mail["Subject"].startswith("[Alder College node] Warning: Of the disk with content")
    assert mail["Auto-Submitted"] == "auto-generated"
    text = mail.get_content()
    assert "Make room or add a disk." in text
    assert "https://portal.example/alerts/" in text
    alerting.look(saying())
    assert sending.send_due() == 1
    assert "Over: " in box.mails[1].get_content()


def test_the_task_has_it_sent_by_a_job(person, box, monkeypatch):
    monkeypatch.setattr(alerting.look, "__defaults__", (saying(full()),))
    tasks.scan_alerts()
    tasks.scan_alerts()
    job = Job.objects.get(kind=tasks.SEND)
    assert jobs.run(job.pk) == "done"
    assert len(box.mails) == 1
    tasks.scan_alerts()
    assert Job.objects.filter(kind=tasks.SEND).count() == 1


def test_a_mail_server_that_refuses_gets_the_same_mail_later(person, box):
    box.refuse = "451 come back later"
    alerting.look(saying(full()))
    assert sending.send_due() == 0
    row = AlertMessage.objects.get()
    assert (row.attempts, row.sent_at) == (1, None)
    assert "come back later" in row.error
    # Not at once: the pause grows.
    assert sending.send_due() == 0
    assert AlertMessage.objects.get().attempts == 1
    again()
    sending.send_due()
    box.refuse = ""
    again()
    assert sending.send_due() == 1
    assert box.mails[0]["Message-ID"] == f"<alert-{row.key}@portal.example>"
    assert AlertMessage.objects.get().error == ""


def test_a_clock_that_was_ahead_holds_no_message_back(person, box):
    """What was planned under a wrong clock is told under the right one, not years later."""
    ahead = dt.datetime.now(dt.UTC) + 4000 * HOUR
    box.refuse = "451 come back later"
    with time_machine.travel(ahead, tick=False):
        alerting.look(saying(full()))
        assert sending.send_due() == 0
    box.refuse = ""
    assert sending.waiting()
    assert sending.send_due() == 1
    with time_machine.travel(ahead, tick=False):
        alerting.look(saying())
        telling.plan()
    assert sending.waiting()
    assert sending.send_due() == 1


def test_pauses_grow_to_six_hours():
    pauses = [sending.pause(n) for n in range(1, 40)]
    assert pauses[0] == dt.timedelta(seconds=30)
    assert pauses == sorted(pauses)
    assert pauses[-1] == 6 * HOUR


def test_a_kill_after_the_sending_says_the_same_under_the_same_name(person, box, monkeypatch):
    """The end of the attempt was not noted: the mail comes twice, and is known by its Message-ID."""
    alerting.look(saying(full()))

    class Killed(BaseException):
        pass

    real = sending.send_mail

    def dies(row):
        real(row)
        raise Killed

    monkeypatch.setattr(sending, "send_mail", dies)
    with pytest.raises(Killed):
        sending.send_due()
    monkeypatch.setattr(sending, "send_mail", real)
    # Nothing is lost, and nothing is sent again before the pause is over.
    assert sending.send_due() == 0
    again()
    assert sending.send_due() == 1
    first, second = box.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert first.get_content() == second.get_content()


def test_what_is_due_for_one_person_is_one_mail(person, box):
    AlertRule.objects.create(user=person, zone="Europe/Berlin")
    other = make_person("bob", Role.SYSTEM, email="bob@lib.example")
    rules = {**saying(full()), AlertKind.BROKER: lambda: [Condition("broker", Weight.CRITICAL, {})]}
    alerting.look(rules)
    assert sending.send_due() == 2
    assert {mail["X-Envelope-To"] for mail in box.mails} == {person.email, other.email}
    for mail in box.mails:
        assert mail["Subject"] == "[Alder College node] 2 alerts"
        assert "Critical: The broker does not answer" in mail.get_content()


def test_tls_and_a_password(node, tmp_path, tls_files):
    certificate, key = tls_files
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with mail_server(tls=context, user="node", password="secret") as safe:
        known = {
            "mail_port": safe.port,
            "mail_tls": "starttls",
            "mail_user": "node",
            "mail_host": "localhost",
        }
        node.NODE = replace(node.NODE, mail_password="wrong", mail_ca_file=str(certificate), **known)
        make_person("alice", Role.SYSTEM, email="alice@lib.example")
        alerting.look(saying(full()))
        assert sending.send_due() == 0
        assert "535" in AlertMessage.objects.get().error
        assert "wrong" not in AlertMessage.objects.get().error
        node.NODE = replace(node.NODE, mail_password="secret")
        again()
        assert sending.send_due() == 1
        assert len(safe.mails) == 1
        # A server that nobody vouches for gets neither password nor mail.
        node.NODE = replace(node.NODE, mail_ca_file="")
        alerting.look(saying())
        assert sending.send_due() == 0
        assert "the server's certificate is signed by" in AlertMessage.objects.latest("pk").error


@pytest.fixture
def tls_files(tmp_path):
    from tests.nodes.certificates import self_signed

    return self_signed(tmp_path, "localhost")


@pytest.fixture
def hook(node):
    with hook_receiver() as receiver:
        node.NODE = replace(
            node.NODE,
            mail_host="",
            webhook_url=receiver.url,
            webhook_secret="shared",
            webhook_private_hosts=(f"127.0.0.1:{receiver.port}",),
        )
        yield receiver


def test_a_post_arrives_signed(hook):
    alerting.look(saying(full()))
    assert sending.send_due() == 1
    assert sending.send_due() == 0
    [post] = hook.came
    assert post.path == "/hook?key=1"
    said = json.loads(post.body)
    assert (said["kind"], said["event"], said["severity"]) == ("disk-full", "raised", "warning")
    assert said["page"].startswith("https://portal.example/alerts/")
    stamp = post.headers["x-lockss-timestamp"]
    assert post.headers["x-lockss-signature"] == f"sha256={sending.signature('shared', stamp, post.body)}"
    row = AlertMessage.objects.get()
    assert post.headers["x-lockss-delivery"] == str(row.key)
    # The address may hold a secret: only its host is kept.
    assert row.address == "http://127.0.0.1"


@pytest.mark.parametrize("status", [302, 404, 500])
def test_another_answer_is_no_arrival(hook, status):
    hook.answer = status
    alerting.look(saying(full()))
    assert sending.send_due() == 0
    assert str(status) in AlertMessage.objects.get().error
    hook.answer = 200
    again()
    assert sending.send_due() == 1
    assert hook.came[0].body == hook.came[1].body
    assert hook.came[0].headers["x-lockss-delivery"] == hook.came[1].headers["x-lockss-delivery"]


def test_a_private_host_is_posted_to_only_where_it_is_allowed(hook, node):
    node.NODE = replace(node.NODE, webhook_private_hosts=())
    alerting.look(saying(full()))
    assert sending.send_due() == 0
    assert hook.came == []
    assert "not public" in AlertMessage.objects.get().error


def test_a_mail_tells_the_head_of_the_audit_record(person, box):
    audit(action="x.y", subject="s")
    seal()
    head = newest_seal()
    alerting.look(saying(full()))
    assert sending.send_due() == 1
    assert f"{head.position}:{bytes(head.digest).hex()}" in box.mails[0].get_content()
