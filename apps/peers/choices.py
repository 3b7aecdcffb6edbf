from django.db import models
from django.utils.translation import gettext_lazy as _


class PeerSource(models.TextChoices):
    CONFIGURED = "configured", _("configured")
    REGISTERED = "registered", _("registered here")
    NOMINATED = "nominated", _("nominated by a peer")
    INBOUND = "inbound", _("called us")


class MessageState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    DONE = "done", _("done")
    REFUSED = "refused", _("refused")
    EXPIRED = "expired", _("expired")


class AgreementType(models.TextChoices):
    """lcap-v3 §6.6; W_ = weighted by the platform definition's result weights."""

    POR = "POR", _("our poll, all URLs")
    POP = "POP", _("our poll, a sample")
    SYMMETRIC_POR = "SYMMETRIC_POR", _("its poll, seen from here, all URLs")
    SYMMETRIC_POP = "SYMMETRIC_POP", _("its poll, seen from here, a sample")
    POR_HINT = "POR_HINT", _("its poll, as it told us, all URLs")
    POP_HINT = "POP_HINT", _("its poll, as it told us, a sample")
    W_POR = "W_POR", _("our poll, weighted")
    W_POP = "W_POP", _("our poll, a sample, weighted")
    W_SYMMETRIC_POR = "W_SYMMETRIC_POR", _("its poll, seen from here, weighted")
    W_SYMMETRIC_POP = "W_SYMMETRIC_POP", _("its poll, seen from here, a sample, weighted")
    W_POR_HINT = "W_POR_HINT", _("its poll, as it told us, weighted")
    W_POP_HINT = "W_POP_HINT", _("its poll, as it told us, a sample, weighted")


# Any of these at or above the threshold gives a peer the right to a repair (lcap-v3 §7.2).
REPAIR_RIGHTS = (
    AgreementType.POR,
    AgreementType.SYMMETRIC_POR,
    AgreementType.POP,
    AgreementType.SYMMETRIC_POP,
)
