from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.lockss.usage import AccessType, DataType
from apps.lockss.usage import Kind as Counted

# Whose reading it was, as rows and SUSHI name it: the node's own readers, those of an institution's proxy by its name
# behind ``PROXY``, or anybody else, who reads what is free.
OWN, PUBLIC, PROXY = "own", "public", "proxy:"


class Access(models.TextChoices):
    """The Code's words, for rows; what they mean stands on the page."""

    CONTROLLED = AccessType.CONTROLLED.value, _("Controlled")
    OPEN = AccessType.OPEN.value, pgettext_lazy("access of a title", "Open")
    FREE = AccessType.FREE_TO_READ.value, _("Free to read")


class Data(models.TextChoices):
    JOURNAL = DataType.JOURNAL.value, _("Journal")
    BOOK = DataType.BOOK.value, _("Book")
    CONFERENCE = DataType.CONFERENCE.value, _("Conference")
    OTHER = DataType.OTHER.value, _("Other")


class Kind(models.TextChoices):
    FULL = Counted.FULL.value, _("full text")
    ABSTRACT = Counted.ABSTRACT.value, _("abstract")


class Reason(models.TextChoices):
    """Why deliveries are in no number."""

    FULL = "full", _("more was read at once than could be kept")
    FAILED = "failed", _("the database refused them")
    FORGOTTEN = "forgotten", _("they were too old before they were counted")
    OFF = "off", _("counting was switched off")
