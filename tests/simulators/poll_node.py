"""One node of ``poll_network``: rows in dictionaries, effects carried out at once, the machines unchanged."""

import base64
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from apps.lockss.lcap import (
    admission,
    admission_checks,
    invitation,
    poller,
    repair_content,
    repair_policy,
    voter,
)
from apps.lockss.lcap import agreement as agreements
from apps.lockss.lcap import effects as fx
from apps.lockss.lcap import poller_events as pe
from apps.lockss.lcap import voter_events as ve
from apps.lockss.lcap.agreement import AgreementType
from apps.lockss.lcap.config import PollConfig
from apps.lockss.lcap.hashing import BlockHasher, HashedUrl, VersionContent
from apps.lockss.lcap.identity import PeerId
from apps.lockss.lcap.messages import (
    EvaluationReceipt,
    Message,
    Poll,
    RepairReply,
    RepairRequest,
    Vote,
    VoteBlock,
)
from apps.lockss.lcap.order import order_key
from apps.lockss.lcap.participant import FromVoter
from apps.lockss.lcap.poll_codes import PollFinding, PollStatus, PollVariant, VoterStatus
from apps.lockss.lcap.poller_state import PollerState, PollSetup
from apps.lockss.lcap.sampling import Sampler
from apps.lockss.lcap.schedule import poll_times
from apps.lockss.lcap.tally import Tally, UrlTally, retally, symmetric_counts
from apps.lockss.lcap.voter_state import VoterState

if TYPE_CHECKING:
    from tests.simulators.poll_network import PollNetwork

AUID = "org|lockss|portal|sample|SamplePublisherPlugin&base_url~http%3A%2F%2Fexample%2Ecom%2F&volume~1"
GROUPS = ("test",)


@dataclass
class PollNode:
    """``content``: versions of each URL, newest first. Switches make a node misbehave, as their names say."""

    peer: PeerId
    network: "PollNetwork"
    content: dict[str, list[bytes]]
    config: PollConfig = field(default_factory=PollConfig)
    au: admission_checks.AuFacts = field(default_factory=admission_checks.AuFacts)
    publisher: dict[str, bytes] | None = None
    hash_ms: int = 1_000
    weight_of: object = None
    silent: bool = False
    lies_in_repair: bool = False
    serves_nothing: bool = False
    hash_breaks: bool = False
    polls: dict[str, PollerState] = field(default_factory=dict)
    votes: dict[str, VoterState] = field(default_factory=dict)
    agreed: dict[tuple[PeerId, AgreementType], agreements.Agreement] = field(default_factory=dict)
    findings: list[PollFinding] = field(default_factory=list)
    closings: list[tuple[str, PollStatus | VoterStatus]] = field(default_factory=list)
    minors: dict[PeerId, int] = field(default_factory=dict)
    results: list[fx.RecordAuResult] = field(default_factory=list)
    stored: dict[str, object] = field(default_factory=dict)
    rows: dict[tuple[str, str], UrlTally] = field(default_factory=dict)
    repaired: list[tuple[str, str]] = field(default_factory=list)

    # -- calling and answering ------------------------------------------------------------------

    def call_poll(self, variant: PollVariant = PollVariant.POR, modulus: int = 0) -> str:
        key = base64.b64encode(self._nonce()).decode()
        sampled = variant is PollVariant.POP
        setup = PollSetup(
            key=key,
            auid=AUID,
            own_id=self.peer,
            groups=GROUPS,
            plugin_version="1",
            hash_algorithm=self.config.hash_algorithm,
            variant=variant,
            modulus=modulus,
            sample_nonce=self._nonce() if sampled else b"",
            weighted=self.weight_of is not None,
        )
        times = poll_times(self.hash_ms, self.network.now, self.network.now, self.config)
        local = variant is PollVariant.LOCAL
        invitees = () if local else self._choose(poller.first_batch(self.config), frozenset())
        self._poller_step(key, poller.start(setup, times, invitees, self.network.now, self.config))
        return key

    def receive(self, sender: PeerId, message: Message) -> None:
        if self.silent:
            return
        key = message.header.key
        blocks = message.vote_blocks if isinstance(message, Vote | EvaluationReceipt) else ()
        blocks_ref = self._store(blocks) if blocks else ""
        if key in self.polls:
            body_ref = self._store(message.repair_bytes) if isinstance(message, RepairReply) else ""
            self._poll_event(
                key, FromVoter(sender=sender, message=message, blocks_ref=blocks_ref, body_ref=body_ref)
            )
        elif key in self.votes:
            self._vote_event(
                key,
                ve.FromPoller(
                    sender=sender,
                    message=message,
                    nominees=self._nominees(sender),
                    serve=self._serve(sender, message),
                    blocks_ref=blocks_ref,
                ),
            )
        elif isinstance(message, Poll):
            self._admit(sender, message)

    def _admit(self, sender: PeerId, message: Poll) -> None:
        admitted = admission.admit(
            sender,
            message,
            admission_checks.NodeFacts(own_id=self.peer, groups=GROUPS, hash_free_from_ms=self.network.now),
            replace(self.au, base_hash_ms=self.hash_ms, weighted=self.weight_of is not None),
            admission_checks.PollerFacts(por=self.highest(sender, AgreementType.POR)),
            admission_checks.Lots(self._nonce(), self._nonce(), self.network.random.random()),
            self.network.now,
            self.config,
        )
        if admitted.state is not None:
            self._voter_step(message.header.key, (admitted.state, admitted.effects))
        else:
            self._carry_out(message.header.key, admitted.effects)

    def highest(self, peer: PeerId, kind: AgreementType) -> float:
        record = self.agreed.get((peer, kind))
        return -1.0 if record is None else record.highest

    # -- the machines ---------------------------------------------------------------------------

    def _poll_event(self, key: str, event: pe.PollEvent) -> None:
        self._poller_step(key, poller.step(self.polls[key], event, self.network.now, self.config))

    def _vote_event(self, key: str, event: ve.VoterEvent) -> None:
        self._voter_step(key, voter.step(self.votes[key], event, self.network.now, self.config))

    def _poller_step(self, key: str, step: poller.Step) -> None:
        self.polls[key], effects = step
        self._carry_out(key, effects)
        due = self.polls[key].next_tick_ms(self.config.repair_patience_ms)
        if due is not None:
            self.network.at(due, lambda: self._poll_event(key, pe.Tick()))

    def _voter_step(self, key: str, step: voter.Step) -> None:
        self.votes[key], effects = step
        self._carry_out(key, effects)
        due = self.votes[key].next_tick_ms()
        if due is not None:
            self.network.at(due, lambda: self._vote_event(key, ve.Tick()))

    # -- effects --------------------------------------------------------------------------------

    def _carry_out(self, key: str, effects: Iterable[fx.Effect]) -> None:
        for effect in effects:
            getattr(self, f"_do_{type(effect).__name__}")(key, effect)

    def _do_Send(self, key: str, effect: fx.Send) -> None:
        message = effect.message
        if effect.blocks_ref:
            message = replace(message, vote_blocks=tuple(self.stored[effect.blocks_ref]))
        self.network.send(self.peer, effect.to, message)

    def _do_StartHash(self, key: str, effect: fx.StartHash) -> None:
        begin = max(self.network.now, effect.earliest_start_ms)
        report = self._hashed_votes if key in self.votes else self._hashed_poll
        self.network.at(begin + self.hash_ms, lambda: report(key, effect))

    def _hashed_poll(self, key: str, effect: fx.StartHash) -> None:
        if self.hash_breaks:
            self._poll_event(key, pe.JobFailed(timed_out=False, detail="disk error"))
            return
        hashed = list(self._hash(effect))
        voters = len(effect.participants)
        refs = [
            self._store([url.block(voters + index) for url in hashed])
            for index in range(len(effect.symmetric))
        ]
        self.stored[f"challenges {key}"] = effect
        self._poll_event(key, pe.HashDone(self._store(hashed), tuple(refs)))

    def _hashed_votes(self, key: str, effect: fx.StartHash) -> None:
        if self.hash_breaks:
            self._vote_event(key, ve.HashFailed(timed_out=False, detail="disk error"))
            return
        hashed = list(self._hash(effect))
        refs = [self._store([url.block(index) for url in hashed]) for index in range(len(effect.challenges))]
        self._vote_event(key, ve.HashDone(blocks_ref=refs[0], symmetric_ref=refs[1] if len(refs) > 1 else ""))

    def _hash(self, effect: fx.StartHash) -> Iterable[HashedUrl]:
        hasher = BlockHasher(effect.challenges, effect.algorithm)
        sampler = self._sampler(effect.sample_nonce, effect.modulus, effect.algorithm)
        versions: dict[str, list[bytes]] = {}
        for url, stored in self.content.items():
            name = url.removesuffix("/") if effect.slashless else url
            versions.setdefault(name, []).extend(stored)
        for url in sorted(versions, key=order_key):
            if sampler(url):
                yield hasher.hash_url(url, [VersionContent([body], len(body)) for body in versions[url]])

    def _sampler(self, nonce: bytes, modulus: int, algorithm: str):
        return Sampler(nonce, modulus, algorithm).includes if modulus else lambda url: True

    def _do_TallyReady(self, key: str, effect: fx.TallyReady) -> None:
        setup = self.polls[key].poll.setup
        tally = Tally(
            self.stored[effect.blocks_ref],
            [self.stored.get(ref, ()) for ref in effect.votes],
            effect.rules,
            in_sample=self._sampler(setup.sample_nonce, setup.modulus, setup.hash_algorithm),
            weight_of=self.weight_of,
        )
        wishes = []
        for row in tally.rows():
            self.rows[key, row.url] = row
            facts = repair_policy.RepairFacts(publisher_up=self.publisher is not None)
            draws = iter(self.network.random.random, None)
            wishes.append(
                repair_policy.repair_wish(row, effect.participants, effect.rules, facts, self.config, draws)
            )
        done = pe.TallyDone(tally.summary(), tuple(wishes))
        self.network.at(self.network.now + 1, lambda: self._poll_event(key, done))

    def _do_ServeRepair(self, key: str, effect: fx.ServeRepair) -> None:
        name = self._held(effect.reply)
        body = b"a lie" if self.lies_in_repair else self.content[name][0]
        props = (("content-type", "text/plain"), ("x-lockss-node-url", name))
        reply = replace(effect.reply, repair_props=props, repair_bytes=body)
        self.network.send(self.peer, effect.to, reply)

    def _do_RequestPublisherRepair(self, key: str, effect: fx.RequestPublisherRepair) -> None:
        for url in effect.urls:
            body = (self.publisher or {}).get(url)
            result = None if body is None else self._commit(key, url, body, url)
            source = repair_policy.Source(None, url)
            checked = pe.RepairChecked(url=url, source=source, result=result, detail="from publisher")
            self.network.at(self.network.now + 50, lambda checked=checked: self._poll_event(key, checked))

    def _do_VerifyRepair(self, key: str, effect: fx.VerifyRepair) -> None:
        body = self.stored[effect.body_ref]
        plain = BlockHasher((), self.config.hash_algorithm).hash_url(effect.url, [VersionContent([body])])
        verdict = repair_content.verify_repair(effect.props, plain.versions[0].plain, effect.hashes)
        accepted = verdict is repair_content.RepairVerdict.ACCEPTED
        result = None
        if accepted:
            name = repair_content.stored_name(effect.url, effect.props, self.content)
            result = self._commit(key, effect.url, body, name)
            self.repaired.append((name, str(effect.source.peer)))
        checked = pe.RepairChecked(url=effect.url, source=effect.source, result=result, detail=verdict)
        self.network.at(self.network.now + 1, lambda: self._poll_event(key, checked))

    def _commit(self, key: str, url: str, body: bytes, name: str):
        """Store a new version and tally the URL again with it alone (lcap-v3 §5.1)."""
        self.content.setdefault(name, []).insert(0, body)
        hashing = self.stored[f"challenges {key}"]
        block = BlockHasher(hashing.challenges, hashing.algorithm, 1).hash_url(url, [VersionContent([body])])
        row = self.rows[key, url]
        self.rows[key, url] = retally(row, block, self.polls[key].rules(self.config.max_versions_considered))
        return self.rows[key, url].result

    def _do_ChooseInvitees(self, key: str, effect: fx.ChooseInvitees) -> None:
        in_poll = frozenset(voter.peer for voter in self.polls[key].participants)
        invite = pe.Invite(self._choose(effect.wanted, in_poll), effect.wanted)
        self.network.at(self.network.now + 1, lambda: self._poll_event(key, invite))

    def _do_ChooseOuterCircle(self, key: str, effect: fx.ChooseOuterCircle) -> None:
        in_poll = frozenset(voter.peer for voter in self.polls[key].participants)
        inviter = invitation.InviterFacts(own_id=self.peer, groups=GROUPS, in_poll=in_poll)
        chosen = invitation.choose_outer(
            effect.nominees,
            effect.per_voter,
            effect.limit,
            {facts.peer: facts for facts in self._known()},
            inviter,
            self.network.now,
            self.config,
            iter(self.network.random.random, None),
        )
        invite = pe.Invite(tuple(self._invitee(peer) for peer in chosen), outer=True)
        self.network.at(self.network.now + 1, lambda: self._poll_event(key, invite))

    def _choose(self, wanted: int, in_poll: frozenset[PeerId]) -> tuple[pe.Invitee, ...]:
        chosen = invitation.choose(
            self._known(),
            wanted,
            invitation.InviterFacts(own_id=self.peer, groups=GROUPS, in_poll=in_poll),
            self.network.now,
            self.config,
            iter(self.network.random.random, None),
        )
        return tuple(self._invitee(peer) for peer in chosen)

    def _invitee(self, peer: PeerId) -> pe.Invitee:
        return pe.Invitee(peer, self.minors.get(peer, self.config.default_minor), self._nonce())

    def _known(self) -> list[invitation.PeerFacts]:
        return [invitation.PeerFacts(peer=peer, groups=GROUPS) for peer in self.network.nodes]

    def _nominees(self, caller: PeerId) -> tuple[PeerId, ...]:
        inviter = invitation.InviterFacts(own_id=self.peer, groups=GROUPS)
        draws = iter(self.network.random.random, None)
        return invitation.nominees(self._known(), caller, inviter, self.network.now, self.config, draws)

    def _serve(self, requester: PeerId, message: Message) -> repair_policy.ServeDecision:
        if not isinstance(message, RepairRequest):
            return repair_policy.ServeDecision.NO_AGREEMENT
        records = {kind: value for (peer, kind), value in self.agreed.items() if peer == requester}
        holds = self._held(message) in self.content and not self.serves_nothing
        facts = repair_policy.ServeFacts(holds_url=holds, agreements=(records,))
        return repair_policy.may_serve(facts, self.config)

    def _held(self, message: RepairRequest | RepairReply) -> str:
        names = repair_content.held_names(message.url, message.header.minor)
        return next((name for name in names if name in self.content), message.url)

    def _record(self, peer: PeerId, kind: AgreementType, value: float) -> None:
        self.agreed[peer, kind] = agreements.record(self.agreed.get((peer, kind)), value, self.network.now)

    def _do_RecordAgreement(self, key: str, effect: fx.RecordAgreement) -> None:
        self._record(effect.peer, effect.kind, effect.value)

    def _do_RecordHint(self, key: str, effect: fx.RecordHint) -> None:
        self._record(effect.peer, effect.kind, effect.value)

    def _do_RecordSymmetricAgreement(self, key: str, effect: fx.RecordSymmetricAgreement) -> None:
        own: list[VoteBlock] = self.stored[effect.own_blocks_ref]
        counts = symmetric_counts(own, self.stored[effect.poller_blocks_ref])
        self._record(effect.peer, effect.kind, counts.agreement)

    def _do_RecordAuResult(self, key: str, effect: fx.RecordAuResult) -> None:
        self.results.append(effect)

    def _do_RecordNoAu(self, key: str, effect: fx.RecordNoAu) -> None:
        self.stored["no-au"] = effect.peers

    def _do_ForgetNoAu(self, key: str, effect: fx.ForgetNoAu) -> None:
        self.stored.pop("no-au", None)

    def _do_LearnMinor(self, key: str, effect: fx.LearnMinor) -> None:
        self.minors[effect.peer] = effect.minor

    def _do_Report(self, key: str, effect: fx.Report) -> None:
        self.findings.append(effect.finding)

    def _do_Close(self, key: str, effect: fx.Close) -> None:
        self.closings.append((key, effect.status))

    def _store(self, value: object) -> str:
        ref = f"ref-{len(self.stored)}"
        self.stored[ref] = value
        return ref

    def _nonce(self) -> bytes:
        return self.network.random.randbytes(20)
