from django.utils.translation import gettext_lazy as _

from apps.common.words import Tone, Word
from apps.titles.choices import Availability, ImportState

OFFERED = Word(
    "offered",
    Tone.IDLE,
    _("Offered"),
    _(
        "A title list names this archival unit as released: it can be selected and collected from its publisher."
    ),
)
UNRELEASED = Word(
    "unreleased",
    Tone.IDLE,
    _("Not released"),
    _(
        "The network is still testing this archival unit. It can be selected once a title list calls it released."
    ),
)
DOWN = Word(
    "gone-from-publisher",
    Tone.CARE,
    _("Gone from publisher"),
    _("The publisher no longer provides it. Nodes that hold it keep it and can repair it from each other."),
)
NOT_OFFERED = Word(
    "not-offered",
    Tone.IDLE,
    _("Not offered"),
    _(
        "A title list knows of this archival unit but does not offer it, or uses a status that is not known here."
    ),
)
RETIRED = Word(
    "no-longer-listed",
    Tone.CARE,
    _("No longer listed"),
    _("No title list names it any more. If this node selected it, it stays selected and preserved."),
)
AVAILABILITY = {
    Availability.OFFERED: OFFERED,
    Availability.UNRELEASED: UNRELEASED,
    Availability.DOWN: DOWN,
    Availability.NOT_OFFERED: NOT_OFFERED,
    Availability.RETIRED: RETIRED,
}
WAITING = Word(
    "import-waiting",
    Tone.IDLE,
    _("Waiting"),
    _("The list is kept on this node and will be read when a worker is free."),
)
READING = Word(
    "import-reading", Tone.IDLE, _("Reading"), _("The list is being read. Nothing is changed until its end.")
)
READ = Word(
    "import-read",
    Tone.SAFE,
    _("Read"),
    _("The list was read to its end and what it says is in the catalogue."),
)
ODD = Word(
    "import-read-with-findings",
    Tone.CARE,
    _("Read, with findings"),
    _("The list was read; some entries were left out or look wrong. Each is told with its place."),
)
FAILED = Word(
    "import-failed",
    Tone.HARM,
    _("Not read"),
    _("The list could not be read. The catalogue is as it was before."),
)
PREVIEWED = Word(
    "import-preview",
    Tone.CARE,
    _("Waits for a decision"),
    _("The list was read and what it would do is shown. Nothing is changed until somebody applies it."),
)
APPLYING = Word(
    "import-applying",
    Tone.IDLE,
    _("Being applied"),
    _("What the preview showed is being written, in one act: all of it or nothing."),
)
GIVEN_UP = Word(
    "import-given-up",
    Tone.IDLE,
    _("Given up"),
    _("Somebody looked at the preview and did not want it. The catalogue is as it was."),
)
UNDONE = Word(
    "import-undone",
    Tone.IDLE,
    _("Undone"),
    _("What this import did was taken back. The catalogue is as it was before it."),
)
IMPORTS = {
    ImportState.PREVIEW: PREVIEWED,
    ImportState.APPLYING: APPLYING,
    ImportState.DISCARDED: GIVEN_UP,
    ImportState.UNDONE: UNDONE,
    ImportState.WAITING: WAITING,
    ImportState.RUNNING: READING,
    ImportState.DONE: READ,
    ImportState.FAILED: FAILED,
}
ALL = (*AVAILABILITY.values(), WAITING, READING, READ, ODD, FAILED, PREVIEWED, APPLYING, GIVEN_UP, UNDONE)


def import_word(state: str, findings: int) -> Word:
    return ODD if state == ImportState.DONE and findings else IMPORTS[ImportState(state)]
