"""SUSHI as a harvesting program asks it: paths, keys, lists, reports, and every refusal as the Code's object."""

import json
from dataclasses import replace

import pytest
from django.conf import settings as node_settings

from apps.accounts.choices import Role
from apps.lockss.usage import WORLD
from apps.lockss.usage.periods import short
from tests.accounts.factories import make_person, make_token
from tests.usage.months import counted, counting_since, last_month, read

pytestmark = pytest.mark.django_db
TR_J1 = "/sushi/r51/reports/tr_j1"


@pytest.fixture
def rita():
    return make_person("rita", Role.REPORTS)


@pytest.fixture
def key(rita) -> str:
    counting_since()
    return make_token(rita, "reports")


def dates(begin: int = 2, end: int = 1) -> dict[str, str]:
    return {"begin_date": short(last_month(begin)), "end_date": short(last_month(end))}


def ask(client, path: str, key: str = "", **given):
    given = {"customer_id": "own", **given}
    if key:
        given["api_key"] = key
    return client.get(path, {name: value for name, value in given.items() if value})


def told(response) -> tuple[int, int, str]:
    found = json.loads(response.content)
    assert set(found) <= {"Code", "Message", "Data"}
    return response.status_code, found["Code"], found["Message"]


def test_the_status_is_open_to_everybody(client, settings):
    settings.NODE = replace(node_settings.NODE, name="Harbour", usage_registry="https://registry.example/1")
    answer = client.get("/sushi/r51/status")
    assert answer.status_code == 200
    assert answer.json() == [
        {"Description": "Harbour", "Service_Active": True, "Registry_Record": "https://registry.example/1"}
    ]
    settings.NODE = replace(node_settings.NODE, count_usage=False)
    assert "switched off" in client.get("/sushi/r51/status").json()[0]["Note"]


def test_a_report(client, key):
    read(counted())
    answer = ask(client, TR_J1, key, requestor_id="rita", **dates())
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
    assert answer["Cache-Control"] == "no-store"
    assert not answer.cookies
    found = answer.json()
    assert found["Report_Header"]["Report_ID"] == "TR_J1"
    assert "Exceptions" not in found["Report_Header"]
    [item] = found["Report_Items"]
    assert item["Attribute_Performance"] == [
        {
            "Performance": {
                "Total_Item_Requests": {short(last_month()): 5},
                "Unique_Item_Requests": {short(last_month()): 3},
            }
        }
    ]


@pytest.mark.parametrize("name", ["tr_j1", "tr_j3", "tr_b1"])
def test_each_report_has_its_path(client, key, name):
    found = ask(client, f"/sushi/r51/reports/{name}", key, **dates()).json()
    assert found["Report_Header"]["Report_ID"] == name.upper()
    assert [one["Code"] for one in found["Report_Header"]["Exceptions"]] == [3030]
    assert found["Report_Items"] == []


@pytest.mark.parametrize(
    "path",
    [
        "/sushi/r51/reports/tr_j2",
        "/sushi/r51/reports/TR_J1",
        "/sushi/r5/reports",
        "/sushi/reports",
        "/sushi/",
    ],
)
def test_other_paths_are_not_there(client, key, path):
    assert ask(client, path, key, **dates()).status_code == 404


def test_the_list_of_reports(client, key):
    found = ask(client, "/sushi/r51/reports", key).json()
    assert [(one["Report_ID"], one["Path"], one["Release"]) for one in found] == [
        ("TR_J1", "/r51/reports/tr_j1", "5.1"),
        ("TR_J3", "/r51/reports/tr_j3", "5.1"),
        ("TR_B1", "/r51/reports/tr_b1", "5.1"),
    ]
    assert found[0]["Last_Month_Available"] == short(last_month())


def test_whose_usage_there_is(client, key):
    read(counted(), customer="proxy:Harbour")
    found = ask(client, "/sushi/r51/members", key, customer_id=WORLD).json()
    assert next((one["Customer_ID"], one["Name"]) for one in found) == (WORLD, "The World")
    assert {"Customer_ID": "proxy:Harbour", "Name": "Harbour"}.items() <= found[2].items()
    [own] = ask(client, "/sushi/r51/members", key).json()
    assert own["Customer_ID"] == "own"
    harbour = ask(client, TR_J1, key, customer_id="proxy:Harbour", **dates()).json()
    assert harbour["Report_Header"]["Institution_Name"] == "Harbour"


# --- Keys


def test_a_token_goes_in_the_header_too_whatever_its_other_scopes(client, rita):
    counting_since()
    text = make_token(rita, "reports", "status")
    answer = client.get(TR_J1, {"customer_id": "own", **dates()}, headers={"Authorization": f"Bearer {text}"})
    assert answer.status_code == 200


def test_in_the_address_only_one_that_opens_nothing_else(client, rita):
    counting_since()
    answer = ask(client, TR_J1, make_token(rita, "reports", "status"), **dates())
    assert told(answer) == (401, 2020, "APIKey Invalid")
    assert "header Authorization" in answer.json()["Data"]


def test_keys_that_are_no_good(client, rita):
    counting_since()
    assert told(ask(client, TR_J1, "lpt_nonsense", **dates())) == (401, 2020, "APIKey Invalid")
    assert told(ask(client, TR_J1, "x", **dates())) == (401, 2020, "APIKey Invalid")
    answer = ask(client, TR_J1, **dates())
    assert told(answer) == (401, 2020, "APIKey Invalid")
    assert answer["WWW-Authenticate"].startswith("Basic")
    reader = make_token(make_person("ann", Role.READER), "status")
    assert told(ask(client, TR_J1, reader, **dates()))[:2] == (403, 2010)
    revoked = make_token(rita, "reports")
    rita.tokens.update(revoked_at="2026-01-01T00:00:00Z")
    assert told(ask(client, TR_J1, revoked, **dates()))[:2] == (401, 2020)


def test_who_guesses_keys_is_slowed(client):
    for _ in range(60):
        answer = ask(client, TR_J1, "lpt_guess", **dates())
        if answer.status_code == 429:
            break
    assert told(answer) == (429, 1020, "Client has made too many requests")
    assert int(answer["Retry-After"]) > 0


def test_a_requestor_is_the_person_of_the_key(client, key):
    assert ask(client, TR_J1, key, requestor_id="Rita", **dates()).status_code == 200
    assert told(ask(client, TR_J1, key, requestor_id="ann", **dates())) == (
        401,
        2000,
        "Requestor Not Authorized to Access Service",
    )


# --- Bad parameters


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"customer_id": ""}, (400, 1030, "Insufficient Information to Process Request")),
        ({"begin_date": ""}, (400, 1030, "Insufficient Information to Process Request")),
        ({"end_date": ""}, (400, 1030, "Insufficient Information to Process Request")),
        (
            {"customer_id": "nobody"},
            (403, 2010, "Requestor is Not Authorized to Access Usage for Institution"),
        ),
        (
            {"customer_id": "public"},
            (403, 2010, "Requestor is Not Authorized to Access Usage for Institution"),
        ),
        ({"begin_date": "2026-13"}, (400, 3020, "Invalid Date Arguments")),
        ({"begin_date": "tomorrow"}, (400, 3020, "Invalid Date Arguments")),
        ({"end_date": "2001-01"}, (400, 3020, "Invalid Date Arguments")),
        ({"begin_date": "2999-01", "end_date": "2999-02"}, (400, 3020, "Invalid Date Arguments")),
        ({"begin_date": "2026-01\x00"}, (400, 3020, "Invalid Date Arguments")),
        (
            {"customer_id": "own\x00"},
            (403, 2010, "Requestor is Not Authorized to Access Usage for Institution"),
        ),
    ],
)
def test_a_request_that_cannot_be_answered(client, key, changed, expected):
    assert told(ask(client, TR_J1, key, **{**dates(), **changed})) == expected


def test_what_means_nothing_is_passed_over_and_told(client, key):
    answer = ask(client, TR_J1, key, yop="2019", data_type="Book", platform="Other", **dates())
    assert answer.status_code == 200
    found = {one["Code"]: one.get("Data") for one in answer.json()["Report_Header"]["Exceptions"]}
    assert found == {3030: None, 3050: "data_type, yop", 3060: "platform"}


def test_months_that_are_not_there_yet_or_any_more_are_told(client, key):
    read(counted())
    answer = ask(client, TR_J1, key, begin_date="2001-01", end_date=short(last_month(0)))
    head = answer.json()["Report_Header"]
    assert [one["Code"] for one in head["Exceptions"]] == [3031, 3032]
    assert head["Report_Filters"]["Begin_Date"] == last_month(12).isoformat()
    assert head["Report_Filters"]["End_Date"].startswith(short(last_month()))


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_it_is_only_read(client, key, method):
    for path in (TR_J1, "/sushi/r51/status"):
        assert getattr(client, method)(path).status_code == 405
