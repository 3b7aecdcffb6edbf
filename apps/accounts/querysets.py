from django.contrib.auth.models import UserManager as DjangoManager
from django.db.models import F, ProtectedError, QuerySet

from apps.accounts.choices import Role
from apps.common.clock import now


class UserQuerySet(QuerySet):
    def administrators(self) -> QuerySet:
        return self.filter(is_active=True, roles__contains=[Role.SYSTEM])

    def delete(self):
        raise ProtectedError("accounts are closed, never deleted", set())


class TokenQuerySet(QuerySet):
    def good(self) -> QuerySet:
        """Those that still open something, if their person may come in."""
        return self.filter(
            revoked_at=None,
            expires_at__gt=now(),
            access_version=F("user__access_version"),
            user__is_active=True,
        )


class UserManager(DjangoManager.from_queryset(UserQuerySet)):
    """``createsuperuser`` makes a system administrator too: roles are what the portal asks for."""

    use_in_migrations = False

    def create_superuser(self, username, email=None, password=None, **fields):
        return super().create_superuser(username, email, password, **{"roles": [Role.SYSTEM.value], **fields})
