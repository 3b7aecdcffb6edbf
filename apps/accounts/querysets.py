from django.contrib.auth.models import UserManager as DjangoManager
from django.db.models import QuerySet

from apps.accounts.choices import Role


class UserQuerySet(QuerySet):
    def administrators(self) -> QuerySet:
        return self.filter(is_active=True, roles__contains=[Role.SYSTEM])


class UserManager(DjangoManager.from_queryset(UserQuerySet)):
    """``createsuperuser`` makes a system administrator too: roles are what the portal asks for."""

    use_in_migrations = False

    def create_superuser(self, username, email=None, password=None, **fields):
        return super().create_superuser(username, email, password, **{"roles": [Role.SYSTEM.value], **fields})
