"""What an alert says: its sentence, why it matters, what to do next; made from its raw values in the reader's language."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.common.display import count_text, duration_text, size_text
from apps.common.stored import in_english, retold
from apps.common.words import Tone, Word
from apps.nodes.choices_alerts import AlertKind, Weight


@dataclass(frozen=True, slots=True)
class Said:
    """``sentence`` with the places of its values; ``cause`` and ``next_step`` stand on the alert's page."""

    sentence: str | Promise
    cause: str | Promise
    next_step: str | Promise


SAID: dict[str, Said] = {
    AlertKind.PROCESS: Said(
        _("The process %(name)s has ended and was not started again."),
        _(
            "It failed at its start, or the computer ran out of memory. What it was doing goes on when it runs again."
        ),
        _("Read the end of its log file, then start the node again."),
    ),
    AlertKind.BROKER: Said(
        _("The broker does not answer: no work is handed out."),
        _(
            "Its process is gone, or the address in the settings cannot be reached. No work is lost: it lies in the database."
        ),
        _("Start the broker, or look at broker_url. What waits is begun by itself then."),
    ),
    AlertKind.DISK: Said(
        _("Of the disk with %(what)s, %(free)s of %(total)s are free."),
        _(
            "Content grows with each collection. The fuller the disk, the more of its work the node puts off: first what is new, then collecting, last repairs."
        ),
        _("Make room or add a disk. Nothing is deleted by the node itself."),
    ),
    AlertKind.QUEUE: Said(
        _(
            "In the queue %(name)s nothing was begun for long. Jobs that wait: %(n)s, the oldest due for %(age)s."
        ),
        _("No worker serves this queue, or all of them hang."),
        _("Look at the processes and at the worker's log file; start the node again if the worker is gone."),
    ),
    AlertKind.CERTIFICATE: Said(
        _("The certificate of %(name)s ends on %(day)s."),
        _("With a certificate that has ended, other nodes refuse to talk: no polls, no repairs."),
        _("Make or get a new certificate and hand it over to all peers before that day."),
    ),
    AlertKind.PEER: Said(
        _("%(name)s has been silent for %(age)s."),
        _(
            "It is switched off, cannot be reached, or has locked this node out. Each node that is missing makes it harder to reach a quorum."
        ),
        _("Ask its people. If it has left the network, disable it."),
    ),
    AlertKind.UNPROVED: Said(
        _("Archival units that nobody has proved for more than %(age)s: %(n)s."),
        _(
            "Polls are not called, or too few nodes vote. Nothing is known to be wrong with the content; nobody has compared it."
        ),
        _("Look whether peers answer and whether the poll queue is worked off."),
    ),
    AlertKind.BACKUP: Said(
        _("The last backup is %(age)s old."),
        _("The backup did not run, or failed before its end."),
        _("Run it by hand and read what it says."),
    ),
    AlertKind.CLOCK: Said(
        _("This computer's clock differs by %(offset)s from %(name)s."),
        _("Deadlines of polls and the validity of certificates depend on it."),
        _("Set the clock, and let a time service keep it (chrony)."),
    ),
    AlertKind.AUDIT: Said(
        _("The audit record is not what it was when it was sealed: %(name)s."),
        _(
            "Somebody changed or removed events behind the node's back, or the database was brought back from a backup."
        ),
        _(
            "Run verify_audit on the node: it says what is wrong, and how a database that was brought back from a backup "
            "is accepted. If nobody did that, find out who had access to the database."
        ),
    ),
    AlertKind.DAMAGE: Said(
        _("%(name)s is damaged, and no good copy is known."),
        _(
            "No peer is known to hold it as it was, and its publisher does not give it. What is readable is kept as it is."
        ),
        _("Ask other libraries for a copy, or the publisher. Do not delete what is here."),
    ),
}
READ_ONLY = Said(
    _("The disk with %(what)s takes no data since a write to it failed: %(cause)s."),
    _(
        "It is full, over a quota, failing, or was mounted read-only by the system. What it holds is still compared, checked and served; collections and repairs wait."
    ),
    _(
        "Read what the system says of the disk. The node tries a write every few minutes and goes on when it succeeds; closing the finding store-read-only lets it write at once."
    ),
)
STOPPED = Said(
    _("The process %(name)s is stopped: it is there and does nothing."),
    _("A person, a debugger or the system has halted it. What it was doing goes on when it goes on."),
    _("Let it go on (kill -CONT with its number, which stands on the node's page), or start the node again."),
)
SILENT = Said(
    _("The process %(name)s gives no sign of life for %(age)s."),
    _(
        "It has ended, was stopped, or hangs. Nothing is begun by the clock meanwhile: no collection, no poll, no check."
    ),
    _("Look whether it runs, read the end of its log file, then start it again."),
)
NO_BACKUP = _("No backup has been made yet: %(name)s is not there.")
WEIGHTS = {
    Weight.NOTE: Word(
        "alert-note", Tone.IDLE, _("Note"), _("An alert that only tells; nothing has to be done.")
    ),
    Weight.WARNING: Word(
        "alert-warning",
        Tone.CARE,
        _("Warning"),
        _("An alert that somebody should look at within days; nothing is lost."),
    ),
    Weight.CRITICAL: Word(
        "alert-critical",
        Tone.HARM,
        _("Critical"),
        _("An alert that somebody should look at now; it is told at any hour."),
    ),
}
CLEARED = Word(
    "alert-cleared", Tone.SAFE, _("Cleared"), _("The cause of the alert is gone; the node saw so itself.")
)
ACKNOWLEDGED = Word(
    "alert-acknowledged",
    Tone.CARE,
    _("Acknowledged"),
    _("Somebody here knows of it and sees to it. Its cause is not gone yet."),
)
ALL = (*WEIGHTS.values(), CLEARED, ACKNOWLEDGED)

_SHOWN: dict[str, Callable] = {
    "n": count_text,
    "free": size_text,
    "total": size_text,
    "age": duration_text,
    "offset": duration_text,
    "name": lambda name: retold(str(name)),
}


def said(kind: str, params: Mapping[str, object]) -> Said:
    """A disk that refuses what is written to it is not helped by what helps a full one, nor a process that is stopped
    by what helps one that has ended."""
    if kind == AlertKind.PROCESS and "stopped" in params:
        return STOPPED
    if kind == AlertKind.PROCESS and "age" in params:
        return SILENT
    return READ_ONLY if kind == AlertKind.DISK and "cause" in params else SAID[kind]


def sentence(kind: str, params: Mapping[str, object]) -> str:
    """What is wrong, with its values; the kind's name where a value is missing."""
    no_backup = kind == AlertKind.BACKUP and "age" not in params
    template = NO_BACKUP if no_backup else said(kind, params).sentence
    shown = {name: _SHOWN.get(name, str)(value) for name, value in params.items()}
    try:
        return str(template) % shown
    except (KeyError, TypeError, ValueError):
        return str(AlertKind(kind).label)


def templates() -> list[tuple[str, str | Promise]]:
    """Every sentence that an alert can be, with its kind."""
    more = [
        (AlertKind.DISK, READ_ONLY.sentence),
        (AlertKind.BACKUP, NO_BACKUP),
        (AlertKind.PROCESS, STOPPED.sentence),
        (AlertKind.PROCESS, SILENT.sentence),
    ]
    return [
        *((str(kind), one.sentence) for kind, one in SAID.items()),
        *((str(kind), one) for kind, one in more),
    ]


def english(template: str | Promise) -> str:
    """As ``Alert.message`` keeps it."""
    with in_english():
        return str(template)
