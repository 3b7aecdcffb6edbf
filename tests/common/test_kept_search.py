"""A reader of Spanish finds a kept sentence by the words that they see; a reader of English as ever."""

import pytest
from django.utils import translation

from apps.accounts.choices import Role
from apps.common.clock import now
from apps.common.kept_search import MOST_PIECES, english_pieces
from apps.nodes.alert_words import sentence
from apps.nodes.choices_alerts import AlertKind, Weight
from apps.nodes.models import Alert
from apps.permissions.services.deciding import ENDED, NONE_COVERS
from tests import factories as make
from tests.asking import as_person

pytestmark = pytest.mark.django_db
COVERS = NONE_COVERS % {"house": "Tidewater"}


@pytest.fixture
def spanish(client):
    def signed_in(language: str = "es"):
        person = as_person(client, Role.SYSTEM)
        person.language = language
        person.save()
        return client

    return signed_in


@pytest.fixture
def findings():
    one = make.make_finding("permission-no-agreement", message=COVERS)
    ended = ENDED % {"name": "Deed", "house": "Northern"}
    return one, make.make_finding("permission-agreement-ended", message=ended)


def found(client, path: str, words: str) -> list[int]:
    return sorted(row.pk for row in client.get(path, {"q": words}).context["list"].items)


def test_findings_are_met_in_the_words_of_the_page(spanish, findings):
    client = spanish()
    one, other = findings
    shown = client.get("/findings/").content.decode()
    assert "Ningún convenio firmado" in shown
    assert found(client, "/findings/", "firmado Tidewater") == [one.pk]
    # Marks and case are nobody's concern.
    assert found(client, "/findings/", "ÁBARCA") == [one.pk]
    # What is kept is found as before, and so is what is a value.
    assert found(client, "/findings/", "signed agreement") == [one.pk]
    assert found(client, "/findings/", "Northern") == [other.pk]
    assert found(client, "/findings/", "zanahoria") == []


def test_readers_of_english_find_no_more_than_they_see(spanish, findings):
    client = spanish("en")
    assert found(client, "/findings/", "firmado") == []
    assert found(client, "/findings/", "signed") == [findings[0].pk]


def alert(kind: AlertKind, **params) -> Alert:
    with translation.override("en"):
        message = sentence(kind, params)
    about = {"kind": kind, "subject": f"{kind}:x", "severity": Weight.WARNING, "params": params}
    return Alert.objects.create(**about, message=message, raised_at=now(), last_seen_at=now())


def test_alerts_are_met_in_the_words_of_the_page(spanish):
    old = alert(AlertKind.BACKUP, name="stamp", age=90_000)
    clock = alert(AlertKind.CLOCK, name="time.example", offset=9)
    client = spanish()
    with translation.override("es"):
        word = next(one for one in sentence(AlertKind.CLOCK, clock.params).split() if one.startswith("reloj"))
    assert found(client, "/alerts/", word) == [clock.pk]
    assert found(client, "/alerts/", "copia seguridad") == [old.pk]
    assert found(client, "/alerts/", "time.example") == [clock.pk]
    assert found(client, "/alerts/", "zanahoria") == []


def test_one_sentence_of_a_kind_does_not_bring_the_other(spanish):
    full = alert(AlertKind.DISK, what="content", free=1, total=9)
    client = spanish()
    with translation.override("es"):
        refuses = sentence(AlertKind.DISK, {"what": "content", "cause": "x"})
    word = next(one.strip(".:,") for one in refuses.split() if one.startswith("escri"))
    assert found(client, "/alerts/", word) == []
    assert found(client, "/alerts/", "content") == [full.pk]


def test_a_word_of_every_sentence_asks_for_nothing():
    assert english_pieces("la", "es") == ()
    for word in ("que", "una", "del", "con"):
        assert len(english_pieces(word, "es")) <= MOST_PIECES
