"""Polls that this node calls: begin one, and take one step with one event."""

import base64

from django.db import IntegrityError, transaction

from apps.aus.choices import AuState
from apps.aus.definitions import poll_ability
from apps.aus.models import Au
from apps.common import clock_trust
from apps.common.clock import now
from apps.common.models import Job
from apps.lockss.lcap import poller
from apps.lockss.lcap.effects import ChooseInvitees, ChooseOuterCircle, Effects
from apps.lockss.lcap.identity import PeerId
from apps.lockss.lcap.invitation import choose, choose_outer
from apps.lockss.lcap.poll_codes import ParticipantStatus, PollVariant
from apps.lockss.lcap.poller_events import Invite, Invitee, PollEvent
from apps.lockss.lcap.poller_state import PollerState, PollSetup
from apps.lockss.lcap.schedule import poll_times
from apps.peers import services as peer_services
from apps.peers.services import own_identity
from apps.polls import draws, facts, store
from apps.polls.config import poll_config
from apps.polls.models import Poll, PollStatus
from apps.polls.services.effects import Work, carry_out


def request_poll(*, au: Au) -> None:
    """A person wants this AU audited now: the next scan calls the poll, whatever its date."""
    PollStatus.objects.update_or_create(au=au, defaults={"requested_at": now()})


def call_poll(*, au: Au, variant: PollVariant = PollVariant.POR) -> Poll | None:
    """Begin a poll; None where one is running, nobody could be invited, the AU cannot be voted on, or this node's
    clock is wrong: a poll's deadlines are moments that all its voters keep.

    The reason stands in the AU's poll status.
    """
    config = poll_config()
    at_ms = store.now_ms()
    blocked = _why_not(au)
    if not blocked and (wrong := clock_trust.held()):
        # No attempt, and a wish stays one: it is called by the first scan that finds the clock right.
        PollStatus.objects.update_or_create(au=au, defaults={"blocked": wrong.message})
        return None
    times = None if blocked else poll_times(facts.base_hash_ms(au), at_ms, facts.hash_free_from_ms(), config)
    chosen = _invitees(au, None, poller.first_batch(config)) if times else ()
    if times is None:
        blocked = blocked or "this node is too busy to count a poll in time"
    elif not chosen and variant is not PollVariant.LOCAL:
        blocked = "no peer can be invited"
    status = {"last_attempt_at": now(), "requested_at": None, "blocked": blocked}
    if blocked:
        PollStatus.objects.update_or_create(au=au, defaults=status)
        return None
    setup = PollSetup(
        key=base64.b64encode(draws.nonce()).decode(),
        auid=au.auid,
        own_id=own_identity(),
        groups=facts.groups(),
        plugin_version=poll_ability(au).poll_version,
        hash_algorithm=config.hash_algorithm,
        variant=variant,
        weighted=poll_ability(au).weighted,
    )
    state, effects = poller.start(setup, times, chosen, at_ms, config)
    poll = Poll(key=setup.key, au=au)
    try:
        with transaction.atomic():
            store.save_poller(poll, None, state, config)
            PollStatus.objects.update_or_create(au=au, defaults={**status, "last_start_at": now()})
            _carry_on(poll, state, effects)
    except IntegrityError:
        return None  # Another worker has just begun one: the constraint allows one open poll an AU.
    return poll


def _why_not(au: Au) -> str:
    ability = poll_ability(au)
    if au.state != AuState.SELECTED:
        return "the AU is deactivated"
    if not ability.can_hash:
        return ability.reason
    if not facts.is_crawled(au):
        return "the AU has not been collected yet"
    return ""


def advance(*, poll_id: int, event: PollEvent) -> list[Job]:
    """One step of a poll; returns the jobs it opened. A poll that is gone or over takes no harm."""
    with transaction.atomic():
        poll = Poll.objects.select_for_update(of=("self",)).select_related("au").filter(pk=poll_id).first()
        if poll is None:
            return []
        config = poll_config()
        before = store.load_poller(poll)
        after, effects = poller.step(before, event, store.now_ms(), config)
        store.save_poller(poll, before, after, config)
        _note_answers(before, after)
        return _carry_on(poll, after, effects)


def _carry_on(poll: Poll, state: PollerState, effects: Effects) -> list[Job]:
    """Carry out effects; where the core asks whom to invite, answer it until it asks no more."""
    config = poll_config()
    work = Work()
    carry_out(effects, poll.au, poll, work)
    while work.choices:
        choice = work.choices.pop(0)
        after, more = poller.step(state, _choose(poll, choice), store.now_ms(), config)
        store.save_poller(poll, state, after, config)
        state = after
        carry_out(more, poll.au, poll, work)
    return work.jobs


def _choose(poll: Poll, choice: ChooseInvitees | ChooseOuterCircle) -> Invite:
    if isinstance(choice, ChooseInvitees):
        return Invite(_invitees(poll.au, poll, choice.wanted), wanted=choice.wanted)
    config = poll_config()
    known = {each.peer: each for each in facts.peer_facts(poll.au, config)}
    chosen = choose_outer(
        choice.nominees,
        choice.per_voter,
        choice.limit,
        known,
        facts.inviter_facts(poll),
        store.now_ms(),
        config,
        draws.draws(),
    )
    return Invite(_with_nonces(chosen), outer=True)


def _invitees(au: Au, poll: Poll | None, wanted: int) -> tuple[Invitee, ...]:
    config = poll_config()
    candidates = facts.peer_facts(au, config)
    inviter = facts.inviter_facts(poll)
    return _with_nonces(choose(candidates, wanted, inviter, store.now_ms(), config, draws.draws()))


def _with_nonces(chosen: tuple[PeerId, ...]) -> tuple[Invitee, ...]:
    rows = store.peers_by_id(chosen)
    default = poll_config().default_minor
    return tuple(
        Invitee(identity, (rows[identity].minor if identity in rows else None) or default, draws.nonce())
        for identity in chosen
    )


def _note_answers(before: PollerState, after: PollerState) -> None:
    """Keep, per peer, when it last joined or declined a poll of ours."""
    for voter in after.participants:
        old = before.participant(voter.peer)
        if old is None or old.status == voter.status:
            continue
        row = store.peers_by_id([voter.peer]).get(voter.peer)
        if row is not None and voter.status is ParticipantStatus.DECLINED:
            peer_services.note_declined(peer=row, nak=voter.nak)
        elif row is not None and voter.status is ParticipantStatus.ACCEPTED:
            peer_services.note_joined_ours(peer=row)
