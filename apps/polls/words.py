"""Polls, voters, URLs and repairs in words. The numbers and names are those of the field (lcap-v3 §4.1, §4.2, §6.3)."""

from django.conf import settings
from django.utils.functional import lazy
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from apps.common.words import Tone, Word
from apps.lockss.lcap.messages import Nak
from apps.lockss.lcap.poll_codes import ParticipantStatus, PollCode, PollStatus, VoterStatus
from apps.lockss.lcap.verdict import UrlResult, Verdict
from apps.polls.choices import PollState, RepairState

_OVER = {
    PollStatus.COMPLETE: (
        Tone.SAFE,
        _("Counted"),
        _("Enough nodes voted and the votes were counted. How far they agree stands beside it."),
    ),
    PollStatus.NO_QUORUM: (
        Tone.CARE,
        _("Too few votes"),
        _("Fewer nodes voted than a result needs. Nothing was decided and nothing changed."),
    ),
    PollStatus.NO_TIME: (Tone.CARE, _("No time"), _("This node was too busy to count the votes in time.")),
    PollStatus.ERROR: (
        Tone.HARM,
        _("Error"),
        _("This node could not count the votes. The reason stands beside it."),
    ),
    PollStatus.EXPIRED: (Tone.CARE, _("Expired"), _("Its time ran out before enough votes were counted.")),
    PollStatus.ABORTED: (Tone.CARE, _("Stopped"), _("It was stopped before its end.")),
}
_PHASES = {
    PollState.INVITING: (_("Inviting"), _("Peers are asked to vote.")),
    PollState.VOTING: (_("Voting"), _("Peers hash their copies, and this node its own.")),
    PollState.TALLYING: (_("Counting"), _("The votes are compared URL by URL.")),
    PollState.REPAIRING: (
        _("Repairing"),
        _("Good copies are fetched for URLs that a landslide found wrong here."),
    ),
}
OVER = {
    status: Word(f"poll-{status.name.lower().replace('_', '-')}", tone, label, said)
    for status, (tone, label, said) in _OVER.items()
}
PHASES = {
    phase: Word(f"poll-{phase.value}", Tone.IDLE, label, said) for phase, (label, said) in _PHASES.items()
}
VARIANTS = {
    "PoR": _("over all URLs"),
    "PoP": _("over a sample of the URLs"),
    "Local": _("of our own copy against its digests"),
}
_VOTERS = {
    ParticipantStatus.INITIALIZED: (Tone.IDLE, _("to be invited")),
    ParticipantStatus.INVITED: (Tone.IDLE, _("invited")),
    ParticipantStatus.ACCEPTED: (Tone.IDLE, _("will vote")),
    ParticipantStatus.SENT_NOMINEES: (Tone.IDLE, _("named others")),
    ParticipantStatus.WAITING_FOR_VOTE: (Tone.IDLE, _("hashing")),
    ParticipantStatus.VOTED: (Tone.SAFE, _("voted")),
    ParticipantStatus.COMPLETE: (Tone.SAFE, _("voted")),
    ParticipantStatus.ERROR: (Tone.HARM, _("failed")),
    ParticipantStatus.DROPPED_OUT: (Tone.CARE, _("dropped out")),
    ParticipantStatus.DECLINED: (Tone.CARE, _("declined")),
    ParticipantStatus.NO_TIME: (Tone.CARE, _("had no time")),
    ParticipantStatus.DID_NOT_VOTE: (Tone.CARE, _("did not vote")),
    ParticipantStatus.NO_RESPONSE: (Tone.CARE, _("did not answer")),
    ParticipantStatus.NO_NOMINATIONS: (Tone.CARE, _("named nobody")),
}
_OURS = {
    VoterStatus.INITIALIZED: (
        Tone.IDLE,
        _("Invited"),
        _("A peer invited this node; nothing was answered yet."),
    ),
    VoterStatus.ACCEPTED: (Tone.IDLE, _("Will vote"), _("This node said that it will vote.")),
    VoterStatus.HASHING: (Tone.IDLE, _("Hashing"), _("This node hashes its copy for the vote.")),
    VoterStatus.VOTED: (Tone.IDLE, _("Voted"), _("The vote was sent; the peer has not answered to it yet.")),
    VoterStatus.VOTE_ACCEPTED: (
        Tone.IDLE,
        _("Vote accepted"),
        _("The peer has the vote and compares it with its own copy."),
    ),
    VoterStatus.COMPLETE: (
        Tone.SAFE,
        _("Counted there"),
        _("The peer compared the vote with its own copy and told what it found."),
    ),
    VoterStatus.NO_TIME: (Tone.CARE, _("No time"), _("This node was too busy to hash its copy in time.")),
    VoterStatus.EXPIRED: (Tone.CARE, _("Expired"), _("The poll ended before the peer told what it found.")),
    VoterStatus.ERROR: (Tone.HARM, _("Error"), _("This node could not vote. The reason stands beside it.")),
    VoterStatus.DECLINED: (
        Tone.CARE,
        _("Declined"),
        _("This node said no to the invitation, for the reason that stands beside it."),
    ),
    VoterStatus.ABORTED: (Tone.CARE, _("Stopped"), _("It was stopped before its end.")),
    VoterStatus.NO_SUBSTANCE: (
        Tone.CARE,
        _("Nothing to vote on"),
        _("Our copy holds nothing substantial to vote on."),
    ),
}
VOTES = {
    status: Word(f"vote-{status.name.lower().replace('_', '-')}", tone, label, said)
    for status, (tone, label, said) in _OURS.items()
}
NAKS = {
    Nak.GROUP_MISMATCH: _("It belongs to another group of nodes."),
    Nak.VERSION_MISMATCH: _("It speaks another version of the protocol."),
    Nak.NO_TIME: _("It is too busy to hash in time."),
    Nak.UNKNOWN: _("It gave a reason that this node does not know."),
    Nak.NO_AU: _("It does not hold this archival unit."),
    Nak.NO_SUBSTANCE: _("Its copy holds nothing substantial."),
    Nak.PLUGIN_VERSION_MISMATCH: _("Its plugin is another version."),
    Nak.DISABLED: _("It does not vote at present."),
    Nak.NOT_CRAWLED: _("It has not collected this archival unit yet."),
    Nak.TOO_MANY_VOTERS: _("It votes in too many polls already."),
    Nak.HASH_TIMEOUT: _("It did not finish hashing in time."),
    Nak.HASH_ERROR: _("It could not hash its copy."),
    Nak.INSUFFICIENT_VOTE_DURATION: _("The time given for the vote is too short for it."),
    Nak.HAVE_SUFFICIENT_REPAIRERS: _("Enough nodes repair it already."),
    Nak.NOT_READY: _("It has only just started."),
}
_RESULTS = {
    UrlResult.WON: (
        Tone.SAFE,
        _("Agreed"),
        _("Most voters hold what this node holds. Who differs stands beside it."),
    ),
    UrlResult.LOST: (
        Tone.HARM,
        _("Differs here"),
        _("Most voters agree with each other and not with this node."),
    ),
    UrlResult.LOST_VOTER_ONLY: (
        Tone.HARM,
        _("Missing here"),
        _("Most voters hold this URL; this node does not."),
    ),
    UrlResult.LOST_POLLER_ONLY: (
        Tone.IDLE,
        _("Only here"),
        _("Most voters do not hold this URL. Nothing is removed because of that."),
    ),
    UrlResult.TOO_CLOSE: (Tone.CARE, _("Too close"), _("Neither side had a landslide. Nothing was changed.")),
    UrlResult.NO_QUORUM: (Tone.CARE, _("Too few votes"), _("Too few votes about this URL could be used.")),
}
RESULTS = {
    result: Word(f"url-{name}", tone, label, said)
    for (result, (tone, label, said)), name in zip(
        _RESULTS.items(),
        ("agreed", "differs-here", "missing-here", "only-here", "too-close", "too-few-votes"),
        strict=True,
    )
}
VERDICTS = {
    Verdict.AGREED: (Tone.SAFE, _("agrees with this node")),
    Verdict.DISAGREED: (Tone.HARM, _("holds something else")),
    Verdict.POLLER_ONLY: (Tone.CARE, _("does not hold it; this node does")),
    Verdict.VOTER_ONLY: (Tone.CARE, _("holds it; this node does not")),
    Verdict.NEITHER: (Tone.IDLE, _("does not hold it, nor does this node")),
    Verdict.SPOILED: (Tone.IDLE, _("vote not usable")),
}
_REPAIRS = {
    RepairState.WANTED: (Tone.IDLE, _("Wanted"), _("A good copy is wanted; nobody has been asked yet.")),
    RepairState.REQUESTED: (Tone.IDLE, _("Asked for"), _("A peer or the publisher was asked for its copy.")),
    RepairState.RECEIVED: (Tone.IDLE, _("Being checked"), _("A copy came and is hashed before it counts.")),
    RepairState.REPAIRED: (
        Tone.SAFE,
        _("Repaired"),
        _(
            "The copy that came is the one that most voters hold. The damaged one is kept as an older version."
        ),
    ),
    RepairState.FAILED: (
        Tone.HARM,
        _("Not repaired"),
        _("Nobody who was asked gave the copy that most voters hold."),
    ),
}
REPAIRS = {
    phase: Word(f"repair-{phase.value}", tone, label, said) for phase, (tone, label, said) in _REPAIRS.items()
}
ALL = (*OVER.values(), *PHASES.values(), *RESULTS.values(), *REPAIRS.values(), *VOTES.values())


def poll_word(phase: str, status: int) -> Word:
    """The word of one of our polls: how it ended, or how far it is."""
    if phase in PHASES:
        return PHASES[PollState(phase)]
    return OVER.get(PollStatus(status), OVER[PollStatus.ERROR])


def voter_word(status: int) -> tuple[Tone, str]:
    """Tone and label of a peer in one of our polls."""
    tone, label = _VOTERS[ParticipantStatus(status)]
    return tone, str(label)


def vote_word(status: int) -> Word:
    """The word of our part in a poll of a peer."""
    return VOTES[VoterStatus(status)]


def _landslide_rule() -> str:
    said = gettext("Rule: on this node at least %d percent of the votes about the URL, of at least a quorum.")
    return said % settings.NODE.poll_vote_margin


def _quorum_rule() -> str:
    votes = settings.NODE.poll_quorum
    return ngettext("Rule: on this node %d vote.", "Rule: on this node %d votes.", votes) % votes


LANDSLIDE = Word(
    "term-landslide",
    Tone.IDLE,
    _("Landslide"),
    _(
        "So many votes about a URL on one side that they decide about it: with our copy, it is right; against it, "
        "it is repaired. Without a landslide nothing is decided and nothing is changed."
    ),
    lazy(_landslide_rule, str)(),
)
QUORUM = Word(
    "term-quorum",
    Tone.IDLE,
    _("Quorum"),
    _("The fewest votes of other nodes that make a result. With fewer, a poll decides nothing."),
    lazy(_quorum_rule, str)(),
)
TERMS = (LANDSLIDE, QUORUM)

# Their detail begins with the URL, and a URL alone says nothing.
_OF_A_COPY = {
    PollCode.REPAIR_UNANSWERED: _("A copy of “%(url)s” was asked for to repair ours, and none came in time."),
    PollCode.REPAIR_NOT_ASKED: _("A copy of “%(url)s” came that was not asked for."),
    PollCode.REPAIR_REJECTED: _("A copy of “%(url)s” was not taken to repair ours: %(why)s."),
}


def finding_sentence(code: str, detail: str) -> str:
    """What a person reads of a poll's finding; the protocol's own words stay behind it."""
    if code == PollCode.DROPPED_OUT:
        nak = detail.partition(" ")[0]
        said = nak_sentence(nak) if nak in set(Nak) else gettext("It gave no reason.")
        return gettext("It joined a poll and left it before its vote was counted. %s") % said
    if code == PollCode.OUT_OF_TURN:
        # Which message and when are the protocol's names: the row has them beside its sentence.
        return gettext("A message came when none of its kind was expected, mostly late; it was set aside.")
    if code in _OF_A_COPY:
        url, _space, why = detail.partition(" ")
        return str(_OF_A_COPY[PollCode(code)]) % {"url": url, "why": why or gettext("it is no copy of it")}
    return detail


def nak_sentence(nak: str) -> str:
    if not nak:
        return ""
    return str(NAKS[Nak(nak)]) if nak in set(Nak) else nak
