"""A poll at one of its voters, as one row holds it."""

from dataclasses import dataclass
from enum import StrEnum

from apps.lockss.lcap.identity import PeerId
from apps.lockss.lcap.messages import Header
from apps.lockss.lcap.poll_codes import VoterStatus


class VoterPhase(StrEnum):
    """What the voter waits for (lcap-v3 §4.1)."""

    WAIT_POLL_PROOF = "wait-poll-proof"
    WAIT_VOTE_REQUEST = "wait-vote-request"
    WAIT_RECEIPT = "wait-receipt"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class VoterState:
    """All that survives between two events. Times are ms since 1970.

    ``modulus`` is the poller's; ``samples`` says whether we honour it. ``blocks_ref`` and ``symmetric_ref``
    name our blocks once they are hashed. ``weighted``: the platform has URL weights.
    """

    key: str
    auid: str
    own_id: PeerId
    poller: PeerId
    minor: int
    groups: tuple[str, ...]
    plugin_version: str
    hash_algorithm: str
    modulus: int
    samples: bool
    sample_nonce: bytes
    poller_nonce: bytes
    voter_nonce: bytes
    voter_nonce2: bytes
    weighted: bool
    created_ms: int
    vote_deadline_ms: int
    poll_deadline_ms: int
    hash_start_ms: int
    hash_finish_ms: int
    phase: VoterPhase = VoterPhase.WAIT_POLL_PROOF
    status: VoterStatus = VoterStatus.ACCEPTED
    hashing_done: bool = False
    vote_requested: bool = False
    blocks_ref: str = ""
    symmetric_ref: str = ""
    agreement_hint: float | None = None
    weighted_agreement_hint: float | None = None
    repairs_served: int = 0

    @property
    def closed(self) -> bool:
        return self.phase is VoterPhase.CLOSED

    @property
    def sampled(self) -> bool:
        return self.modulus > 0

    def next_tick_ms(self) -> int | None:
        """When a Tick is due; None once closed."""
        if self.closed:
            return None
        return self.poll_deadline_ms if self.phase is VoterPhase.WAIT_RECEIPT else self.vote_deadline_ms

    def header(self, now: int, *, accepted: bool = True) -> Header:
        """Of a message to the poller; without our nonces when it takes an acceptance back (lcap-v3 §3.6)."""
        return Header(
            key=self.key,
            auid=self.auid,
            orig_id=self.own_id,
            dest_id=self.poller,
            hash_algorithm=self.hash_algorithm,
            plugin_version=self.plugin_version,
            duration_s=max(0, (self.poll_deadline_ms - now) // 1_000),
            sample_nonce=self.sample_nonce,
            poller_nonce=self.poller_nonce,
            voter_nonce=self.voter_nonce if accepted else b"",
            voter_nonce2=self.voter_nonce2 if accepted else b"",
            groups=self.groups,
            minor=self.minor,
        )
