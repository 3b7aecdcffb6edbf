from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext

from apps.accounts.choices import Role
from apps.accounts.errors import AccountCode, AccountError
from apps.accounts.models import User
from apps.accounts.services.auditing import audit

# What a person's page may change, and what the audit record therefore holds.
CHANGEABLE = ("first_name", "last_name", "email", "is_active", "roles")


def create_user(
    *, username: str, password: str, roles: list[str], by: User | None = None, **more: str
) -> User:
    """A new person; ``more``: first_name, last_name, email. AccountError says what cannot be.

    The strength of ``password`` is judged by whoever asked for it (forms, command).
    """
    user = User(username=username, roles=_checked(roles), **more)
    user.set_password(password)
    try:
        user.full_clean(validate_unique=False)
    except ValidationError as error:
        raise AccountError(AccountCode.BAD_VALUE, " ".join(error.messages)) from None
    with transaction.atomic():
        _lock()
        if User.objects.filter(username__iexact=user.username).exists():
            raise AccountError(
                AccountCode.NAME_TAKEN, gettext("Somebody here already has the name %s.") % user.username
            )
        user.save()
        audit(user=by, action="accounts.create", subject=_subject(user), after=_facts(user))
    return user


def change_person(*, person: User, by: User, **changes: object) -> User:
    """Change some of CHANGEABLE; the last active system administrator stays one (AccountError)."""
    if unknown := set(changes) - set(CHANGEABLE):
        raise TypeError(f"not changeable: {', '.join(sorted(unknown))}")
    if "roles" in changes:
        changes["roles"] = _checked(changes["roles"])
    with transaction.atomic():
        _lock()
        person = User.objects.get(pk=person.pk)
        before, mattered = _facts(person), _administers(person)
        for name, value in changes.items():
            setattr(person, name, value)
        after = _facts(person)
        if before == after:
            return person
        person.save(update_fields=list(changes))
        if mattered and not User.objects.administrators().exists():
            raise AccountError(
                AccountCode.LAST_ADMINISTRATOR,
                gettext("This is the last system administrator. Give the role to somebody else first."),
            )
        audit(user=by, action="accounts.change", subject=_subject(person), before=before, after=after)
    return person


def set_password(*, person: User, password: str, by: User) -> None:
    """Ends the other sessions of ``person``: they are tied to the password."""
    with transaction.atomic():
        person.set_password(password)
        person.save(update_fields=["password"])
        action = "accounts.own-password" if by.pk == person.pk else "accounts.set-password"
        audit(user=by, action=action, subject=_subject(person))


def _checked(roles) -> list[str]:
    if unknown := set(roles) - set(Role.values):
        raise ValueError(f"not a role: {', '.join(sorted(map(str, unknown)))}")
    return [role for role in Role.values if role in roles]


def _facts(user: User) -> dict[str, object]:
    return {name: getattr(user, name) for name in CHANGEABLE}


def _administers(user: User) -> bool:
    return user.is_active and Role.SYSTEM in user.roles


def _subject(user: User) -> str:
    return f"user:{user.username}"


def _lock() -> None:
    """One at a time: two administrators must not take the role from each other, nor two people one name."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE accounts_user IN SHARE ROW EXCLUSIVE MODE")
