"""Carries out what the machines ask for, in the transaction that stores their new state.

Nothing here leaves the node: messages become outbox rows, long work becomes jobs. What a person may have
to act on becomes a finding.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from apps.aus.models import Au
from apps.common.choices import Severity
from apps.common.findings import record_finding
from apps.common.jobs import open_job
from apps.common.models import Job
from apps.crawls.services import request_repair_crawl
from apps.lockss.lcap.effects import (
    ChooseInvitees,
    ChooseOuterCircle,
    Close,
    Effect,
    ForgetNoAu,
    LearnMinor,
    RecordAgreement,
    RecordAuResult,
    RecordHint,
    RecordNoAu,
    RecordSymmetricAgreement,
    Report,
    RequestPublisherRepair,
    Send,
    ServeRepair,
    StartHash,
    TallyReady,
    VerifyRepair,
)
from apps.lockss.lcap.identity import PeerId
from apps.lockss.lcap.messages import Opcode, props_of
from apps.lockss.lcap.poll_codes import PollCode, PollFinding
from apps.lockss.lcap.tally import symmetric_counts
from apps.peers import services as peer_services
from apps.peers.choices import PeerSource
from apps.polls import blobs, facts, store, values
from apps.polls.choices import TaskKind
from apps.polls.config import poll_config
from apps.polls.content import minor_of, own_name, stored_copy
from apps.polls.models import Poll, Repair, Vote
from apps.polls.services import results
from apps.polls.words import finding_sentence


@dataclass(slots=True)
class Work:
    """What came of a step beside the rows: jobs to wake, and choices the poller still has to make."""

    jobs: list[Job] = field(default_factory=list)
    choices: list[ChooseInvitees | ChooseOuterCircle] = field(default_factory=list)


def carry_out(effects: Iterable[Effect], au: Au | None, row: Poll | Vote | None, work: Work) -> None:
    """``row``: the poll or vote that steps; None for an invitation that was refused."""
    for effect in effects:
        match effect:
            case Send():
                send(effect)
            case StartHash():
                work.jobs.append(_start_hash(effect, row))
            case TallyReady():
                row.tally_request = values.dump(effect)
                row.save(update_fields=["tally_request"])
                work.jobs.append(_open(TaskKind.TALLY, f"poll:{row.pk}"))
            case VerifyRepair():
                work.jobs.append(_verify(effect, row))
            case RequestPublisherRepair():
                work.jobs.append(_ask_publisher(effect, au, row))
            case ServeRepair():
                _serve(effect, au)
            case ChooseInvitees() | ChooseOuterCircle():
                work.choices.append(effect)
            case Close():
                results.close(effect, row)
            case RecordAuResult():
                results.record_au(effect, au, row)
            case _:
                _record(effect, au)


def _record(effect: Effect, au: Au | None) -> None:
    match effect:
        case RecordAgreement() | RecordHint():
            _agreement(au, effect.peer, effect.kind, effect.value)
        case RecordSymmetricAgreement():
            counts = symmetric_counts(
                blobs.read_votes(effect.own_blocks_ref), blobs.read_votes(effect.poller_blocks_ref)
            )
            _agreement(au, effect.peer, effect.kind, counts.agreement)
        case ForgetNoAu():
            if au is not None:
                peer_services.forget_no_au(au_key_id=au.pk, peer=peer(effect.peer))
        case RecordNoAu():
            peer_services.note_no_au(
                au_key_id=au.pk,
                peers=[peer(p) for p in effect.peers],
                anew=facts.no_au_expired(au, poll_config()),
            )
        case LearnMinor():
            peer_services.learn_minor(peer=peer(effect.peer), minor=effect.minor)
        case Report():
            finding = effect.finding
            subject = f"peer:{finding.peer}" if finding.peer else (f"au:{au.slug}" if au else "polls")
            _report(finding, subject, au)
        case _:
            raise TypeError(f"an effect that nobody carries out: {type(effect).__name__}")


def _report(finding: PollFinding, subject: str, au: Au | None) -> None:
    """A message that came late asks nobody for anything, so it is no warning."""
    late = finding.code == PollCode.OUT_OF_TURN
    record_finding(
        code=finding.code,
        subject=subject,
        severity=Severity.INFO if late else Severity.WARNING,
        message=finding_sentence(finding.code, finding.detail),
        app="polls",
        params={"event": finding.detail, "au": au.slug if au else ""} if late else None,
    )


def peer(identity: PeerId):
    return peer_services.ensure_peer(identity=identity, source=PeerSource.NOMINATED)


def _agreement(au: Au, identity: PeerId, kind: str, value: float) -> None:
    peer_services.record_agreement(au_key_id=au.pk, peer=peer(identity), type=kind, value=value)


def send(effect: Send) -> None:
    to = peer(effect.to)
    body = peer_services.NO_BODY
    if effect.blocks_ref:
        body = peer_services.Body(
            _pieces(effect.blocks_ref),
            blobs.size_of(effect.blocks_ref),
            blocks=blobs.count_votes(effect.blocks_ref),
        )
    peer_services.enqueue(
        peer=to,
        message=effect.message,
        body=body,
        expires_at=store.at(effect.expires_ms),
        retry_max=effect.retry_max,
        retry_interval=store.span(effect.retry_interval_ms),
    )
    if effect.message.opcode == Opcode.POLL:
        peer_services.note_invited(peer=to)


def _pieces(ref: str) -> Iterable[bytes]:
    with blobs.path_of(ref).open("rb") as file:
        while piece := file.read(peer_services.PIECE):
            yield piece


def _open(kind: TaskKind, subject: str, run_after=None) -> Job:
    queue = "repair" if kind == TaskKind.CHECK_REPAIR else "poll"
    return open_job(kind=kind, subject=subject, queue=queue, run_after=run_after)


def _start_hash(effect: StartHash, row: Poll | Vote) -> Job:
    row.hash_request = values.dump(effect)
    row.save(update_fields=["hash_request"])
    own = isinstance(row, Poll)
    kind, subject = (TaskKind.POLL_HASH, f"poll:{row.pk}") if own else (TaskKind.VOTE_HASH, f"vote:{row.pk}")
    return _open(kind, subject, run_after=store.at(effect.earliest_start_ms))


def _ask_publisher(effect: RequestPublisherRepair, au: Au, poll: Poll) -> Job:
    minor = minor_of(slashless=store.load_poller(poll).slashless)
    urls = [own_name(au, url, minor) for url in effect.urls]
    return request_repair_crawl(au=au, urls=urls, poll_key=poll.key)


def _verify(effect: VerifyRepair, poll: Poll) -> Job:
    repair = Repair.objects.get(poll=poll, url_digest=store.url_digest(effect.url))
    repair.check_request = values.dump(effect)
    repair.save(update_fields=["check_request", "updated_at"])
    return _open(TaskKind.CHECK_REPAIR, f"repair:{repair.pk}")


def _serve(effect: ServeRepair, au: Au) -> None:
    copy = stored_copy(au, effect.reply.url, effect.reply.header.minor)
    if copy is None:
        record_finding(
            code="poll-repair-unreadable",
            subject=f"au:{au.slug}",
            severity="warning",
            message=f"asked for a repair of {effect.reply.url}, which cannot be read here",
            app="polls",
        )
        return
    peer_services.enqueue(
        peer=peer(effect.to),
        message=replace(effect.reply, repair_props=props_of(copy.properties)),
        body=peer_services.Body(copy.chunks, copy.size, repair=copy.size),
        expires_at=store.at(effect.expires_ms),
    )
