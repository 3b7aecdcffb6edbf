"""An AU's whole story in order of time, the newest first: each room's rows told as sentences.

Every source gives at most a page of its newest rows before a moment, so a long story costs what a short one does.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple
from urllib.parse import urlencode

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from apps.aus.choices import SelectionAction
from apps.aus.models import Au, SelectionResult
from apps.common.clock import now
from apps.common.display import count_text, duration_text, percent_text, size_text
from apps.common.pages import Event, in_order
from apps.common.stored import retold
from apps.common.words import Tone
from apps.crawls.choices import CrawlKind
from apps.crawls.lists import took
from apps.crawls.models import Crawl
from apps.crawls.words import word_of
from apps.lockss.frontier import CrawlOutcome
from apps.lockss.lcap.poll_codes import PollStatus
from apps.lockss.lcap.verdict import UrlResult
from apps.nodes.imported import imports
from apps.nodes.last_polls import UNTOLD
from apps.nodes.sentences import (
    ACTS,
    check_sentence,
    evidence_sentence,
    link_to,
    repair_sentence,
    selection_sentence,
)
from apps.permissions.models import Evidence
from apps.polls.choices import RepairState
from apps.polls.lists import named_sources
from apps.polls.models import Poll, UrlTally, Vote
from apps.polls.outcome import GAVE, Outcome, Turnout, outcome, undecided_sentence, vote_sentence
from apps.polls.words import poll_word
from apps.repository.choices import CheckOutcome
from apps.repository.models import FixityCheck

PAGE = 30
# What a poll keeps that ended without a vote.
NOBODY = "nobody voted"
TONES = {Outcome.AGREED: Tone.SAFE, Outcome.OUTVOTED: Tone.HARM}
OUTVOTED = (UrlResult.LOST, UrlResult.LOST_POLLER_ONLY, UrlResult.LOST_VOTER_ONLY)


class Story(NamedTuple):
    """``older``: where it goes on, None: it is told to its beginning. ``polls``: those it was told from, each with
    ``outvoted``; ``more_polls``: there may be older ones, or newer."""

    events: list[Event]
    older: dt.datetime | None
    polls: list[Poll]
    more_polls: bool


def story(
    au: Au, *, before: dt.datetime | None = None, limit: int = PAGE, imports_linked: bool = False
) -> Story:
    """The newest events before a moment. ``imports_linked``: for somebody who may open the page of an import."""
    edge = before or now() + dt.timedelta(days=1)
    polls = _newest_polls(au, edge, limit + 1)
    more = before is not None or len(polls) > limit
    events = [event for source in SOURCES for event in source(au, edge, limit + 1)]
    events += [*_polls(polls), *imports(au, edge, limit + 1, links=imports_linked)]
    events.sort(key=lambda event: event.at, reverse=True)
    if len(events) <= limit:
        return Story(in_order(events), None, polls, more)
    # Events of one moment stay together, else the next page would leave some out.
    last = events[limit - 1].at
    shown = [event for event in events if event.at >= last]
    return Story(in_order(shown), last if len(shown) < len(events) else None, polls, more)


_OF_ACT = ("action", "scope", "created_at", "finished_at")
_OF_PERSON = ("username", "first_name", "last_name")
_OF_SELECTION = (*_OF_ACT, *(f"user__{name}" for name in _OF_PERSON))


def _newest(rows: QuerySet, field: str, edge: dt.datetime, limit: int) -> QuerySet:
    return rows.filter(**{f"{field}__lt": edge}).order_by(f"-{field}")[:limit]


def _selections(au: Au, edge: dt.datetime, limit: int) -> Iterator[Event]:
    rows = (
        SelectionResult.objects.filter(au=au, outcome__in=ACTS)
        .select_related("selection__user")
        .only("outcome", *(f"selection__{name}" for name in _OF_SELECTION))
        .order_by("-selection_id")
    )
    found = list(rows[:limit])
    lists = list(au.listed.entries.values_list("title_list__name", flat=True)[:3]) if au.listed else []
    for result in found:
        at = result.selection.finished_at or result.selection.created_at
        if at < edge:
            tone = Tone.CARE if result.selection.action == SelectionAction.DEACTIVATE else Tone.IDLE
            act = result.selection
            yield Event(at, tone, selection_sentence(result.outcome, act.user, lists, act.scope))
    if not found and au.selected_at < edge:
        yield Event(au.selected_at, Tone.IDLE, selection_sentence("selected", au.selected_by, lists))


def _evidence(au: Au, edge: dt.datetime, limit: int) -> Iterator[Event]:
    rows = _newest(Evidence.objects.filter(au=au).defer("page"), "read_at", edge, limit)
    for row in rows:
        yield Event(row.read_at, Tone.SAFE if row.granted else Tone.CARE, evidence_sentence(row))


def _crawls(au: Au, edge: dt.datetime, limit: int) -> Iterator[Event]:
    for row in _newest(Crawl.objects.filter(au=au), "finished_at", edge, limit):
        word = word_of(row)
        yield Event(row.finished_at, word.tone, _crawl_text(row), _crawl_detail(row))


def _crawl_text(row: Crawl) -> SafeString:
    page = f"/crawls/{row.pk}/"
    if row.kind == CrawlKind.REPAIR:
        n = len(row.urls)
        said = ngettext("Asked the publisher again for %s URL.", "Asked the publisher again for %s URLs.", n)
        return link_to(page, said % count_text(n))
    if row.outcome == CrawlOutcome.NO_PERMISSION:
        return link_to(page, gettext("Not collected: no permission."))
    if row.outcome == CrawlOutcome.FETCH_ERROR and not row.content:
        return link_to(page, gettext("Not collected: nothing could be had from the publisher."))
    values = {
        "urls": count_text(row.content),
        "new": count_text(row.stored),
        "size": size_text(row.bytes),
        "time": duration_text(took(row)),
    }
    return link_to(page, _collected(row) % values)


def _collected(row: Crawl) -> str:
    """The bytes are those of what was new: of an AU that is mostly as it was they are few, and that is no loss."""
    if row.stored == row.content:
        return ngettext(
            "Collected: %(urls)s URL, %(size)s in %(time)s.",
            "Collected: %(urls)s URLs, %(size)s in %(time)s.",
            row.content,
        )
    if not row.stored:
        return ngettext(
            "Collected: %(urls)s URL, not changed, in %(time)s.",
            "Collected: %(urls)s URLs, none new or changed, in %(time)s.",
            row.content,
        )
    return ngettext(
        "Collected: %(urls)s URL, of which %(new)s new or changed (%(size)s), in %(time)s.",
        "Collected: %(urls)s URLs, of which %(new)s new or changed (%(size)s), in %(time)s.",
        row.content,
    )


def _crawl_detail(row: Crawl) -> str:
    if row.outcome != CrawlOutcome.COMPLETE:
        return retold(row.reason) or str(word_of(row).meaning)
    said = []
    if row.dead:
        said.append(
            ngettext("%s link leads nowhere", "%s links lead nowhere", row.dead) % count_text(row.dead)
        )
    if row.failed:
        said.append(gettext("%s failed") % count_text(row.failed))
    return ", ".join(said).capitalize() + "." if said else ""


def _newest_polls(au: Au, edge: dt.datetime, limit: int) -> list[Poll]:
    rows = Poll.objects.filter(au=au).annotate(outvoted=_outvoted()).defer(*UNTOLD)
    return list(_newest(rows, "ended_at", edge, limit))


def _polls(rows: Sequence[Poll]) -> Iterator[Event]:
    turnouts = Turnout.of([row.pk for row in rows])
    for row in rows:
        text, detail = _poll_text(row, turnouts[row.pk])
        yield Event(row.ended_at, _poll_tone(row), text, found_wrong(row.outvoted or 0) or detail)


def _outvoted() -> Subquery:
    """How many URLs a poll found wrong here; None for none."""
    urls = UrlTally.objects.filter(poll=OuterRef("pk"), result__in=OUTVOTED).order_by().values("poll")
    return Subquery(urls.annotate(number=Count("pk")).values("number"))


def found_wrong(urls: int) -> str:
    """What a poll found before its repairs; its agreement is counted after them."""
    said = ngettext(
        "It found %s URL where most voters agreed with each other and not with us; this is after the repairs.",
        "It found %s URLs where most voters agreed with each other and not with us; this is after the repairs.",
        urls,
    )
    return said % count_text(urls) if urls else ""


def _poll_tone(row: Poll) -> Tone:
    return TONES.get(outcome(row), Tone.CARE)


def _unvoted(row: Poll, turnout: Turnout) -> str:
    """Why a poll had no result: what it kept, what a result needs, and who said that it does not hold the AU."""
    cause = (
        retold(row.detail)
        if row.detail not in ("", NOBODY)
        else str(poll_word(row.phase, row.status).meaning)
    )
    if row.status == PollStatus.NO_QUORUM and row.detail in ("", NOBODY):
        cause = ngettext("A result needs %d vote.", "A result needs %d votes.", row.quorum) % row.quorum
    if not turnout.lacking:
        return cause
    said = ngettext(
        "%(n)s of %(all)s peers that were invited does not hold it.",
        "%(n)s of %(all)s peers that were invited do not hold it.",
        turnout.lacking,
    )
    numbers = {"n": count_text(turnout.lacking), "all": count_text(turnout.invited)}
    return f"{cause} {said % numbers}"


def _poll_text(row: Poll, turnout: Turnout) -> tuple[SafeString, str]:
    page, voters = f"/polls/{row.pk}/", turnout.voted
    if row.status != PollStatus.COMPLETE:
        said = ngettext(
            "Poll without a result: %s peer voted.", "Poll without a result: %s peers voted.", voters
        )
        text = said % count_text(voters) if voters else gettext("Poll without a result: nobody voted.")
        return link_to(page, text), _unvoted(row, turnout)
    if outcome(row) is Outcome.UNDECIDED:
        said = ngettext("Poll: no landslide, %s peer voted.", "Poll: no landslide, %s peers voted.", voters)
        return link_to(page, said % count_text(voters)), undecided_sentence(row, turnout)
    agreed = ngettext("Poll: %(share)s with %(peers)s peer.", "Poll: %(share)s with %(peers)s peers.", voters)
    text = agreed % {"share": percent_text(row.agreement or 0, 1), "peers": count_text(voters)}
    wrong = row.disagreed
    if not wrong:
        return link_to(page, text), ""
    detail = ngettext(
        "%s URL where most voters agree with each other and not with us.",
        "%s URLs where most voters agree with each other and not with us.",
        wrong,
    )
    return link_to(page, text), detail % count_text(wrong)


def _repairs(au: Au, edge: dt.datetime, limit: int) -> Iterator[Event]:
    rows = list(
        _newest(
            au.repairs.defer("state", "check_request"),
            "ended_at",
            edge,
            limit,
        )
    )
    for row in named_sources(rows):
        done = row.repair.phase == RepairState.REPAIRED
        yield Event(
            row.repair.ended_at, Tone.SAFE if done else Tone.HARM, *repair_sentence(row.repair, row.source)
        )


_OF_VOTE = ("ended_at", "agreement_hint", "repairs_served", "poller__name", "poller__identity")


def _votes(au: Au, edge: dt.datetime, limit: int) -> Iterator[Event]:
    rows = Vote.objects.filter(GAVE, au=au).select_related("poller").only(*_OF_VOTE)
    for row in _newest(rows, "ended_at", edge, limit):
        said = gettext("Voted in a poll of %s.") % row.poller
        found = vote_sentence(row.agreement_hint, row.repairs_served)
        yield Event(row.ended_at, Tone.IDLE, link_to(f"/polls/votes/{row.pk}/", said), found)


def _checks(au: Au, edge: dt.datetime, limit: int) -> Iterator[Event]:
    tones = {CheckOutcome.GOOD: Tone.SAFE, CheckOutcome.NOT_CHECKABLE: Tone.CARE}
    for row in _newest(FixityCheck.objects.filter(au_key=au.pk), "finished_at", edge, limit):
        yield Event(
            row.finished_at, tones.get(CheckOutcome(row.outcome), Tone.HARM), *check_sentence(row, au.slug)
        )


SOURCES: tuple[Callable[[Au, dt.datetime, int], Iterable[Event]], ...] = (
    _selections,
    _evidence,
    _crawls,
    _repairs,
    _votes,
    _checks,
)


def older_address(at: dt.datetime) -> str:
    return "?" + urlencode({"before": at.isoformat()})
