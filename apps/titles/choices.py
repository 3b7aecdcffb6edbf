from django.db import models


class TitleKind(models.TextChoices):
    JOURNAL = "journal", "journal"
    BOOK = "book", "book"
    SERIES = "bookSeries", "book series"
    PROCEEDINGS = "proceedings", "proceedings"
    OTHER = "other", "other"


class SetKind(models.TextChoices):
    HAND = "hand", "by hand"
    PUBLISHER = "publisher", "a publisher"
    TAG = "tag", "a tag"
    QUERY = "query", "a search"


class ListSource(models.TextChoices):
    UPLOAD = "upload", "upload"
    FOLDER = "folder", "folder on this node"
    COMMAND = "command", "command line"
    ADDRESS = "address", "address"


class Every(models.TextChoices):
    """How often an address is asked for a newer edition of its list."""

    DAY = "day", "every day"
    WEEK = "week", "every week"
    MONTH = "month", "every month"


class ImportState(models.TextChoices):
    WAITING = "waiting", "waiting"
    RUNNING = "running", "reading"
    PREVIEW = "preview", "waits for a decision"
    APPLYING = "applying", "being applied"
    DONE = "done", "done"
    FAILED = "failed", "failed"
    DISCARDED = "discarded", "given up"
    UNDOING = "undoing", "being undone"
    UNDONE = "undone", "undone"


UNDER_WAY = (ImportState.WAITING, ImportState.RUNNING, ImportState.APPLYING)
# Nothing of these needs its file any more.
ENDED = (ImportState.DONE, ImportState.FAILED, ImportState.DISCARDED, ImportState.UNDOING, ImportState.UNDONE)


class ChangeKind(models.TextChoices):
    ADDED = "added", "added"
    CHANGED = "changed", "changed"
    RETIRED = "retired", "no longer listed"
    RETURNED = "returned", "listed again"
    TITLE = "title", "title changed"
    NOTED = "noted", "title known by further identifiers"


class Availability(models.TextChoices):
    """What a list's status means for somebody who wants to choose an AU (tdb §4)."""

    OFFERED = "offered", "offered"
    UNRELEASED = "unreleased", "not released"
    DOWN = "down", "gone from its publisher"
    NOT_OFFERED = "not-offered", "not offered"
    RETIRED = "retired", "no longer listed"


# Statuses from the one that says most for an AU to the one that says least: of several lists the best counts.
RELEASED = ("released",)
DOWN = ("down", "finished", "superseded", "frozen", "deepCrawl", "zapped")
UNRELEASED = (
    "ready",
    "readySource",
    "releasing",
    "crawling",
    "testing",
    "wanted",
    "manifest",
    "notReady",
    "ingNotReady",
)
RANKED = (
    *RELEASED,
    *("down", "finished", "superseded"),
    *UNRELEASED,
    *("frozen", "deepCrawl"),
    *("expected", "exists", "doNotProcess", "doesNotExist", "zapped"),
)


def availability(status: str) -> Availability:
    """``status`` as a list writes it; empty: no list names the AU any more. Unknown ones are not offered."""
    if not status:
        return Availability.RETIRED
    if status in RELEASED:
        return Availability.OFFERED
    if status in DOWN:
        return Availability.DOWN
    return Availability.UNRELEASED if status in UNRELEASED else Availability.NOT_OFFERED
