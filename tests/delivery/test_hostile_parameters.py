"""No reflected script, no injected field, no open redirect: every parameter of the content host."""

import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from apps.lockss.cdx.query import _NOT_SERVED, _ONCE
from apps.lockss.replay.servecontent import _OWN
from tests.delivery.conftest import AUID, SITE
from tests.delivery.simulated import OPEN

pytestmark = pytest.mark.django_db
SCRIPT = "<script>alert(1)</script>"
HOSTILE = (
    f"\"'>{SCRIPT}\r\nX-Evil: yes\r\n\r\n{{{{7*7}}}}",
    "//evil.example/",
    "https://evil.example/",
    "/\\evil.example/",
    "javascript:alert(1)",
)
OUR_PORTAL = "http://127.0.0.1:8081"
_EVIL_LINK = re.compile(
    rb"""(?:href|src|action|content)\s*=\s*["']?\s*(?:javascript:|data:|vbscript:)""", re.IGNORECASE
)


def faults(fields: list[tuple[str, str]], body: bytes, own: tuple[str, ...]) -> Iterator[str]:
    """What an answer to a hostile question must not have. ``own``: where it may lead."""
    for name, value in fields:
        if name.lower() == "x-evil" or "\r" in name + value or "\n" in name + value:
            yield f"a field was injected: {name}: {value}"
        if name.lower() in ("location", "refresh", "content-location"):
            to = value.partition("url=")[2] if name.lower() == "refresh" else value
            if not re.match(r"/(?![/\\])|[?]", to) and not to.startswith(own):
                yield f"{name} leads to {value}"
    kind = next((value for name, value in fields if name.lower() == "content-type"), "")
    if "html" in kind or not kind:
        if SCRIPT.encode() in body:
            yield "the script came back as it was sent"
        if _EVIL_LINK.search(body):
            yield "a link runs a script"
        if b"49" in body and b"{{7*7}}" not in body and b"7*7" in body:
            yield "a template was run"


# --- The content host

OPENURL = [
    "rft_id",
    "id",
    "doi",
    "pmid",
    "issn",
    "eissn",
    "isbn",
    "eisbn",
    "sici",
    "bici",
    "title",
    "btitle",
    "jtitle",
    "stitle",
    "atitle",
    "pub",
    "rft.issn",
    "rft.volume",
    "volume",
    "issue",
    "date",
    "spage",
    "pages",
    "artnum",
    "aulast",
    "rft_enc",
    "ctx_enc",
    "url_ver",
    "rft_val_fmt",
]
INDEX = ("search", "host", "after")


def questions(url: str = f"{SITE}/new/", auid: str = quote(AUID, safe="")) -> list[str]:
    """Each parameter of each address of the content host, alone and beside a good URL."""
    names = sorted({*_OWN, *OPENURL, *INDEX, "url"})
    serve = [f"/ServeContent?{name}=" for name in names]
    serve += [f"/ServeContent?url={url}&{name}=" for name in names]
    serve += [f"/ServeContent?url={url}&auid={auid}&version=", f"/ServeContent?auid={auid}&use_openurl="]
    cdx = [f"/all/cdx?{name}=" for name in sorted({*_ONCE, "filter"} - {"url"})]
    cdx += [f"/all/cdx?url={url}&{name}=" for name in sorted({*_ONCE, *_NOT_SERVED, "filter"} - {"url"})]
    ways = ["/ServeContent/", "/all/timegate/", "/all/timemap/link/", "/all/timemap/json/", "/all/timemap/", "/all/*/",
             "/all/20261121061230mp_/", "/all/20261121061230id_/", "/all/", "/au-", "/o/", "/t/", "/", "/all/cdx?url="]  # fmt: skip
    return [*serve, *cdx, *ways]


@pytest.mark.parametrize("value", HOSTILE)
def test_no_parameter_of_the_content_host_does_harm(ask, rooms, au, value):
    rooms.addresses.add("192.0.2.1")
    rooms.policies[AUID] = OPEN
    wrong = []
    for question in questions():
        for sent in (quote(value, safe=""), quote(value, safe="/:'\\<>(){}*")):
            told = ask(question + sent)
            assert told.status < 500, question
            wrong += [f"{question}{sent}: {said}" for said in faults(told.raw, told.body, (OUR_PORTAL,))]
    assert wrong == []


def test_the_judge_finds_what_it_looks_for():
    plain = [("Content-Type", "text/html")]
    assert list(faults(plain, SCRIPT.encode(), ()))
    assert list(faults(plain, b"<a href='javascript:x'>", ()))
    assert list(faults([*plain, ("X-Evil", "yes")], b"", ()))
    for to in (
        "//evil.example/",
        "https://evil.example/",
        "/\\evil.example/",
        "http://127.0.0.1:8081.evil.example/",
    ):
        assert list(faults([("Location", to)], b"", (OUR_PORTAL + "/",))), to
    assert not list(faults([*plain, ("Location", "/aus/")], b"&lt;script&gt;", ()))
