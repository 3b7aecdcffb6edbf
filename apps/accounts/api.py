"""Roles for REST views: ``permission_classes = [HasRole.of(Role.LIBRARIAN)]``."""

from rest_framework.permissions import BasePermission

from apps.accounts.choices import Role


class HasRole(BasePermission):
    """One of ``roles``, or system administrator; without roles, anybody who is signed in."""

    roles: tuple[Role, ...] = ()

    @classmethod
    def of(cls, *roles: Role) -> type["HasRole"]:
        return type("HasRole", (cls,), {"roles": roles})

    def has_permission(self, request, view) -> bool:
        user = request.user
        if user is None or not user.is_authenticated or not user.is_active:
            return False
        return not self.roles or user.has_role(*self.roles)
