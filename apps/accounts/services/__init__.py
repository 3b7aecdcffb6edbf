"""The only writers of people, of sign-ins and of the audit record."""

from apps.accounts.services.auditing import audit, audit_many
from apps.accounts.services.first import create_first_admin, setup_is_open, setup_token
from apps.accounts.services.people import change_person, create_user, set_password
from apps.accounts.services.sealing import head, seal
from apps.accounts.services.signing import begin_attempt, end_attempt, note_sign_in

__all__ = [
    "audit",
    "audit_many",
    "begin_attempt",
    "change_person",
    "create_first_admin",
    "create_user",
    "end_attempt",
    "head",
    "note_sign_in",
    "seal",
    "set_password",
    "setup_is_open",
    "setup_token",
]
