"""The only writers of people, of sign-ins and of the audit record.

Second factors and identities (``factors``, ``identities``) are asked for by their modules: what they need is slow to
load, and workers never need it.
"""

from apps.accounts.services.auditing import audit, audit_many
from apps.accounts.services.first import create_first_admin, note_step, setup_is_open, setup_token
from apps.accounts.services.heads import lost_head, note_head
from apps.accounts.services.links import find_link, make_link, use_link
from apps.accounts.services.mailing import can_mail, mail_link
from apps.accounts.services.people import change_person, create_user, mark_of, set_own_ways, set_password
from apps.accounts.services.readings import note_reading
from apps.accounts.services.sealing import head, seal
from apps.accounts.services.sessions import end_all, end_session, sessions_of
from apps.accounts.services.signing import begin_attempt, end_attempt, note_sign_in
from apps.accounts.services.tokens import (
    LONGEST_LIFE,
    find_token,
    make_token,
    may_have,
    note_use,
    revoke_token,
)
from apps.accounts.services.tokens import PREFIX as TOKEN_PREFIX

__all__ = [
    "LONGEST_LIFE",
    "TOKEN_PREFIX",
    "audit",
    "audit_many",
    "begin_attempt",
    "can_mail",
    "change_person",
    "create_first_admin",
    "create_user",
    "end_all",
    "end_attempt",
    "end_session",
    "find_link",
    "find_token",
    "head",
    "lost_head",
    "mail_link",
    "make_link",
    "make_token",
    "mark_of",
    "may_have",
    "note_head",
    "note_reading",
    "note_sign_in",
    "note_step",
    "note_use",
    "revoke_token",
    "seal",
    "sessions_of",
    "set_own_ways",
    "set_password",
    "setup_is_open",
    "setup_token",
    "use_link",
]
