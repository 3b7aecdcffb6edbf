"""The repairs of one poll: one source after the other, each copy believed only when checked (lcap-v3 §7.1, §7.4).

Deployed pollers ask one source and wait for the end of the poll. Refusals are silent there, so after
``repair_patience_ms`` we ask the next one too; the copy of whoever answers first is taken.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from apps.lockss.lcap.config import PollConfig
from apps.lockss.lcap.effects import Effect, Report, RequestPublisherRepair, Send, VerifyRepair
from apps.lockss.lcap.messages import RepairReply, RepairRequest
from apps.lockss.lcap.participant import FromVoter
from apps.lockss.lcap.poll_codes import PollCode, PollFinding
from apps.lockss.lcap.poller_events import RepairChecked
from apps.lockss.lcap.poller_state import PollerState, Repair, RepairPhase, header
from apps.lockss.lcap.repair_policy import RepairAction, RepairWish, Source

Step = tuple[PollerState, tuple[Effect, ...]]


def begin(state: PollerState, wishes: Sequence[RepairWish], now: int, config: PollConfig) -> Step:
    """Ask for all that is wanted, up to the configured number of URLs."""
    wanted = [wish for wish in wishes if wish.action is RepairAction.REPAIR]
    taken = wanted if config.max_repairs < 0 else wanted[: config.max_repairs]
    repairs = tuple(Repair(url=w.url, reason=w.reason, hashes=w.hashes, sources=w.sources) for w in taken)
    asked, effects = _ask_all(replace(state, repairs=repairs), repairs, now, config)
    if len(taken) < len(wanted):
        detail = f"{len(wanted) - len(taken)} URLs wait for the next poll"
        effects = (*effects, Report(PollFinding(PollCode.REPAIRS_OVER_LIMIT, None, detail)))
    return asked, effects


def remind(state: PollerState, now: int, config: PollConfig) -> Step:
    """Ask the next source wherever the last one has been silent for too long."""
    late = [
        repair
        for repair in state.repairs
        if repair.phase is RepairPhase.ACTIVE
        and repair.sources
        and now - repair.asked_ms >= config.repair_patience_ms
    ]
    findings = [_odd(PollCode.REPAIR_UNANSWERED, repair.asked[-1]) for repair in late if repair.asked]
    asked, effects = _ask_all(state, late, now, config)
    return asked, (*findings, *effects)


def take(state: PollerState, event: FromVoter, now: int, config: PollConfig) -> Step:
    """A copy has come: to be checked if its sender was asked for just this URL, else a finding."""
    reply = event.message
    assert isinstance(reply, RepairReply)  # noqa: S101 - by the kind
    source = Source(event.sender, reply.url)
    repair = next((each for each in state.repairs if source in each.asked and each.outstanding), None)
    if repair is None or source == repair.checking:
        return state, (_odd(PollCode.REPAIR_NOT_ASKED, source),)
    if reply.repair_props is None:
        rejected = RepairChecked(url=repair.url, source=source, result=None, detail="without repairProps")
        return settle(state, rejected, now, config)
    if repair.phase is RepairPhase.CHECKING:
        # One copy is checked at a time; should it fail, this sender is asked again.
        asked = tuple(each for each in repair.asked if each != source)
        return state.with_repair(replace(repair, asked=asked, sources=(*repair.sources, source))), ()
    checking = replace(repair, phase=RepairPhase.CHECKING, checking=source)
    verify = VerifyRepair(
        url=repair.url,
        source=source,
        props=reply.repair_props,
        body_ref=event.body_ref,
        hashes=repair.hashes,
    )
    return state.with_repair(checking), (verify,)


def settle(state: PollerState, event: RepairChecked, now: int, config: PollConfig) -> Step:
    """A copy was judged: the URL counts under its new result, or the next source is asked."""
    repair = next((each for each in state.repairs if each.url == event.url), None)
    if repair is None or not repair.outstanding or event.source not in repair.asked:
        # Reported twice, or after the end.
        return state, ()
    if event.result is not None:
        done = replace(repair, phase=RepairPhase.DONE, checking=event.source, result=event.result)
        return _recounted(state.with_repair(done), repair, event), ()
    rejected = _odd(PollCode.REPAIR_REJECTED, event.source, event.detail)
    left = replace(repair, asked=tuple(source for source in repair.asked if source != event.source))
    if repair.checking not in {None, event.source}:
        return state.with_repair(left), (rejected,)
    left = replace(left, phase=RepairPhase.ACTIVE, checking=None)
    asked, effects = _ask_all(state.with_repair(left), [left], now, config)
    return asked, (rejected, *effects)


def _recounted(state: PollerState, repair: Repair, event: RepairChecked) -> PollerState:
    assert event.result is not None  # noqa: S101 - by the caller
    poll = state.poll
    weighted = poll.weighted_totals
    return replace(
        state,
        poll=replace(
            poll,
            totals=poll.totals.moved(repair.reason, event.result),
            weighted_totals=weighted and weighted.moved(repair.reason, event.result, event.weight),
        ),
    )


def _ask_all(state: PollerState, repairs: Iterable[Repair], now: int, config: PollConfig) -> Step:
    """Ask the next source of each; what the publisher is to send again is one request."""
    effects: list[Effect] = []
    publisher: list[str] = []
    changed: dict[str, Repair] = {}
    for repair in repairs:
        sources = _still_there(state, repair)
        if sources:
            source, *rest = sources
            changed[repair.url] = replace(
                repair, sources=tuple(rest), asked=(*repair.asked, source), asked_ms=now
            )
            if source.peer is None:
                publisher.append(repair.url)
            else:
                effects.append(_request(state, source, now, config))
        else:
            phase = repair.phase if repair.asked else RepairPhase.FAILED
            changed[repair.url] = replace(repair, sources=(), phase=phase)
    if publisher:
        effects.append(RequestPublisherRepair(tuple(publisher)))
    asked = tuple(changed.get(each.url, each) for each in state.repairs)
    return replace(state, repairs=asked), tuple(effects)


def _still_there(state: PollerState, repair: Repair) -> list[Source]:
    """Sources that can be asked: a voter that left, or has its receipt, has closed the poll."""
    open_voters = {voter.peer for voter in state.voters}
    return [source for source in repair.sources if source.peer is None or source.peer in open_voters]


def _request(state: PollerState, source: Source, now: int, config: PollConfig) -> Send:
    voter = next(each for each in state.voters if each.peer == source.peer)
    message = RepairRequest(header(state.poll, voter, now), url=source.name)
    expires = state.poll.poll_deadline_ms + config.extra_poll_time_ms
    return Send(to=voter.peer, message=message, expires_ms=expires)


def _odd(code: PollCode, source: Source, detail: str = "") -> Report:
    return Report(PollFinding(code, source.peer, " ".join(filter(None, (source.name[:200], detail)))))
