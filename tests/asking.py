"""Who may open a page, tried: the right person, the wrong person, nobody."""

from collections.abc import Iterable
from itertools import count

from apps.accounts.choices import Role
from apps.accounts.models import AuditEvent
from tests.accounts.factories import make_person

_numbers = count(1)


def as_person(client, *roles: Role):
    """Signs a new person with these roles in; returns the person."""
    person = make_person(f"person{next(_numbers)}", *roles)
    client.force_login(person)
    return person


def check_reading(client, path: str, template: str = "") -> str:
    """Nobody is sent to sign in, whoever is signed in reads, nobody posts; returns the page."""
    client.logout()
    answer = client.get(path)
    assert answer.status_code == 302, path
    assert answer["Location"].startswith("/accounts/sign-in/?next="), path
    as_person(client)
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.content[:500])
    assert client.post(path).status_code == 405, path
    if template:
        assert template in [one.name for one in answer.templates], path
    return answer.content.decode()


def check_acting(client, path: str, allowed: Iterable[Role], data: dict | None = None) -> None:
    """Nobody and the wrong people change nothing and leave no trace in the audit record; nobody acts by GET."""
    client.logout()
    before = AuditEvent.objects.count()
    assert client.post(path, data or {})["Location"].startswith("/accounts/sign-in/"), path
    for role in set(Role) - set(allowed) - {Role.SYSTEM}:
        as_person(client, role)
        assert client.post(path, data or {}).status_code == 403, (path, role)
    as_person(client, *allowed)
    assert client.get(path).status_code == 405, path
    assert AuditEvent.objects.count() == before


def last_audit() -> AuditEvent:
    return AuditEvent.objects.order_by("-id").first()
