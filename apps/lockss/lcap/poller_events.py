"""What happens to a poll at its poller, beside the messages of its voters (``participant.FromVoter``)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from apps.lockss.lcap.identity import PeerId
from apps.lockss.lcap.participant import FromVoter
from apps.lockss.lcap.repair_policy import RepairWish, Source
from apps.lockss.lcap.totals import TallySummary
from apps.lockss.lcap.verdict import UrlResult


class PollEventKind(StrEnum):
    MESSAGE = "message"
    INVITE = "invite"
    HASH_DONE = "hash done"
    TALLY_DONE = "tally done"
    JOB_FAILED = "hash or tally failed"
    REPAIR_CHECKED = "repair checked"
    TICK = "tick"
    ABORT = "abort"


@dataclass(frozen=True, slots=True)
class Invitee:
    """A peer to invite, the revision it speaks, and a fresh nonce of 20 bytes for it alone."""

    peer: PeerId
    minor: int
    poller_nonce: bytes


@dataclass(frozen=True, slots=True)
class Invite:
    """The answer to ChooseInvitees (``wanted`` from there) or ChooseOuterCircle (``outer``)."""

    invitees: tuple[Invitee, ...]
    wanted: int = 0
    outer: bool = False
    kind: ClassVar[PollEventKind] = PollEventKind.INVITE


@dataclass(frozen=True, slots=True)
class HashDone:
    """Our blocks are hashed: ``blocks_ref`` for the tally, ``symmetric_refs`` in the order of StartHash.symmetric."""

    blocks_ref: str
    symmetric_refs: tuple[str, ...] = ()
    has_substance: bool = True
    kind: ClassVar[PollEventKind] = PollEventKind.HASH_DONE


@dataclass(frozen=True, slots=True)
class TallyDone:
    """The tally is finished. ``wishes``: in order, at least as many REPAIR ones as ``max_repairs`` admits."""

    summary: TallySummary
    wishes: tuple[RepairWish, ...] = ()
    kind: ClassVar[PollEventKind] = PollEventKind.TALLY_DONE


@dataclass(frozen=True, slots=True)
class JobFailed:
    """Hash or tally came to nothing. ``timed_out``: it would not end in its window."""

    timed_out: bool
    detail: str = ""
    kind: ClassVar[PollEventKind] = PollEventKind.JOB_FAILED


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairChecked:
    """A copy was judged. ``result``: of the URL with the new version, None if the copy was not accepted.

    ``weight``: the URL's, in platforms that have weights.
    """

    url: str
    source: Source
    result: UrlResult | None
    weight: float = 1.0
    detail: str = ""
    kind: ClassVar[PollEventKind] = PollEventKind.REPAIR_CHECKED


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed; due at ``PollerState.next_tick_ms``, harmless at any other time."""

    kind: ClassVar[PollEventKind] = PollEventKind.TICK


@dataclass(frozen=True, slots=True)
class Abort:
    """The AU goes, or an administrator ends the poll."""

    detail: str = ""
    kind: ClassVar[PollEventKind] = PollEventKind.ABORT


PollEvent = FromVoter | Invite | HashDone | TallyDone | JobFailed | RepairChecked | Tick | Abort


def kind_of(event: PollEvent) -> PollEventKind:
    return PollEventKind.MESSAGE if isinstance(event, FromVoter) else event.kind
