from typing import TYPE_CHECKING

from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from apps.common.words import Tone, Word
from apps.lockss.kbart import KbartCode
from apps.titles.choices import Availability, ImportState

if TYPE_CHECKING:
    from apps.titles.models import ListAddress

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
APPLIED = Word(
    "import-applied",
    Tone.SAFE,
    pgettext_lazy("import of a list", "Applied"),
    _("The list was read to its end and what it says is in the catalogue."),
)
ODD = Word(
    "import-applied-with-findings",
    Tone.CARE,
    _("Applied, with findings"),
    _(
        "What the list says is in the catalogue; some entries were left out or look wrong. Each is told with its "
        "place."
    ),
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
UNDOING = Word(
    "import-undoing",
    Tone.IDLE,
    _("Being undone"),
    _("What this import did is being taken back, in one act: all of it or nothing."),
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
    ImportState.UNDOING: UNDOING,
    ImportState.UNDONE: UNDONE,
    ImportState.WAITING: WAITING,
    ImportState.RUNNING: READING,
    ImportState.DONE: APPLIED,
    ImportState.FAILED: FAILED,
}
FETCHING = Word(
    "address-fetching",
    Tone.IDLE,
    _("Being fetched"),
    _("The address is being asked for a newer edition of its list."),
)
FOLLOWED = Word(
    "address-followed",
    Tone.SAFE,
    _("Followed"),
    _("The address answered when it was asked last, and is asked again by itself."),
)
UNREACHED = Word(
    "address-unreached",
    Tone.CARE,
    _("Not fetched"),
    _(
        "The last attempt to fetch the list failed. It is tried again by itself; what was imported before stays."
    ),
)
STOPPED = Word(
    "address-stopped",
    Tone.IDLE,
    _("Not followed"),
    _("Somebody stopped following this address. What it brought stays."),
)
ALL = (
    *AVAILABILITY.values(),
    WAITING,
    READING,
    APPLIED,
    ODD,
    FAILED,
    PREVIEWED,
    APPLYING,
    GIVEN_UP,
    UNDOING,
    UNDONE,
    FETCHING,
    FOLLOWED,
    UNREACHED,
    STOPPED,
)


def import_word(state: str, findings: int) -> Word:
    return ODD if state == ImportState.DONE and findings else IMPORTS[ImportState(state)]


def address_word(address: "ListAddress", *, fetching: bool = False) -> Word:
    if fetching:
        return FETCHING
    if address.failures:
        return UNREACHED
    return FOLLOWED if address.next_at else STOPPED


def isbn_words(fault: KbartCode) -> str:
    """What is wrong with a printed ISBN, to go on after its number."""
    return (
        gettext("its check digit is wrong")
        if fault is KbartCode.CHECK_DIGIT
        else gettext("expected 10 or 13 digits")
    )
