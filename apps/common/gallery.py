"""Every part of a page once, with invented content: for whoever builds or judges pages."""

import datetime as dt

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from apps.common.choices import JobState
from apps.common.clock import now
from apps.common.lists import Choice, Column, Search, Table, cells, show_list, small_list
from apps.common.models import Job
from apps.common.notices import Notice
from apps.common.pages import Action, Bar, Cell, Empty, Event, Fact, Head, Link, Matrix, Need, Side, Vital
from apps.common.parts import Copy, CopyState, Day, shelf, shelf_label, status_word, toned
from apps.common.words import Tone, Word

DAMAGED = Word("damaged", Tone.HARM, "Damaged", "Some files differ from what most peers hold.")
PRESERVED = Word("preserved", Tone.SAFE, "Preserved", "Three or more copies agreed in their last proof.")
COLLECTING = Word("collecting", Tone.IDLE, "Collecting", "The publisher's pages are being fetched.")
NO_PERMISSION = Word(
    "no-permission", Tone.CARE, "No permission", "The publisher has not said yes where it should."
)
TWO = Word("two-copies", Tone.CARE, "Two copies", "Fewer copies agree than the network wants.")
NODES = ("Alder College", "Birch University", "Cedar State Library", "Dogwood Archive", "Elm", "Fir", "Gum")
JOB_TONES = {
    JobState.WAITING: Tone.IDLE,
    JobState.RUNNING: Tone.IDLE,
    JobState.DONE: Tone.SAFE,
    JobState.FAILED: Tone.HARM,
    JobState.CANCELLED: Tone.CARE,
}
JOBS = Table(
    name="gallery-jobs",
    caption="Jobs",
    columns=(
        Column("kind", "Job", lambda job: cells.text(job.kind, job.subject), sort="kind"),
        Column(
            "state",
            "State",
            lambda job: cells.toned(JOB_TONES[JobState(job.state)], job.get_state_display()),
            sort="state",
        ),
        Column(
            "progress",
            "Progress",
            lambda job: cells.progress(Bar(job.progress_done, job.progress_total, job.progress_note)),
            priority=2,
        ),
        Column(
            "attempts",
            "Attempts",
            lambda job: cells.count(job.attempt),
            sort="attempt",
            numeric=True,
            priority=3,
        ),
        Column(
            "finished",
            "Finished",
            lambda job: cells.age(job.finished_at),
            sort="finished_at",
            priority=2,
            descending_first=True,
        ),
    ),
    filters=(
        Choice("state", "State", "state", JobState.choices),
        Choice("queue", "Queue", "queue", [("default", "default")]),
    ),
    search=Search(("subject", "kind")),
    sort="-finished",
    size=25,
    noun=lambda n: ngettext("job", "jobs", n),
    empty=Empty(
        "No jobs yet", "Long work is listed here as soon as there is some.", Action("Choose content", "#")
    ),
)


@require_safe
def gallery(request: HttpRequest) -> HttpResponse:
    """For system administrators, and for everybody where DEBUG is on."""
    user = request.user
    if not settings.DEBUG and not (user.is_authenticated and user.has_role("system")):
        raise Http404
    return show_list(
        request, table=JOBS, rows=Job.objects.all(), template="common/gallery.html", context=_samples()
    )


def _copies(text: str) -> list[Copy]:
    states = {"a": CopyState.AGREED, "d": CopyState.DIFFERS, "o": CopyState.OLD, "s": CopyState.SELECTED}
    states |= {"b": CopyState.BEFORE, "w": CopyState.WAITS}
    return [Copy(NODES[i % len(NODES)], states[letter]) for i, letter in enumerate(text)]


def _samples() -> dict[str, object]:
    at = now()
    copies = _copies("aaaaads")
    return {
        "head": Head(
            "Volume 31 (2019)",
            "org|lockss|plugin|tidewater|TidewaterPlugin&base_url~…&volume_name~31",
            code=True,
            trail=(Link("Tidewater Press", "#"), Link("Journal of Estuarine Studies", "#")),
            actions=(
                Action("Open as collected", "#"),
                Action("Crawl now", "#", post=True),
                Action("Call a poll", "#", primary=True),
            ),
        ),
        "vitals": [
            Vital(shelf(copies, large=True), shelf_label([copy.state for copy in copies]), "#"),
            Vital("99.8 %", "of 1,204 URLs agree with the landslide", "#"),
            Vital("2.1 GB", "in 3 WARC files, 1,219 versions", "#"),
            Vital("2 h", "since the last proof; next within 9 days"),
        ],
        "needs": _needs(),
        "days": [
            Day(at.date() - dt.timedelta(days=29 - i), 40 + (i * 37) % 60, 3 if i == 23 else 0)
            for i in range(30)
        ],
        "events": _events(at),
        "facts": [
            Fact("Machine", format_html("{} LOCKSS statement, 21 Nov 2026", toned(Tone.SAFE, "Found"))),
            Fact("Written", format_html("{} Tidewater agreement, to 2031", toned(Tone.SAFE, "Signed"))),
            Fact(
                "Rights",
                "collect, preserve, serve own readers, share repairs",
                "What the agreement says, word by word.",
            ),
            Fact("Evidence", format_html('<a href="#">{}</a>', "the page as it stood")),
        ],
        "matrix": _matrix(),
        "sides": [
            Side("Here", [("HTTP/1.1 200 OK", False), ("9f2c 41ab 77d0", True), ("1,204 bytes", False)]),
            Side("5 peers", [("HTTP/1.1 200 OK", False), ("c01d 77e0 12f4", True), ("1,204 bytes", False)]),
        ],
        "recent": _recent(),
        "empty": Empty(
            "No titles yet",
            "Titles come from a title list. Import one, and choose what this node preserves.",
            Action("Import a title list", "#"),
        ),
        "sample_notices": [
            Notice(
                "Journal of Estuarine Studies, volume 31 is selected. It is collected as soon as permission is found.",
                undo="#",
            ),
            Notice("The repair was refused by two peers: neither has proved its own copy yet.", Tone.HARM),
        ],
        "help_text": "A landslide is a poll in which three quarters of the voters agree on a file.",
    }


def _needs() -> list[Need]:
    look, decide = Action("Look", "#"), Action("Decide", "#")
    return [
        Need(
            status_word(DAMAGED),
            "Journal of Estuarine Studies, volume 31",
            "#",
            "2 of 1,204 files differ from what 5 peers hold. A repair was refused: no peer has proved its copy yet.",
            look,
        ),
        Need(
            status_word(NO_PERMISSION),
            "Northern Letters, 2024 and 2025",
            "#",
            "The page that should carry the statement answers 404 since 12 November. Nothing was deleted.",
            look,
        ),
        Need(
            toned(Tone.CARE, "Ambiguous"),
            "Holdings upload of 18 November",
            "#",
            "37 of 2,140 lines match more than one title.",
            decide,
        ),
    ]


def _events(at: dt.datetime) -> list[Event]:
    return [
        Event(at, Tone.HARM, "Poll found 2 URLs where 5 of 6 voters agree with each other and not with us."),
        Event(
            at - dt.timedelta(hours=7),
            Tone.CARE,
            "Scrub read /31/2/fulltext.pdf: its digest changed since it was stored.",
        ),
        Event(at - dt.timedelta(days=80), Tone.SAFE, "Poll: 100 % with 6 peers."),
        Event(
            at - dt.timedelta(days=2400),
            Tone.SAFE,
            "Collected: 1,204 URLs, 2.1 GB in 3 h 20 min.",
            "Permission found at the manifest page.",
        ),
        Event(
            at - dt.timedelta(days=2401),
            Tone.IDLE,
            "Selected by a librarian from title list “Riverside 2020-1”.",
        ),
    ]


def _matrix() -> Matrix:
    names = [name.split()[0] for name in NODES]
    tones = (Tone.SAFE, Tone.SAFE, Tone.CARE, Tone.SAFE, Tone.IDLE, Tone.HARM, Tone.SAFE)
    rows = [
        (
            name,
            [
                Cell(None) if i == j else Cell(tones[(i * 3 + j) % 7], f"{name} of {names[j]}'s copies", "#")
                for j in range(len(names))
            ],
        )
        for i, name in enumerate(names)
    ]
    return Matrix("Who agrees with whom", [name[:2] for name in names], rows)


def _recent():
    at = now()
    rows = [
        (
            "Journal of Estuarine Studies, volume 31",
            "Tidewater Press · ISSN 1234-5679",
            DAMAGED,
            "aaaaads",
            1204,
            2_100_000_000,
            at - dt.timedelta(hours=2),
        ),
        (
            "Annals of Reed Ecology, 2025",
            "Marsh & Sons",
            COLLECTING,
            "sssssss",
            318,
            410_000_000,
            Bar(62, 100, "", 2400),
        ),
        (
            "Annals of Reed Ecology, 2024",
            "Marsh & Sons",
            PRESERVED,
            "a" * 40 + "oosd",
            1377,
            1_800_000_000,
            at - dt.timedelta(hours=26),
        ),
        (
            "Bulletin of Ferry Engineering, volume 8",
            "Harbour Institute",
            TWO,
            "aaossss",
            96,
            88_000_000,
            at - dt.timedelta(days=61),
        ),
    ]
    return small_list(
        "recent",
        "Recently changed",
        (
            Column("unit", "Archival unit", lambda row: cells.link(row[0], "#", row[1])),
            Column("status", "Status", lambda row: cells.status(row[2])),
            Column("copies", "Copies", lambda row: cells.shelf(_copies(row[3]))),
            Column("files", "Files", lambda row: cells.count(row[4]), numeric=True, priority=3),
            Column("size", "Size", lambda row: cells.size(row[5]), numeric=True, priority=2),
            Column(
                "proof",
                "Last proof",
                lambda row: cells.progress(row[6]) if isinstance(row[6], Bar) else cells.age(row[6]),
                priority=2,
            ),
        ),
        rows,
    )
