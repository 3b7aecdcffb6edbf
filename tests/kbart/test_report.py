"""The KBART report out of rows: whose AUs count, who may read it, and a file that is whole or not there."""

import datetime as dt
import io
import json
import re
from dataclasses import replace

import pytest
from django.conf import settings as node_settings
from django.core.management import CommandError, call_command

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.aus.choices import AuState
from apps.aus.models import Au
from apps.common.clock import now
from apps.kbart.asking import READERS, Order
from apps.kbart.errors import ReportError
from apps.kbart.making.report import made
from apps.lockss.kbart import COLUMNS, Scope, check_file
from apps.peers.proof_age import INTERVALS
from apps.polls.models import PollStatus
from apps.titles.models import Title
from tests.accounts.factories import make_person
from tests.factories import DAY, make_au, make_crawl, make_poll, make_title, past
from tests.kbart.reports import body, lines, report, stands

pytestmark = pytest.mark.django_db
PORTAL = "https://portal.riverside.example"


@pytest.fixture(autouse=True)
def portal(settings):
    settings.NODE = replace(node_settings.NODE, public_url=PORTAL, name="Riverside Library")
    return settings


def proved_au(name: str, **status):
    """An AU with a poll in full agreement; ``status`` changes what the poll left."""
    au = make_au(title=make_title(name))
    make_crawl(au)
    make_poll(au)
    given = {"agreeing_peers": node_settings.NODE.poll_quorum, **status}
    PollStatus.objects.filter(au=au).update(**given)
    stands(au)
    return au


def names(scope: Scope) -> list[str]:
    return [row[0] for row in rows(scope)]


def rows(scope: Scope) -> list[tuple[str, ...]]:
    with made(Order(scope=scope), now()) as found:
        return list(found.rows)


def test_preserved_is_a_recent_proof_by_a_quorum():
    quorum, interval = node_settings.NODE.poll_quorum, node_settings.NODE.poll_interval
    proved_au("Proved")
    proved_au("One short of a quorum", agreeing_peers=quorum - 1)
    proved_au("Not all of it", agreement=0.999)
    longest = dt.timedelta(seconds=INTERVALS * interval)
    proved_au("Too long ago", last_complete_at=past(longest + DAY))
    proved_au("Just recent", last_complete_at=past(longest - DAY))
    make_crawl(make_au(title=make_title("Never polled")))
    assert names(Scope.PRESERVED) == ["Just recent", "Proved"]


def test_each_scope_holds_the_one_before():
    proved_au("Proved")
    make_crawl(make_au(title=make_title("Collected")))
    make_au(title=make_title("Selected"))
    make_au(title=make_title("Deactivated"), state=AuState.DEACTIVATED)
    assert names(Scope.PRESERVED) == ["Proved"]
    assert names(Scope.COLLECTED) == ["Collected", "Proved"]
    assert names(Scope.SELECTED) == ["Collected", "Proved", "Selected"]
    assert names(Scope.AVAILABLE) == ["Collected", "Deactivated", "Proved", "Selected"]


def test_a_deactivated_au_is_not_reported_as_preserved():
    au = proved_au("Was proved")
    au.state = AuState.DEACTIVATED
    au.save()
    assert names(Scope.PRESERVED) == []


def test_links_lead_to_the_title_at_the_public_address(client):
    au = proved_au("Proved")
    (row,) = rows(Scope.PRESERVED)
    url = row[COLUMNS.index("title_url")]
    assert url == f"{PORTAL}/title/{au.title_id}"
    client.force_login(make_person("lib", Role.LIBRARIAN))
    page = client.get(url.removeprefix(PORTAL))
    assert (page.status_code, page["Location"]) == (302, f"/titles/{au.title_id}/")


def test_without_a_public_address_there_is_no_report(portal, client):
    portal.NODE = replace(node_settings.NODE, public_url="ftp://portal.example")
    with pytest.raises(ReportError):
        rows(Scope.PRESERVED)
    client.force_login(make_person("rita", Role.REPORTS))
    page = client.get("/reports/kbart/")
    assert page.status_code == 200
    assert "No report can be made" in page.content.decode()
    assert client.get("/reports/kbart/download/").status_code == 400


@pytest.mark.parametrize(
    ("path", "posted"),
    [("/reports/kbart/", 302), ("/reports/kbart/download/?scope=available&format=csv", 405)],
)
def test_who_may_read_it(client, path, posted):
    """Posted, the form becomes an address, however long it is."""
    proved_au("Proved")
    answer = client.get(path)
    assert answer.status_code == 302
    assert "/accounts/sign-in/" in answer["Location"]
    client.force_login(make_person("nobody"))
    assert client.get(path).status_code == 403
    for role in (Role.REPORTS, Role.LIBRARIAN, Role.NETWORK):
        client.force_login(make_person(f"p-{role.value}", role))
        assert client.get(path).status_code == 200
    assert client.post(path).status_code == posted
    client.force_login(User.objects.get(username="nobody"))
    assert client.post(path).status_code in (403, 405)


def test_the_page_shows_rows_and_what_the_scope_means(client):
    proved_au("Estuaries & <b>Tides</b>")
    client.force_login(make_person("rita", Role.REPORTS))
    text = client.get("/reports/kbart/").content.decode()
    assert "Estuaries &amp; &lt;b&gt;Tides&lt;/b&gt;" in text
    assert "A poll over a part of the URLs" in text
    assert "Nothing to report yet" not in text


def test_what_is_ticked_is_what_is_downloaded(client):
    """Whatever is shown: a link beside the form would give the report shown before."""
    make_au(title=make_title("Selected"))
    client.force_login(make_person("rita", Role.REPORTS))
    page = client.get("/reports/kbart/").content.decode()
    assert not re.findall(r'href="/reports/kbart/download/', page)
    form = page[page.index('id="order"') : page.index("</form>", page.index('id="order"'))]
    assert re.findall(r'<button type="submit" class="button primary" name="format" value="tsv">', form)
    sent = client.post("/reports/kbart/", {"scope": "selected", "format": "tsv"})
    file = client.get(sent["Location"])
    assert "_SelectedTitles_" in file["Content-Disposition"]
    assert b"Selected" in body(file)


def test_nothing_yet_says_what_to_do(client):
    client.force_login(make_person("rita", Role.REPORTS))
    assert "Nothing to report yet" in client.get("/reports/kbart/").content.decode()


def test_an_empty_report_names_what_narrows_it(client):
    proved_au("Proved")
    client.force_login(make_person("rita", Role.REPORTS))
    page = client.get("/reports/kbart/?scope=preserved&since=2199-01-01&kind=serials").content.decode()
    assert "No archival unit is in this state" not in page
    assert "What narrows this report leaves nothing of it" in page
    assert "Publications: Serials alone; New since: 1 Jan 2199, which has not come yet." in page
    assert 'href="/reports/kbart/?scope=preserved"' in page
    # Where there is nothing without it either, that is the cause.
    page = client.get("/reports/kbart/?scope=selected&kind=monographs").content.decode()
    assert "Publications: Monographs alone" in page
    Au.objects.update(state=AuState.DEACTIVATED)
    page = client.get("/reports/kbart/?scope=preserved&since=2001-01-01").content.decode()
    assert "No archival unit is in this state" in page


@pytest.mark.parametrize(
    "query", ["scope=everything", "format=docx", "kind=journal", "colums=kbart", "notes=volume"]
)
def test_a_bad_query_says_what_is_expected(client, query):
    client.force_login(make_person("rita", Role.REPORTS))
    answer = client.get(f"/reports/kbart/download/?{query}")
    assert answer.status_code == 400
    assert "expected" in answer.content.decode()


def test_downloads(client):
    proved_au("=cmd()|'/c calc'!A1")
    client.force_login(make_person("rita", Role.REPORTS))
    tsv = client.get("/reports/kbart/download/?format=tsv")
    data = b"".join(tsv.streaming_content)
    assert tsv["Content-Type"].startswith("text/tab-separated-values")
    assert '.txt"' in tsv["Content-Disposition"]
    assert "PreservedTitles" in tsv["Content-Disposition"]
    head, row = data.decode("utf-8-sig").splitlines()
    assert head.split("\t") == list(COLUMNS)
    assert row.startswith("=cmd()")
    assert not [each for each in check_file(data, name="x.txt") if each.grave]
    csv = b"".join(client.get("/reports/kbart/download/?format=csv").streaming_content).decode("utf-8-sig")
    assert "\n=cmd" not in csv
    assert "=cmd()" in csv
    made = json.loads(b"".join(client.get("/reports/kbart/download/?format=json").streaming_content))
    assert made[0]["publication_title"].startswith("=cmd")


def test_a_library_named_in_another_script_gets_its_file(client, portal):
    portal.NODE = replace(portal.NODE, name="国家図書館")
    client.force_login(make_person("rita", Role.REPORTS))
    answer = client.get("/reports/kbart/download/?scope=available")
    assert answer.status_code == 200
    assert answer["Content-Disposition"].startswith('attachment; filename="LOCKSS_Global_AvailableTitles_')


def test_the_command_writes_the_file_whole(tmp_path, capsys):
    proved_au("Proved")
    out = tmp_path / "titles.txt"
    with pytest.raises(SystemExit) as ended:
        call_command("kbart", "--output", str(out))
    assert ended.value.code == 0
    assert out.read_text(encoding="utf-8-sig").startswith("publication_title\t")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["titles.about", "titles.txt"]
    assert (
        "at least 5 other libraries held the same but for what the plugin filters"
        in (tmp_path / "titles.about").read_text()
    )
    with pytest.raises(SystemExit) as judged:
        call_command("kbart_check", str(out))
    assert judged.value.code == 0


@pytest.mark.parametrize("form", ["tsv", "csv", "xlsx", "json", "pdf"])
def test_the_command_writes_to_standard_output(tmp_path, monkeypatch, capfdbinary, form):
    """It wrote a file that was called “-”."""
    monkeypatch.chdir(tmp_path)
    proved_au("Proved")
    expected, _ = report(format=form)
    for told in ("text", "json"):
        with pytest.raises(SystemExit) as ended:
            call_command("kbart", "--output", "-", "--format", form, "--told", told)
        assert ended.value.code == 0
        out, err = capfdbinary.readouterr()
        assert out == expected or form == "pdf"
        assert out[:4] == expected[:4]
        assert b"1" in err
    assert list(tmp_path.iterdir()) == []


def test_the_command_judges_standard_input(monkeypatch, capsys):
    proved_au("Proved")
    for data, code in ((report()[0], 0), (b"publication_title\nTides\n", 1)):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
        with pytest.raises(SystemExit) as judged:
            call_command("kbart_check", "-")
        assert judged.value.code == code
        out = capsys.readouterr().out
        assert ("-:1: error" in out) is bool(code)
        assert "file" not in out.lower() or code


def test_the_command_leaves_the_old_file_when_it_cannot(tmp_path, portal):
    out = tmp_path / "titles.txt"
    out.write_text("old")
    portal.NODE = replace(node_settings.NODE, public_url="ftp://portal.example")
    with pytest.raises(CommandError) as ended:
        call_command("kbart", "--output", str(out))
    assert ended.value.returncode == 2
    assert out.read_text() == "old"
    with pytest.raises(CommandError) as ended:
        call_command("kbart", "--output", str(tmp_path / "none" / "titles.txt"))
    assert ended.value.returncode == 2


def test_a_foreign_file_is_judged_line_by_line(tmp_path, capsys):
    bad = tmp_path / "x.txt"
    bad.write_text("publication_title\tprint_identifier\nTides\t1234\n", encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        call_command("kbart_check", str(bad))
    assert ended.value.code == 1
    said = capsys.readouterr().out
    assert "x.txt:" in said
    assert "None" not in said
    assert " : " not in said
    with pytest.raises(CommandError) as missing:
        call_command("kbart_check", str(tmp_path / "none.txt"))
    assert missing.value.returncode == 2


ODD = ("Nobody at all", "0", "-1", "9" * 30, "=1+1", "%00", "\u202e", "x" * 5_000)


@pytest.mark.parametrize("name", [*READERS, "after", "size", "sort", "colour"])
def test_whatever_an_address_says_is_a_page_or_a_refusal(client, name):
    client.force_login(make_person("rita", Role.REPORTS))
    for path in ("", "download/", "about/", "left-out/", "series/new/"):
        for value in ODD:
            answer = client.get(f"/reports/kbart/{path}?{name}={value}")
            assert answer.status_code in (200, 400), f"{path} {value}"
            body(answer)


def test_what_was_not_understood_stays_in_the_form(client):
    client.force_login(make_person("rita", Role.REPORTS))
    answer = client.get("/reports/kbart/?publisher=Nobody+at+all&scope=collected")
    text = answer.content.decode()
    assert answer.status_code == 400
    assert "No publisher here is called Nobody at all." in text
    assert 'value="Nobody at all"' in text


def test_a_line_names_the_title_before_it():
    for name in ("Estuarine Letters", "Letters of Estuaries"):
        proved_au(name)
    old = Title.objects.get(name="Estuarine Letters")
    Title.objects.filter(name="Letters of Estuaries").update(preceding=old)
    heads, *found = lines(report()[0])
    told = {row[0]: row[heads.index("preceding_publication_title_id")] for row in found}
    assert told == {"Estuarine Letters": "", "Letters of Estuaries": str(old.pk)}
