"""Who somebody of the identity provider is here. Bound by an act: never by an e-mail address or a name that is the same."""

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext

from apps.accounts.choices import Role
from apps.accounts.errors import AccountCode, AccountError
from apps.accounts.models import User
from apps.accounts.oidc import Said, provider_key
from apps.accounts.services.auditing import audit
from apps.accounts.services.people import change_person, create_user
from apps.common.text import one_line, storable

LONGEST_NAME = 150


def identities_of(user: User) -> QuerySet:
    return SocialAccount.objects.filter(user_id=user.pk).order_by("pk")


def person_of(said: Said) -> User:
    """The person of this identity, with the roles that the provider says. AccountError: nobody here, or closed."""
    row = SocialAccount.objects.filter(provider=provider_key(said.issuer), uid=said.subject).first()
    if row is None:
        user = _newcomer(said)
    else:
        user = User.objects.get(pk=row.user_id)
        row.extra_data = _kept(said)
        row.save()
        user = _with_roles(user, said)
    if not user.is_active:
        raise AccountError(AccountCode.BAD_VALUE, gettext("Your account at this node is closed."))
    return user


def bind_identity(*, user: User, said: Said) -> None:
    """From now on this identity is ``user``. AccountError: it is somebody else already."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        row, made = SocialAccount.objects.get_or_create(
            provider=provider_key(said.issuer),
            uid=said.subject,
            defaults={"user": user, "extra_data": _kept(said)},
        )
        if row.user_id != user.pk:
            raise AccountError(
                AccountCode.NAME_TAKEN, gettext("This identity belongs to somebody else at this node.")
            )
        if made:
            audit(
                user=user, action="accounts.identity-bind", subject=f"user:{user.username}", after=_told(said)
            )


def release_identity(*, user: User, pk: int, by: User) -> bool:
    """Whether there was such a one; AccountError where nothing else would let the person in."""
    with transaction.atomic():
        row = SocialAccount.objects.filter(pk=pk, user_id=user.pk).first()
        if row is None:
            return False
        if by.pk == user.pk and not user.has_usable_password():
            said = gettext(
                "You have no password: this is how you sign in. Ask an administrator for a link first."
            )
            raise AccountError(AccountCode.BAD_VALUE, said)
        row.delete()
        audit(
            user=by,
            action="accounts.identity-release",
            subject=f"user:{user.username}",
            before={"sub": row.uid},
        )
    return True


def roles_from(claims: dict) -> list[str]:
    """What the values of the claim ``oidc_roles_claim`` mean here, by ``oidc_roles``."""
    value: object = claims
    for name in settings.NODE.oidc_roles_claim.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    values = {value} if isinstance(value, str) else {one for one in value or () if isinstance(one, str)}
    pairs = (pair.rpartition("=") for pair in settings.NODE.oidc_roles)
    found = {role for given, _, role in pairs if given in values}
    return [role for role in Role.values if role in found]


def _newcomer(said: Said) -> User:
    roles = roles_from(said.claims)
    if not settings.NODE.oidc_new_people or not roles:
        raise AccountError(
            AccountCode.BAD_VALUE,
            gettext(
                "Nobody here is bound to this identity yet. Sign in with your password and bind it on your own page, "
                "or ask a system administrator of this node."
            ),
        )
    claims = said.claims
    name = storable(claims.get("preferred_username") or claims.get("email") or said.subject, LONGEST_NAME)
    with transaction.atomic():
        try:
            user = create_user(
                username=name,
                password=None,
                roles=roles,
                first_name=one_line(claims.get("given_name", ""), 150),
                last_name=one_line(claims.get("family_name", ""), 150),
                email=storable(claims.get("email", ""), 254),
            )
        except AccountError as error:
            if error.code != AccountCode.NAME_TAKEN:
                raise
            text = gettext(
                "Somebody here already has the name %s. If that is you, sign in with your password and bind this "
                "identity on your own page."
            )
            raise AccountError(AccountCode.NAME_TAKEN, text % name) from None
        bind_identity(user=user, said=said)
    return user


def _with_roles(user: User, said: Said) -> User:
    if not settings.NODE.oidc_roles or not user.is_active:
        return user
    roles = roles_from(said.claims)
    if not roles and not set(user.roles):
        return user
    return change_person(person=user, by=None, roles=roles)


def _kept(said: Said) -> dict:
    names = ("preferred_username", "email", "name")
    return {
        "iss": said.issuer,
        **{name: storable(said.claims[name], 200) for name in names if name in said.claims},
    }


def _told(said: Said) -> dict:
    return {"issuer": said.issuer, "sub": said.subject}
