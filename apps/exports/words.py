"""What an export says in words: states, formats, findings."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.common.words import Tone, Word
from apps.exports.choices import ExportFindingCode, ExportState, ImportState, UnitState
from apps.exports.models import Export, PackageImport
from apps.lockss.packages import Naming, PackageFormat, Xlate

STATES = {
    ExportState.WAITING: Word(
        "export-waiting", Tone.IDLE, _("Being made"), _("A worker writes the files, one after the other.")
    ),
    ExportState.DONE: Word(
        "export-made",
        Tone.SAFE,
        _("Made"),
        _(
            "All files are whole and kept with their SHA-256. What could not be exported stands in its report."
        ),
    ),
    ExportState.FAILED: Word(
        "export-failed",
        Tone.HARM,
        _("Not made"),
        _(
            "It was stopped or could not go on. Files that are whole are kept; tried again, it goes on behind them."
        ),
    ),
    ExportState.DROPPED: Word(
        "export-dropped", Tone.IDLE, _("No longer kept"), _("Its files were deleted; its numbers stay.")
    ),
}
EMPTY = Word(
    "export-made-empty",
    Tone.CARE,
    _("Made, nothing in it"),
    _(
        "It came to its end, but nothing of what was asked for is stored and open to whoever asked. Its report says "
        "what is left out, and why."
    ),
)
UNITS = {
    UnitState.WAITING: Word(
        "export-unit-waiting", Tone.IDLE, _("Waits"), _("Its turn has not come, or is not over.")
    ),
    UnitState.DONE: Word(
        "export-unit-written", Tone.SAFE, _("Written"), _("All that could be exported of it is in the files.")
    ),
    UnitState.HIDDEN: Word(
        "export-unit-hidden",
        Tone.CARE,
        _("Not permitted"),
        _("The rules of serving hide it from whoever asked for the export, so it was left out."),
    ),
    UnitState.EMPTY: Word(
        "export-unit-empty", Tone.CARE, _("Nothing stored"), _("This node holds nothing of it.")
    ),
}
IMPORTS = {
    ImportState.WAITING: Word(
        "taking-waiting",
        Tone.IDLE,
        _("Being taken in"),
        _("A worker reads the package and stores what is not here yet."),
    ),
    ImportState.DONE: Word(
        "taking-done", Tone.SAFE, _("Taken in"), _("All that the package holds is here now.")
    ),
    ImportState.FAILED: Word(
        "taking-failed",
        Tone.HARM,
        _("Not taken in"),
        _(
            "It was stopped, or nothing of it can be taken. What was stored before stays; tried again, the package is "
            "gone through once more."
        ),
    ),
}
IN_PART = Word(
    "taking-in-part",
    Tone.CARE,
    _("Taken in, with findings"),
    _("What is whole is here now. What was not taken, and why, stands among the findings."),
)
ALL = (*STATES.values(), EMPTY, *UNITS.values(), *IMPORTS.values(), IN_PART)


def import_word(row: PackageImport) -> Word:
    """How far it is; one with findings has not taken all that the package is said to hold."""
    if row.state == ImportState.DONE and row.findings:
        return IN_PART
    return IMPORTS[ImportState(row.state)]


def state_word(row: Export) -> Word:
    """How far it is; one that came to its end without any content is no success."""
    if row.state == ExportState.DONE and not row.done_files:
        return EMPTY
    return STATES[ExportState(row.state)]


FORMATS: Mapping[PackageFormat, str | Promise] = {
    PackageFormat.WARC: _("WARC: every version as it was sent, for other archives"),
    PackageFormat.WACZ: _("WACZ: the same with an index, to be read in a browser with ReplayWeb.page"),
    PackageFormat.BAGIT: _("BagIt: the same as a bag, with digests and the evidence of agreement"),
    PackageFormat.ZIP: _("zip: the newest version of each URL as a file, with a list of which is which"),
    PackageFormat.TGZ: _("tgz: the same as a compressed tar"),
}
NAMINGS: Mapping[Naming, str | Promise] = {
    Naming.OURS: _("with the archival unit in it"),
    Naming.LOCKSS_1: _("as LOCKSS 1.x gives them, for one archival unit alone"),
}
XLATES: Mapping[Xlate, str | Promise] = {
    Xlate.NONE: _("as they are"),
    Xlate.WINDOWS: _("such as Windows takes"),
    Xlate.MAC: _("such as old Macs take"),
}
CAUSES: Mapping[str, str | Promise] = {
    ExportFindingCode.DAMAGED: _("damaged"),
    ExportFindingCode.MISSING: _("missing"),
    ExportFindingCode.UNREADABLE: _("not checkable"),
    ExportFindingCode.BESIDE: _("there, but its request and facts are damaged"),
    ExportFindingCode.HIDDEN: _("not permitted"),
    ExportFindingCode.EMPTY: _("nothing stored"),
}
