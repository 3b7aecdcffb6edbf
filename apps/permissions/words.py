"""Permission in words: what the site said, and how a written agreement stands."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.common.words import Tone, Word
from apps.permissions.choices import UNREACHED, AgreementState, Reason, Verdict

FOUND = Word(
    "statement-found",
    Tone.SAFE,
    _("Statement found"),
    _("The page carried words or a licence that permit preservation."),
)
NOT_FOUND = Word(
    "statement-not-found",
    Tone.CARE,
    _("No statement"),
    _("The page was read, and carries no words that permit preservation."),
)
NOT_REACHED = Word(
    "statement-not-reached",
    Tone.CARE,
    _("Could not be reached"),
    _("The page did not come, so that nobody knows what it says. It is no refusal, and it is asked again."),
)
NO_PAGE = Word(
    "statement-no-page",
    Tone.CARE,
    _("There is no page"),
    _(
        "The publisher's site says that there is no such page, or no longer. It is no refusal, and it is asked again."
    ),
)
SIGN_IN = Word(
    "statement-sign-in",
    Tone.CARE,
    _("Behind a sign-in"),
    _(
        "A page to sign in came instead, so that nobody knows what it says. It is no refusal, and it is asked again."
    ),
)
NO_ANSWER = Word(
    "statement-no-answer",
    Tone.CARE,
    _("No answer in time"),
    _("The publisher's site did not answer in time. It is no refusal, and it is asked again."),
)
UNKNOWN_HOST = Word(
    "statement-unknown-host",
    Tone.CARE,
    _("Host not known"),
    _("The name of the publisher's site is not known (DNS). It is no refusal, and it is asked again."),
)
# All of these together, where they are counted.
NOT_READ = Word(
    "statement-not-read",
    Tone.CARE,
    _("Page not read"),
    _(
        "There is none, it is behind a sign-in, or nobody answered for it. It is no refusal, and it is asked again."
    ),
)
NOT_ASKED = Word(
    "statement-not-asked", Tone.IDLE, _("Not asked yet"), _("The page has not been read so far.")
)
AGREEMENTS = {
    AgreementState.DRAFT: Word("agreement-draft", Tone.IDLE, _("Draft"), _("Written, not sent.")),
    AgreementState.SENT: Word(
        "agreement-sent", Tone.IDLE, _("Sent"), _("Sent to the publisher, not signed yet.")
    ),
    AgreementState.SIGNED: Word(
        "agreement-signed",
        Tone.SAFE,
        _("Signed"),
        _("Both sides signed it. It permits what it names, between its days."),
    ),
    AgreementState.LAPSED: Word(
        "agreement-lapsed",
        Tone.CARE,
        _("Ended"),
        _("Its last day is over. Nothing new is collected under it; what is preserved stays."),
    ),
    AgreementState.WITHDRAWN: Word(
        "agreement-withdrawn",
        Tone.CARE,
        pgettext_lazy("agreement", "Withdrawn"),
        _("One side took it back. What is preserved stays."),
    ),
}
REMINDER = Word(
    "agreement-reminder",
    Tone.CARE,
    _("Soon"),
    _("A day of an agreement is near: its end, the last day to give notice, or a step that was planned."),
)
WHY_NOT_READ = {
    Reason.PAGE_GONE: NO_PAGE,
    Reason.SIGN_IN: SIGN_IN,
    Reason.NO_ANSWER: NO_ANSWER,
    Reason.UNKNOWN_HOST: UNKNOWN_HOST,
    Reason.FETCH_FAILED: NOT_REACHED,
    Reason.PROBE_FAILED: NOT_REACHED,
}
ALL = (
    *(FOUND, NOT_FOUND, NOT_READ, NO_PAGE, SIGN_IN, NO_ANSWER, UNKNOWN_HOST, NOT_REACHED, NOT_ASKED),
    *AGREEMENTS.values(),
    REMINDER,
)


def reading_word(verdict: str | None, reason: str | None) -> Word:
    """What the permission page says, as ``Permission`` and ``PermissionChange`` keep it."""
    if verdict == Verdict.REFUSED:
        return WHY_NOT_READ[Reason(reason)] if reason in UNREACHED else NOT_FOUND
    return FOUND if verdict == Verdict.GRANTED else NOT_ASKED


def is_unread(verdict: str | None, reason: str | None) -> bool:
    """No refusal: nobody has read what the page says."""
    return verdict == Verdict.REFUSED and reason in UNREACHED
