import hashlib
import json

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext

from apps.accounts.choices import Role
from apps.accounts.errors import AccountCode, AccountError
from apps.accounts.models import PortalSession, User
from apps.accounts.services.auditing import audit

# What a person's page may change, and what the audit record therefore holds.
CHANGEABLE = ("first_name", "last_name", "email", "is_active", "roles")
# "PEOP" in ASCII.
LOCK = 0x50454F50


def create_user(
    *, username: str, password: str | None, roles: list[str], by: User | None = None, **more: str
) -> User:
    """A new person; ``more``: first_name, last_name, email. AccountError says what cannot be.

    The strength of ``password`` is judged by whoever asked for it (forms, command); None: no password lets them in.
    """
    user = User(username=username, roles=_checked(roles), **more)
    user.set_password(password)
    try:
        user.full_clean(validate_unique=False)
    except ValidationError as error:
        raise AccountError(AccountCode.BAD_VALUE, " ".join(error.messages)) from None
    with transaction.atomic():
        lock_people()
        if User.objects.filter(username__iexact=user.username).exists():
            raise AccountError(
                AccountCode.NAME_TAKEN, gettext("Somebody here already has the name %s.") % user.username
            )
        user.save()
        audit(user=by, action="accounts.create", subject=_subject(user), after=_facts(user))
    return user


def change_person(
    *, person: User, by: User | None, keep_session: str = "", seen: str | None = None, **changes: object
) -> User:
    """Change some of CHANGEABLE; the last active system administrator stays one (AccountError).

    A lost role and a closed account end what let the person in (``shut_out``). ``seen``: the ``mark_of`` what was
    changed; AccountError MEANWHILE where the person is another by now, or the mark is empty. None: nobody looked.
    """
    if unknown := set(changes) - set(CHANGEABLE):
        raise TypeError(f"not changeable: {', '.join(sorted(unknown))}")
    if "roles" in changes:
        changes["roles"] = _checked(changes["roles"])
    with transaction.atomic():
        lock_people()
        person = User.objects.select_for_update().get(pk=person.pk)
        if seen == "":
            raise AccountError(
                AccountCode.MEANWHILE,
                gettext(
                    "What was sent does not say which state of this person it was made from, so nothing was saved. Roles and "
                    "access stand below as they are now: look at them, and save again."
                ),
            )
        if seen is not None and seen != mark_of(person):
            raise AccountError(
                AccountCode.MEANWHILE,
                gettext(
                    "This person was changed by somebody else since you opened the page. Roles and access stand below "
                    "as they are now: look at them, and save again."
                ),
            )
        before, mattered = _facts(person), _administers(person)
        for name, value in changes.items():
            setattr(person, name, value)
        after = _facts(person)
        if before == after:
            return person
        lost = set(before["roles"]) - set(after["roles"]) or (before["is_active"] and not after["is_active"])
        if lost:
            shut_out(person, keep_session=keep_session)
        person.save(update_fields=[*changes, "access_version"])
        if mattered and not User.objects.administrators().exists():
            raise AccountError(
                AccountCode.LAST_ADMINISTRATOR,
                gettext("This is the last system administrator. Give the role to somebody else first."),
            )
        audit(user=by, action="accounts.change", subject=_subject(person), before=before, after=after)
    return person


def mark_of(person: User) -> str:
    """Names what of ``person`` can be changed, as it is now."""
    return hashlib.sha256(json.dumps(_facts(person), sort_keys=True).encode()).hexdigest()


def set_password(*, person: User, password: str, by: User, keep_session: str = "") -> None:
    """Ends the sessions of ``person`` (but the one with the key ``keep_session``), their tokens and open links."""
    with transaction.atomic():
        _refresh(person)
        person.set_password(password)
        shut_out(person, keep_session=keep_session)
        person.save(update_fields=["password", "access_version"])
        action = "accounts.own-password" if by.pk == person.pk else "accounts.set-password"
        audit(user=by, action=action, subject=_subject(person))


def set_own_ways(*, person: User, language: str, time_zone: str) -> None:
    """How pages speak to ``person``; empty: as the browser asks, as the node has it."""
    person.language, person.time_zone = language, time_zone
    person.save(update_fields=["language", "time_zone"])


def shut_out(person: User, keep_session: str = "") -> None:
    """Whatever let ``person`` in until now does so no more; the caller saves ``access_version``.

    A session that is kept is bound to the new version by the caller (``update_session_auth_hash``).
    """
    person.access_version += 1
    PortalSession.objects.filter(user=person).exclude(pk=keep_session).delete()


def _refresh(person: User) -> None:
    """The version that counts is the row's, not the one that a request read a while ago."""
    row = User.objects.select_for_update().get(pk=person.pk)
    person.access_version = row.access_version


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


def lock_people() -> None:
    """One at a time: two administrators must not take the role from each other, nor two people one name.

    A lock of its own, taken before that of any row. One of the whole table would wait for whoever holds a person's row
    and is about to write it, and they for this.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, 1)", [LOCK])
