"""A person's token with the scope of reports opens the addresses of reports, and nothing else does."""

import base64
import json

import pytest
import time_machine

from apps.accounts import services as accounts
from apps.accounts.choices import SCOPE_ADDRESSES, Role, Scope
from apps.accounts.models import ApiToken
from apps.common import jobs
from apps.common.clock import now
from apps.kbart import services
from apps.kbart.asking import order_of
from apps.kbart.models import Edition, Series
from apps.nodes.services import yearly
from apps.titles.models import Title
from tests.accounts.factories import make_person, make_token
from tests.factories import DAY
from tests.kbart.reports import body, portal_settings, proved_au

pytestmark = pytest.mark.django_db
FEED = "/kbart/riverside/preserved/"
PATHS = (
    "/reports/kbart/",
    "/reports/kbart/download/?scope=preserved",
    "/reports/kbart/download/?format=csv",
    "/reports/kbart/about/",
    "/reports/kbart/left-out/",
    "/reports/kbart/left-out/?download=yes",
    "/reports/kbart/series/",
    "/reports/kbart/series/{series}/",
    "/reports/kbart/editions/{edition}/",
    "/reports/kbart/editions/{edition}/file/",
    "/reports/kbart/editions/{edition}/file/?format=xlsx",
    "/reports/kbart/compare/?before={edition}&after={edition}",
    "/report/",
    "/report/{year}/",
    "/report/{year}/csv/",
    "/report/{year}/pdf/",
    "/kbart/",
    FEED,
)
# As JSON, under the names of the two doors.
SAID = {"/kbart/", FEED}


@pytest.fixture(autouse=True)
def portal(settings, tmp_path):
    settings.NODE = portal_settings(tmp_path)


@pytest.fixture
def rita(db):
    return make_person("rita", Role.REPORTS)


@pytest.fixture
def kept(rita):
    """What the addresses name."""
    proved_au("Tides")
    Title.objects.update(issn="1111-1111")
    row, job = services.make_series(
        label="Riverside", slug="riverside", order=order_of({}), every="never", is_open=False, user=rita
    )
    jobs.run(job.pk)
    jobs.run(yearly.ask(year=yearly.this_year(), user=rita).pk)
    return {"series": row.pk, "edition": Edition.objects.get().pk, "year": yearly.this_year()}


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


def basic(name: str, text: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{text}".encode()).decode()}


@pytest.mark.parametrize("path", PATHS)
def test_a_token_opens_what_its_scope_promises(client, rita, kept, path):
    text = make_token(rita, "reports")
    address = path.format(**kept)
    for headers in (bearer(text), basic("rita", text)):
        answer = client.get(address, headers=headers)
        assert answer.status_code == 200, address
        assert not answer.cookies
        assert "Authorization" in answer["Vary"]
        assert answer["Cache-Control"] in ("no-store", "private, no-cache")
        assert body(answer)
    head = client.head(address, headers=bearer(text))
    assert (head.status_code, body(head)) == (200, b"")
    assert ApiToken.objects.get().last_used_at is not None


@pytest.mark.parametrize("path", [path for path in PATHS if not path.startswith("/report/")])
def test_no_other_token_opens_it(client, rita, kept, path):
    address = path.format(**kept)

    def refused(headers: dict[str, str]) -> tuple[int, str]:
        answer = client.get(address, headers=headers)
        told = json.loads(body(answer))
        assert not answer.cookies
        code = told["error"].removeprefix("kbart-") if path in SAID else told["code"]
        return answer.status_code, code

    other_scope, good = make_token(rita, "status", "content"), make_token(rita, "reports")
    assert refused(bearer(other_scope)) == (403, "scope-missing")
    assert refused(bearer("lpt_" + "x" * 43)) == (401, "wrong-credentials")
    assert refused(basic("carol", good)) == (401, "wrong-credentials")
    with time_machine.travel(now() + 31 * DAY):
        assert refused(bearer(good)) == (401, "wrong-credentials")
    withdrawn = make_token(rita, "reports")
    accounts.revoke_token(token=ApiToken.objects.latest("pk"), by=rita)
    assert refused(bearer(withdrawn)) == (401, "wrong-credentials")
    assert client.get(address, headers=bearer(good)).status_code == 200
    accounts.change_person(person=rita, by=rita, roles=[])
    assert refused(bearer(good)) == (401, "wrong-credentials"), "a lost role ends what was let in under it"


def test_the_report_of_a_year_is_what_everybody_may_see(client, kept):
    text = make_token(make_person("sam"), "status")
    for path in ("/report/", "/report/{year}/", "/report/{year}/csv/", "/report/{year}/pdf/"):
        assert client.get(path.format(**kept), headers=bearer(text)).status_code == 200


def test_a_series_leads_to_the_keys_it_wants(client, rita, kept):
    client.force_login(rita)
    page = client.get(f"/reports/kbart/series/{kept['series']}/").content.decode()
    assert '<a href="/reports/kbart/keys/">who has a key</a>' in page


def test_a_year_that_is_not_counted_says_so(client, rita):
    year = yearly.this_year()
    client.force_login(rita)
    for kind in ("csv", "pdf"):
        path = f"/report/{year}/{kind}/"
        told = client.get(path, headers=bearer(make_token(rita, "reports")))
        assert (told.status_code, told.json()["code"]) == (404, "not-found")
        assert told.json()["detail"] == f"The preservation report {year} was not counted yet."
        page = client.get(path)
        assert page.status_code == 404
        assert f"The preservation report {year} was not counted yet." in page.content.decode()


def test_wrong_tokens_are_counted(client, kept):
    for path in ("/reports/kbart/download/", FEED):
        answers = [client.get(path, headers=bearer(f"lpt_{number}")) for number in range(30)]
        slowed = answers[-1]
        assert slowed.status_code == 429
        assert int(slowed["Retry-After"]) > 0


def test_a_token_only_reads(client, rita, kept):
    text = make_token(rita, "reports")
    for path in ("/reports/kbart/series/new/", f"/reports/kbart/series/{kept['series']}/make/"):
        refused = client.post(path, headers=bearer(text))
        assert (refused.status_code, refused.json()["code"]) == (403, "token-only-reads")
    assert client.post("/reports/kbart/download/", headers=bearer(text)).status_code == 405
    keys = client.get("/reports/kbart/keys/", headers=bearer(text))
    assert (keys.status_code, keys.json()["code"]) == (403, "scope-missing")
    assert Edition.objects.count() == 1


def test_refusals_of_a_view_are_json_for_a_token(client, rita, kept):
    text = make_token(rita, "reports")
    wrong = client.get("/reports/kbart/download/?scope=all-of-it", headers=bearer(text))
    assert (wrong.status_code, wrong.json()["code"]) == (400, "bad-query")
    assert "preserved" in wrong.json()["detail"]
    nothing = client.get("/reports/kbart/editions/99999/file/", headers=bearer(text))
    assert (nothing.status_code, nothing.json()["code"]) == (404, "not-found")


# Below the address that the scope names, and open to no token: what is a person's own, what hands out secrets, forms.
SHUT = (
    "/reports/kbart/check/",
    "/reports/kbart/keys/",
    "/reports/kbart/series/new/",
    "/reports/kbart/series/{series}/change/",
)


def test_what_the_text_promises_is_what_opens(client, rita, kept):
    """It said that all below /reports/kbart/ opens, and the pages of keys and of judged files did not."""
    headers = bearer(make_token(rita, "reports"))
    (told,) = [str(one) for one in SCOPE_ADDRESSES[Scope.REPORTS] if "/reports/kbart/" in str(one)]
    assert "no forms" in told
    for path in SHUT:
        name = path.removeprefix("/reports/kbart/")
        assert name in told or name.startswith("series/"), path
        refused = client.get(path.format(**kept), headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (403, "scope-missing"), path
    for path in PATHS:
        assert client.get(path.format(**kept), headers=headers).status_code == 200, path
    client.force_login(rita)
    for page in ("/me/", "/me/tokens/new/", "/reports/kbart/keys/"):
        assert told in client.get(page).content.decode(), page


def test_a_token_in_an_address_opens_nothing(client, rita, kept):
    answer = client.get(FEED, {"token": make_token(rita, "reports")})
    assert (answer.status_code, json.loads(body(answer))["error"]) == (401, "kbart-token-in-address")
    assert client.get("/reports/kbart/download/", {"token": "lpt_x"}).status_code == 302


def test_who_has_the_file_is_not_sent_it_again(client, rita, kept):
    headers = bearer(make_token(rita, "reports"))
    for path in (FEED, f"/reports/kbart/editions/{kept['edition']}/file/", "/reports/kbart/download/"):
        first = client.get(path, headers=headers)
        body(first)
        again = client.get(path, headers={**headers, "If-None-Match": first["ETag"]})
        assert (again.status_code, body(again)) == (304, b"")


def test_a_session_goes_on_as_it_was(client, rita, kept):
    client.force_login(rita)
    for headers in ({}, {"Authorization": "Basic cHJveHk6c2VjcmV0"}):
        assert client.get("/reports/kbart/download/", headers=headers).status_code == 200


def test_keys_and_tokens_stand_on_one_page_each_with_what_it_opens(client, rita, kept):
    services.make_token(label="Big Index", series=None, user=rita)
    services.make_token(label="One Index", series=Series.objects.get(), user=rita)
    make_token(rita, "reports")
    make_token(rita, "status")
    make_token(make_person("carol", Role.REPORTS), "reports")
    client.force_login(rita)
    page = client.get("/reports/kbart/keys/").content.decode()
    assert "/kbart/…" in page
    assert FEED in page
    assert page.count("nightly report") == 1, "her own, and only what opens reports"
    assert ", /report/…, /kbart/…" in page
    assert page.count('action="/me/tokens/') == 1
    assert 'href="/reports/kbart/keys/"' in client.get("/me/").content.decode()
    client.force_login(make_person("bob", Role.READER))
    assert 'href="/reports/kbart/keys/"' not in client.get("/me/").content.decode().partition("</nav>")[2]


def test_the_page_says_what_a_token_opens(client, rita):
    client.force_login(rita)
    for path in ("/me/", "/me/tokens/new/"):
        page = client.get(path).content.decode()
        for address in ("/reports/kbart/", "/report/", "/kbart/", "/DaemonStatus"):
            assert address in page, (path, address)
