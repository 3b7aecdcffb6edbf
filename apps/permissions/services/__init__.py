"""Permission: evidence and agreements are written here, and ``decide`` is the one answer they give.

Crawler, repair, delivery, pages and reports ask ``decide`` and nothing else.
"""

from apps.permissions.services.again import SentBeforeError
from apps.permissions.services.agreements import (
    ENTERED,
    MOVES,
    change_agreement,
    lapse_agreements,
    move_agreement,
    register_agreement,
)
from apps.permissions.services.covering import (
    Covered,
    coming_to_an_end,
    ended_on,
    of_this_year,
    prolonged,
    renewing_themselves,
    selected_of,
    selected_under,
    standing,
    standing_as,
    today,
)
from apps.permissions.services.deciding import (
    Answer,
    Decision,
    agreements_of,
    decide,
    decide_many,
    may_serve,
    may_share_repair,
    needs_statement,
)
from apps.permissions.services.documents import LONGEST_DOCUMENT, Paper, add_documents, document_path
from apps.permissions.services.evidence import LONGEST_PAGE, record_evidence, set_permission
from apps.permissions.services.log import LogLine, add_contact, add_party, remove_party
from apps.permissions.services.reminding import open_reminders, remind, reminder_done
from apps.permissions.services.renewing import (
    RenewedBeforeError,
    coming_period,
    has_ended_now,
    renewal_name,
    renewal_of,
)
from apps.permissions.services.sending import send_letter
from apps.permissions.services.serving import AgreedTerm, agreed_terms, agreements_stamp, serving_terms
from apps.permissions.services.terms import LONGEST_TEXT, Terms

__all__ = [
    "ENTERED",
    "LONGEST_DOCUMENT",
    "LONGEST_PAGE",
    "LONGEST_TEXT",
    "MOVES",
    "AgreedTerm",
    "Answer",
    "Covered",
    "Decision",
    "LogLine",
    "Paper",
    "RenewedBeforeError",
    "SentBeforeError",
    "Terms",
    "add_contact",
    "add_documents",
    "add_party",
    "agreed_terms",
    "agreements_of",
    "agreements_stamp",
    "change_agreement",
    "coming_period",
    "coming_to_an_end",
    "decide",
    "decide_many",
    "document_path",
    "ended_on",
    "has_ended_now",
    "lapse_agreements",
    "may_serve",
    "may_share_repair",
    "move_agreement",
    "needs_statement",
    "of_this_year",
    "open_reminders",
    "prolonged",
    "record_evidence",
    "register_agreement",
    "remind",
    "reminder_done",
    "remove_party",
    "renewal_name",
    "renewal_of",
    "renewing_themselves",
    "selected_of",
    "selected_under",
    "send_letter",
    "serving_terms",
    "set_permission",
    "standing",
    "standing_as",
    "today",
]
