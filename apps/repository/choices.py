"""The vocabularies of the store."""

from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ArtifactState(models.TextChoices):
    """What is believed of one version's bytes since they were last read."""

    GOOD = "good", _("good")
    DAMAGED = "damaged", _("damaged")
    MISSING = "missing", _("missing")
    UNREADABLE = "unreadable", _("not checkable")


# Left out of votes before versions are counted (lcap-v3 §5.1).
SUSPECT = frozenset({ArtifactState.DAMAGED, ArtifactState.MISSING})


class Origin(models.TextChoices):
    """Who gave us these bytes."""

    CRAWL = "crawl", _("collected from the publisher")
    REPAIR_PEER = "repair_peer", _("repaired from a peer")
    REPAIR_PUBLISHER = "repair_publisher", _("repaired from the publisher")
    IMPORT = "import", _("deposited")


REPAIRS = frozenset({Origin.REPAIR_PEER, Origin.REPAIR_PUBLISHER})


class FileState(models.TextChoices):
    """A WARC file: grows, is full, is gone, or is shorter than what was written."""

    OPEN = "open", pgettext_lazy("state of a file", "open")
    CLOSED = "closed", pgettext_lazy("state of a file", "closed")
    MISSING = "missing", _("missing")
    DAMAGED = "damaged", _("damaged")


class AddOutcome(StrEnum):
    """What became of one capture given to a writer."""

    NEW = "new"
    UNCHANGED = "unchanged"
    REJECTED = "rejected"


class CheckOutcome(models.TextChoices):
    """What a check of an AU's stored bytes came to (collecting.md §6)."""

    GOOD = "good", _("good")
    DAMAGED = "damaged", _("damaged")
    MISSING = "missing", _("missing")
    NOT_CHECKABLE = "not_checkable", _("not checkable")


class Order(StrEnum):
    """Orders in which an AU's artifacts are told."""

    PROTOCOL = "protocol"
    NAME = "name"
    FILE = "file"


class Fact(StrEnum):
    """Names of what a capture's metadata record tells beside its bytes; others may be added by callers."""

    PERMISSION = "permission"
    TLS_FAULT = "tls-fault"
    SENT_AS = "sent-as"
    REFERRER = "referrer"
    REPAIRED_FROM = "repaired-from"
    REPAIRED_AT = "repaired-at"
    POLL = "poll"
    ORIGIN_REF = "origin-ref"
    SERVER_DATE = "server-date"
