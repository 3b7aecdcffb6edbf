"""What the rules about people refuse; the texts are for people."""

from enum import StrEnum


class AccountCode(StrEnum):
    LAST_ADMINISTRATOR = "last-administrator"
    NAME_TAKEN = "name-taken"
    BAD_VALUE = "bad-value"
    SETUP_CLOSED = "setup-closed"
    SETUP_TOKEN = "setup-token"  # noqa: S105 - a code, no secret


class AccountError(Exception):
    """Nothing was changed."""

    def __init__(self, code: AccountCode, message: str) -> None:
        super().__init__(message)
        self.code = code
