"""No reflected script, no injected field, no open redirect: every parameter of every address of delivery and export.

The addresses are those of the URL table; the parameters are those that each address was seen to look for.
"""

import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from django.conf import settings
from django.http import QueryDict
from django.test import Client

from apps.accounts.choices import Role
from apps.lockss.cdx.query import _NOT_SERVED, _ONCE
from apps.lockss.replay.servecontent import _OWN
from tests.accounts.factories import make_person
from tests.delivery.conftest import AUID, SITE
from tests.delivery.simulated import OPEN
from tests.test_addresses import ALL, paths  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db
SCRIPT = "<script>alert(1)</script>"
HOSTILE = (
    f"\"'>{SCRIPT}\r\nX-Evil: yes\r\n\r\n{{{{7*7}}}}",
    "//evil.example/",
    "https://evil.example/",
    "/\\evil.example/",
    "javascript:alert(1)",
)
NEW = [one for one in ALL if one.name.startswith(("delivery:", "exports:"))]
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


# --- The portal


@pytest.fixture
def looked_for(monkeypatch) -> set[str]:
    """The names that views look for in a question."""
    seen: set[str] = set()
    for method in ("__getitem__", "getlist", "__contains__"):
        plain = getattr(QueryDict, method)

        def watched(self, key, *more, _plain=plain, **given):
            if isinstance(key, str):
                seen.add(key)
            return _plain(self, key, *more, **given)

        monkeypatch.setattr(QueryDict, method, watched)
    return seen


def ask_portal(client: Client, path: str, given: dict[str, str]) -> tuple[int, list, bytes]:
    answer = client.get(path, given)
    assert answer.status_code < 500, (path, given)
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return answer.status_code, list(answer.items()), body


def test_no_parameter_of_the_portals_new_addresses_does_harm(paths, client, looked_for):  # noqa: F811
    """Alone, and beside one that is good: views go further there than to the first error."""
    client.force_login(make_person("root", Role.SYSTEM))
    good = {
        "url": "http://pub.example/a",
        "at": "/ServeContent?url=http://pub.example/a",
        "au": paths["delivery:of-au"].split("/")[3],
        "as": "pac",
        "q": "issn=1234-5679",
        "sort": "name",
    }
    # The portal leads to the content host, with a ticket and an address that it read itself.
    own = (f"{settings.NODE.content_url}/o/",)
    tried, wrong = {}, []
    for one in NEW:
        path = paths[one.name]
        looked_for.clear()
        if ask_portal(client, path, {})[0] == 405:
            continue
        names = set(looked_for)
        for beside in ({}, *({name: good[name]} for name in sorted(names & set(good)))):
            if beside:
                ask_portal(client, path, beside)
            for name in sorted((names | looked_for) - set(beside)):
                for value in HOSTILE[: 2 if beside else None]:
                    _status, *answer = ask_portal(client, path, {**beside, name: value})
                    wrong += [f"{path} {beside} {name}={value!r}: {said}" for said in faults(*answer, own)]
        tried[one.name] = names | looked_for
    assert wrong == []
    assert {"url", "at", "sha256", "version"} <= tried["delivery:open"]
    assert {"as", "set", "au", "direct"} <= tried["delivery:proxy-lines"]
    assert {"q", "issn"} <= tried["delivery:openurl"]
    assert {"au", "title", "selection"} <= tried["exports:new"]


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
