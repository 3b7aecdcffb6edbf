"""Why a body is not rewritten to its end. The caller stops the answer and offers the original as a download."""

from enum import StrEnum

from apps.lockss.errors import ContentError

HOLDING = 1 << 20
"""Most bytes that are held back while a tag, a style URL or a doubtful element is not yet whole."""


class RewriteFault(StrEnum):
    """``AMBIGUOUS``: browsers might read the markup in two ways, and one of them shows links that we would miss."""

    TOO_LONG = "rewrite-too-long"
    TOO_DEEP = "rewrite-too-deep"
    AMBIGUOUS = "rewrite-ambiguous"


class RewriteError(ContentError):
    """Nothing of the body may follow what has already gone out."""

    def __init__(self, code: RewriteFault, message: str) -> None:
        super().__init__(code, message)


def too_long(what: str) -> RewriteError:
    return RewriteError(RewriteFault.TOO_LONG, f"{what} has more than {HOLDING:,} bytes")


def ambiguous(what: str) -> RewriteError:
    return RewriteError(RewriteFault.AMBIGUOUS, f"{what} can be read in two ways")
