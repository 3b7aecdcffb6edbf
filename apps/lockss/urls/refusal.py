"""Why a link or a name is not a URL that can be collected: a value, so that one bad link costs one link."""

from dataclasses import dataclass
from enum import StrEnum


class UrlRefusalCode(StrEnum):
    """``UNKNOWN_SCHEME`` and ``BAD_AUTHORITY`` are the deployed crawler's own refusals, the next three are ours."""

    UNKNOWN_SCHEME = "url-unknown-scheme"
    BAD_AUTHORITY = "url-bad-authority"
    EMPTY = "url-empty"
    TOO_LONG = "url-too-long"
    NUL = "url-nul"
    NOT_TEXT = "url-not-text"
    UNASKABLE = "url-unaskable"
    """The deployed client cannot form a request of this name."""


@dataclass(frozen=True, slots=True)
class UrlRefusal:
    """``what`` is the part that is to blame, cut to 200 characters."""

    code: UrlRefusalCode
    what: str

    @classmethod
    def of(cls, code: UrlRefusalCode, what: str) -> "UrlRefusal":
        return cls(code, what[:200].encode("utf-8", "backslashreplace").decode())
