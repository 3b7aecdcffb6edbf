"""Who has to have a second factor (setting ``second_factor_roles``)."""

from django.conf import settings

from apps.accounts.models import User


def demanded_of(user: User) -> bool:
    """Whether one of the person's roles is among those that need one."""
    return any(role in settings.NODE.second_factor_roles for role in user.roles)


def needs_second_factor(user: User) -> bool:
    """Whether one is demanded and missing: such a person may set one up, and nothing else."""
    return not user.second_factor and demanded_of(user)
