"""Knowledge bases at the stable address: keys, refusals as JSON, the newest edition whole, and 304 for who has it."""

import json
import uuid

import pytest

from apps.accounts.choices import Role
from apps.accounts.models import AuditEvent
from apps.accounts.services import change_person
from apps.common import jobs
from apps.kbart import services
from apps.kbart.asking import order_of
from apps.kbart.models import FeedToken
from tests.accounts.factories import make_person
from tests.kbart.reports import body, portal_settings, proved_au

pytestmark = pytest.mark.django_db
FEED = "/kbart/riverside/preserved/"


@pytest.fixture(autouse=True)
def portal(settings, tmp_path):
    settings.NODE = portal_settings(tmp_path)


@pytest.fixture
def rita(db):
    return make_person("rita", Role.REPORTS)


def series(user, slug="riverside", *, is_open=False, run=True):
    row, job = services.make_series(
        label=slug, slug=slug, order=order_of({}), every="never", is_open=is_open, user=user
    )
    if run:
        jobs.run(job.pk)
    return row


def told(answer) -> tuple[int, str]:
    return answer.status_code, json.loads(body(answer))["error"]


def test_a_key_opens_its_report_and_its_use_is_counted(client, rita):
    proved_au("Tides")
    row = series(rita)
    key, secret = services.make_token(label="Big Index", series=row, user=rita)
    for answer in (
        client.get(FEED, {"token": secret}),
        client.get(FEED, {"token": secret, "key": key.key}),
        client.get(FEED, headers={"Authorization": f"Bearer {secret}"}),
    ):
        assert answer.status_code == 200
        data = body(answer)
        assert data == row.editions.get().rows_path.read_bytes()
        assert answer["Content-Length"] == str(len(data))
        assert "PreservedTitles" in answer["Content-Disposition"]
        assert "Authorization" in answer["Vary"]
        assert not answer.cookies
    key.refresh_from_db()
    assert (key.uses, key.last_used_at is not None) == (3, True)


def test_who_has_it_is_not_sent_it_again(client, rita):
    proved_au("Tides")
    row = series(rita, is_open=True)
    first = client.get(FEED)
    body(first)
    same = client.get(FEED, headers={"If-None-Match": first["ETag"]})
    assert (same.status_code, body(same)) == (304, b"")
    dated = client.get(FEED, headers={"If-Modified-Since": first["Last-Modified"]})
    assert (dated.status_code, body(dated)) == (304, b"")
    proved_au("Mud")
    _, job = services.ask_edition(series=row, user=rita)
    jobs.run(job.pk)
    newer = client.get(FEED, headers={"If-None-Match": first["ETag"]})
    assert newer.status_code == 200
    assert b"Mud" in body(newer)


def test_refusals_are_json_and_say_what_is_missing(client, rita):
    mine, other = series(rita), series(rita, "other")
    _key, secret = services.make_token(label="Big Index", series=other, user=rita)
    nobody = client.get(FEED)
    assert nobody["WWW-Authenticate"].startswith("Bearer")
    assert told(nobody) == (401, "kbart-no-key")
    assert told(client.get(FEED, {"token": "x" * 43})) == (401, "kbart-wrong-key")
    assert told(client.get(FEED, {"token": secret, "key": "kb-0"})) == (401, "kbart-wrong-key")
    assert told(client.get(FEED, {"token": secret})) == (403, "kbart-other-report")
    # What there is, is nobody's business without a key.
    assert told(client.get("/kbart/none/preserved/")) == (401, "kbart-no-key")
    assert told(client.get("/kbart/none/preserved/", {"token": secret})) == (404, "kbart-unknown")
    assert told(client.get(mine.path + "?token=" + secret + "&colour=red")) == (403, "kbart-other-report")
    assert told(client.get(other.path, {"token": secret, "colour": "red"})) == (400, "kbart-bad-query")
    assert told(client.get(other.path, {"token": secret, "scope": "available"})) == (400, "kbart-bad-query")
    assert client.post(FEED).status_code == 405
    series(rita, "late", run=False)
    _, all_secret = services.make_token(label="All", series=None, user=rita)
    assert told(client.get("/kbart/late/preserved/", {"token": all_secret})) == (404, "kbart-no-edition")


def test_a_withdrawn_key_opens_nothing(client, rita):
    series(rita)
    key, secret = services.make_token(label="Big Index", series=None, user=rita)
    services.revoke_token(token=key, user=rita)
    services.revoke_token(token=key, user=rita)
    assert told(client.get(FEED, {"token": secret})) == (401, "kbart-wrong-key")
    assert AuditEvent.objects.filter(action="kbart.key-revoke").count() == 1


@pytest.mark.parametrize("change", [{"is_active": False}, {"roles": [Role.READER]}])
def test_a_key_of_somebody_who_may_read_reports_no_more_opens_nothing(client, rita, change):
    boss = make_person("boss", Role.SYSTEM)
    series(rita)
    _, secret = services.make_token(label="Big Index", series=None, user=rita)
    change_person(person=rita, by=boss, **change)
    assert told(client.get(FEED, {"token": secret})) == (401, "kbart-wrong-key")
    assert told(client.get("/kbart/", {"token": secret})) == (401, "kbart-wrong-key")
    client.force_login(boss)
    page = client.get("/reports/kbart/keys/").content.decode()
    assert "It opens nothing: rita may read reports no more." in page
    change_person(person=rita, by=boss, is_active=True, roles=[Role.REPORTS])
    # As a token: what ended with a role stays ended.
    assert told(client.get(FEED, {"token": secret})) == (401, "kbart-wrong-key")
    page = client.get("/reports/kbart/keys/").content.decode()
    assert "It opens nothing: rita has a new password, or lost a role since." in page


def test_the_list_names_what_may_be_fetched(client, rita):
    proved_au("Tides")
    mine = series(rita)
    series(rita, "open", is_open=True)
    _, secret = services.make_token(label="Big Index", series=mine, user=rita)
    everybody = json.loads(body(client.get("/kbart/")))["packages"]
    assert [one["package_id"] for one in everybody] == ["open/preserved"]
    found = json.loads(body(client.get("/kbart/", {"token": secret})))["packages"]
    assert [one["package_id"] for one in found] == ["open/preserved", "riverside/preserved"]
    assert found[1]["url"] == f"https://portal.riverside.example{FEED}"
    assert found[1]["sha256"] == mine.editions.get().sha256


def test_a_secret_is_shown_once_and_kept_as_its_digest(client, rita):
    client.force_login(rita)
    form = {"request_key": str(uuid.uuid4()), "label": "Big Index", "series": "", "life": "90"}
    page = client.post("/reports/kbart/keys/", form)
    text = page.content.decode()
    row = FeedToken.objects.get()
    secret = text.partition('<code id="secret">')[2].partition("</code>")[0]
    assert len(secret) >= 43
    assert page["Cache-Control"] == "no-store"
    assert services.token_for(secret) == row
    assert secret not in json.dumps(
        [list(FeedToken.objects.values()), list(AuditEvent.objects.values())], default=str
    )
    again = client.post("/reports/kbart/keys/", form).content.decode()
    assert "This form was sent twice" in again
    assert FeedToken.objects.count() == 1
    assert secret not in client.get("/reports/kbart/keys/").content.decode()


def test_a_key_is_withdrawn_after_a_question(client, rita):
    key, _ = services.make_token(label="Big Index", series=None, user=rita)
    client.force_login(rita)
    path = f"/reports/kbart/keys/{key.pk}/revoke/"
    assert "Withdraw the key of Big Index?" in client.get(path).content.decode()
    key.refresh_from_db()
    assert key.revoked_at is None
    assert client.post(path, {"confirmed": "yes"})["Location"] == "/reports/kbart/keys/"
    key.refresh_from_db()
    assert key.revoked_at is not None
    assert client.post("/reports/kbart/keys/", {"label": " "}).status_code == 422
