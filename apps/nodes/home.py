"""The parts of the first page: what is safe, what needs a person, what happened, what is going on."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from django.conf import settings
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext

from apps.common.choices import JobState
from apps.common.clock import now
from apps.common.display import age_text, count_text, duration_text, percent_text, size_text
from apps.common.lists import Page, small_list
from apps.common.models import Job
from apps.common.pages import Empty, Event, Vital
from apps.common.parts import Copy, CopyState, Day
from apps.common.stored import retold
from apps.common.text import shortened
from apps.common.words import Tone
from apps.crawls.choices import CrawlKind, CrawlState
from apps.crawls.models import Crawl
from apps.crawls.words import word_of
from apps.nodes.choices import MOSTLY, AuWord, Tally, word_key
from apps.nodes.lists import COPIES, PROOF, SHOWN, SIZE, STATE, UNIT, URLS, Rung, prepare
from apps.nodes.machine import disk
from apps.nodes.models import AuStatus, PairStatus, PollDay
from apps.nodes.services.counting import DAYS
from apps.nodes.work import JobRow, job_rows
from apps.peers.models import Peer
from apps.peers.words import LATELY
from apps.polls.choices import RepairState
from apps.polls.models import Poll, Repair
from apps.polls.outcome import Outcome, outcome

MOST_JOBS = 6
MOST_EVENTS = 6
MOST_ROWS = 5
MOST_NODES = 40


def vitals(numbers: Mapping[str, int]) -> list[Vital]:
    chosen = numbers.get(Tally.AUS, 0)
    preserved = ngettext(
        "preserved: %(n)s or more copies agree",
        "preserved: %(n)s or more copies agree",
        settings.NODE.poll_quorum + 1,
    )
    collected = ngettext("of %s archival unit is collected", "of %s archival units are collected", chosen)
    return [
        Vital(
            count_text(numbers.get(Tally.PRESERVED, 0)),
            preserved % {"n": count_text(settings.NODE.poll_quorum + 1)},
            f"/aus/?rung={Rung.PRESERVED}",
        ),
        Vital(
            count_text(numbers.get(Tally.COLLECTED, 0)),
            collected % count_text(chosen),
            f"/aus/?rung={Rung.COLLECTED}",
        ),
        _proof(numbers),
        _disk(numbers),
    ]


def _proof(numbers: Mapping[str, int]) -> Vital:
    median = numbers.get(Tally.MEDIAN_PROOF, 0)
    page = "/aus/?sort=proof"
    if not median:
        return Vital("–", gettext("nothing has been proved by a poll yet"), page)
    oldest = dt.datetime.fromtimestamp(numbers.get(Tally.OLDEST_PROOF, 0) or median, tz=dt.UTC)
    said = gettext("old is the median proof; the oldest was made %s") % age_text(oldest)
    return Vital(duration_text(now().timestamp() - median), said, page)


def _disk(numbers: Mapping[str, int]) -> Vital:
    space = disk(settings.NODE.content_dir)
    if space is None:
        return Vital("–", gettext("the content folder cannot be read"), "/node/")
    content = gettext("of the disk is used; %(free)s are free, %(content)s are content")
    said = content % {"free": size_text(space.free), "content": size_text(numbers.get(Tally.SIZE, 0))}
    if kept := numbers.get(Tally.SIZE_KEPT, 0):
        said += gettext("; of deactivated units %s are kept") % size_text(kept)
    return Vital(percent_text(space.used, space.total), said, "/node/")


def summary_line(numbers: Mapping[str, int], needs: int, own: int) -> str:
    """One sentence under the title: whether somebody has to do something, and how much of it the reader can do."""
    if not needs:
        return gettext("Everything that this library chose is being looked after. Nothing needs a person.")
    said = ngettext("%s thing needs a person", "%s things need a person", needs) % count_text(needs)
    if own != needs:
        can = ngettext("you can act on %s of them", "you can act on %s of them", own) % count_text(own)
        said = ", ".join([said, can if own else gettext("nothing that you can act on")])
    chosen, held = numbers[Tally.AUS], numbers.get(Tally.CARE, 0)
    if not held:
        return f"{said}; " + gettext("everything that this library chose is being looked after.")
    if held >= chosen:
        # Not everything that needs a person is about archival units.
        every = ngettext(
            "the %s archival unit that this library chose waits for somebody.",
            "each of the %s archival units that this library chose waits for somebody.",
            chosen,
        )
        return f"{said}; {every % count_text(chosen)}"
    some = ngettext(
        "%(held)s of the %(chosen)s archival units that this library chose waits for it, all others are being looked after.",
        "%(held)s of the %(chosen)s archival units that this library chose wait for it, all others are being looked after.",
        held,
    )
    return f"{said}; {some % {'held': count_text(held), 'chosen': count_text(chosen)}}"


def care_list(above: Iterable[str] = ()) -> Page:
    """The AUs that need care most; ``above``: pages of AUs that the first page names already."""
    slugs = [page.split("/")[2] for page in above if page.startswith("/aus/") and page.count("/") == 3]
    rows = AuStatus.objects.filter(care__gt=0).exclude(au__slug__in=slugs)
    rows = rows.select_related("au__publisher").only(*SHOWN).order_by("-care", "au_id")
    return _au_list(
        "care", gettext("Needing care"), list(rows[:MOST_ROWS]), gettext("Every archival unit is well.")
    )


def changed_list() -> Page:
    """The AUs whose word changed last."""
    rows = AuStatus.objects.select_related("au__publisher").only(*SHOWN).order_by("-changed_at", "-au_id")
    return _au_list(
        "changed", gettext("Recently changed"), list(rows[:MOST_ROWS]), gettext("Nothing is chosen yet.")
    )


def _au_list(name: str, caption: str, rows: list[AuStatus], empty: str) -> Page:
    return small_list(
        name,
        caption,
        (UNIT, STATE, COPIES, URLS, SIZE, PROOF),
        prepare(rows),
        empty=Empty(empty, gettext("A collection librarian chooses what is kept, from the title lists.")),
    )


def running_jobs(user) -> list[JobRow]:
    return job_rows(user, list(Job.objects.filter(state=JobState.RUNNING).order_by("-id")[:MOST_JOBS]))


def waiting_jobs() -> int:
    return Job.objects.filter(state=JobState.WAITING, run_after__lte=now()).count()


def poll_days() -> list[PollDay]:
    return list(PollDay.objects.filter(day__gt=timezone.localdate(now()) - dt.timedelta(days=DAYS)))


def days(polls: Sequence[PollDay]) -> list[Day]:
    """Polls of the last days, the oldest first; days of which nothing is known are empty."""
    today = timezone.localdate(now())
    known = {row.day: row for row in polls}
    found = []
    for n in range(DAYS):
        day = today - dt.timedelta(days=DAYS - 1 - n)
        row = known.get(day)
        if row is None:
            found.append(Day(day, 0))
            continue
        wrong, left = row.damaged + row.differed, row.undecided + row.failed
        found.append(Day(day, row.agreed - row.damaged, wrong, left))
    return found


def days_sentence(rows: Sequence[PollDay]) -> str:
    agreed = sum(row.agreed for row in rows)
    damaged = sum(row.damaged for row in rows)
    differed = sum(row.differed for row in rows)
    failed = sum(row.failed for row in rows)
    undecided = sum(row.undecided for row in rows)
    if not agreed + differed + undecided + failed:
        return gettext("No poll has ended in these days.")
    said = [ngettext("%s poll agreed", "%s polls agreed", agreed) % count_text(agreed)]
    if damaged:
        phrase = ngettext("%s of them after a repair", "%s of them after a repair", damaged)
        said.append(phrase % count_text(damaged))
    if differed:
        said.append(
            ngettext("%s found what stayed wrong", "%s found what stayed wrong", differed)
            % count_text(differed)
        )
    if undecided:
        said.append(
            ngettext(
                "%s found no landslide about some URLs and nothing wrong here",
                "%s found no landslide about some URLs and nothing wrong here",
                undecided,
            )
            % count_text(undecided)
        )
    if failed:
        said.append(ngettext("%s had no result", "%s had no result", failed) % count_text(failed))
    return ", ".join(said) + "."


def events() -> list[Event]:
    """What happened last, over all AUs."""
    found = [*_poll_events(), *_crawl_events(), *_repair_events()]
    return sorted(found, key=lambda event: event.at, reverse=True)[:MOST_EVENTS]


def _poll_events() -> list[Event]:
    rows = Poll.objects.filter(ended_at__isnull=False).select_related("au").order_by("-ended_at")
    found = []
    for row in rows.only("id", "ended_at", "status", "agreement", "disagreed", "au__name")[:MOST_EVENTS]:
        match outcome(row):
            case Outcome.NO_RESULT:
                tone, said = Tone.CARE, gettext("Poll without a result on {}.")
            case Outcome.AGREED:
                tone, said = Tone.SAFE, gettext("{} was proved.")
            case Outcome.UNDECIDED:
                tone, said = Tone.CARE, gettext("A poll on {} had no landslide about some URLs.")
            case _:
                tone, said = Tone.HARM, gettext("A poll found that {} differs.")
        found.append(Event(row.ended_at, tone, _about(said, f"/polls/{row.pk}/", row.au.name)))
    return found


_OF_CRAWL = ("state", "outcome", "reason", "finished_at", "stored", "content", "failed", "au__name")


def _crawl_events() -> list[Event]:
    rows = Crawl.objects.filter(state=CrawlState.DONE, kind=CrawlKind.NEW_CONTENT).select_related("au")
    found = []
    for row in rows.only(*_OF_CRAWL).order_by("-id")[:MOST_EVENTS]:
        word = word_of(row)
        if word.tone == Tone.SAFE:
            said, detail = (
                gettext("{} was collected."),
                ngettext("%s new or changed.", "%s new or changed.", row.stored) % count_text(row.stored),
            )
        else:
            said = (
                gettext("{} was not collected wholly.") if row.content else gettext("{} was not collected.")
            )
            detail = retold(row.reason)
        found.append(
            Event(row.finished_at, word.tone, _about(said, f"/crawls/{row.pk}/", row.au.name), detail)
        )
    return found


def _repair_events() -> list[Event]:
    rows = Repair.objects.filter(phase__in=(RepairState.REPAIRED, RepairState.FAILED)).select_related("au")
    found = []
    for row in rows.only("phase", "ended_at", "updated_at", "au__name").order_by("-id")[:MOST_EVENTS]:
        done = row.phase == RepairState.REPAIRED
        said = gettext("A URL of {} was repaired.") if done else gettext("A URL of {} could not be repaired.")
        tone = Tone.SAFE if done else Tone.HARM
        found.append(
            Event(row.ended_at or row.updated_at, tone, _about(said, f"/repairs/{row.pk}/", row.au.name))
        )
    return found


def _about(said: str, page: str, name: str):
    return format_html(said, format_html('<a href="{}">{}</a>', page, shortened(name)))


def node_copies(numbers: Mapping[str, int]) -> list[Copy]:
    """One spine a node, ours first: whether what was compared with it agrees, mostly; see ``choices.MOSTLY``.

    Ours is red only for what is wrong here. What votes left open is no damage of ours, and agrees with us where
    another copy is equal to it.
    """
    proved = numbers.get(word_key(AuWord.PROVED), 0)
    wrong = sum(numbers.get(word_key(word), 0) for word in (AuWord.DAMAGED, AuWord.DIFFERS, AuWord.REPAIRING))
    left_open = numbers.get(word_key(AuWord.UNSETTLED), 0)
    equal = proved + numbers.get(Tally.OPEN_EQUAL, 0)
    ours = CopyState.AGREED if equal >= MOSTLY * (proved + wrong + left_open) else CopyState.OLD
    if wrong and proved + left_open < MOSTLY * (proved + wrong + left_open):
        ours = CopyState.DIFFERS
    if not equal + wrong:
        ours = CopyState.SELECTED
    pairs = {row.second_id: row for row in PairStatus.objects.filter(first=None)}
    peers = Peer.objects.filter(enabled=True).only("name", "identity", "last_message_at")
    peers = peers.order_by("name", "id")[: MOST_NODES - 1]
    return [
        Copy(settings.NODE.name, ours),
        *(Copy(str(peer), node_state(peer, pairs.get(peer.pk))) for peer in peers),
    ]


def node_state(peer: Peer, pair: PairStatus | None) -> CopyState:
    if pair is None or not pair.aus:
        return CopyState.SELECTED
    if peer.last_message_at is None or now() - peer.last_message_at > LATELY:
        return CopyState.OLD
    return CopyState.AGREED if pair.agreeing >= MOSTLY * pair.aus else CopyState.DIFFERS
