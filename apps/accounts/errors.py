"""What the rules about people refuse; the texts are for people."""

from enum import StrEnum


class AccountCode(StrEnum):
    LAST_ADMINISTRATOR = "last-administrator"
    NAME_TAKEN = "name-taken"
    BAD_VALUE = "bad-value"
    SETUP_CLOSED = "setup-closed"
    SCOPE = "scope"
    NO_LINK = "no-link"
    WRONG_CODE = "wrong-code"
    MEANWHILE = "meanwhile"
    SETUP_TOKEN = "setup-token"  # noqa: S105 - a code, no secret


class AccountError(Exception):
    """Nothing was changed."""

    def __init__(self, code: AccountCode, message: str) -> None:
        super().__init__(message)
        self.code = code


class RestoredCode(StrEnum):
    NOTHING = "nothing-lost"
    NO_REASON = "no-reason"
    BROKEN = "more-is-wrong"


class RestoredError(Exception):
    """A restored database is not accepted; nothing was changed."""

    def __init__(self, code: RestoredCode, message: str) -> None:
        super().__init__(message)
        self.code = code


class RefusedCode(StrEnum):
    """Why a request was not let in; also the ``code`` of the answer."""

    WRONG = "wrong-credentials"
    SLOWED = "too-many-attempts"
    SECOND_FACTOR = "second-factor-missing"
    SCOPE = "scope-missing"
    ROLE = "role-missing"
    NOBODY = "sign-in-first"
    READS = "token-only-reads"


class Refused(Exception):  # noqa: N818 - an answer, as JobFailed is
    """``status``: 401, 403 or 429; ``retry_after``: seconds, with 429."""

    def __init__(self, code: RefusedCode, message: str, status: int, retry_after: int = 0) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.retry_after = retry_after
