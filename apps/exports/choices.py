"""The vocabularies of exports and imports."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ExportState(models.TextChoices):
    WAITING = "waiting", _("being made")
    DONE = "done", _("made")
    FAILED = "failed", _("not made")
    DROPPED = "dropped", _("no longer kept")


class UnitState(models.TextChoices):
    """An AU of an export."""

    WAITING = "waiting", _("waits")
    DONE = "done", _("written")
    HIDDEN = "hidden", _("not permitted")
    EMPTY = "empty", _("nothing stored")


class FileKind(models.TextChoices):
    """``PART``: goes into a file that holds all of its AU, and then away."""

    FILE = "file", _("package")
    PART = "part", _("part")
    LIST = "list", _("list")


class ExportFindingCode(models.TextChoices):
    """Why something is not in a package as it was collected."""

    DAMAGED = "damaged", _("damaged")
    MISSING = "missing", _("missing")
    UNREADABLE = "unreadable", _("not checkable")
    BESIDE = "beside-damaged", _("request or facts damaged")
    HIDDEN = "hidden", _("not permitted")
    EMPTY = "empty", _("nothing stored")


class ImportState(models.TextChoices):
    WAITING = "waiting", _("being taken")
    DONE = "done", _("taken")
    FAILED = "failed", _("not taken")


class ImportFindingCode(models.TextChoices):
    """What is wrong with a package, or with a piece of it, that was to be taken in."""

    NOT_KNOWN = "package-not-known", _("no package that is known")
    BROKEN = "package-broken", _("broken")
    UNSAFE = "package-unsafe-member", _("unsafe member")
    LINK = "package-link", _("link or device")
    TOO_LARGE = "package-too-large", _("too large")
    DIGEST = "package-digest-wrong", _("wrong digest")
    UNLISTED = "package-member-unlisted", _("not listed")
    LACKS = "package-member-lacks", _("listed and not there")
    RECORD = "package-record-broken", _("broken record")
    REVISIT = "package-revisit-without-original", _("revisit without its original")
    REFUSED = "package-capture-refused", _("refused by the store")
    STATUS = "package-answer-no-success", _("no success")
    OTHER_AU = "package-of-another-au", _("of another archival unit")
    OLDER = "package-older-than-held", _("older than what is held")
    INCOMPLETE = "package-incomplete", _("incomplete")
