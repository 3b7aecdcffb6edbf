"""The cast: whoever a test of a page needs."""

import datetime as dt
import uuid

from django.test import Client

from apps.accounts import services
from apps.accounts.choices import Role
from apps.accounts.models import PortalSession, User

PASSWORD = "a long walk by the harbour"


def make_person(name: str = "alice", *roles: Role, **more) -> User:
    """Saved, with ``PASSWORD``; written directly, so that no audit event comes with it."""
    user = User(username=name, roles=[str(role) for role in roles], **more)
    user.set_password(PASSWORD)
    user.save()
    return user


def make_token(user: User, *scopes: str, days: int = 30) -> str:
    """The token itself; its row is the newest."""
    return services.make_token(
        user=user,
        name="nightly report",
        scopes=list(scopes),
        life=dt.timedelta(days=days),
        request_key=uuid.uuid4(),
    )[1]


def make_session(user: User) -> PortalSession:
    """As if somebody were signed in elsewhere."""
    client = Client()
    client.force_login(user)
    return PortalSession.objects.get(pk=client.session.session_key)
