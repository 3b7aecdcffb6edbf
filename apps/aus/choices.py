from django.db import models


class AuState(models.TextChoices):
    SELECTED = "selected", "selected"
    DEACTIVATED = "deactivated", "deactivated"


class SelectionAction(models.TextChoices):
    SELECT = "select", "select"
    DEACTIVATE = "deactivate", "deactivate"
    REACTIVATE = "reactivate", "re-activate"


class SelectionOutcome(models.TextChoices):
    WAITING = "waiting", "waiting"
    SELECTED = "selected", "selected"
    ALREADY = "already", "already so"
    REACTIVATED = "reactivated", "re-activated"
    DEACTIVATED = "deactivated", "deactivated"
    IMPOSSIBLE = "impossible", "not possible"
