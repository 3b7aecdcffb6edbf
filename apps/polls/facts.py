"""What the core asks about this node, an AU and a peer, gathered from rows."""

import datetime as dt

from django.conf import settings
from django.db.models import Min, Q, Sum

from apps.aus.choices import AuState
from apps.aus.definitions import PollAbility, poll_ability
from apps.aus.models import Au
from apps.common.clock import now
from apps.crawls.models import CrawlStatus
from apps.lockss.lcap.admission_checks import AuFacts, NodeFacts, PollerFacts
from apps.lockss.lcap.agreement import Agreement, AgreementType
from apps.lockss.lcap.config import PollConfig
from apps.lockss.lcap.identity import PeerId
from apps.lockss.lcap.invitation import InviterFacts, PeerFacts, no_au_set_expired
from apps.lockss.lcap.schedule import base_hash_estimate
from apps.lockss.lcap.voter_state import VoterPhase
from apps.peers.choices import PeerSource
from apps.peers.models import Agreement as AgreementRow
from apps.peers.models import NoAuPeer, Peer
from apps.peers.services import own_identity
from apps.polls.models import Poll, PollStatus, Vote
from apps.repository.models import AuSummary

# A network without groups is one group of this name (lcap-v3 §1.3).
NO_GROUP = "nogroup"
# What the node takes for an AU's agreement before there is one.
NEVER = -1.0


def groups() -> tuple[str, ...]:
    return tuple(g.lower() for g in settings.NODE.lcap_groups) or (NO_GROUP,)


def ms(at: dt.datetime | None) -> int | None:
    return None if at is None else int(at.timestamp() * 1000)


def node_facts() -> NodeFacts:
    open_votes = Vote.objects.filter(ended_at__isnull=True)
    return NodeFacts(
        own_id=own_identity(),
        groups=groups(),
        active_voters=open_votes.count(),
        hash_free_from_ms=hash_free_from_ms(),
    )


def hash_free_from_ms() -> int:
    """When all hashing promised so far will be done, going by the AUs' estimates."""
    waiting = Vote.objects.filter(
        ended_at__isnull=True, phase=VoterPhase.WAIT_VOTE_REQUEST, state__hashing_done=False
    )
    busy = waiting.aggregate(total=Sum("au__poll_status__last_hash_ms"))["total"] or 0
    return int(now().timestamp() * 1000) + busy


def base_hash_ms(au: Au) -> int:
    status = PollStatus.objects.filter(au=au).first()
    summary = AuSummary.objects.filter(pk=au.pk).first()
    speed = max(1, settings.NODE.poll_hash_speed // 1000)
    last = status.last_hash_ms if status else None
    return base_hash_estimate(last, summary.current_size if summary else 0, speed)


def is_crawled(au: Au) -> bool:
    return CrawlStatus.objects.filter(au=au, last_success_at__isnull=False).exists()


def au_facts(au: Au | None) -> AuFacts:
    if au is None or au.state != AuState.SELECTED:
        return AuFacts(known=False)
    ability: PollAbility = poll_ability(au)
    substance = CrawlStatus.objects.filter(au=au).values_list("substance", flat=True).first()
    return AuFacts(
        known=True,
        can_hash=ability.can_hash,
        poll_version=ability.poll_version,
        weighted=ability.weighted,
        has_substance=substance != "no",
        crawled=is_crawled(au),
        base_hash_ms=base_hash_ms(au),
        willing_repairers=willing_repairers(au),
    )


def willing_repairers(au: Au) -> int:
    """Peers that told us they agree with us and were heard of lately (lcap-v3 §8.5)."""
    lately = now() - dt.timedelta(weeks=2)
    rows = AgreementRow.objects.filter(
        au_key_id=au.pk,
        type=AgreementType.POR_HINT,
        highest__gt=settings.NODE.repair_min_agreement,
        peer__last_message_at__gte=lately,
    )
    return rows.count()


def poller_facts(peer: Peer, au: Au | None) -> PollerFacts:
    at = now()
    recent = Vote.objects.filter(poller=peer, created_at__range=(at - dt.timedelta(days=1), at))
    last = recent.filter(au=au).order_by("-id").first() if au else None
    found = dict(
        AgreementRow.objects.filter(au_key_id=au.pk, peer=peer).values_list("type", "highest") if au else ()
    )
    return PollerFacts(
        known=peer.source in (PeerSource.CONFIGURED, PeerSource.REGISTERED),
        por=found.get(AgreementType.POR, NEVER),
        por_hint=found.get(AgreementType.POR_HINT, NEVER),
        last_invitation_for_au_ms=ms(last.created_at) if last else None,
        invitations_last_day=recent.count(),
    )


def peer_facts(au: Au, config: PollConfig) -> list[PeerFacts]:
    """Every enabled peer as a candidate for a poll on ``au``."""
    lacking = _lacking(au, config)
    agreeing = set(
        AgreementRow.objects.filter(
            au_key_id=au.pk, type=AgreementType.POR, highest__gte=config.min_agreement_for_repairs
        ).values_list("peer_id", flat=True)
    )
    return [
        PeerFacts(
            peer=PeerId.parse(row.identity),
            configured=row.source in (PeerSource.CONFIGURED, PeerSource.REGISTERED),
            groups=tuple(row.groups),
            last_group_check_ms=ms(row.groups_at),
            last_invitation_ms=ms(row.last_invitation_at),
            last_message_ms=ms(row.last_message_at),
            last_vote_for_us_ms=ms(row.last_voter_at),
            lacks_au=row.pk in lacking,
            agrees=row.pk in agreeing,
        )
        for row in Peer.objects.filter(enabled=True)
    ]


def _lacking(au: Au, config: PollConfig) -> set[int]:
    """Peers that said they lack the AU, until the set is old enough to ask them all again (lcap-v3 §8.6)."""
    if no_au_expired(au, config):
        return set()
    return set(NoAuPeer.objects.filter(au_key_id=au.pk).values_list("peer_id", flat=True))


def no_au_expired(au: Au, config: PollConfig) -> bool:
    since = NoAuPeer.objects.filter(au_key_id=au.pk).aggregate(since=Min("since"))["since"]
    return since is not None and no_au_set_expired(ms(since), ms(au.created_at), ms(now()), config)


def inviter_facts(poll: Poll | None) -> InviterFacts:
    invited: frozenset[PeerId] = frozenset()
    if poll is not None:
        identities = poll.participants.values_list("peer__identity", flat=True)
        invited = frozenset(PeerId.parse(text) for text in identities)
    return InviterFacts(own_id=own_identity(), groups=groups(), in_poll=invited)


def agreements_of(au: Au, identities: list[PeerId]) -> list[dict[AgreementType, Agreement]]:
    """Proven agreements of the given identities on an AU, one mapping each."""
    by_peer: dict[str, dict[AgreementType, Agreement]] = {str(i): {} for i in identities}
    rows = AgreementRow.objects.filter(Q(peer__identity__in=by_peer), au_key_id=au.pk).select_related("peer")
    for row in rows:
        by_peer[row.peer.identity][AgreementType(row.type)] = Agreement(
            row.last, ms(row.last_at) or 0, row.highest, ms(row.highest_at) or 0
        )
    return list(by_peer.values())
