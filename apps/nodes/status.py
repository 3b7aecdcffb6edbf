"""The one function that says how an AU stands, from what the rows of the other rooms tell. Pure.

The words exclude each other and are asked in this order: what a person decided (deactivated), what is wrong with
the copy (repairing, damaged, differs), what the votes left open (unsettled), how far it has been proved (stale,
proved, collected), and, while nothing is here yet, how far collecting has come (blocked, collecting, waiting, selected).
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext, ngettext

from apps.common.display import count_text, day_text, percent_text
from apps.common.parts import CopyState
from apps.nodes.choices import AuWord, Block, Care
from apps.peers.proof_age import INTERVALS, is_outdated

# A crawl that failed this often in a row is no passing trouble.
FAILURES = 3
# A proof may be this many poll intervals old.


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerCopy:
    """``state`` of a peer's copy as the newest comparison showed it."""

    peer_id: int
    state: CopyState


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Of one AU. ``crawl``: "", "waiting" or "running"; numbers of URLs unless said otherwise."""

    au_id: int
    active: bool = True
    crawl: str = ""
    collected: bool = False
    last_crawl_at: dt.datetime | None = None
    crawl_reason: str = ""
    crawl_failures: int = 0
    block: str = ""
    block_reason: str = ""
    polling: bool = False
    agreement: float | None = None
    proved_at: dt.datetime | None = None
    differing: int = 0
    undecided: int = 0
    # That poll was counted, below 100 % and without a landslide against us; how its voters stand to our copy.
    unsettled: bool = False
    voted_for: int = 0
    voted_against: int = 0
    last_poll_failed: bool = False
    # Peers, and how many of them said that they do not hold it; asked only where the last poll failed.
    others: int = 0
    lacking: int = 0
    poll_blocked: str = ""
    repairs: int = 0
    failed_repairs: int = 0
    urls: int = 0
    size: int = 0
    damaged: int = 0
    missing: int = 0
    damage_at: dt.datetime | None = None
    peers: Sequence[PeerCopy] = field(default_factory=tuple)

    @property
    def busy(self) -> bool:
        return bool(self.crawl or self.polling or self.repairs)

    @property
    def outdated(self) -> bool:
        """The last proof is older than the last damage found here: it proves nothing of what is stored now."""
        return is_outdated(self.proved_at, self.damage_at)


@dataclass(frozen=True, slots=True)
class Standing:
    """``reason`` says why this word; ``own`` is the state of our copy."""

    word: AuWord
    reason: str
    care: Care
    own: CopyState


def judge(facts: Facts, *, now: dt.datetime, poll_interval: dt.timedelta) -> Standing:
    """The word, its reason, whether a person should look, and our spine on the shelf."""
    stale = (
        facts.proved_at is not None
        and not facts.outdated
        and now - facts.proved_at > INTERVALS * poll_interval
    )
    word, reason = _word(facts, stale)
    return Standing(word, reason, _care(facts, word, stale), _own(facts, stale))


def _word(facts: Facts, stale: bool) -> tuple[AuWord, str]:
    if not facts.active:
        return AuWord.DEACTIVATED, ""
    if facts.repairs:
        n = facts.repairs
        said = ngettext("%s URL is being repaired.", "%s URLs are being repaired.", n)
        return AuWord.REPAIRING, said % count_text(n)
    if facts.damaged or facts.missing:
        return AuWord.DAMAGED, _damage(facts)
    if facts.agreement is not None and facts.agreement < 1:
        if facts.unsettled:
            return AuWord.UNSETTLED, _left_open(facts)
        return AuWord.DIFFERS, _difference(facts)
    if not facts.collected:
        return _uncollected(facts)
    if facts.proved_at is None or facts.agreement is None or facts.outdated:
        return AuWord.COLLECTED, _unproved(facts)
    if stale:
        return AuWord.STALE, gettext("The last proof is of %s.") % day_text(facts.proved_at)
    return AuWord.PROVED, ""


def _uncollected(facts: Facts) -> tuple[AuWord, str]:
    if facts.block:
        return AuWord.BLOCKED, facts.block_reason
    if facts.crawl == "running":
        return AuWord.COLLECTING, ""
    if facts.crawl:
        return AuWord.WAITING, gettext("Its collection begins when another one ends.")
    if facts.last_crawl_at:
        return AuWord.WAITING, facts.crawl_reason or gettext("The collection ended early and is tried again.")
    return AuWord.SELECTED, ""


def _damage(facts: Facts) -> str:
    said = []
    if facts.damaged:
        phrase = ngettext("%s URL is damaged", "%s URLs are damaged", facts.damaged)
        said.append(phrase % count_text(facts.damaged))
    if facts.missing:
        phrase = ngettext("%s URL is missing", "%s URLs are missing", facts.missing)
        said.append(phrase % count_text(facts.missing))
    return gettext("Of %(urls)s here, %(what)s.") % {
        "urls": count_text(facts.urls),
        "what": gettext(" and ").join(said),
    }


def _difference(facts: Facts) -> str:
    said = []
    if facts.differing:
        phrase = ngettext(
            "%s URL is not what most copies hold.", "%s URLs are not what most copies hold.", facts.differing
        )
        said.append(phrase % count_text(facts.differing))
    said += [*_undecided(facts), *_failed_repairs(facts)]
    return " ".join(said) or gettext("It agreed by %s.") % percent_text(facts.agreement or 0, 1)


def _left_open(facts: Facts) -> str:
    """Why nothing is settled, who voted how, and what comes next."""
    votes = {"agree": count_text(facts.voted_for), "differ": count_text(facts.voted_against)}
    return " ".join(
        [
            *_undecided(facts),
            gettext("Votes: %(agree)s for this copy, %(differ)s against.") % votes,
            *_failed_repairs(facts),
            gettext("Nothing was found wrong here."),
            gettext("No poll could be called: %s.") % facts.poll_blocked
            if facts.poll_blocked
            else gettext("The next poll compares it again."),
        ]
    )


def _undecided(facts: Facts) -> list[str]:
    n = facts.undecided
    phrase = ngettext(
        "About %s URL the votes decided nothing.", "About %s URLs the votes decided nothing.", n
    )
    return [phrase % count_text(n)] if n else []


def _failed_repairs(facts: Facts) -> list[str]:
    n = facts.failed_repairs
    return [ngettext("%s repair failed.", "%s repairs failed.", n) % count_text(n)] if n else []


def _unproved(facts: Facts) -> str:
    said = []
    if facts.outdated and facts.damage_at is not None:
        found = gettext("Damage was found here on %s, after the last proof.")
        said.append(found % day_text(facts.damage_at))
    if facts.last_poll_failed:
        said.append(_unvoted(facts))
    elif facts.poll_blocked:
        said.append(gettext("No poll could be called: %s.") % facts.poll_blocked)
    elif said:
        said.append(gettext("The next poll compares it again."))
    return " ".join(said)


def _unvoted(facts: Facts) -> str:
    """Why a poll had too few votes, as far as peers said it."""
    if facts.lacking and facts.lacking >= facts.others:
        return gettext("Its last poll came to no result: no other library holds it, as far as they answered.")
    said = gettext("Its last poll came to no result: too few nodes voted in time.")
    if not facts.lacking:
        return said
    phrase = ngettext("%s peer does not hold it.", "%s peers do not hold it.", facts.lacking)
    return f"{said} {phrase % count_text(facts.lacking)}"


def _care(facts: Facts, word: AuWord, stale: bool) -> Care:
    if not facts.active or word == AuWord.REPAIRING:
        return Care.NONE
    if word == AuWord.DAMAGED:
        return Care.DAMAGED
    if word == AuWord.DIFFERS:
        return Care.DIFFERS
    if facts.block:
        return Care.BLOCKED
    if word == AuWord.UNSETTLED:
        return Care.UNSETTLED
    if stale:
        return Care.STALE
    if facts.collected and facts.last_poll_failed:
        return Care.POLLS_FAIL
    return Care.CRAWLS_FAIL if facts.crawl_failures >= FAILURES else Care.NONE


def _own(facts: Facts, stale: bool) -> CopyState:
    if facts.damaged or facts.missing:
        return CopyState.DIFFERS
    if facts.agreement is None:
        return CopyState.SELECTED
    if facts.agreement < 1:
        if not facts.unsettled:
            return CopyState.DIFFERS
        # What differs may be another node's fault: ours agrees with those that are equal to it.
        equal = any(copy.state == CopyState.AGREED for copy in facts.peers)
        return CopyState.AGREED if equal else CopyState.OLD
    return CopyState.OLD if stale or facts.outdated else CopyState.AGREED


def block_label(code: str) -> str:
    return str(Block(code).label) if code in Block.values else code
