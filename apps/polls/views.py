"""Polls that this node called, its votes in the polls of others, and what was repaired."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_safe

from apps.accounts.access import role_required
from apps.common.display import count_text, duration_text, moment, moment_text, percent_text, size_text
from apps.common.htmx import for_htmx
from apps.common.lists import show_list
from apps.common.pages import Action, Bar, Fact, Head, Link, Vital
from apps.common.parts import status_word
from apps.common.stored import retold
from apps.lockss.lcap.poll_codes import HAS_VOTED
from apps.lockss.lcap.verdict import UrlResult
from apps.polls import detail
from apps.polls.choices import PollState, RepairState
from apps.polls.filtered import filtered_sentence
from apps.polls.lists import POLLS, REPAIRED, VOTES, dispute_of
from apps.polls.models import Poll, Repair, Vote
from apps.polls.outcome import Outcome, Turnout, outcome, undecided_sentence, wrong_urls
from apps.polls.words import VARIANTS, poll_word, vote_word

LIST = "nodes/list_page.html"


@require_safe
@role_required()
def polls(request: HttpRequest) -> HttpResponse:
    head = Head(
        gettext("Polls"),
        gettext("In a poll, other nodes hash their copies and this node compares. Most copies are right."),
        actions=[
            Action(gettext("Repairs"), "/repairs/"),
            Action(gettext("Our votes for others"), "/polls/votes/"),
        ],
    )
    rows = Poll.objects.select_related("au").defer("state", "hash_request", "tally_request")
    return show_list(request, table=POLLS, rows=rows, template=LIST, context={"head": head})


@require_safe
@role_required()
def votes(request: HttpRequest) -> HttpResponse:
    head = Head(
        gettext("Our votes for others"),
        gettext("Polls that peers called, and what they found about our copy."),
        trail=[Link(gettext("Polls"), "/polls/")],
    )
    rows = Vote.objects.select_related("au", "poller").defer("state", "hash_request")
    return show_list(request, table=VOTES, rows=rows, template=LIST, context={"head": head})


@require_safe
@role_required()
@for_htmx({"poll-now": "polls/now.html"})
def poll(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Poll.objects.select_related("au"), pk=pk)
    voters = list(row.participants.select_related("peer"))
    context = {
        "poll": row,
        "head": Head(
            gettext("Poll of %s") % moment_text(row.created_at),
            detail.key_line(row.key),
            trail=[Link(gettext("Polls"), "/polls/"), Link(row.au.name, f"/aus/{row.au.slug}/")],
        ),
        "vitals": _vitals(row, voters),
        "facts": _facts(row),
        "bar": _bar(row, voters),
        "voters": detail.voters_list(voters),
        "repairs": detail.repairs_list(row),
        "repaired": row.repairs.filter(phase=RepairState.REPAIRED).exists(),
        "filtered": filtered_sentence(row.au),
        "matrix": detail.matrix(row, voters),
    }
    tallies = row.url_tallies.select_related("poll__au").defer(
        "poll__state", "poll__hash_request", "poll__tally_request"
    )
    table = dispute_of(row, Turnout.among(voters))
    return show_list(request, table=table, rows=tallies, template="polls/poll.html", context=context)


def _vitals(row: Poll, voters: list) -> list[Vital]:
    voted = sum(one.status in HAS_VOTED for one in voters)
    listed = row.disagreed + row.too_close + row.no_quorum
    # Without a result none is proved, and no list tells of single ones.
    wrong = row.urls if _without_result(row) else listed
    repaired = row.repairs.filter(phase=RepairState.REPAIRED).count()
    wanted = row.repairs.count()
    return [
        _result_vital(row, voters, voted, repaired=repaired > 0),
        Vital(
            gettext("%(voted)d of %(invited)d") % {"voted": voted, "invited": len(voters)},
            gettext("voted; a result needs %d") % row.quorum,
        ),
        Vital(
            count_text(wrong),
            ngettext("URL was not proved by this poll", "URLs were not proved by this poll", wrong),
            f"/polls/{row.pk}/?result={_unsettled(row)}" if listed and not _without_result(row) else "",
        ),
        Vital(
            count_text(repaired),
            ngettext("repaired, of %s that was wanted", "repaired, of %s that were wanted", wanted)
            % count_text(wanted),
            f"/repairs/?poll={row.pk}",
        ),
    ]


def _without_result(row: Poll) -> bool:
    return row.phase == PollState.DONE and row.agreement is None


def _result_vital(row: Poll, voters: list, voted: int, *, repaired: bool) -> Vital:
    if _without_result(row):
        told = {"voted": count_text(voted), "invited": count_text(len(voters))}
        return Vital(gettext("no result"), gettext("%(voted)s of %(invited)s voted") % told)
    if row.agreement is None:
        said = ngettext("of %s URL; not counted yet", "of %s URLs; not counted yet", row.urls)
        return Vital("–", said % count_text(row.urls))
    if row.phase == PollState.DONE and outcome(row) is Outcome.UNDECIDED:
        once_wrong = row.url_tallies.filter(wrong_urls()).exists()
        return Vital(
            gettext("no landslide"), undecided_sentence(row, Turnout.among(voters), repaired=once_wrong)
        )
    return Vital(percent_text(row.agreement, 1), _held(row, repaired=repaired) % count_text(row.urls))


def _held(row: Poll, *, repaired: bool) -> str:
    """A poll's agreement is counted when it ends."""
    if repaired:
        return ngettext(
            "of %s URL is what most voters hold, after the repairs",
            "of %s URLs are what most voters hold, after the repairs",
            row.urls,
        )
    return ngettext("of %s URL is what most voters hold", "of %s URLs are what most voters hold", row.urls)


def _unsettled(row: Poll) -> str:
    """The result by which the list below is narrowed: the worst there is."""
    if row.disagreed:
        return UrlResult.LOST
    return UrlResult.TOO_CLOSE if row.too_close else UrlResult.NO_QUORUM


def _bar(row: Poll, voters: list) -> Bar | None:
    """While it runs: votes that came, of those who may still vote."""
    if row.phase == PollState.DONE:
        return None
    voted = sum(one.status in HAS_VOTED for one in voters)
    said = ngettext(
        "%(voted)d of %(invited)d peer has voted", "%(voted)d of %(invited)d peers have voted", len(voters)
    )
    note = said % {"voted": voted, "invited": len(voters)}
    return Bar(voted, len(voters) or None, note)


def _facts(row: Poll) -> list[Fact]:
    facts = [
        Fact(gettext("State"), status_word(poll_word(row.phase, row.status))),
        Fact(gettext("Kind"), VARIANTS.get(row.variant, row.variant)),
        Fact(gettext("Called"), moment(row.created_at)),
        Fact(gettext("Votes until"), moment(row.vote_deadline_at)),
        Fact(gettext("Ends at the latest"), moment(row.poll_deadline_at)),
        Fact(gettext("Ended"), moment(row.ended_at)),
        Fact(
            gettext("Hashed here"),
            f"{size_text(row.hashed_bytes)}, {duration_text(row.hash_ms / 1000)}"
            if row.hashed_bytes
            else "–",
        ),
    ]
    if row.detail:
        facts.insert(1, Fact(gettext("Why"), retold(row.detail)))
    return facts


@require_safe
@role_required()
def vote(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Vote.objects.select_related("au", "poller"), pk=pk)
    return detail.vote_page(request, row, status_word(vote_word(row.status)))


@require_safe
@role_required()
def repairs(request: HttpRequest) -> HttpResponse:
    head = Head(
        gettext("Repairs"),
        gettext(
            "What polls found wrong here and where the good copy came from. Damaged versions are kept. “Was” tells what was found here: other bytes by their SHA-256, or that the recorded ones were missing or hashed otherwise."
        ),
        trail=[Link(gettext("Polls"), "/polls/")],
    )
    rows = Repair.objects.select_related("au").defer("state", "check_request")
    return show_list(request, table=REPAIRED, rows=rows, template=LIST, context={"head": head})


@require_safe
@role_required()
def repair(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Repair.objects.select_related("au", "poll"), pk=pk)
    return detail.repair_page(request, row)
