"""The only writers of series, editions, keys and checks."""

from apps.kbart.services.checks import run_check, start_check
from apps.kbart.services.ending import end_series, is_made
from apps.kbart.services.series import (
    ask_edition,
    change_series,
    due_editions,
    make_edition,
    make_series,
    newest,
    unkept_text,
)
from apps.kbart.services.tokens import count_use, end_of, make_token, revoke_token, token_for

__all__ = [
    "ask_edition",
    "change_series",
    "count_use",
    "due_editions",
    "end_of",
    "end_series",
    "is_made",
    "make_edition",
    "make_series",
    "make_token",
    "newest",
    "revoke_token",
    "run_check",
    "start_check",
    "token_for",
    "unkept_text",
]
