"""The pages of alerts: everybody reads, some acknowledge, each sets what they themselves are told."""

from dataclasses import replace

import pytest

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.nodes.choices_alerts import Weight
from apps.nodes.models import Alert, AlertNotice, AlertRule
from apps.nodes.services import alerting
from tests.accounts.factories import make_person
from tests.asking import as_person, check_acting, check_reading, last_audit
from tests.nodes.watching import full, saying, watched

pytestmark = pytest.mark.django_db


@pytest.fixture
def node(settings, tmp_path):
    settings.NODE = watched(tmp_path, mail_host="127.0.0.1")
    return settings


@pytest.fixture
def alert(node) -> Alert:
    make_person("keeper", Role.SYSTEM, email="keeper@lib.example", first_name="Kay", last_name="Per")
    alerting.look(saying(full()))
    return Alert.objects.get()


def test_the_list(client, alert):
    page = check_reading(client, "/alerts/")
    assert f'href="/alerts/{alert.pk}/"' in page
    assert "Of the disk with content" in page
    assert "Nothing matches" in client.get("/alerts/?severity=critical").content.decode() or (
        f"/alerts/{alert.pk}/" not in client.get("/alerts/?severity=critical").content.decode()
    )
    csv = client.get("/alerts/?format=csv").getvalue().decode("utf-8-sig")
    assert "Of the disk with content" in csv
    assert client.get("/alerts/?severity=nonsense").status_code == 400


def test_one_alert_says_why_what_next_and_who_was_told(client, alert):
    page = check_reading(client, f"/alerts/{alert.pk}/", "nodes/alert.html")
    for words in ("Content grows with each collection.", "Make room or add a disk.", "to be told to Kay Per"):
        assert words in page
    assert "I see to it" not in page


def test_acknowledge(client, alert):
    path = f"/alerts/{alert.pk}/acknowledge/"
    check_acting(client, path, [Role.LIBRARIAN, Role.NETWORK])
    person = as_person(client, Role.LIBRARIAN)
    assert "I see to it" in client.get(f"/alerts/{alert.pk}/").content.decode()
    assert client.post(path, {"note": "x" * 2001}).status_code == 422
    page = client.post(path, {"note": "A disk is <b>ordered</b>."}, follow=True).content.decode()
    assert "It is acknowledged." in page
    assert "A disk is &lt;b&gt;ordered&lt;/b&gt;." in page
    assert Alert.objects.get().acknowledged_by == person
    assert last_audit().action == "alerts.acknowledge"
    # Not twice, and not by another in the first one's place.
    as_person(client, Role.NETWORK)
    assert "Somebody has acknowledged it already." in client.post(path, follow=True).content.decode()
    assert Alert.objects.get().acknowledged_by == person


def test_what_is_over_is_not_acknowledged(client, alert):
    alerting.look(saying())
    as_person(client, Role.LIBRARIAN)
    page = client.post(f"/alerts/{alert.pk}/acknowledge/", follow=True).content.decode()
    assert "Its cause is gone already." in page


def test_home_shows_what_alarms(client, alert):
    as_person(client)
    assert f'href="/alerts/{alert.pk}/"' in client.get("/").content.decode()
    alerting.acknowledge(alert=alert, by=as_person(client, Role.LIBRARIAN))
    assert f'href="/alerts/{alert.pk}/"' not in client.get("/").content.decode()


def test_my_rules(client, alert):
    client.logout()
    assert client.get("/alerts/rules/")["Location"].startswith("/accounts/sign-in/")
    person = as_person(client, Role.READER)
    User.objects.filter(pk=person.pk).update(email="rea@lib.example")
    given = {
        "version": 0,
        "mail": "on",
        "severities": ["critical"],
        "digest_hour": "7",
        "quiet_from": "22:00",
        "quiet_until": "06:30",
        "zone": "Europe/Berlin",
    }
    assert "It is kept." in client.post("/alerts/rules/", given, follow=True).content.decode()
    rule = AlertRule.objects.get(user=person)
    assert (rule.severities, rule.digest_hour, rule.zone) == (["critical"], 7, "Europe/Berlin")
    assert rule.quiet_until.isoformat() == "06:30:00"
    page = client.get("/alerts/rules/").content.decode()
    assert 'value="22:00"' in page
    # The old form again: refused with a sentence.
    answer = client.post("/alerts/rules/", given)
    assert answer.status_code == 422
    assert "changed these rules elsewhere" in answer.content.decode()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"severities": []}, "At least one"),
        ({"quiet_until": ""}, "both a beginning and an end"),
        ({"zone": "Mars/Olympus"}, "Mars/Olympus"),
        ({"digest_hour": "24"}, "24"),
        ({"severities": ["loud"]}, "loud"),
    ],
)
def test_rules_that_make_no_sense(client, node, change, words):
    User.objects.filter(pk=as_person(client).pk).update(email="rea@lib.example")
    given = {"version": 0, "mail": "on", "severities": ["critical"], "zone": "UTC", "quiet_from": "22:00"}
    given |= {"quiet_until": "06:00", "digest_hour": "", **change}
    answer = client.post("/alerts/rules/", given)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not AlertRule.objects.exists()


NO_ADDRESS = "Your account has no e-mail address. A system administrator can enter it."
MAIL = {"version": 0, "mail": "on", "severities": ["critical"], "zone": "UTC"}


@pytest.mark.parametrize(
    ("host", "email", "lacking"),
    [("127.0.0.1", "", NO_ADDRESS), ("", "rea@lib.example", "mail_host"), ("", "", "mail_host")],
)
def test_nobody_is_promised_mail_that_cannot_come(client, node, host, email, lacking):
    """What is missing stands beside the tick, and the tick is refused with the same words."""
    node.NODE = replace(node.NODE, mail_host=host)
    person = as_person(client, Role.READER)
    User.objects.filter(pk=person.pk).update(email=email)
    field = client.get("/alerts/rules/").context["form"]["mail"]
    assert lacking in str(field.help_text)
    answer = client.post("/alerts/rules/", MAIL)
    assert answer.status_code == 422
    assert lacking in str(answer.context["form"].errors["mail"])
    assert not AlertRule.objects.exists()
    # Without the tick all else is kept.
    assert client.post("/alerts/rules/", {**MAIL, "mail": ""}).status_code == 302
    assert not AlertRule.objects.get(user=person).mail


def test_mail_is_not_ticked_for_who_has_no_address(client, node):
    """An administrator of the system is told by mail unless she says otherwise: not without an address."""
    node.NODE = replace(node.NODE, mail_host="127.0.0.1")
    person = as_person(client, Role.SYSTEM)
    User.objects.filter(pk=person.pk).update(email="")
    page = client.get("/alerts/rules/")
    assert not page.context["form"]["mail"].value()
    assert f'href="/accounts/people/{person.pk}/"' in page.content.decode()
    refused = client.post("/alerts/rules/", MAIL).content.decode()
    # Beside the field and in the summary above the form, not in its help again.
    assert refused.count("has no e-mail address") == 2
    kept = client.post("/alerts/rules/", {**MAIL, "mail": ""}, follow=True).content.decode()
    assert "It is kept. No alert is told to you by e-mail" in kept
    assert "is told by these rules" not in kept
    User.objects.filter(pk=person.pk).update(email="sys@lib.example")
    AlertRule.objects.all().delete()
    assert client.get("/alerts/rules/").context["form"]["mail"].value()
    kept = client.post("/alerts/rules/", MAIL, follow=True).content.decode()
    assert "is told by these rules" in kept


@pytest.mark.parametrize(
    ("url", "said"),
    [("", "posted nowhere"), ("https://hooks.lib.example/secret", "posted to https://hooks.lib.example")],
)
def test_the_rules_say_where_alerts_are_posted_and_where_that_is_set(client, node, url, said):
    node.NODE = replace(node.NODE, webhook_url=url)
    as_person(client, Role.READER)
    page = client.get("/alerts/rules/").content.decode()
    assert said in page
    assert "secret" not in page
    assert 'href="/node/#settings"' in page
    node_page = client.get("/node/").content.decode()
    assert 'id="settings"' in node_page
    assert "webhook_url" in node_page
    assert "hooks.lib.example/secret" not in node_page


def test_a_wish_that_was_kept_outlives_a_mail_server_that_is_away(client, node):
    person = as_person(client, Role.READER)
    User.objects.filter(pk=person.pk).update(email="rea@lib.example")
    assert not client.get("/alerts/rules/").context["form"]["mail"].help_text
    assert client.post("/alerts/rules/", MAIL).status_code == 302
    node.NODE = replace(node.NODE, mail_host="")
    assert client.post("/alerts/rules/", {**MAIL, "version": 1, "digest_hour": "7"}).status_code == 302
    assert AlertRule.objects.get(user=person).mail
    assert "mail_host" in str(client.get("/alerts/rules/").context["form"]["mail"].help_text)


def test_who_wants_no_mail_gets_what_waits_no_more(client, alert):
    person = AlertNotice.objects.get().user
    client.force_login(person)
    client.post("/alerts/rules/", {"version": 0, "zone": "UTC", "severities": [Weight.CRITICAL]})
    assert not AlertNotice.objects.filter(user=person).exists()


NO_SERVER = "This node names no mail server (mail_host), so nobody gets e-mail."


def test_without_a_mail_server_all_pages_say_so(client, settings, tmp_path):
    settings.NODE = watched(tmp_path)
    as_person(client, Role.SYSTEM)
    for path in ("/alerts/", "/alerts/rules/"):
        page = " ".join(client.get(path).content.decode().split())
        assert NO_SERVER in page, path
        assert "sent by e-mail" not in page, path
    alerting.look(saying(full()))
    page = client.get(f"/alerts/{Alert.objects.get().pk}/").content.decode()
    assert NO_SERVER in page
    assert "webhook_url" in page
    assert "wants to be told" not in page


def test_whoever_lacks_an_address_is_named(client, node):
    make_person("keeper", Role.SYSTEM)
    alerting.look(saying(full()))
    as_person(client)
    for path in ("/alerts/", f"/alerts/{Alert.objects.get().pk}/"):
        page = client.get(path).content.decode()
        assert "has no e-mail address: keeper." in page, path
        assert NO_SERVER not in page, path


def test_where_nobody_wants_to_be_told_that_is_the_cause(client, node):
    alerting.look(saying(full()))
    as_person(client)
    page = client.get(f"/alerts/{Alert.objects.get().pk}/").content.decode()
    assert "No person wants to be told of alerts like this one." in page


def test_where_somebody_is_told_the_list_says_so_and_what_is_new_waits(client, alert):
    as_person(client)
    page = client.get("/alerts/").content.decode()
    assert "Alerts are sent by e-mail to whoever wants to be told." in page
    AlertNotice.objects.all().delete()
    assert "Nobody yet" in client.get(f"/alerts/{alert.pk}/").content.decode()


def test_where_alerts_are_posted_that_is_said(client, settings, tmp_path):
    settings.NODE = watched(tmp_path, webhook_url="https://hook.example/secret", webhook_severity="critical")
    alerting.look(saying(full()))
    as_person(client)
    assert "They are posted to https://hook.example." in client.get("/alerts/").content.decode()
    assert "webhook_severity" in client.get(f"/alerts/{Alert.objects.get().pk}/").content.decode()


@pytest.mark.parametrize(
    ("path", "place"),
    [("/alerts/", "/node/"), ("/alerts/rules/", "/node/"), ("/log/", "/node/"), ("/report/", "/status/")],
)
def test_the_menu_says_where_one_is(client, path, place):
    as_person(client, Role.SYSTEM)
    assert f'href="{place}" aria-current="page"' in client.get(path).content.decode()
