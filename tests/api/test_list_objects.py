"""``ListObjects``: one a line, ``#`` around, ``# end`` last."""

import pytest

from apps.aus.choices import AuState
from apps.aus.models import Au
from apps.repository.choices import ArtifactState
from apps.repository.models import Artifact
from tests import factories as make
from tests.accounts.factories import make_person
from tests.api.reading import basic, body
from tests.asking import as_person

pytestmark = pytest.mark.django_db
PATH = "/ListObjects"


def lines(client, kind: str, auid: str = "") -> list[str]:
    answer = client.get(PATH, {"type": kind, "auid": auid})
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    found = body(answer)
    assert found.endswith("# end\n")
    return found.splitlines()


def plain(found: list[str]) -> list[str]:
    return [line for line in found if not line.startswith("#")]


def test_urls_and_files(client, sample):
    as_person(client)
    urls = plain(lines(client, "urls", sample.au.auid))
    assert sample.url in urls
    assert urls == sorted(urls)
    files = plain(lines(client, "files", sample.au.auid))
    assert [line.split("\t")[0] for line in files] == urls
    assert all(line.split("\t")[2].isdecimal() for line in files)
    assert f"# {len(urls)} URLs" in lines(client, "urls", sample.au.auid)


def test_all_aus(client, sample):
    as_person(client)
    wanted = set(Au.objects.filter(state=AuState.SELECTED).values_list("auid", flat=True))
    assert set(plain(lines(client, "auids"))) == wanted
    assert len(plain(lines(client, "aus"))) == len(wanted)


def test_faulty_files_are_told(client, sample):
    as_person(client)
    assert plain(lines(client, "auvalidate", sample.au.auid)) == []
    Artifact.objects.filter(au_key=sample.au.pk, url=sample.url, is_current=True).update(
        state=ArtifactState.DAMAGED
    )
    assert plain(lines(client, "auvalidate", sample.au.auid)) == [f"{sample.url}\tdamaged"]


def test_what_is_not_kept_is_said_and_is_no_empty_list(client, sample):
    as_person(client)
    for asked in (
        {"type": "articles", "auid": sample.au.auid},
        {"type": "urls"},
        {"type": "urls", "auid": "a\0b"},
        {"type": "urls", "auid": "x" * 9000},
        {"type": "\x00<b>" * 2000},
        {},
    ):
        answer = client.get(PATH, asked)
        assert answer.status_code == 404, asked
        assert answer.content.startswith(b"# ")
        assert answer.content.endswith(b"\n# end\n")
        assert len(answer.content) < 500


def test_names_stay_on_their_line(client, sample):
    as_person(client)
    make.make_au("Two\n# end\r\u2028lines")
    assert "Two # end  lines" in plain(lines(client, "aus"))


def test_who_may_ask(client, sample):
    make_person("clara")
    assert client.get(PATH, {"type": "aus"}).status_code == 401
    assert client.get(PATH, {"type": "aus"}, **basic("clara")).status_code == 200
    assert client.put(PATH, **basic("clara")).status_code == 405


def test_who_names_no_type_is_told_which_there_are(client):
    as_person(client)
    said = client.get(PATH).content.decode()
    assert said.startswith("# The request names no type: this node has type=aus, ")
    assert "type=urls&auid=AUID" in said
    assert "type=auvalidate&auid=AUID" in said
    assert "nothing" not in said
    assert "no list of articles" in client.get(PATH, {"type": "articles"}).content.decode()
