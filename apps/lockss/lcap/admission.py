"""Answering an invitation: a vote that begins, a refusal, or silence (lcap-v3 §4.4, §4.5)."""

from dataclasses import dataclass

from apps.lockss.lcap.admission_checks import (
    CHECKS,
    AuFacts,
    Case,
    Lots,
    NodeFacts,
    PollerFacts,
    plugin_version,
)
from apps.lockss.lcap.config import PollConfig
from apps.lockss.lcap.effects import Effect, Effects, ForgetNoAu, Report, Send
from apps.lockss.lcap.effort import effort_proof
from apps.lockss.lcap.identity import PeerId
from apps.lockss.lcap.messages import Header, Nak, Opcode, Poll, PollAck
from apps.lockss.lcap.poll_codes import PollCode, PollFinding
from apps.lockss.lcap.voter_state import VoterState


@dataclass(frozen=True, slots=True)
class Admission:
    """``state`` is the new poll, None if we do not take part."""

    state: VoterState | None
    effects: Effects


def admit(
    poller: PeerId,
    poll: Poll,
    node: NodeFacts,
    au: AuFacts,
    peer: PollerFacts,
    lots: Lots,
    now: int,
    config: PollConfig,
) -> Admission:
    """Answer an invitation of ``poller``, who is the sender by the rules of lcap-v3 §3.5. ``now``: ms since 1970.

    A refusal that has a name on the wire is sent; where deployed nodes keep silent, so do we, with a finding.
    """
    case = Case(poller, poll, node, au, peer, lots, now, config)
    for check in CHECKS:
        refusal = check(case)
        if refusal is not None:
            # Once the plugin versions agree, the poller is known to hold the AU.
            holds = CHECKS.index(check) > CHECKS.index(plugin_version)
            return Admission(None, (*_forget(case, holds=holds), *_refuse(case, refusal)))
    state = _state(case)
    return Admission(state, (*_forget(case, holds=True), _ack(state, now)))


def _forget(case: Case, *, holds: bool) -> tuple[ForgetNoAu, ...]:
    return (ForgetNoAu(case.poller),) if holds else ()


def _refuse(case: Case, refusal: Nak | PollCode) -> tuple[Effect, ...]:
    header = case.poll.header
    if isinstance(refusal, PollCode):
        detail = (
            f"invitation to poll {header.key[:40]!r} with duration {header.duration_s} s, vote duration "
            f"{header.vote_duration_ms} ms, modulus {header.modulus}, algorithm {header.hash_algorithm[:20]!r}"
        )
        return (Report(PollFinding(refusal, case.poller, detail)),)
    own_version = case.au.poll_version if refusal is Nak.PLUGIN_VERSION_MISMATCH else header.plugin_version
    reply = Header(
        key=header.key,
        auid=header.auid,
        orig_id=case.node.own_id,
        dest_id=case.poller,
        hash_algorithm=header.hash_algorithm,
        plugin_version=own_version,
        duration_s=header.duration_s,
        # Refusals made before a poll exists here bear no nonce; this one comes after all that could prevent it.
        poller_nonce=header.poller_nonce if refusal is Nak.NO_TIME else b"",
        groups=case.node.groups,
        minor=case.config.default_minor if refusal is Nak.VERSION_MISMATCH else header.minor,
    )
    return (Send(to=case.poller, message=PollAck(reply, nak=refusal), expires_ms=None),)


def _state(case: Case) -> VoterState:
    header, config = case.poll.header, case.config
    window = case.window
    return VoterState(
        key=header.key,
        auid=header.auid,
        own_id=case.node.own_id,
        poller=case.poller,
        minor=header.minor,
        groups=case.node.groups,
        plugin_version=case.au.poll_version,
        hash_algorithm=header.hash_algorithm,
        modulus=header.modulus,
        samples=header.modulus > 0 and config.enable_pop_voting,
        sample_nonce=header.sample_nonce,
        poller_nonce=header.poller_nonce,
        voter_nonce=case.lots.voter_nonce,
        voter_nonce2=case.lots.voter_nonce2 if wants_symmetry(case.peer.por, config) else b"",
        weighted=case.au.weighted,
        created_ms=case.now,
        vote_deadline_ms=case.vote_deadline_ms,
        poll_deadline_ms=case.poll_deadline_ms,
        hash_start_ms=window.earliest_start_ms,
        hash_finish_ms=window.latest_finish_ms,
    )


def wants_symmetry(por: float, config: PollConfig) -> bool:
    """Whether to ask for the poller's hashes too: of those whose agreement we have not seen ourselves (lcap-v3 §4.5)."""
    if config.all_symmetric_polls:
        weight = 1.0
    elif not config.enable_symmetric_polls or por >= config.min_agreement_for_repairs:
        weight = 0.0
    else:
        weight = 1.0
    return weight >= config.min_weight_symmetric_poll


def _ack(state: VoterState, now: int) -> Send:
    proof = effort_proof(state.voter_nonce, Opcode.POLL_ACK)
    return Send(
        to=state.poller,
        message=PollAck(state.header(now), effort_proof=proof),
        expires_ms=state.hash_start_ms,
    )
