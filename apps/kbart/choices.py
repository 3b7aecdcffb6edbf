"""The words of the reports: formats, shapes, states of editions and of checks."""

from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _


class Form(models.TextChoices):
    """How a report is written."""

    TSV = "tsv", _("TSV, as the standard has it")
    CSV = "csv", _("CSV")
    XLSX = "xlsx", _("XLSX")
    JSON = "json", _("JSON")
    PDF = "pdf", _("PDF")


class Shape(models.TextChoices):
    """What one row is."""

    KBART = "kbart", _("one line for each unbroken range")
    TITLES = "titles", _("one line for each title")
    SFX = "sfx", _("conditions of a link resolver (SFX)")
    KEEPERS = "keepers", _("for the Keepers Registry: by volume, with its state")


class Kind(models.TextChoices):
    """Of which publications."""

    ALL = "all", _("all")
    SERIALS = "serials", _("serials")
    MONOGRAPHS = "monographs", _("monographs")


class Every(models.TextChoices):
    """When a series makes a new edition by itself."""

    NEVER = "never", _("only when asked")
    DAY = "day", _("every day")
    WEEK = "week", _("every week")
    MONTH = "month", _("every month")


# A series that was ended has no pace.
ENDED = ""


class KeyEnd(StrEnum):
    """Why a key opens nothing although nobody withdrew it."""

    OVER = "over"
    MAY_NOT = "may-not"
    SHUT_OUT = "shut-out"
    SECOND_FACTOR = "second-factor"


class EditionState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    DONE = "done", _("made")
    FAILED = "failed", _("not made")
    DROPPED = "dropped", _("no longer kept")


class CheckState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    DONE = "done", _("judged")
    FAILED = "failed", _("not judged")
