"""The lists of polls, of votes in the polls of others, and of repairs."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from apps.common.display import count_text, percent_text
from apps.common.lists import Cell, Choice, Column, Day, Exact, Flag, Search, Table, cells
from apps.common.pages import Action, Empty
from apps.lockss.lcap.poll_codes import HAS_VOTED
from apps.lockss.lcap.verdict import UrlResult
from apps.polls import outcome
from apps.polls.choices import PollState, RepairState
from apps.polls.models import Participant, Poll, Repair, UrlTally, Vote
from apps.polls.outcome import Turnout
from apps.polls.repaired import bytes_said, states_before
from apps.polls.words import OVER, PHASES, REPAIRS, RESULTS, VARIANTS, poll_word, vote_word
from apps.repository.choices import ArtifactState


def url_page(slug: str, url: str) -> str:
    """Where the story of one URL of an AU is told."""
    return f"/aus/{slug}/url/?{urlencode({'url': url})}"


@dataclass(frozen=True, slots=True)
class PollRow:
    """A poll with what its participants and repairs come to."""

    poll: Poll
    invited: int
    voted: int
    repaired: int


def _prepared(polls: list[Poll]) -> Iterable[PollRow]:
    ids = [poll.pk for poll in polls]
    voted = Count("id", filter=Q(status__in=[int(status) for status in HAS_VOTED]))
    voters = {
        pk: (n, came)
        for pk, n, came in Participant.objects.filter(poll__in=ids)
        .order_by()
        .values_list("poll_id")
        .annotate(n=Count("id"), came=voted)
    }
    repaired = dict(
        Repair.objects.filter(poll__in=ids, phase=RepairState.REPAIRED)
        .order_by()
        .values_list("poll_id")
        .annotate(n=Count("id"))
    )
    return [PollRow(poll, *voters.get(poll.pk, (0, 0)), repaired.get(poll.pk, 0)) for poll in polls]


def _state_options() -> list[tuple[str, object]]:
    pairs = [(str(phase), word.label) for phase, word in PHASES.items()]
    return pairs + [(status.name.lower(), word.label) for status, word in OVER.items()]


def _with_state(rows: QuerySet, value: str) -> QuerySet:
    if value in PHASES:
        return rows.filter(phase=value)
    wanted = next(status for status in OVER if status.name.lower() == value)
    return rows.filter(phase="done", status=int(wanted))


def agreement_cell(value: float | None) -> Cell:
    return cells.text("–") if value is None else cells.percent(value, 1)


def _found_by_vote(vote: Vote) -> Cell:
    share = vote.agreement_hint
    if share is None or not vote.repairs_served:
        return agreement_cell(share)
    return Cell(cells.text(percent_text(share, 1), gettext("its own copy was the wrong one")).html, share)


ENDED = (Day("since", _("Ended from"), "ended_at"), Day("until", _("to"), "ended_at", until=True))
FOUND = (
    ("agreed", _("everything agreed")),
    ("repaired", _("equal to most others after a repair")),
    ("undecided", _("no landslide, nothing wrong here")),
    ("wrong", _("something wrong or missing here")),
)
POLLS = Table(
    name="polls",
    caption=_("Our polls"),
    columns=(
        Column(
            "au",
            _("Archival unit"),
            lambda row: cells.link(row.poll.au.name, f"/polls/{row.poll.pk}/"),
        ),
        Column("state", _("State"), lambda row: cells.status(poll_word(row.poll.phase, row.poll.status))),
        Column(
            "kind",
            _("Kind"),
            lambda row: str(VARIANTS.get(row.poll.variant, row.poll.variant)),
            priority=3,
        ),
        Column(
            "agreement",
            pgettext_lazy("copies", "Agreement"),
            lambda row: agreement_cell(row.poll.agreement),
            numeric=True,
        ),
        Column(
            "votes",
            _("Votes"),
            lambda row: Cell(
                cells.text(gettext("%(came)d of %(asked)d") % {"came": row.voted, "asked": row.invited}).html,
                row.voted,
            ),
            numeric=True,
            priority=2,
        ),
        Column("urls", _("URLs"), lambda row: cells.count(row.poll.urls), numeric=True, priority=3),
        Column("repaired", _("Repaired"), lambda row: cells.count(row.repaired), numeric=True, priority=3),
        Column("called", _("Called"), lambda row: cells.moment(row.poll.created_at), sort="id", priority=2),
        Column(
            "ended",
            _("Ended"),
            lambda row: cells.moment(row.poll.ended_at),
            sort="ended_at",
            priority=3,
            descending_first=True,
        ),
    ),
    filters=(
        Choice("state", _("State"), "", _state_options, how=_with_state),
        Choice("kind", _("Kind"), "variant", list(VARIANTS.items())),
        Choice("found", _("Found"), "", FOUND, how=lambda rows, value: rows.filter(outcome.found(value))),
        Flag("open", pgettext_lazy("polls", "Open"), Q(ended_at__isnull=True)),
        *ENDED,
        Exact("au", _("Archival unit"), "au__slug"),
    ),
    sort="-called",
    prepare=_prepared,
    noun=lambda n: ngettext("poll", "polls", n),
    empty=Empty(
        _("No poll has been called yet"),
        _(
            "In a poll, peers compare their copies with ours. It begins when an archival unit is collected and a "
            "peer is known."
        ),
        Action(_("Peers"), "/peers/"),
    ),
)

VOTES = Table(
    name="votes",
    caption=_("Our votes in the polls of others"),
    columns=(
        Column("au", _("Archival unit"), lambda vote: cells.link(vote.au.name, f"/polls/votes/{vote.pk}/")),
        Column(
            "poller", _("Called by"), lambda vote: cells.link(str(vote.poller), f"/peers/{vote.poller_id}/")
        ),
        # Nearly every vote was counted; what it found is what tells.
        Column("state", _("State"), lambda vote: cells.status(vote_word(vote.status)), priority=2),
        Column(
            "agreement",
            _("It found"),
            _found_by_vote,
            numeric=True,
        ),
        Column("urls", _("URLs"), lambda vote: cells.count(vote.urls), numeric=True, priority=3),
        Column(
            "gave",
            _("Repairs given"),
            lambda vote: cells.count(vote.repairs_served),
            numeric=True,
            priority=3,
        ),
        Column("came", _("Invited"), lambda vote: cells.moment(vote.created_at), sort="id", priority=2),
        Column("ended", _("Ended"), lambda vote: cells.moment(vote.ended_at), priority=3),
    ),
    filters=(
        Flag("open", pgettext_lazy("polls", "Open"), Q(next_tick_at__isnull=False)),
        Flag("counted", _("Told what it found"), Q(agreement_hint__isnull=False)),
        Flag("gave", _("Repairs given"), Q(repairs_served__gt=0)),
        *ENDED,
        Exact("peer", _("Called by"), "poller", number=True),
        Exact("au", _("Archival unit"), "au__slug"),
    ),
    sort="-came",
    noun=lambda n: ngettext("vote", "votes", n),
    empty=Empty(
        _("No peer has asked for a vote yet"),
        _(
            "Other nodes invite this one to their polls once they know it: give them its identity and certificate."
        ),
        Action(_("Identity and certificate"), "/peers/"),
    ),
)


@dataclass(frozen=True, slots=True)
class DisputeRow:
    """``missing``: what differed here was no other bytes, but a file that was gone."""

    tally: UrlTally
    missing: bool = False

    @property
    def found(self) -> UrlResult:
        """A version whose file was gone takes part in a poll as one that differs; for people it was missing."""
        return UrlResult.LOST_VOTER_ONLY if self.missing else UrlResult(self.tally.result)


def with_missing(tallies: list[UrlTally]) -> list[DisputeRow]:
    """The same, and whether the bytes were missing here, as their repairs know it; two queries, however many."""
    lost = {(one.poll_id, bytes(one.url_digest)) for one in tallies if one.result == UrlResult.LOST}
    if not lost:
        return [DisputeRow(one) for one in tallies]
    digests = {digest for _poll, digest in lost}
    rows = Repair.objects.filter(poll__in={poll for poll, _digest in lost}, url_digest__in=digests)
    repairs = list(rows.defer("state", "check_request"))
    states = states_before(repairs)
    gone = {
        (one.poll_id, bytes(one.url_digest)) for one in repairs if states.get(one.pk) == ArtifactState.MISSING
    }
    return [DisputeRow(one, (one.poll_id, bytes(one.url_digest)) in lost & gone) for one in tallies]


def _final(row: DisputeRow) -> Cell:
    if row.tally.final_result == row.tally.result:
        return cells.text("–")
    return cells.status(RESULTS[UrlResult(row.tally.final_result)])


DISPUTE = Table(
    name="dispute",
    caption=_("In dispute"),
    columns=(
        Column(
            "url",
            _("URL"),
            lambda row: cells.code(row.tally.url, url_page(row.tally.poll.au.slug, row.tally.url)),
        ),
        Column("result", _("Found"), lambda row: cells.status(RESULTS[row.found])),
        Column("agreed", _("With us"), lambda row: cells.count(row.tally.agreed), numeric=True, priority=2),
        Column(
            "disagreed",
            _("Otherwise"),
            lambda row: cells.count(row.tally.disagreed),
            numeric=True,
            priority=2,
        ),
        Column("now", _("After repair"), _final, priority=3),
    ),
    filters=(
        Choice(
            "result",
            _("Found"),
            "result",
            lambda: [(k, word.label) for k, word in RESULTS.items() if k != UrlResult.WON],
        ),
    ),
    search=Search(("url__contains",), label=_("Part of the URL")),
    prepare=with_missing,
    noun=lambda n: ngettext("URL in dispute", "URLs in dispute", n),
    empty=Empty(_("Nobody dissented"), _("Every vote agreed about every URL.")),
)
NOT_COUNTED_YET = Empty(
    _("Nothing is counted yet"),
    _("URLs about which votes do not agree are listed here as soon as the votes are counted."),
)
NOTHING_COUNTED = Empty(
    _("Nothing was counted"), _("The poll ended without a result: no vote was compared with our copy.")
)


def dispute_of(poll: Poll, turnout: Turnout) -> Table:
    """What is empty says why: agreed, not counted yet, too few votes to be counted, or none."""
    if poll.agreement is not None:
        return DISPUTE
    if poll.phase != PollState.DONE:
        return replace(DISPUTE, empty=NOT_COUNTED_YET)
    return replace(DISPUTE, empty=_too_few(poll, turnout) if turnout.compared else NOTHING_COUNTED)


def _too_few(poll: Poll, turnout: Turnout) -> Empty:
    said = ngettext(
        "The poll ended without a result: %(n)s vote was compared with our copy, and how it agrees is told above; a result "
        "needs %(needed)s.",
        "The poll ended without a result: %(n)s votes were compared with our copy, and how each agrees is told above; a "
        "result needs %(needed)s.",
        turnout.compared,
    )
    told = {"n": count_text(turnout.compared), "needed": count_text(poll.quorum)}
    return Empty(gettext("No result"), said % told)


@dataclass(frozen=True, slots=True)
class RepairRow:
    """``state``: of the version that was here, as the store knows it; None where it holds none."""

    repair: Repair
    source: str
    state: str | None = None


def named_sources(repairs: list[Repair]) -> list[RepairRow]:
    """Repairs with whom their copies came from, in words."""
    peers = Participant.objects.filter(poll__in={r.poll_id for r in repairs}).select_related("peer")
    names = {one.peer.identity: str(one.peer) for one in peers}
    return [RepairRow(repair, source_name(repair.source, names)) for repair in repairs]


def with_states(repairs: list[Repair]) -> list[RepairRow]:
    """The same with what was found here, which the store is asked for."""
    states = states_before(repairs)
    return [replace(row, state=states.get(row.repair.pk)) for row in named_sources(repairs)]


def source_name(source: str, names: dict[str, str]) -> str:
    if source == "publisher":
        return gettext("the publisher")
    return names.get(source, source) or gettext("nobody yet")


def short(digest: str) -> str:
    """The first eight hex digits, as people compare them."""
    return f"{digest[:4]} {digest[4:8]}…" if digest else "–"


def before_cell(row: RepairRow) -> Cell:
    """What was found here: other bytes by their digest, else that they were missing or damaged."""
    digest = row.repair.before_sha256
    if not digest:
        return cells.text(gettext("nothing"))
    said = bytes_said(row.state)
    return cells.text(said, gettext("recorded: %s") % short(digest)) if said else cells.code(short(digest))


SOURCES = (("publisher", _("the publisher")), ("peer", _("a peer")))


def _from(rows: QuerySet, value: str) -> QuerySet:
    return (
        rows.filter(source="publisher")
        if value == "publisher"
        else rows.exclude(source__in=("", "publisher"))
    )


def _repaired_url(row: RepairRow) -> Cell:
    """On a telephone the column of whom it came from gives way, and stands below."""
    return cells.beneath(
        cells.code(row.repair.url, f"/repairs/{row.repair.pk}/"), gettext("From: %s") % row.source
    )


REPAIRED = Table(
    name="repairs",
    caption=_("Repairs"),
    columns=(
        Column("url", _("URL"), _repaired_url),
        Column(
            "au",
            _("Archival unit"),
            lambda row: cells.link(row.repair.au.name, f"/aus/{row.repair.au.slug}/"),
            priority=2,
        ),
        Column("state", _("State"), lambda row: cells.status(REPAIRS[RepairState(row.repair.phase)])),
        Column("source", pgettext_lazy("source", "From"), lambda row: row.source, priority=2),
        Column("before", _("Was"), before_cell, priority=3),
        Column("after", _("Is"), lambda row: cells.code(short(row.repair.after_sha256)), priority=3),
        Column("found", _("Found"), lambda row: cells.moment(row.repair.created_at), sort="id", priority=2),
    ),
    filters=(
        Choice("state", _("State"), "phase", lambda: [(key, word.label) for key, word in REPAIRS.items()]),
        Choice("from", pgettext_lazy("source", "From"), "", SOURCES, how=_from),
        *ENDED,
        Exact("poll", _("Poll"), "poll", number=True),
        Exact("au", _("Archival unit"), "au__slug"),
    ),
    search=Search(("url__contains", "au__name__icontains"), label=_("Part of the URL, or archival unit")),
    sort="-found",
    prepare=with_states,
    noun=lambda n: ngettext("repair", "repairs", n),
    empty=Empty(
        _("Nothing had to be repaired"),
        _(
            "When a poll finds that most copies agree with each other and not with ours, the good copy is fetched "
            "and the repair is listed here."
        ),
    ),
)
