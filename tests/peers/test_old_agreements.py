"""An agreement is green only while it proves something: not when it is too old, nor from before damage here."""

import datetime as dt

import pytest
from django.conf import settings

from apps.common.words import Tone
from apps.nodes.au_panels import agrees
from apps.peers.lists import AGREEMENTS
from apps.peers.proof_age import INTERVALS
from apps.repository.models import AuSummary
from tests import factories as make
from tests.asking import as_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def peer():
    return make.make_peer("Birch")


def too_old() -> dt.timedelta:
    return dt.timedelta(seconds=INTERVALS * settings.NODE.poll_interval) + make.DAY


def unit(peer, value: float, ago: dt.timedelta, damage: dt.timedelta | None = None):
    au = make.make_au()
    make.make_summary(au)
    make.agree(au, peer, value, ago=ago)
    if damage is not None:
        AuSummary.objects.filter(pk=au.pk).update(last_damage_at=make.past(damage))
    return au


def shown(client, peer) -> str:
    (row,) = AGREEMENTS.prepare(client.get(f"/peers/{peer.pk}/").context["list"].items)
    return "".join(AGREEMENTS.columns[n].cell(row).html for n in (1, 2))


@pytest.mark.parametrize(
    ("value", "ago", "damage", "tone", "said"),
    [
        (1.0, make.DAY, None, Tone.SAFE, "our copy"),
        (1.0, None, None, Tone.CARE, "not proved lately"),
        (0.5, make.DAY, None, Tone.HARM, "our copy"),
        (0.5, None, None, Tone.HARM, "not proved lately"),
        (1.0, 2 * make.DAY, make.DAY, None, "our copy before the damage here"),
        (1.0, make.DAY, 2 * make.DAY, Tone.SAFE, "our copy"),
    ],
)
def test_the_page_of_a_peer_says_what_still_holds(client, peer, value, ago, damage, tone, said):
    unit(peer, value, ago or too_old(), damage)
    as_person(client)
    page = shown(client, peer)
    assert {one for one in Tone if f'"word {one}"' in page} == ({tone} if tone else set())
    assert said in page
    assert ("not proved lately" in page) == (ago is None)
    assert ("before the damage" in page) == (damage is not None and damage < ago)


def test_a_download_says_it_too(client, peer):
    unit(peer, 1.0, 2 * make.DAY, make.DAY)
    as_person(client)
    told = client.get(f"/peers/{peer.pk}/?format=csv").getvalue().decode("utf-8-sig")
    assert told.count("our copy before the damage here") == 1


def test_pages_of_the_unit_say_the_same(client, peer):
    au = unit(peer, 1.0, too_old())
    as_person(client)
    page = client.get(f"/aus/{au.slug}/agreements/").content.decode()
    assert "not proved lately" in page
    (line,) = agrees(au).items
    assert "not proved lately" in line.copy.html
    assert "safe" not in line.copy.html
