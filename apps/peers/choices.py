from django.db import models


class PeerSource(models.TextChoices):
    CONFIGURED = "configured", "configured"
    REGISTERED = "registered", "registered here"
    NOMINATED = "nominated", "nominated by a peer"
    INBOUND = "inbound", "called us"


class MessageState(models.TextChoices):
    WAITING = "waiting", "waiting"
    DONE = "done", "done"
    REFUSED = "refused", "refused"
    EXPIRED = "expired", "expired"


class AgreementType(models.TextChoices):
    """lcap-v3 §6.6; W_ = weighted by the platform definition's result weights."""

    POR = "POR", "our poll, all URLs"
    POP = "POP", "our poll, a sample"
    SYMMETRIC_POR = "SYMMETRIC_POR", "its poll, seen from here, all URLs"
    SYMMETRIC_POP = "SYMMETRIC_POP", "its poll, seen from here, a sample"
    POR_HINT = "POR_HINT", "its poll, as it told us, all URLs"
    POP_HINT = "POP_HINT", "its poll, as it told us, a sample"
    W_POR = "W_POR", "our poll, weighted"
    W_POP = "W_POP", "our poll, a sample, weighted"
    W_SYMMETRIC_POR = "W_SYMMETRIC_POR", "its poll, seen from here, weighted"
    W_SYMMETRIC_POP = "W_SYMMETRIC_POP", "its poll, seen from here, a sample, weighted"
    W_POR_HINT = "W_POR_HINT", "its poll, as it told us, weighted"
    W_POP_HINT = "W_POP_HINT", "its poll, as it told us, a sample, weighted"


# Any of these at or above the threshold gives a peer the right to a repair (lcap-v3 §7.2).
REPAIR_RIGHTS = (
    AgreementType.POR,
    AgreementType.SYMMETRIC_POR,
    AgreementType.POP,
    AgreementType.SYMMETRIC_POP,
)
