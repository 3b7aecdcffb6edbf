"""What is known of the copies of other nodes: who agreed when last compared, and who was on the wrong side.

A peer whose copy was equal to ours agrees. Where they were not equal, the last complete poll tells whose fault it
was: who voted with the landslide in every URL agrees with the network although not with us. While ours is damaged,
what was found before is told as older than the damage, and what is found now says nothing of others. Once it is
mended, what was found before the damage is older than it still. Where a landslide was against ours, who is equal to it
is no copy that agrees.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet

from apps.common.parts import CopyState
from apps.lockss.lcap.poll_codes import PollStatus
from apps.lockss.lcap.verdict import DISSENT, UrlResult, Verdict
from apps.nodes.status import PeerCopy
from apps.peers.choices import AgreementType
from apps.peers.models import Agreement
from apps.peers.proof_age import is_outdated, since_damage
from apps.polls.models import Poll, UrlTally
from apps.polls.outcome import AGREED

# What this node itself has seen; what a peer only says about its own polls is no proof.
SEEN = (AgreementType.POR, AgreementType.SYMMETRIC_POR)
LOST = frozenset({UrlResult.LOST, UrlResult.LOST_POLLER_ONLY, UrlResult.LOST_VOTER_ONLY})


@dataclass(frozen=True, slots=True)
class Compared:
    """The newest comparison of a peer's copy with ours."""

    peer_id: int
    identity: str
    value: float
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class LastPoll:
    """Who voted in the last complete poll of an AU, and who was against the landslide in how many URLs."""

    pk: int
    at: dt.datetime
    voters: frozenset[str]
    against: frozenset[str]
    differing: int
    undecided: int
    agreement: float | None

    @property
    def won(self) -> bool:
        """It proved our copy, as it was then."""
        return self.agreement is not None and self.agreement >= 1


def compared(keys: Sequence[int]) -> dict[int, list[Compared]]:
    """By AU, one for each peer that is enabled, in the order of peers."""
    found: dict[int, dict[int, Compared]] = defaultdict(dict)
    rows = Agreement.objects.filter(au_key__in=keys, type__in=SEEN, peer__enabled=True)
    for key, peer, identity, value, at in rows.values_list(
        "au_key_id", "peer_id", "peer__identity", "last", "last_at"
    ):
        known = found[key].get(peer)
        if known is None or at > known.at:
            found[key][peer] = Compared(peer, identity, value, at)
    return {key: [by_peer[peer] for peer in sorted(by_peer)] for key, by_peer in found.items()}


def held_alike(peers: Iterable[int], *, since: dt.datetime) -> QuerySet[Agreement]:
    """Newest comparisons, not older than ``since``, in which a copy of one of these peers was the same as ours in all."""
    rows = Agreement.objects.filter(
        since_damage("au_key__summary", "last_at"), type__in=SEEN, peer__enabled=True, peer__in=list(peers)
    )
    newer = Agreement.objects.filter(
        type__in=SEEN, au_key=OuterRef("au_key"), peer=OuterRef("peer"), last_at__gt=OuterRef("last_at")
    )
    return rows.filter(last__gte=1, last_at__gte=since).exclude(Exists(newer))


def last_polls(keys: Sequence[int]) -> dict[int, LastPoll]:
    """The last complete poll over all URLs, by AU."""
    polls = (
        Poll.objects.filter(au__in=keys, ended_at__isnull=False, status=PollStatus.COMPLETE, variant="PoR")
        .order_by("au_id", "-id")
        .distinct("au_id")
        .values_list(
            *("pk", "au_id", "ended_at", "state__frozen", "disagreed", "too_close", "no_quorum", "agreement"),
            named=True,
        )
    )
    by_poll = {poll.pk: poll for poll in polls}
    against: dict[int, set[str]] = {pk: set() for pk in by_poll}
    for poll_id, result, verdicts in _dissent(list(by_poll)):
        frozen = by_poll[poll_id].state__frozen or []
        for identity, verdict in zip(frozen, verdicts or [], strict=False):
            if _is_against(UrlResult(result), Verdict(verdict)):
                against[poll_id].add(identity)
    return {
        poll.au_id: LastPoll(
            pk,
            poll.ended_at,
            frozenset(poll.state__frozen or []),
            frozenset(against[pk]),
            poll.disagreed,
            poll.too_close + poll.no_quorum,
            poll.agreement,
        )
        for pk, poll in by_poll.items()
    }


def last_proofs(keys: Sequence[int]) -> dict[int, dt.datetime]:
    """When the last poll ended that proved our copy whole, by AU; one that decided less is a poll and no proof."""
    polls = Poll.objects.filter(AGREED, au__in=keys, ended_at__isnull=False, variant="PoR")
    newest = polls.order_by("au_id", "-id").distinct("au_id")
    return dict(newest.values_list("au_id", "ended_at"))


def _dissent(polls: list[int]) -> Iterable[tuple[int, str, list[str]]]:
    rows = UrlTally.objects.filter(poll__in=polls)
    return rows.values_list("poll_id", "result", "row__verdicts").iterator(chunk_size=2000)


def _is_against(result: UrlResult, verdict: Verdict) -> bool:
    """Whether a voter with this verdict was not with the landslide, or with nobody where there was none."""
    if result in LOST:
        return verdict is Verdict.AGREED
    return verdict in DISSENT


def peer_copies(
    found: Sequence[Compared],
    poll: LastPoll | None,
    *,
    now: dt.datetime,
    fresh: dt.timedelta,
    damaged: bool = False,
    damage_at: dt.datetime | None = None,
) -> list[PeerCopy]:
    """The state of each peer's copy; a comparison older than ``fresh`` proves nothing any more.

    ``damaged``: stored bytes of ours are not what was written, or gone; ``damage_at``: when that was last so.
    """

    def state(one: Compared) -> CopyState:
        if now - one.at > fresh:
            return CopyState.OLD
        return _state(one, poll, damaged=damaged or is_outdated(one.at, damage_at))

    return [PeerCopy(peer_id=one.peer_id, state=state(one)) for one in found]


def _state(one: Compared, poll: LastPoll | None, *, damaged: bool) -> CopyState:
    voted = poll is not None and one.identity in poll.voters
    lost = poll is not None and poll.differing > 0
    if lost and one.value >= 1 and not _in_poll(one, poll):
        # It is equal to a copy that is wrong: that is no copy that agrees, however it voted before.
        return CopyState.DIFFERS if voted and one.identity in poll.against else CopyState.WAITS
    if voted and (lost or (damaged and poll.won)):
        # A newer comparison is one with what is wrong here: how it voted tells more.
        if one.identity in poll.against:
            return CopyState.DIFFERS
        return CopyState.AGREED if lost else CopyState.BEFORE
    if damaged:
        return CopyState.BEFORE if one.value >= 1 else CopyState.WAITS
    if one.value >= 1 or (_in_poll(one, poll) and one.identity not in poll.against):
        return CopyState.AGREED
    return CopyState.WAITS if lost else CopyState.DIFFERS


def _in_poll(one: Compared, poll: LastPoll | None) -> bool:
    """Whether that poll, or one before it, made the comparison: a newer one is a peer's own poll."""
    return poll is not None and one.identity in poll.voters and one.at <= poll.at + dt.timedelta(minutes=1)
