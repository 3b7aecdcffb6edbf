"""The status tables of LOCKSS 1.x, asked for as its programs do."""

import csv
import io

import pytest

from apps.accounts.choices import Role
from apps.api.tables import TABLES
from apps.aus.choices import AuState
from apps.aus.models import Au
from apps.nodes.models import Count
from apps.polls.models import Poll
from tests import factories as make
from tests.accounts.factories import make_person, make_token
from tests.api.reading import ST, asked, basic, body, keys, rows, summary, text_of
from tests.asking import as_person

pytestmark = pytest.mark.django_db
PATH = "/DaemonStatus"
# What programs of 1.x read (clients.md §9); a table that goes is noticed here.
READ = """
    OverviewStatus AuIds ArchivalUnitStatusTable ArchivalUnitTable AuConfiguration FileVersions SuspectVersions AusWithUrl
    NoAuPeers PeerVoteSummary PeerRepair PeerAgreement crawl_status_table crawl_urls single_crawl_status_table
    V3PollerTable V3VoterTable V3PollerDetailTable V3VoterDetailTable V3ActiveRepairsTable V3CompletedRepairsTable
    V3NoQuorumURLsTable V3TooCloseURLsTable V3AgreeURLsTable V3DisagreeURLsTable RepositoryTable RepositorySpace
    Plugins PluginDetail AllAuids Identities PlatformStatus ConfigStatus table_of_all_tables
"""


@pytest.fixture
def reader(client, sample):
    as_person(client)
    return client


def key_for(name: str, sample) -> dict[str, str]:
    if name == "V3VoterDetailTable":
        return {"key": sample.vote.key}
    if name.startswith("V3") and name not in ("V3PollerTable", "V3VoterTable"):
        return {"key": sample.poll.key}
    if name == "single_crawl_status_table":
        return {"key": str(sample.crawl.pk)}
    if name == "crawl_urls":
        return {"key": f"{sample.crawl.pk}.error"}
    if name == "AusWithUrl":
        return {"key": sample.url}
    if name in ("PluginDetail", "AllAuids"):
        return {"key": sample.au.plugin_id}
    more = {"url": sample.url} if name == "FileVersions" else {}
    return {"key": sample.au.auid, **more} if TABLES[name].needs_key else more


def test_these_tables_are_answered():
    assert set(READ.split()) == set(TABLES)


@pytest.mark.parametrize("name", READ.split())
@pytest.mark.parametrize("form", ["xml", "text", "csv", "html"])
def test_every_table_in_every_form(client, sample, name, form):
    as_person(client, Role.NETWORK)
    if name == "PluginDetail":
        make_plugin(sample)
    answer = client.get(PATH, {"table": name, "output": form, **key_for(name, sample)})
    page = body(answer)
    assert answer.status_code == 200
    assert "Error getting table" not in page
    assert "No such table" not in page
    assert "No table:" not in page


def make_plugin(sample):
    from apps.plugins.models import Plugin

    Plugin.objects.create(plugin_id=sample.au.plugin_id, sha256="0" * 64, xml=b"-", name="Sample")


def test_who_may_ask(client, sample):
    make_person("clara")
    assert client.get(PATH).status_code == 401
    assert client.get(PATH)["WWW-Authenticate"].startswith("Basic realm=")
    browser = client.get(PATH, HTTP_ACCEPT="text/html,*/*;q=0.8")
    assert browser.status_code == 302
    assert browser["Location"].startswith("/accounts/sign-in/?next=")
    assert client.get(PATH, **basic("clara")).status_code == 200
    assert client.get(PATH, HTTP_ACCEPT="text/html", **basic("clara", "wrong")).status_code == 401
    assert "sessionid" not in str(client.cookies)
    as_person(client)
    assert client.get(PATH, **basic("clara", "wrong")).status_code == 401, (
        "a session does not mend a wrong password"
    )
    assert client.get(PATH).status_code == 200
    assert client.put(PATH).status_code == 405


def test_a_token_of_status_reads_and_another_does_not(client, sample):
    clara = make_person("clara")
    assert client.get(PATH, **basic("clara", make_token(clara, "status"))).status_code == 200
    assert client.get(PATH, **basic("clara", make_token(clara, "content"))).status_code == 403


@pytest.mark.parametrize(
    "header",
    [
        "Basic",
        "Basic !!!",
        "Basic YQ==",
        "Basic " + "QUFB" * 4000,
        "Bearer x",
        "Basic AGE6Yg==",
        "Basic gICA",
        "\t x",
    ],
)
def test_headers_that_are_none(client, sample, header):
    assert client.get(PATH, HTTP_AUTHORIZATION=header).status_code == 401


def test_an_account_that_was_closed_asks_no_more(client, sample):
    make_person("dora", is_active=False)
    assert client.get(PATH, **basic("dora")).status_code == 401


def test_wrong_passwords_cost_time_here_too(client, sample):
    make_person("emil")
    for _ in range(6):
        client.get(PATH, **basic("emil", "wrong"))
    answer = client.get(PATH, **basic("emil"))
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0


def test_settings_are_for_administrators(client, sample):
    as_person(client, Role.LIBRARIAN)
    for form, kind in (
        ("html", "text/html"),
        ("csv", "text/plain"),
        ("text", "text/plain"),
        ("xml", "text/xml"),
    ):
        answer = client.get(PATH, {"table": "ConfigStatus", "output": form})
        assert answer.status_code == 403
        assert answer["Content-Type"].startswith(kind)
        assert "this table is for another role: ConfigStatus" in body(answer)
    assert "ConfigStatus" not in body(client.get(PATH, {"table": "table_of_all_tables", "output": "xml"}))
    as_person(client, Role.NETWORK)
    found = body(client.get(PATH, {"table": "ConfigStatus", "output": "csv"}))
    assert found.startswith("Name,Value\n")
    names = [row[0] for row in csv.reader(io.StringIO(found))]
    assert "org.lockss.localV3Identity" in names
    assert not [name for name in names if "_url" in name and ("database" in name or "broker" in name)]


def test_ready(reader):
    answer = reader.get(PATH, {"isDaemonReady": "1"})
    assert (answer.status_code, answer.content, answer["Content-Type"]) == (
        200,
        b"true\n",
        "text/plain; charset=utf-8",
    )
    Count.objects.filter(key="scanned").delete()
    answer = reader.get(PATH, {"isDaemonReady": "1"})
    assert (answer.status_code, answer.reason_phrase, answer.content) == (202, "Not ready", b"false\n")


def test_the_xml_is_as_programs_read_it(reader, sample):
    answer = reader.get(PATH, {"table": "AuIds", "output": "xml"})
    page = body(answer)
    assert page.startswith(
        '<?xml version="1.0" encoding="UTF-8"?>\n<st:table xmlns:st="http://lockss.org/statusui" '
    )
    root = asked(reader, "AuIds")
    assert root.get("version") == "2.0"
    assert all(one.tag.startswith(ST) for one in root.iter())
    order = [one.tag.removeprefix(ST) for one in root]
    kinds = list(dict.fromkeys(order))
    assert kinds == ["name", "key", "title", "columndescriptor", "row"]
    assert root.find(f"{ST}key").text is None
    assert {row["AuId"] for row in rows(root)} == set(
        Au.objects.filter(state=AuState.SELECTED).values_list("auid", flat=True)
    )
    assert keys(root, "AuName") == [row["AuId"] for row in rows(root)]
    names = [row["AuName"] for row in rows(root)]
    assert names == sorted(names, key=str.casefold)


def test_one_au(reader, sample):
    root = asked(reader, "ArchivalUnitTable", key=sample.au.auid, outputVersion="2")
    told = summary(root)
    assert told["Available From Publisher"] == "Yes"
    assert told["Last Crawl Result"] == "Successful"
    assert told["Last Poll Result"] == "Complete"
    assert told["Status"].endswith("% Agreement")
    assert int(told["Content Size"]) > 0
    assert int(told["Last Completed Crawl"]) > 10**12, "milliseconds"
    urls = [row["NodeName"] for row in rows(root)]
    assert sample.url in urls
    assert urls == sorted(urls)
    assert rows(asked(reader, "ArchivalUnitTable", key=sample.au.auid, options="norows")) == []
    few = rows(asked(reader, "ArchivalUnitTable", key=sample.au.auid, skiprows="1", numrows="2"))
    assert [row["NodeName"] for row in few] == urls[1:3]
    assert text_of(None) is None


def test_version_one_is_for_people_and_two_for_programs(reader, sample):
    poll = Poll.objects.get(pk=sample.poll.pk)
    one = rows(asked(reader, "V3PollerTable", key=sample.au.auid))[0]
    two = rows(asked(reader, "V3PollerTable", key=sample.au.auid, outputVersion="2"))[0]
    assert one["agreement"] == "99.80%"
    assert two["agreement"] == "0.998"
    assert int(two["start"]) == int(poll.created_at.timestamp() * 1000)
    assert one["start"] == poll.created_at.strftime("%H:%M:%S %m/%d/%y")
    assert one["status"] == "Complete"
    assert keys(asked(reader, "V3PollerTable", key=sample.au.auid), "pollId")[0] == sample.poll.key


def test_never_is_a_word_or_minus_one(reader):
    au = make.make_au()
    assert summary(asked(reader, "ArchivalUnitTable", key=au.auid))["Last Completed Crawl"] == "never"
    raw = summary(asked(reader, "ArchivalUnitTable", key=au.auid, outputVersion="2"))
    assert raw["Last Completed Crawl"] == "-1"
    assert raw["Status"] == "Waiting for Crawl"


def test_a_poll_and_its_urls(reader, sample):
    root = asked(reader, "V3PollerDetailTable", key=sample.poll.key)
    told = summary(root)
    assert told["Completed Repairs"] == "1"
    assert {"Type", "Total URLs In Vote", "Agreeing URLs", "Quorum"} <= set(told)
    assert len(rows(root)) == sample.poll.participants.count()
    repairs = rows(asked(reader, "V3CompletedRepairsTable", key=sample.poll.key))
    assert repairs == [{"url": sample.url, "repairFrom": sample.peer.identity}]


def test_crawls(reader, sample):
    found = rows(asked(reader, "crawl_status_table"))
    assert {"Active", "Successful", "No permission from publisher"} <= {row["crawl_status"] for row in found}
    own = asked(reader, "crawl_status_table", key=sample.au.auid)
    assert len(rows(own)) == 2
    assert keys(own, "crawl_status")[0] == str(sample.crawl.pk)
    errors = rows(asked(reader, "crawl_urls", key=f"{sample.crawl.pk}.error"))
    assert {row["error"] for row in errors} == {"dead-link", "503 Service Unavailable"}


def test_columns_are_chosen_and_unknown_ones_passed_over(reader):
    root = asked(reader, "AuIds", columns="Year;Nonsense;AuId")
    assert [one.findtext(f"{ST}name") for one in root.iter(f"{ST}columndescriptor")] == ["AuId", "Year"]
    error = asked(reader, "AuIds", columns="Nonsense")
    assert error.tag == f"{ST}error"
    assert error.text.startswith(
        "Error getting table: none of these columns is in AuIds, which has AuName, AuId"
    )
    assert len(list(asked(reader, "AuIds", columns="*").iter(f"{ST}columndescriptor"))) == 5


def test_sorting(reader):
    up = [
        int(row["AuSize"])
        for row in rows(asked(reader, "ArchivalUnitStatusTable", sort="AAuSize", outputVersion="2"))
    ]
    down = [
        int(row["AuSize"])
        for row in rows(asked(reader, "ArchivalUnitStatusTable", sort="DAuSize", outputVersion="2"))
    ]
    assert up == sorted(up)
    assert down == sorted(up, reverse=True)
    two = rows(asked(reader, "crawl_status_table", sort="Anum_urls_fetched,Dau", outputVersion="2"))
    numbers = [int(row["num_urls_fetched"]) for row in two]
    assert numbers == sorted(numbers)
    same = [row["au"].casefold() for row in two if row["num_urls_fetched"] == two[0]["num_urls_fetched"]]
    assert same == sorted(same, reverse=True)
    held = rows(asked(reader, "table_of_all_tables", sort="Dtable"))
    assert [row["table"] for row in held] == sorted(
        (row["table"] for row in held), key=str.casefold, reverse=True
    )
    assert rows(asked(reader, "AuIds", sort="DNonsense,,A,x")) == rows(asked(reader, "AuIds"))


def test_text(reader, sample):
    page = body(reader.get(PATH, {"table": "ArchivalUnitTable", "output": "text", "key": sample.au.auid}))
    first, empty, head, *lines = page.splitlines()
    assert first.startswith("host=TCP:[")
    assert ",version=LOCKSS Portal" in first
    assert empty == ""
    assert head.startswith("table=Journal of Estuarine Studies\\, volume 31,key=org|lockss")
    assert "base_url~" in head
    assert lines[0].startswith("NodeName=http://pub.example/31/")


def test_csv(reader):
    found = list(csv.reader(io.StringIO(body(reader.get(PATH, {"table": "AuIds", "output": "csv"})))))
    assert found[0] == ["AU Name", "AU Id", "Crawl Pool", "Publisher", "Year"]
    assert len(found) == 1 + Au.objects.filter(state=AuState.SELECTED).count()
    assert body(reader.get(PATH, {"table": "PlatformStatus", "output": "csv"})) == "(Empty table)\n"


def test_the_platform(reader, settings):
    told = summary(asked(reader, "PlatformStatus"))
    assert told["V3 Identity"] == settings.NODE.lcap_identity
    assert told["Cwd"] == str(settings.NODE.home)


@pytest.mark.parametrize(
    ("asked_for", "said"),
    [
        ({"table": "HashQ"}, "No such table: HashQ"),
        ({"table": "MetadataStatusTable"}, "No such table: MetadataStatusTable"),
        ({"table": "<x>&\x01" + "y" * 5000}, "No such table: <x>&"),
        ({"table": "ArchivalUnitTable"}, "Error getting table: ArchivalUnitTable needs a key"),
        (
            {"table": "ArchivalUnitTable", "key": "org|x&nothing~1"},
            "No such table: no archival unit here has the AUID",
        ),
        (
            {"table": "ArchivalUnitTable", "key": "k" * 9000},
            "Error getting table: the key is longer than 8000",
        ),
        ({"table": "ArchivalUnitTable", "key": "a\0b"}, "Error getting table: the key is longer than 8000"),
        ({"table": "FileVersions", "key": "a"}, "Error getting table: FileVersions needs the arguments"),
        (
            {"table": "single_crawl_status_table", "key": "9" * 40},
            "No such table: no crawl here has the key 999",
        ),
        ({"table": "single_crawl_status_table", "key": "²"}, "No such table: no crawl here has the key"),
        ({"table": "crawl_urls", "key": "9" * 18 + ".x"}, "No such table: no crawl here"),
        ({"table": "V3PollerDetailTable", "key": "'; DROP"}, "No such table: this node has called no poll"),
        ({"table": "V3VoterDetailTable", "key": "]]>"}, "No such table: this node has no vote"),
        ({"table": "PluginDetail", "key": "org.x"}, "No such table: no plugin here"),
    ],
)
def test_errors_come_with_200_as_programs_expect_them(reader, asked_for, said):
    table = asked_for.pop("table")
    root = asked(reader, table, **asked_for)
    assert root.tag == f"{ST}error"
    assert root.text.startswith(said)
    assert len(root.text) < 600
    for form in ("text", "csv", "html"):
        answer = reader.get(PATH, {"table": table, "output": form, **asked_for})
        assert answer.status_code == 200
        assert ("No table" in body(answer)) == (form != "html" and said.startswith("No such"))


def test_names_cannot_break_out(reader):
    name = 'A</st:value><st:error>"&\x0b\ud7ff\uffff ]]> \r\n=1+1,x'
    au = make.make_au(name)
    found = [row["AuName"] for row in rows(asked(reader, "AuIds")) if row["AuId"] == au.auid]
    assert found == [name.replace("\x0b", "\ufffd").replace("\uffff", "\ufffd")]
    text = body(reader.get(PATH, {"table": "AuIds", "output": "text"}))
    line = next(line for line in text.splitlines() if "st:error" in line)
    assert "\\=1+1\\,x" in line
    table = list(csv.reader(io.StringIO(body(reader.get(PATH, {"table": "AuIds", "output": "csv"})))))
    assert {len(row) for row in table} == {5}
    page = body(reader.get(PATH, {"table": "AuIds"}))
    assert "</st:value>" not in page


def test_a_blank_in_an_auid_was_a_plus_sign(reader):
    au = make.make_au()
    auid = au.auid + "&x~1+a"
    Au.objects.filter(pk=au.pk).update(auid=auid)
    root = asked(reader, "ArchivalUnitTable", key=auid.replace("+", " "))
    assert root.findtext(f"{ST}key") == auid


def test_polls_without_a_result_show_no_agreement(reader):
    lonely = Poll.objects.filter(agreement=None, ended_at__isnull=False).first()
    found = rows(asked(reader, "V3PollerTable", key=lonely.au.auid))[0]
    assert found["status"] == "No Quorum"
    assert "agreement" not in found
