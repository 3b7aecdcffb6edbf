from django.db import models


class AuState(models.TextChoices):
    SELECTED = "selected", "selected"
    DEACTIVATED = "deactivated", "deactivated"


class SelectionOutcome(models.TextChoices):
    SELECTED = "selected", "selected"
    ALREADY = "already", "already selected"
    REACTIVATED = "reactivated", "re-activated"
    IMPOSSIBLE = "impossible", "not possible"
