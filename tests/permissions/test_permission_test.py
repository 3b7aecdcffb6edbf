"""``manage.py permission_test``: a page by its address, over a real socket, or from a file; JSON and exit codes."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from apps.permissions import trying
from tests import factories as make
from tests.sample import sample_settings
from tests.simulators.hostile_server import hostile_server_thread
from tests.simulators.publisher import Reply, Script, Twist, bomb, gzipped, page, redirect

WRONG = make.STATEMENT.replace("collect", "gather")
ROOT = Path(__file__).parents[2]


def run(*arguments: str) -> tuple[int, dict]:
    out = StringIO()
    try:
        call_command("permission_test", *arguments, stdout=out)
    except SystemExit as end:
        return int(end.code), json.loads(out.getvalue())
    except CommandError as error:
        return error.returncode, json.loads(out.getvalue() or "{}") | {"said": str(error)}
    raise AssertionError("no exit code")


@pytest.fixture
def publisher(settings, tmp_path):
    """Answers on a real socket of this machine, which the settings allow."""
    script = Script()
    script.on("/good", page(f"<p>{make.STATEMENT}</p>")).on("/wrong", page(f"<p>\n{WRONG}</p>"))
    script.on("/moved", redirect("/good")).on("/loop", redirect("/loop"))
    script.on("/away", redirect("https://www.example.org/lockss"))
    script.on("/signed", redirect("https://pia:s3cret@www.example.org/lockss"))
    script.on("/members", redirect("/login?back=members")).on("/login", page("<input type=password>"))
    script.on("/closed", Reply(status=403, body=b"no")).on("/gone", Reply(status=404, body=b"no"))
    script.on("/large", page("x" * (trying.LONGEST_BODY + 1))).on("/bomb", bomb())
    script.on("/packed", gzipped(make.STATEMENT.encode())).on("/odd", Reply(twist=Twist.GARBAGE))
    script.on("/silent", Reply(twist=Twist.SILENT)).on("/reset", Reply(body=b"x" * 9000, twist=Twist.RESET))
    script.on("/nowhere", redirect("http://[bad"))
    with hostile_server_thread(script) as server:
        settings.NODE = replace(sample_settings(tmp_path), allowed_private_hosts=(server.endpoint,))
        yield server, script


def test_a_page_that_permits(publisher) -> None:
    server, script = publisher
    code, found = run(server.url("/good"), "--network", "lockss")
    assert code == 0
    assert (found["granted"], found["statement"], found["near"]) == (True, make.STATEMENT, [])
    assert found["checker"] == "statement"
    # The page is asked as a crawl asks it.
    assert script.asked[0].header("user-agent") == "LOCKSS cache"


def test_a_page_with_one_wrong_word(publisher) -> None:
    server, _script = publisher
    code, found = run(server.url("/wrong"))
    assert code == 1
    assert (found["granted"], found["statement"]) == (False, None)
    (near,) = found["near"]
    assert (near["found"], near["expected"]) == (WRONG, make.STATEMENT)
    assert near["difference"] == "“collect” is written “gather”."


def test_another_networks_node_reads_its_own_words(publisher) -> None:
    server, _script = publisher
    code, found = run(server.url("/good"), "--network", "clockss")
    assert code == 1
    assert found["near_details"][0]["kind"] == "other-network"


@pytest.mark.parametrize(
    ("path", "code", "said"),
    [
        ("/moved", 0, ""),
        ("/packed", 0, ""),
        ("/loop", 2, "without end"),
        ("/away", 2, "another host (https://www.example.org/lockss)"),
        ("/signed", 2, "another host (https://www.example.org/lockss)"),
        ("/nowhere", 2, "what is no address"),
        ("/gone", 2, "HTTP 404"),
        ("/large", 2, "more than 4 MiB"),
        ("/bomb", 2, "unpack"),
        ("/odd", 2, "does not speak HTTP"),
        ("/reset", 2, "could not be read"),
    ],
)
def test_where_an_address_leads(publisher, path, code, said) -> None:
    server, _script = publisher
    found_code, found = run(server.url(path))
    assert (found_code, said in found["error"]) == (code, True), found
    assert found["near"] == [] or code == 1


@pytest.mark.parametrize("path", ["/members", "/closed"])
def test_a_page_behind_a_login(publisher, path) -> None:
    server, _script = publisher
    code, found = run(server.url(path))
    assert (code, found["near_details"][0]["kind"]) == (1, "login")


def test_a_publisher_that_says_nothing(publisher, monkeypatch) -> None:
    server, _script = publisher
    monkeypatch.setattr(trying, "SECONDS", 0.3)
    code, found = run(server.url("/silent"))
    assert (code, found["error"]) == (2, "The answer took too long.")


def test_a_private_host_is_not_asked(publisher, settings) -> None:
    server, script = publisher
    settings.NODE = replace(settings.NODE, allowed_private_hosts=())
    code, found = run(server.url("/good"))
    assert (code, found["granted"], script.asked) == (2, False, [])
    assert "not public" in found["error"]


def test_nor_is_one_that_a_page_leads_to(settings, tmp_path) -> None:
    script = Script()
    with hostile_server_thread(script) as server:
        port = server.port
        script.on("/", redirect(f"http://127.0.0.1:{port + 1}/secret"))
        settings.NODE = replace(sample_settings(tmp_path), allowed_private_hosts=(server.endpoint,))
        code, found = run(server.url("/"))
    assert (code, found["granted"]) == (2, False)
    assert script.paths == ["/"]


@pytest.mark.parametrize(
    "address", ["http://", "ftp://pub.example/", "http://[::1/", "javascript://x", "http://a b/"]
)
def test_what_is_no_address(address) -> None:
    code, found = run(address)
    assert (code, found["granted"], found["near"]) == (2, False, [])
    assert "no address" in found["said"]


@pytest.mark.parametrize(
    ("pasted", "asked"),
    [
        (" pub.example/lockss ", "https://pub.example/lockss"),
        ("http://pub.example/a b#part", "http://pub.example/a%20b"),
        ("https://pub.example/ä?q=é", "https://pub.example/%C3%A4?q=%C3%A9"),
        ("https://pia:s3cret@pub.example:8443/a@b?q=c@d", "https://pub.example:8443/a@b?q=c@d"),
        ("https://:s3cret@pub.example/", "https://pub.example/"),
        ("https://pia@[2001:db8::1]/x", "https://[2001:db8::1]/x"),
    ],
)
def test_addresses_as_people_paste_them(pasted, asked) -> None:
    assert trying.clean_address(pasted) == asked


def test_files(tmp_path) -> None:
    file = tmp_path / "page.html"
    file.write_text(f"<p>{WRONG}</p>")
    code, found = run(str(file))
    assert (code, len(found["near"])) == (1, 1)
    file.write_text(make.STATEMENT)
    assert run(str(file))[0] == 0
    file.write_bytes(b"")
    assert run(str(file))[0] == 1
    code, found = run(str(tmp_path / "none.html"))
    assert code == 2
    assert "none.html" in found["said"]
    assert run(str(tmp_path))[0] == 2


KEYS = {
    "source", "final_url", "status", "network", "granted", "statement", "near", "near_details", "reasons", "error",
    "checker", "access_type", "offset", "place", "charset", "expected", "searched_all",
}  # fmt: skip


def test_the_json_has_the_same_keys_whatever_came_of_it(tmp_path) -> None:
    """What is nearly right is told in three words; why the page was refused never stands among it."""
    file = tmp_path / "page.html"
    seen = {}
    for name, text in (
        ("good", make.STATEMENT),
        ("wrong", f"<p>{WRONG}</p>"),
        ("none", "hello"),
        ("empty", ""),
    ):
        file.write_text(text)
        seen[name] = run(str(file))[1]
    seen["missing"] = run(str(tmp_path / "none.html"))[1]
    seen["private"] = run("http://10.0.0.1/")[1]
    for name, found in seen.items():
        assert set(found) - {"said"} == KEYS, name
        assert all(set(one) == {"found", "expected", "difference"} for one in found["near"]), name
        assert all(set(one) == {"code", "detail"} for one in found["reasons"]), name
        assert len(found["near"]) == len(found["near_details"]), name
        assert (found["network"], found["expected"]) == ("lockss", make.STATEMENT), name
    assert {name: [one["code"] for one in found["reasons"]] for name, found in seen.items()} == {
        "good": [],
        "wrong": ["no-statement"],
        "none": ["no-statement"],
        "empty": ["empty-page"],
        "missing": [],
        "private": [],
    }
    assert [name for name, found in seen.items() if found["near"]] == ["wrong"]
    assert [name for name, found in seen.items() if found["error"]] == ["missing", "private"]


def test_as_text(tmp_path, capsys) -> None:
    file = tmp_path / "page.html"
    file.write_text(WRONG)
    out = StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("permission_test", str(file), "--output", "TEXT", stdout=out)
    assert end.value.code == 1
    assert out.getvalue().splitlines()[0] == "not permitted"
    assert "“collect” is written “gather”." in out.getvalue()


def test_in_a_fresh_checkout_with_nothing_running(tmp_path) -> None:
    """No database, no engines, no settings: a page in a file needs none of them."""
    file = tmp_path / "page.html"
    file.write_text(WRONG)
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    command = [sys.executable, "manage.py", "permission_test"]
    done = subprocess.run(
        [*command, str(file), "--network", "lockss"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert json.loads(done.stdout)["near"][0]["found"] == WRONG
    shown = subprocess.run([*command, "--help"], cwd=ROOT, env=environment, capture_output=True, check=False)
    assert shown.returncode == 0
    assert "permission_test https://journal.example/lockss" in " ".join(shown.stdout.decode().split())
