"""How an agreement stands today, for every page: its word, what its state means, what follows from what it leaves unsaid."""

from collections.abc import Collection

from django.utils.translation import gettext

from apps.common.display import day_text
from apps.common.words import Word
from apps.permissions.choices import AgreementState, Renewal, Right, Said
from apps.permissions.models import PublisherAgreement
from apps.permissions.services import ended_on, needs_statement, prolonged, standing, today
from apps.permissions.words import AGREEMENTS

# Of these, silence has consequences.
ASKED = (Right.COLLECT, Right.PRESERVE)


def agreement_word(row: PublisherAgreement) -> Word:
    return AGREEMENTS[standing(row)]


def renewal_note(row: PublisherAgreement) -> str:
    """Of a signed one that renews itself, beside its last day: that it does, and until when notice may be given."""
    if not is_signed(row) or row.ends is None or row.renewal != Renewal.AUTOMATIC:
        return ""
    notice = row.notice_day
    if notice is None:
        return gettext("renews itself")
    if notice < today():
        return gettext("renews itself; the last day for notice, %s, is past") % day_text(notice)
    return gettext("renews itself; last day for notice: %s") % day_text(notice)


def meaning(row: PublisherAgreement) -> str:
    """What its state means today, in a sentence or two."""
    if not prolonged(row):
        return str(agreement_word(row).meaning)
    last = day_text(row.ends) if row.ends else gettext("none")
    return gettext(
        "It ended on %(ended)s. A new last day, %(last)s, is entered, but nothing is collected under it until it is taken "
        "to “Signed” again."
    ) % {"ended": day_text(ended_on(row)), "last": last}


def unsaid(row: PublisherAgreement) -> list[Right]:
    return [right for right in ASKED if getattr(row, right) == Said.NOTHING]


def unsaid_sentence(rights: Collection[str]) -> str:
    """What follows where an agreement does not speak of collecting or preserving; "" where it does."""
    said = {
        (True, True): gettext("Nothing is said about collecting and preserving."),
        (True, False): gettext("Nothing is said about collecting."),
        (False, True): gettext("Nothing is said about preserving."),
    }.get((Right.COLLECT in rights, Right.PRESERVE in rights))
    if said is None:
        return ""
    follows = (
        gettext(
            "What an agreement does not speak of it does not forbid: once it is signed, archival units that it covers are "
            "collected and kept where the publisher's site permits it."
        )
        if needs_statement()
        else gettext(
            "What is not said is not permitted: nothing is collected under it until an agreement says yes to both."
        )
    )
    return f"{said} {follows}"


def is_signed(row: PublisherAgreement) -> bool:
    return standing(row) == AgreementState.SIGNED
