"""What every form of a package says of a version, judged by one rule: its date, its URL."""

import datetime as dt
import re

# Before the first there was no answer to collect; behind the last no reader's zone can show it.
FIRST_YEAR, LAST_YEAR = 1900, 9000
_SCHEMES = ("http://", "https://", "ftp://")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
# Browsers leave these out before they look for the scheme.
_PASSED_OVER = re.compile(r"^[\x00-\x20]+|[\t\r\n]")
NO_URL = "a URL of http, https or ftp"
NO_MOMENT = "a moment in UTC"


def moment_in(text: str) -> dt.datetime | None:
    """In UTC; None for what is no date with its zone, or one that nothing was collected at."""
    try:
        found = dt.datetime.fromisoformat(text)
        if found.tzinfo is None:
            return None
        found = found.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None
    return found if FIRST_YEAR <= found.year <= LAST_YEAR else None


def can_be_kept(url: str, *, is_ours: bool) -> bool:
    """Whether it is a URL that this node keeps content of. ``is_ours``: a node's store has named it, which also keeps
    what has a name and no URL."""
    if url.lower().startswith(_SCHEMES):
        return True
    return is_ours and _SCHEME.match(_PASSED_OVER.sub("", url)) is None


def plain_uri(text: str) -> str:
    """WARC 1.0 was read by some as wanting brackets around every URI; a record's id has them always."""
    return text[1:-1] if text.startswith("<") and text.endswith(">") else text
