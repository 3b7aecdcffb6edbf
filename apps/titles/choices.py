from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class TitleKind(models.TextChoices):
    JOURNAL = "journal", _("journal")
    BOOK = "book", _("book")
    SERIES = "bookSeries", _("book series")
    PROCEEDINGS = "proceedings", _("proceedings")
    OTHER = "other", _("other")


class SetKind(models.TextChoices):
    HAND = "hand", _("by hand")
    PUBLISHER = "publisher", _("a publisher")
    TAG = "tag", _("a tag")
    QUERY = "query", _("a search")


class ListSource(models.TextChoices):
    UPLOAD = "upload", _("upload")
    FOLDER = "folder", _("folder on this node")
    COMMAND = "command", _("command line")
    ADDRESS = "address", _("address")


class Every(models.TextChoices):
    """How often an address is asked for a newer edition of its list."""

    DAY = "day", _("every day")
    WEEK = "week", _("every week")
    MONTH = "month", _("every month")


class ImportState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    RUNNING = "running", _("reading")
    PREVIEW = "preview", _("waits for a decision")
    APPLYING = "applying", _("being applied")
    DONE = "done", pgettext_lazy("import of a list", "applied")
    FAILED = "failed", _("failed")
    DISCARDED = "discarded", _("given up")
    UNDOING = "undoing", _("being undone")
    UNDONE = "undone", _("undone")


UNDER_WAY = (ImportState.WAITING, ImportState.RUNNING, ImportState.APPLYING)
# Nothing of these needs its file any more.
ENDED = (ImportState.DONE, ImportState.FAILED, ImportState.DISCARDED, ImportState.UNDOING, ImportState.UNDONE)


class ChangeKind(models.TextChoices):
    ADDED = "added", _("added")
    CHANGED = "changed", pgettext_lazy("archival unit in a list", "changed")
    RETIRED = "retired", _("no longer listed")
    RETURNED = "returned", _("listed again")
    TITLE = "title", _("title changed")
    NOTED = "noted", _("title known by further identifiers")


class Availability(models.TextChoices):
    """What a list's status means for somebody who wants to choose an AU (tdb §4)."""

    OFFERED = "offered", _("offered")
    UNRELEASED = "unreleased", _("not released")
    DOWN = "down", _("gone from its publisher")
    NOT_OFFERED = "not-offered", _("not offered")
    RETIRED = "retired", _("no longer listed")


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
