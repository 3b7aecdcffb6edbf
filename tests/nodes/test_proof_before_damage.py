"""Damage found after a proof ends it: what is mended without a poll is proved again by the next poll only."""

from dataclasses import replace

import pytest

from apps.common.models import Finding
from apps.common.parts import CopyState
from apps.nodes import copies, public
from apps.nodes.choices import AuWord
from apps.nodes.lists_au import COMPARISONS
from apps.nodes.models import AuStatus
from apps.nodes.services import counting, refreshing, standing
from apps.polls.models import PollStatus
from apps.polls.proof import proved
from apps.polls.services import scanning
from apps.repository.models import AuSummary
from tests import factories as make
from tests.asking import as_person
from tests.sample import sample_settings

pytestmark = pytest.mark.django_db
URLS = 17


@pytest.fixture
def mended(settings, tmp_path):
    """Preserved with three peers two days ago; a day ago a reading found damage, and a crawl brought a good copy."""
    node = replace(sample_settings(tmp_path), permission_policy="machine", poll_quorum=2, public_status=True)
    settings.NODE = node
    au = make.make_au()
    make.make_summary(au, urls=URLS)
    make.make_crawl(au)
    peers = [make.make_peer(name) for name in ("Birch", "Cedar", "Dogwood")]
    poll = make.make_poll(au, peers, urls=URLS, ago=2 * make.DAY)
    PollStatus.objects.filter(au=au).update(agreeing_peers=3, last_attempt_at=poll.ended_at)
    for peer in peers:
        make.agree(au, peer, ago=2 * make.DAY)
    assert standing.is_preserved(refreshed(au))
    AuSummary.objects.filter(pk=au.pk).update(last_damage_at=make.past(make.DAY))
    return au, peers


def refreshed(au) -> AuStatus:
    refreshing.refresh(keys=[au.pk])
    counting.count_all()
    return AuStatus.objects.get(pk=au.pk)


def is_proved(au) -> bool:
    return type(au).objects.filter(proved(), pk=au.pk).exists()


def test_the_old_poll_proves_nothing_any_more(client, mended):
    au, _peers = mended
    row = refreshed(au)
    assert (row.word, row.agreeing) == (AuWord.COLLECTED, 0)
    assert [state for _, state in row.copies] == ["o", "b", "b", "b"]
    assert "Damage was found here on " in row.reason
    assert not standing.is_preserved(row)
    assert not is_proved(au)
    assert public.of_au(au.slug).short == "not proved at present"
    as_person(client)
    page = client.get(f"/aus/{au.slug}/").content.decode()
    assert "agreed with the landslide before the damage" in page
    assert "damage was found since" in page
    assert "before the damage here" in page


def test_the_next_poll_proves_it_again(client, mended):
    au, peers = mended
    make.make_poll(au, peers, urls=URLS, ago=make.HOUR)
    PollStatus.objects.filter(au=au).update(agreeing_peers=3)
    au.key.agreements.update(last_at=make.past(make.HOUR))
    row = refreshed(au)
    assert (row.word, row.agreeing) == (AuWord.PROVED, 4)
    assert standing.is_preserved(row)
    assert is_proved(au)
    as_person(client)
    assert "before the damage" not in client.get(f"/aus/{au.slug}/").content.decode()


def test_a_comparison_in_a_peers_own_poll_after_the_damage_counts(mended):
    au, peers = mended
    au.key.agreements.filter(peer=peers[0]).update(last_at=make.past(make.HOUR))
    row = refreshed(au)
    assert [state for _, state in row.copies] == ["o", "a", "b", "b"]


def test_reports_of_an_institution_leave_out_what_was_compared_before_the_damage(mended):
    au, peers = mended
    alike = copies.held_alike([peers[0].pk], since=make.past(9 * make.DAY))
    assert not alike.filter(au_key=au.pk).exists()
    au.key.agreements.filter(peer=peers[0]).update(last_at=make.past(make.HOUR))
    assert alike.filter(au_key=au.pk).exists()


def test_a_poll_is_asked_for_once(mended):
    au, _peers = mended
    assert scanning.ask_for_damaged() == 1
    PollStatus.objects.filter(au=au).update(requested_at=None, last_attempt_at=make.past(make.HOUR))
    assert scanning.ask_for_damaged() == 0
    assert not Finding.objects.exists()


def test_the_page_of_one_unit_is_judged_anew_when_damage_was_found(client, mended):
    au, _peers = mended
    AuSummary.objects.filter(pk=au.pk).update(last_damage_at=None)
    refreshed(au)
    long_ago = make.past(make.HOUR / 4)
    AuStatus.objects.filter(au=au).update(refreshed_at=long_ago)
    AuSummary.objects.filter(pk=au.pk).update(last_damage_at=make.past(make.HOUR / 8))
    assert refreshing.current(type(au).objects.get(pk=au.pk)).word == AuWord.COLLECTED


def test_states_of_copies_have_one_rule(mended):
    au, _peers = mended
    compared = copies.compared([au.pk])[au.pk]
    found = copies.peer_copies(
        compared, None, now=make.past(), fresh=9 * make.DAY, damage_at=make.past(make.DAY)
    )
    assert {one.state for one in found} == {CopyState.BEFORE}


def test_every_comparison_says_that_it_is_older_than_the_damage(client, mended):
    au, peers = mended
    au.key.agreements.filter(peer=peers[0]).update(last_at=make.past(make.HOUR))
    as_person(client)
    answer = client.get(f"/aus/{au.slug}/agreements/")
    rows = {
        str(row.peer): "".join(column.cell(row).html for column in COMPARISONS.columns[2:4])
        for row in answer.context["list"].items
    }
    assert "before the damage here" in rows["Cedar"]
    assert "safe" not in rows["Cedar"]
    assert "before the damage" not in rows["Birch"]
    assert "safe" in rows["Birch"]
    page = answer.content.decode()
    assert "Damage was found here " in page
    told = client.get(f"/aus/{au.slug}/agreements/?format=csv").getvalue().decode("utf-8-sig")
    assert told.count("before the damage here") == 2


def test_a_unit_that_never_was_damaged_says_nothing_of_it(client, mended):
    au, _peers = mended
    AuSummary.objects.filter(pk=au.pk).update(last_damage_at=None)
    as_person(client)
    assert "amage" not in client.get(f"/aus/{au.slug}/agreements/").content.decode()
