"""``check --deploy``, host names and cookies: what https and plain http on loopback imply."""

import errno
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client

from lockss_portal.conf.load import ROOT

HTTPS = {
    "LOCKSS_PUBLIC_URL": "https://portal.example",
    "LOCKSS_CONTENT_URL": "https://content.example",
    "LOCKSS_BEHIND_PROXY": "true",
}
# No HSTS, no redirect to https: all that is missing without TLS.
WITHOUT_TLS = ["security.W004", "security.W008"]


def deployed(home: Path, **settings: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, ROOT / "manage.py", "check", "--deploy"],
        env={"PATH": os.environ["PATH"], "LOCKSS_NODE": str(home), **settings},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return sorted(re.findall(r"\((\w+\.[WE]\d+)\)", done.stdout + done.stderr))


@pytest.mark.parametrize(
    ("settings", "warnings"), [(HTTPS, []), ({}, WITHOUT_TLS)], ids=["https", "loopback"]
)
def test_check_deploy(tmp_path: Path, settings: dict[str, str], warnings: list[str]) -> None:
    assert deployed(tmp_path, **settings) == warnings


def setting(home: Path, *names: str, **given: str) -> list[str]:
    code = "from django.conf import settings\n" + "".join(f"print(settings.{name})\n" for name in names)
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={
            "PATH": os.environ["PATH"],
            "LOCKSS_NODE": str(home),
            "DJANGO_SETTINGS_MODULE": "lockss_portal.settings",
            **given,
        },
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    return done.stdout.splitlines()


COOKIES = ("SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE")


def test_cookies_of_two_nodes_on_one_host_differ(tmp_path: Path) -> None:
    first = setting(tmp_path, *COOKIES)
    second = setting(tmp_path, *COOKIES, LOCKSS_LCAP_PORT="9730")
    assert first[0] != second[0]
    assert first[1] != second[1]
    for names in (first, second):
        assert re.fullmatch(r"__Host-session-[0-9a-f]{10}", names[0])
        assert re.fullmatch(r"__Host-csrf-[0-9a-f]{10}", names[1])
        assert names[2:] == ["True", "True"]


def test_plain_http_elsewhere_takes_no_secure_cookie(tmp_path: Path) -> None:
    """A browser would drop it, and nobody could sign in."""
    found = setting(tmp_path, *COOKIES, LOCKSS_PUBLIC_URL="http://portal.example")
    assert found[0].startswith("session-")
    assert found[2:] == ["False", "False"]


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost", "127.0.0.1.evil.example", "", "a b", "[::1", "ü"]
)
def test_an_unknown_host_is_421_and_gets_no_cookie(host: str) -> None:
    answer = Client(headers={"host": host}).get("/readyz")
    assert answer.status_code == 421
    assert not answer.cookies
    assert answer.headers["Content-Type"].startswith("text/plain")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8081"])
def test_the_own_host_is_answered(host: str) -> None:
    answer = Client(headers={"host": host}).get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")
    assert Client(headers={"host": host}).post("/healthz").status_code == 405


@pytest.mark.django_db
def test_ready_names_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    from lockss_portal import health

    client = Client(headers={"host": "127.0.0.1"})
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"ready": True, "missing": {}})
    monkeypatch.setattr(health, "_broker", lambda: "the broker does not answer")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "missing": {"broker": "the broker does not answer"}}


def test_health_is_for_every_host_without_a_redirect_and_without_the_database(settings) -> None:
    """No ``django_db`` here: a query would fail."""
    settings.SECURE_SSL_REDIRECT = True
    answer = Client(headers={"host": "10.0.0.9:4711"}).get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")
    assert not answer.cookies
    assert answer["Cache-Control"] == "no-store"
    assert Client(headers={"host": "10.0.0.9"}).get("/readyz").status_code == 421


def test_a_store_that_cannot_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    from lockss_portal import health

    monkeypatch.setattr("apps.common.disks.content_held", lambda: None)
    assert health._store() == ""
    monkeypatch.setattr("os.access", lambda *_: False)
    assert health._store() == "the store cannot be written to"


@pytest.mark.django_db
def test_a_store_that_refused_a_write_is_not_ready_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    from apps.common import disks
    from lockss_portal import health

    monkeypatch.setattr(health, "_broker", lambda: "")
    client = Client(headers={"host": "127.0.0.1"})
    disks.hold_content(OSError(errno.EDQUOT, "Disk quota exceeded"), "/secret/place/of/a/file")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    said = answer.json()["missing"]["store"]
    assert "read-only since a write to it failed (Disk quota exceeded)" in said
    assert "secret" not in answer.content.decode()
    disks.release_content()
    assert client.get("/readyz").status_code == 200


@pytest.mark.django_db
def test_a_database_that_is_away_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The store is asked about in the database; that it is away must not be a fault of the answer."""
    from django.db import DatabaseError

    from lockss_portal import health

    def away():
        raise DatabaseError("gone")

    monkeypatch.setattr("apps.common.disks.content_held", away)
    assert health._store() == ""


def test_a_broker_that_is_away(monkeypatch: pytest.MonkeyPatch, settings, tmp_path: Path) -> None:
    from lockss_portal import health
    from lockss_portal.engines.broker import LOCAL_CACHE, Broker

    settings.BROKER = Broker(f"redis+socket://{tmp_path}/none.sock", LOCAL_CACHE)
    assert health._broker() == "the broker does not answer"
