"""Permission: evidence and agreements are written here, and ``decide`` is the one answer they give.

Crawler, repair, delivery, pages and reports ask ``decide`` and nothing else.
"""

from apps.permissions.services.agreements import (
    LONGEST_DOCUMENT,
    document_path,
    lapse_agreements,
    register_agreement,
)
from apps.permissions.services.deciding import (
    Decision,
    agreements_of,
    decide,
    decide_written,
    needs_statement,
)
from apps.permissions.services.evidence import LONGEST_PAGE, record_evidence, set_permission

__all__ = [
    "LONGEST_DOCUMENT",
    "LONGEST_PAGE",
    "Decision",
    "agreements_of",
    "decide",
    "decide_written",
    "document_path",
    "lapse_agreements",
    "needs_statement",
    "record_evidence",
    "register_agreement",
    "set_permission",
]
