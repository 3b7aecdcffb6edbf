"""Sessions that their person, or an administrator, ends."""

from django.db import transaction
from django.db.models import QuerySet

from apps.accounts.models import PortalSession, User
from apps.accounts.services.auditing import audit
from apps.accounts.services.people import shut_out
from apps.common.clock import now


def sessions_of(user: User) -> QuerySet:
    """Those that still let somebody in."""
    return PortalSession.objects.filter(user=user, expire_date__gt=now())


def end_session(*, session: PortalSession, by: User) -> None:
    """The next request of that browser finds nobody signed in."""
    with transaction.atomic():
        deleted, _ = PortalSession.objects.filter(pk=session.pk).delete()
        if deleted:
            audit(
                user=by,
                action="accounts.session-end",
                subject=f"user:{session.user.username}",
                before={"address": session.address, "agent": session.agent, "door": session.door},
            )


def end_all(*, person: User, by: User, keep_session: str = "") -> None:
    """Every session but ``keep_session`` (whose caller binds it anew), every token, every open link."""
    with transaction.atomic():
        row = User.objects.select_for_update().get(pk=person.pk)
        shut_out(row, keep_session=keep_session)
        row.save(update_fields=["access_version"])
        audit(user=by, action="accounts.end-all", subject=f"user:{person.username}")
    person.access_version = row.access_version
