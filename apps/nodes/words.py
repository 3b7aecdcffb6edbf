"""What the words of an AU's state, of jobs and of nodes mean; shown on the page of words."""

from django.utils.translation import gettext_lazy as _

from apps.common.choices import JobState, Severity
from apps.common.words import Tone, Word
from apps.nodes.choices import AuWord
from apps.repository.choices import ArtifactState, CheckOutcome

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
        _(
            "Its content is here. No poll has compared it with the copies of other nodes yet, or none since damage was "
            "found here."
        ),
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
    AuWord.UNSETTLED: (
        Tone.CARE,
        _(
            "In its last poll the votes decided nothing about some URLs: neither side had a landslide. Nothing is known "
            "to be wrong with this copy, and nothing proves it. The next poll compares it again."
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
# In the order in which they are asked: the first that holds is the word (``status.judge``, docs/status.md).
_RULES = {
    AuWord.DEACTIVATED: _("Rule: it was deactivated by an act of this library."),
    AuWord.REPAIRING: _("Rule: at least one repair that a poll wanted has not ended."),
    AuWord.DAMAGED: _(
        "Rule: the newest version of at least one URL failed its last check, or its file is gone."
    ),
    AuWord.DIFFERS: _(
        "Rule: the agreement of its last poll over all URLs that reached a quorum is below 100 %, and a landslide was "
        "against this copy."
    ),
    AuWord.UNSETTLED: _(
        "Rule: the agreement of that poll is below 100 %, and at its end no landslide was against this copy."
    ),
    AuWord.BLOCKED: _("Rule: no collection has ended well yet, and a reason forbids or prevents one."),
    AuWord.COLLECTING: _("Rule: no collection has ended well yet, and one is running."),
    AuWord.WAITING: _("Rule: no collection has ended well yet; one is queued, or ended early."),
    AuWord.SELECTED: _("Rule: no collection was tried yet."),
    AuWord.COLLECTED: _(
        "Rule: a collection ended well; no poll over all URLs has reached a quorum yet, or none since damage was last "
        "found here."
    ),
    AuWord.STALE: _(
        "Rule: the last such poll agreed in everything and ended longer than two poll intervals ago."
    ),
    AuWord.PROVED: _("Rule: the last such poll agreed in everything and ended within two poll intervals."),
}
AU_WORDS = {
    word: Word(word.value, tone, word.label, meaning, _RULES[word])
    for word, (tone, meaning) in _MEANINGS.items()
}
PRESERVED = Word(
    "preserved",
    Tone.SAFE,
    _("Preserved"),
    _("Its copy is proved, and so many copies agree that the loss of one node loses nothing."),
    _("Rule: its word is Proved, and at least as many copies agree as a quorum of other nodes and this one."),
)
FEW_COPIES = Word(
    "few-copies",
    Tone.CARE,
    _("Few copies"),
    _("Its content is here, but fewer copies agree than make it preserved."),
    _(
        "Rule: it holds URLs, is not deactivated, and fewer copies agree than a quorum of other nodes and this one."
    ),
)
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
    JobState.CANCELLED: Word("job-cancelled", Tone.CARE, _("Stopped"), _("Somebody here stopped this work.")),
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
READINGS = {
    CheckOutcome.GOOD: Word(
        "reading-good", Tone.SAFE, _("As written"), _("Every stored byte is as it was on the day it came.")
    ),
    CheckOutcome.DAMAGED: Word(
        "reading-damaged", Tone.HARM, _("Damaged"), _("Some stored bytes are not those that were written.")
    ),
    CheckOutcome.MISSING: Word(
        "reading-missing", Tone.HARM, _("Missing"), _("Files or bytes that were written are not there.")
    ),
    CheckOutcome.NOT_CHECKABLE: Word(
        "reading-not-checkable",
        Tone.CARE,
        _("Could not be read"),
        _("Some bytes could not be read just then, so nothing is known of them; they are read again soon."),
    ),
}
STORED = {
    ArtifactState.GOOD: Word(
        "stored-good",
        Tone.SAFE,
        ArtifactState.GOOD.label,
        _("Its bytes were as written when they were last read."),
    ),
    ArtifactState.DAMAGED: Word(
        "stored-damaged",
        Tone.HARM,
        ArtifactState.DAMAGED.label,
        _(
            "Its bytes are not those that were written. It is kept, and the good copy becomes a newer version."
        ),
    ),
    ArtifactState.MISSING: Word(
        "stored-missing", Tone.HARM, ArtifactState.MISSING.label, _("Its bytes are not there any more.")
    ),
    ArtifactState.UNREADABLE: Word(
        "stored-not-checkable",
        Tone.CARE,
        ArtifactState.UNREADABLE.label,
        _("Its bytes could not be read when they were checked last, so nothing is known of them."),
    ),
}
LIVES = Word("process-lives", Tone.SAFE, _("lives"), _("It said so within the last minutes."))
STOPPED_PROCESS = Word(
    "process-stopped", Tone.HARM, _("stopped"), _("It was halted, and nothing has let it go on.")
)
GONE = Word("process-gone", Tone.HARM, _("gone"), _("It has said nothing for some minutes, or has ended."))
HANGS = Word("process-hangs", Tone.HARM, _("hangs"), _("It is there, and does not do what is due."))
ALL = (
    *READINGS.values(),
    *STORED.values(),
    LIVES,
    STOPPED_PROCESS,
    GONE,
    HANGS,
    *AU_WORDS.values(),
    PRESERVED,
    FEW_COPIES,
    BLOCKED_TOO,
    *JOB_WORDS.values(),
    PAUSED,
    *FINDING_WORDS.values(),
    RESOLVED,
)


def au_word(code: str) -> Word:
    """The word of an ``AuWord`` code."""
    return AU_WORDS[AuWord(code)]
