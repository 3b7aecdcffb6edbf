"""What a poll that was counted says of this node's copy: one rule for pages, the log and reports (lcap-v3 §6.3, §6.4).

A landslide against our copy found something wrong here. Where neither side had one, nothing was found: what differs
may as well be the copies of the peers who differ.
"""

from collections.abc import Collection
from enum import StrEnum
from typing import NamedTuple, Self

from django.db.models import Count, Exists, OuterRef, Q
from django.utils.translation import gettext, ngettext

from apps.common.display import count_text, percent_text
from apps.lockss.lcap.messages import Nak
from apps.lockss.lcap.poll_codes import GAVE_A_VOTE, HAS_VOTED, PollStatus
from apps.lockss.lcap.verdict import UrlResult
from apps.polls.choices import RepairState
from apps.polls.models import Participant, Poll, Repair, UrlTally

COUNTED = Q(status=PollStatus.COMPLETE)
AGREED = COUNTED & Q(agreement__gte=1)
# At its end, after the repairs.
OUTVOTED = COUNTED & Q(disagreed__gt=0)
UNDECIDED = COUNTED & Q(disagreed=0) & ~Q(agreement__gte=1)
WRONG_HERE = (UrlResult.LOST, UrlResult.LOST_VOTER_ONLY)
# Of our own parts in polls of others: a vote has left.
GAVE = Q(status__in=sorted(GAVE_A_VOTE))


class Outcome(StrEnum):
    NO_RESULT = "no-result"
    AGREED = "agreed"
    OUTVOTED = "outvoted"
    UNDECIDED = "undecided"


def outcome(poll: Poll) -> Outcome:
    """Of a poll that is over; the same as the conditions above."""
    if poll.status != PollStatus.COMPLETE:
        return Outcome.NO_RESULT
    if poll.agreement is not None and poll.agreement >= 1:
        return Outcome.AGREED
    return Outcome.OUTVOTED if poll.disagreed else Outcome.UNDECIDED


def wrong_urls() -> Q:
    """Filter of URLs' rows: a landslide found our copy wrong or missing, whatever a repair made of it."""
    return Q(result__in=[str(one) for one in WRONG_HERE])


def found_wrong() -> Q:
    """Filter of polls: a landslide found something wrong here, be it repaired since or not."""
    rows = UrlTally.objects.filter(wrong_urls(), poll=OuterRef("pk"))
    return COUNTED & (Q(disagreed__gt=0) | Q(Exists(rows)))


def nothing_wrong() -> Q:
    """Filter of polls without a landslide about some URLs, in which none was against us at any time."""
    return UNDECIDED & ~Q(Exists(UrlTally.objects.filter(wrong_urls(), poll=OuterRef("pk"))))


def after_repair() -> Q:
    """Filter of polls that agreed in everything at their end because something was repaired before it."""
    return AGREED & Q(Exists(Repair.objects.filter(poll=OuterRef("pk"), phase=RepairState.REPAIRED)))


def found(value: str) -> Q:
    """Filter of polls: "agreed", "repaired", "undecided" or "wrong"."""
    return {
        "agreed": AGREED,
        "repaired": after_repair(),
        "undecided": nothing_wrong(),
        "wrong": found_wrong(),
    }[value]


class Turnout(NamedTuple):
    """Peers of a poll: invited, that voted, that do not hold the AU, whose vote was compared, of these that differ."""

    invited: int = 0
    voted: int = 0
    lacking: int = 0
    compared: int = 0
    differing: int = 0

    @classmethod
    def of(cls, polls: Collection[int]) -> dict[int, Self]:
        """By the key of the poll; one query, however many they are."""
        voted = Q(status__in=[int(status) for status in HAS_VOTED])
        rows = Participant.objects.filter(poll__in=polls).values_list("poll_id")
        counted = rows.annotate(
            invited=Count("pk"),
            voted=Count("pk", filter=voted),
            lacking=Count("pk", filter=Q(nak=Nak.NO_AU)),
            compared=Count("pk", filter=voted & Q(agreement__isnull=False)),
            differing=Count("pk", filter=voted & Q(agreement__lt=1)),
        )
        found = {poll: cls(*numbers) for poll, *numbers in counted}
        return {poll: found.get(poll, cls()) for poll in polls}

    @classmethod
    def among(cls, participants: Collection[Participant]) -> Self:
        """The same of one poll whose participants are in hand."""
        voted = [one for one in participants if one.status in HAS_VOTED]
        shares = [one.agreement for one in voted if one.agreement is not None]
        return cls(
            invited=len(participants),
            voted=len(voted),
            lacking=sum(one.nak == Nak.NO_AU for one in participants),
            compared=len(shares),
            differing=sum(share < 1 for share in shares),
        )


def undecided_sentence(poll: Poll, turnout: Turnout, *, repaired: bool = False) -> str:
    """Why a poll without a landslide against us has less than 100 %, and who differs.

    ``repaired``: a landslide was against us about other URLs, before the repairs.
    """
    said = []
    open_urls = poll.too_close + poll.no_quorum
    if open_urls:
        phrase = ngettext(
            "About %s URL neither side had a landslide.",
            "About %s URLs neither side had a landslide.",
            open_urls,
        )
        said.append(phrase % count_text(open_urls))
    elif poll.poller_only:
        phrase = ngettext(
            "Most voters do not hold %s URL that this node holds.",
            "Most voters do not hold %s URLs that this node holds.",
            poll.poller_only,
        )
        said.append(phrase % count_text(poll.poller_only))
    if turnout.compared:
        n = turnout.differing
        phrase = ngettext("%(n)s of %(all)s peers differs.", "%(n)s of %(all)s peers differ.", n)
        said.append(phrase % {"n": count_text(n), "all": count_text(turnout.compared)})
    end = (
        gettext("What was found wrong here is repaired.")
        if repaired
        else gettext("Nothing was found wrong here.")
    )
    return " ".join([*said, end])


def vote_sentence(share: float | None, given: int | None) -> str:
    """What the poll of another found about its copy and ours, as far as its voter can know.

    ``share``: how far they agreed, as it told us; ``given``: repairs that it took from here, None where none counted.
    """
    if share is None:
        return ""
    found = gettext("It found %s agreement between its own copy and ours.") % percent_text(share, 1)
    return f"{found} {whose_sentence(share, given)}".rstrip()


def whose_sentence(share: float | None, given: int | None) -> str:
    """Whose copy was the wrong one: a poller asks for a repair whom the landslide agrees with."""
    if given:
        said = ngettext(
            "Its own copy was the wrong one: it took %s URL from this node, which most voters hold and it did not.",
            "Its own copy was the wrong one: it took %s URLs from this node, which most voters hold and it did not.",
            given,
        )
        return said % count_text(given)
    if given is not None and share is not None and share < 1:
        return gettext("Whose copy is the right one, its poll does not tell us; this node's own polls do.")
    return ""
