"""The content host's own words are said in the reader's language, and nothing of one reader's stays for the next."""

import html
import re

import pytest
from django.utils.translation import get_language

from apps.common.languages import accepted_language
from apps.lockss.replay import lasting_path
from apps.repository import services as repository
from tests.delivery.asked import ARTICLE, LIVE
from tests.delivery.conftest import AUID, SITE, flip_a_byte, page
from tests.repository.factories import AT
from tests.simulators.publisher import Reply

pytestmark = pytest.mark.django_db
SPANISH = {"accept_language": "es-ES,es;q=0.9,en;q=0.8"}
NONE = "http://nowhere.example/x"


@pytest.mark.parametrize(
    ("accepted", "spoken"),
    [
        ("", "en"),
        ("es", "es"),
        ("es-MX", "es"),
        ("fr;q=0.9, es;q=0.8, en;q=0.1", "es"),
        ("en, es;q=0.9", "en"),
        ("tlh", "en"),
        ("*", "en"),
        ("\x00,;q=x", "en"),
        ("es;q=0", "en"),
    ],
)
def test_the_first_offered_language_counts(accepted, spoken):
    assert accepted_language(accepted) == spoken


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/nothing",
        "/go",
        "/ServeContent",
        "/triggered",
        "/triggered/77",
        f"/ServeContent?url={NONE}",
        "/ServeContent?url=data:text/html,x",
        "/ServeContent?issn=1234-5679&volume=12",
        "/ServeContent?auid=none",
        f"/all/*/{ARTICLE}",
        f"/all/timemap/link/{NONE}",
        f"/all/20269999mp_/{ARTICLE}",
        f"/ServeContent?url={SITE}/f.bin",
        f"/ServeContent?url={SITE}/odd.html",
        lasting_path(ARTICLE) + "&choices=1",
        lasting_path(NONE),
    ],
)
def test_every_page_of_its_own_speaks_the_readers_language(reader, address):
    flip_a_byte(f"{SITE}/f.bin")
    odd = b"<svg><style><a href=/x></style></svg>"
    repository.add_captures(auid=AUID, captures=[page(f"{SITE}/odd.html", odd, "text/html")])
    english, spanish, again = reader(address), reader(address, **SPANISH), reader(address)
    assert spanish.status == english.status
    for told, language in ((english, "en"), (spanish, "es"), (again, "en")):
        assert f'<html lang="{language}"'.encode() in told.body
        assert told.headers["vary"].split(", ")[-1] == "Accept-Language"
        assert [name for name, _value in told.raw].count("vary") == 1
    assert _sentences(english).isdisjoint(_sentences(spanish)), "a sentence stayed in English"
    assert again.body == english.body
    assert get_language() == "en", "nothing stays set"


def _sentences(told) -> set[str]:
    """What is said in words; names and addresses are everybody's."""
    texts = re.findall(r">([^<>]+)<", html.unescape(told.body.decode()))
    return {text.strip() for text in texts if re.search(r"[A-Za-z]{2,} [a-z]{2,}", text)} - {
        "LOCKSS node", "Estuaries, volume 1", "Estuaries, volume 1 · LOCKSS node",
    }  # fmt: skip


def test_what_is_closed_speaks_it_too(reader, monkeypatch):
    async def broken(*_given):
        raise ValueError

    monkeypatch.setattr("apps.delivery.content.routed", broken)
    assert b'<html lang="es"' in reader("/x", **SPANISH).body


def test_lines_for_programs_stay_as_they_are(reader):
    got = reader("/x", method="POST", **SPANISH)
    assert (got.status, "vary" in got.headers) == (405, False)
    assert got.body == b"Preserved pages can only be read.\n"


def test_the_line_below_a_page_speaks_it(reader, publisher):
    for address in (f"/ServeContent?url={ARTICLE}&noproxy=1", f"/all/{AT:%Y%m%d%H%M%S}mp_/{ARTICLE}"):
        got = reader(address, **SPANISH)
        assert b'role="note" lang="es"' in got.body, address
        assert got.headers["vary"] == "Accept-Language"
        assert b'role="note" lang="en"' in reader(address).body
    publisher({"/v1/article.html": Reply(200, LIVE, (("Content-Type", "text/html"),))})
    got = reader(f"/ServeContent?url={ARTICLE}", **SPANISH)
    assert b"editor" in got.body
    assert b'role="note" lang="es"' in got.body
    assert got.headers["vary"] == "Accept-Language"
    assert b'role="note" lang="en"' in reader(f"/ServeContent?url={ARTICLE}").body


def test_what_has_no_words_of_ours_is_the_same_for_all(reader):
    for address in (
        f"/ServeContent?url={ARTICLE}&norewrite=1",
        f"/ServeContent?url={SITE}/v1/fig1.png",
        f"/ServeContent?url={SITE}/look/site.css",
    ):
        got = reader(address, **SPANISH)
        assert "vary" not in got.headers
        assert got.body == reader(address).body


def test_threads_that_last_keep_no_readers_language(served):
    """As it runs: eight threads, asked by turns."""
    for _ in range(6):
        for field, language in ((b"Accept-Language: es\r\n", b"es"), (b"", b"en")):
            asked = b"GET /nothing HTTP/1.1\r\nHost: localhost\r\n%sConnection: close\r\n\r\n" % field
            assert b'<html lang="%s"' % language in served.talk(asked)
