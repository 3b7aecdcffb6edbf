"""No reflected script, no injected field, no open redirect: every parameter of the portal's addresses of delivery and export.

The addresses are those of the URL table; the parameters are those that each address was seen to look for. A file of its
own: what ``paths`` made is there as long as a file's tests run.
"""

import pytest
from django.conf import settings
from django.http import QueryDict
from django.test import Client

from apps.accounts.choices import Role
from tests.accounts.factories import make_person
from tests.delivery.test_hostile_parameters import HOSTILE, faults
from tests.test_addresses import ALL, paths  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db
NEW = [one for one in ALL if one.name.startswith(("delivery:", "exports:"))]


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
