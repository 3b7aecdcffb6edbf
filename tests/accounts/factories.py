"""The cast: whoever a test of a page needs."""

from apps.accounts.choices import Role
from apps.accounts.models import User

PASSWORD = "a long walk by the harbour"


def make_person(name: str = "alice", *roles: Role, **more) -> User:
    """Saved, with ``PASSWORD``; written directly, so that no audit event comes with it."""
    user = User(username=name, roles=[str(role) for role in roles], **more)
    user.set_password(PASSWORD)
    user.save()
    return user
