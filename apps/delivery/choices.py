from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Choice(models.TextChoices):
    """What a node or network chooses for its readers; empty: it is left to the level above."""

    DARK = "dark", _("dark")
    GRAY = "gray", _("gray")
    LIGHT = "light", pgettext_lazy("serving", "light")


class Flag(models.TextChoices):
    """What a person says of a publisher's own service; empty: nothing."""

    UP = "up", _("serves it")
    DOWN = "down", _("does not serve it at present")
    NEVER = "never", _("will never serve it again")


class WallUnit(models.TextChoices):
    """What a moving wall is counted in."""

    DAYS = "days", _("days")
    MONTHS = "months", _("months")


class Changed(models.TextChoices):
    """What process caches of every process depend on; one row each, whose number is another after each change."""

    POLICY = "policy", "rules, trigger events, own readers"
    STEMS = "stems", "which AUs lie on which site"
