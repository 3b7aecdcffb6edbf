"""What the words of an AU's state, of jobs and of nodes mean; shown on the page of words."""

from django.utils.translation import gettext_lazy as _

from apps.common.choices import JobState, Severity
from apps.common.words import Tone, Word
from apps.nodes.choices import AuWord

_MEANINGS = {
    AuWord.SELECTED: (
        Tone.IDLE,
        _(
            "Somebody here chose it. Nothing has been asked of the publisher yet; the next scan begins with it."
        ),
    ),
    AuWord.WAITING: (
        Tone.IDLE,
        _("Its first collection is in the queue, or ended early and is tried again by itself."),
    ),
    AuWord.COLLECTING: (
        Tone.IDLE,
        _("It is being fetched from the publisher for the first time, slowly and by the publisher's rules."),
    ),
    AuWord.COLLECTED: (
        Tone.IDLE,
        _("Its content is here. No poll has compared it with the copies of other nodes yet."),
    ),
    AuWord.PROVED: (
        Tone.SAFE,
        _("In its last poll enough nodes voted, and this copy agreed with most of them in every URL."),
    ),
    AuWord.STALE: (
        Tone.CARE,
        _(
            "Its last proof is more than twice as old as the time between two polls. The content is still here."
        ),
    ),
    AuWord.DIFFERS: (
        Tone.HARM,
        _(
            "In its last poll some URLs of this copy were not what most other copies hold, and were not repaired."
        ),
    ),
    AuWord.REPAIRING: (
        Tone.CARE,
        _(
            "A poll found URLs that are wrong here. Good copies are being fetched from peers or the publisher."
        ),
    ),
    AuWord.DAMAGED: (
        Tone.HARM,
        _("Stored bytes are not what was once written, or are gone. The next poll looks for a good copy."),
    ),
    AuWord.BLOCKED: (
        Tone.CARE,
        _("It may not or cannot be collected, and was not before. The reason stands with it."),
    ),
    AuWord.DEACTIVATED: (
        Tone.IDLE,
        _("Somebody here took it out: it is no longer collected or proved. What is stored stays."),
    ),
}
AU_WORDS = {word: Word(word.value, tone, word.label, meaning) for word, (tone, meaning) in _MEANINGS.items()}
BLOCKED_TOO = Word(
    "collection-blocked",
    Tone.CARE,
    _("Collection blocked"),
    _(
        "Its content is here and stays, but the publisher is not asked for anything new. The reason stands with it."
    ),
)
JOB_WORDS = {
    JobState.WAITING: Word(
        "job-waiting",
        Tone.IDLE,
        _("Waiting"),
        _("Work that begins when a worker is free or its time has come."),
    ),
    JobState.RUNNING: Word(
        "job-running", Tone.IDLE, _("Running"), _("A worker has this work and reports on it now and then.")
    ),
    JobState.DONE: Word("job-done", Tone.SAFE, _("Done"), _("The work came to its end.")),
    JobState.FAILED: Word(
        "job-failed", Tone.HARM, _("Failed"), _("The work was given up. Somebody may have it tried again.")
    ),
    JobState.CANCELLED: Word(
        "job-cancelled", Tone.CARE, _("Cancelled"), _("Somebody here stopped this work.")
    ),
}
PAUSED = Word(
    "job-paused",
    Tone.CARE,
    _("Paused"),
    _("Somebody here wants this work to wait. It goes on when it is resumed."),
)
FINDING_WORDS = {
    Severity.INFO: Word("finding-note", Tone.IDLE, _("Note"), _("Worth knowing; nothing has to be done.")),
    Severity.WARNING: Word(
        "finding-warning", Tone.CARE, _("Warning"), _("Something is not as it should be; nothing is lost.")
    ),
    Severity.ERROR: Word(
        "finding-error", Tone.HARM, _("Error"), _("Something failed and will not mend itself.")
    ),
}
RESOLVED = Word("finding-resolved", Tone.SAFE, _("Resolved"), _("Its cause is gone, or somebody closed it."))
ALL = (*AU_WORDS.values(), BLOCKED_TOO, *JOB_WORDS.values(), PAUSED, *FINDING_WORDS.values(), RESOLVED)


def au_word(code: str) -> Word:
    """The word of an ``AuWord`` code."""
    return AU_WORDS[AuWord(code)]
