"""The parts of the node's own page."""

from collections.abc import Mapping

from django.conf import settings
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from apps.common.choices import JobState
from apps.common.clock import now
from apps.common.display import age, count_text, duration_text, percent_text, seconds_text, size_text
from apps.common.lists import Cell, Column, Page, cells, small_list
from apps.common.models import Finding, Job
from apps.common.pages import Empty, Fact, Link, Vital
from apps.common.parts import toned
from apps.common.words import Tone
from apps.crawls.choices import CrawlState
from apps.crawls.models import Crawl
from apps.nodes import machine
from apps.nodes.alert_rules import SCHEDULER, scheduler_silence
from apps.nodes.alert_ways import posted_to
from apps.nodes.choices import AuWord, Tally, word_key
from apps.nodes.models import Count
from apps.nodes.words import AU_WORDS, GONE, HANGS, LIVES, STOPPED_PROCESS
from apps.nodes.work import DUE
from apps.permissions.choices import Policy
from apps.polls.models import Poll, Vote

# A scan that is this many intervals late means that no worker or no beat runs.
LATE = 5


def _content(numbers: Mapping[str, int]) -> str:
    """Of what is collected; what was deactivated takes room as well, but is not behind the number."""
    urls, kept = numbers.get(Tally.URLS, 0), numbers.get(Tally.SIZE_KEPT, 0)
    said = ngettext("of content, in %s URL", "of content, in %s URLs", urls) % count_text(urls)
    return said + (gettext("; of deactivated units %s are kept") % size_text(kept) if kept else "")


def vitals(numbers: Mapping[str, int]) -> list[Vital]:
    running = Job.objects.filter(state=JobState.RUNNING).count()
    waiting = Job.objects.filter(DUE).count()
    crawls = Crawl.objects.exclude(state=CrawlState.DONE).count()
    polls = Poll.objects.filter(ended_at__isnull=True).count()
    votes = Vote.objects.filter(next_tick_at__isnull=False).count()
    findings = Finding.objects.filter(resolved_at=None).count()
    return [
        Vital(
            size_text(numbers.get(Tally.SIZE, 0)),
            _content(numbers),
            "/aus/?rung=collected&sort=-size",
        ),
        Vital(
            count_text(running + waiting),
            gettext("jobs:"),
            parts=[
                Link(gettext("running %s") % count_text(running), "/jobs/?state=running"),
                Link(gettext("waiting for a worker %s") % count_text(waiting), "/jobs/?due=yes"),
            ],
        ),
        Vital(
            count_text(crawls + polls + votes),
            gettext("open:"),
            parts=[
                Link(gettext("crawls %s") % count_text(crawls), "/crawls/?open=yes"),
                Link(gettext("polls %s") % count_text(polls), "/polls/?open=yes"),
                Link(gettext("votes for others %s") % count_text(votes), "/polls/votes/?open=yes"),
            ],
        ),
        Vital(
            count_text(findings),
            _open_findings(findings),
            "/findings/?open=yes",
        ),
    ]


def _open_findings(number: int) -> str:
    """How many of them wait for somebody who looks at them."""
    unseen = Finding.objects.filter(resolved_at=None, seen_at=None).count()
    said = ngettext("finding is open", "findings are open", number)
    return f"{said}; " + ngettext("%s not seen yet", "%s not seen yet", unseen) % count_text(unseen)


def words_list(numbers: Mapping[str, int]) -> Page:
    """How many AUs have each word; words that nobody has are left out."""
    rows = [(word, numbers.get(word_key(word), 0)) for word in AuWord]
    return small_list(
        "words",
        gettext("Archival units by status"),
        (
            Column("word", _("Status"), lambda row: cells.status(AU_WORDS[row[0]])),
            Column(
                "count",
                _("Archival units"),
                lambda row: cells.count(row[1], f"/aus/?state={row[0]}"),
                numeric=True,
            ),
        ),
        [row for row in rows if row[1]],
        empty=Empty(gettext("None yet"), gettext("As soon as something is chosen, it is counted here.")),
    )


def _life(one: machine.Process) -> Cell:
    if one.stopped:
        return cells.status(STOPPED_PROCESS)
    if not one.alive:
        return cells.status(GONE)
    if one.name == SCHEDULER and scheduler_silence():
        return cells.status(HANGS)
    return cells.status(LIVES)


def processes_list() -> Page:
    return small_list(
        "processes",
        gettext("Processes"),
        (
            Column("name", _("Process"), lambda one: one.name),
            Column(
                "state",
                _("State"),
                _life,
            ),
            Column("memory", _("Memory"), lambda one: cells.size(one.memory), numeric=True, priority=2),
            Column("pid", _("Number"), lambda one: cells.text(one.pid), numeric=True, priority=3),
        ),
        machine.processes(),
        empty=Empty(
            gettext("Run by something else"),
            gettext("No supervisor of this node wrote its processes down: they are services of their own."),
        ),
    )


def engine_facts() -> list[Fact]:
    facts = []
    for engine in machine.engines():
        where = gettext("embedded") if engine.embedded else gettext("by its address")
        if not engine.works:
            facts.append(Fact(engine.name, toned(Tone.HARM, gettext("does not answer"))))
            continue
        size = "" if engine.size is None else size_text(engine.size)
        facts.append(Fact(engine.name, ", ".join(part for part in (engine.version, where, size) if part)))
    return [*facts, Fact(gettext("Last scan"), *_scan())]


def _scan():
    """When the scanner looked last: the sign that beat and a worker live."""
    last = Count.objects.filter(pk=Tally.SCANNED).first()
    if last is None:
        return gettext("never"), gettext("Counts appear after the first one.")
    late = (now() - last.at).total_seconds() > LATE * settings.NODE.scan_status + 60
    shown = format_html("{} {}", toned(Tone.HARM, gettext("late")), age(last.at)) if late else age(last.at)
    n = last.value
    return shown, ngettext(
        "%s archival unit was looked at.", "%s archival units were looked at.", n
    ) % count_text(n)


def version_facts() -> list[Fact]:
    return [Fact(name, version) for name, version in machine.versions().items()]


def setting_facts() -> list[Fact]:
    """The settings that decide what this node does; all are told in docs/operation.md."""
    node = settings.NODE
    yes, no = gettext("yes"), gettext("no")
    return [
        Fact(gettext("Portal"), node.public_url),
        Fact(gettext("Content host"), node.content_url),
        Fact(gettext("Time zone"), node.time_zone),
        Fact(gettext("Permission"), str(Policy(node.permission_policy).label)),
        Fact(gettext("Pause between requests"), seconds_text(node.crawl_fetch_floor_ms / 1000)),
        Fact(gettext("Collected anew after"), duration_text(node.crawl_interval)),
        Fact(gettext("Quota of the store"), node.content_quota or gettext("none but its disk")),
        Fact(gettext("Crawls at once"), count_text(node.crawl_parallel)),
        Fact(gettext("Proved every"), duration_text(node.poll_interval)),
        Fact(gettext("Quorum"), ngettext("%d vote", "%d votes", node.poll_quorum) % node.poll_quorum),
        Fact(gettext("Landslide"), percent_text(node.poll_vote_margin, 100)),
        Fact(gettext("Calls polls"), yes if node.poll_enabled else no),
        Fact(gettext("Votes for others"), yes if node.vote_enabled else no),
        Fact(gettext("Speaks TLS"), f"{node.lcap_tls_minimum}+" if node.lcap_tls else no),
        Fact(gettext("Stored bytes read again"), duration_text(node.fixity_interval)),
        Fact(
            gettext("Alerts"),
            posted_to(),
            gettext(
                "webhook_url in the node's settings (node.toml) says where to, webhook_severity how grave ones."
            ),
        ),
    ]
