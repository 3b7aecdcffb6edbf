"""What polls are about, how they end and what can be odd in them: the vocabularies of lcap-v3 §4.2 and ours."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from apps.lockss.lcap.identity import PeerId


class PollVariant(StrEnum):
    """How much is asked of whom (lcap-v3 §4.9); the texts are those of the REST interface."""

    POR = "PoR"
    POP = "PoP"
    LOCAL = "Local"
    NO_POLL = "NoPoll"


class ParticipantStatus(IntEnum):
    """A voter as its poller sees it; numbers as in deployed nodes."""

    INITIALIZED = 0
    INVITED = 1
    ACCEPTED = 2
    SENT_NOMINEES = 3
    WAITING_FOR_VOTE = 4
    VOTED = 5
    COMPLETE = 6
    ERROR = 7
    DROPPED_OUT = 8
    DECLINED = 9
    NO_TIME = 10
    DID_NOT_VOTE = 11
    NO_RESPONSE = 12
    NO_NOMINATIONS = 13


class PollStatus(IntEnum):
    """A poll at its poller; numbers as in deployed nodes."""

    STARTING = 0
    NO_TIME = 1
    RESUMING = 2
    INVITING = 3
    HASHING = 4
    TALLYING = 5
    COMPLETE = 6
    NO_QUORUM = 7
    ERROR = 8
    EXPIRED = 9
    WAITING_FOR_REPAIRS = 10
    FINISHING = 11
    ABORTED = 12


class VoterStatus(IntEnum):
    """A poll at one of its voters; numbers as in deployed nodes."""

    INITIALIZED = 0
    ACCEPTED = 1
    HASHING = 2
    VOTED = 3
    NO_TIME = 4
    COMPLETE = 5
    EXPIRED = 6
    ERROR = 7
    DECLINED = 8
    VOTE_ACCEPTED = 9
    ABORTED = 10
    NO_SUBSTANCE = 11


# Of our own parts in polls of others: a vote has left.
GAVE_A_VOTE = frozenset({VoterStatus.VOTED, VoterStatus.VOTE_ACCEPTED, VoterStatus.COMPLETE})
PARTICIPATING = frozenset(
    {
        ParticipantStatus.ACCEPTED,
        ParticipantStatus.SENT_NOMINEES,
        ParticipantStatus.WAITING_FOR_VOTE,
        ParticipantStatus.VOTED,
        ParticipantStatus.COMPLETE,
    }
)
HAS_VOTED = frozenset({ParticipantStatus.VOTED, ParticipantStatus.COMPLETE})


class PollCode(StrEnum):
    """Findings of a poll: the event is set aside, the poll goes on."""

    OUT_OF_TURN = "poll-message-out-of-turn"
    NOT_THE_POLLER = "poll-message-not-from-poller"
    NOT_A_PARTICIPANT = "poll-message-not-from-participant"
    OTHER_POLL = "poll-message-of-other-poll"
    WRONG_NONCE = "poll-wrong-nonce"
    REFUSED_WITHOUT_REASON = "poll-refused-without-nak"
    DROPPED_OUT = "poll-voter-dropped-out"
    EMPTY_VOTE = "poll-vote-without-blocks"
    SPOILED_VOTE = "poll-vote-spoiled"
    MISSING_HINT = "poll-receipt-without-hint"
    REPAIR_NOT_SERVED = "poll-repair-not-served"
    REPAIR_NOT_ASKED = "poll-repair-not-asked-for"
    REPAIR_WITHOUT_PROPS = "poll-repair-without-properties"
    REPAIR_REJECTED = "poll-repair-rejected"
    REPAIR_UNANSWERED = "poll-repair-unanswered"
    REPAIRS_OVER_LIMIT = "poll-repairs-over-limit"
    OWN_POLL = "poll-from-ourselves"
    BAD_DURATION = "poll-bad-duration"
    UNSUPPORTED_ALGORITHM = "poll-unsupported-algorithm"
    BAD_SAMPLE = "poll-bad-sample"
    FLOODED = "poll-too-many-invitations"
    UNKNOWN_POLLER = "poll-from-unknown-peer"
    BAD_POLL_KEY = "poll-bad-key"
    DUPLICATE_INVITEE = "poll-duplicate-invitee"
    NO_SUBSTANCE = "poll-no-substance"


class TallyCode(StrEnum):
    """A tally that cannot be made, by our own fault."""

    OUT_OF_ORDER = "tally-own-blocks-out-of-order"


class SettingCode(StrEnum):
    """Settings of polls that cannot be used."""

    BAD_CURVE = "poll-setting-curve"
    BAD_NUMBER = "poll-setting-number"
    BAD_SUBNET = "poll-setting-subnet"


@dataclass(frozen=True, slots=True)
class PollFinding:
    """Something odd in a poll. ``peer``: who sent or did not send; ``detail``: what, against what was expected."""

    code: PollCode
    peer: PeerId | None
    detail: str
