"""The only writers of people and of the audit record."""

from django.db import connection, transaction

from apps.accounts.choices import Role
from apps.accounts.models import AuditEvent, User
from apps.common.clock import now


def audit(*, action: str, subject: str, user=None, before=None, after=None, request_id: str = "") -> AuditEvent:
    """Record a change in the transaction that makes it; RuntimeError outside of one."""
    if not connection.in_atomic_block:
        raise RuntimeError("an audit event belongs into the transaction of the change it records")
    return AuditEvent.objects.create(
        at=now(),
        user=user if user is not None and user.pk else None,
        username=user.username if user is not None else "",
        action=action,
        subject=subject[:200],
        before=before,
        after=after,
        request_id=request_id,
    )


def create_user(*, username: str, password: str, roles: list[str], email: str = "", by: User | None = None) -> User:
    """A new person with these roles; ValueError for a role that does not exist."""
    unknown = set(roles) - set(Role.values)
    if unknown:
        raise ValueError(f"not a role: {', '.join(sorted(unknown))}")
    with transaction.atomic():
        user = User(username=username, email=email, roles=sorted(roles))
        user.set_password(password)
        user.save()
        audit(user=by, action="accounts.create", subject=f"user:{username}", after={"roles": user.roles})
    return user
