"""Second factors: an authenticator app, passkeys, recovery codes. Rows and protocols are allauth's, the rules are here.

``User.second_factor`` says whether there is an app or a passkey; it is written here and nowhere else, with the person's
row locked, so that two pages at once do not leave it wrong.
"""

from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from allauth.mfa.utils import decrypt
from allauth.mfa.webauthn.internal import auth as webauthn
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext

from apps.accounts.choices import Role
from apps.accounts.errors import AccountCode, AccountError
from apps.accounts.models import User
from apps.accounts.services.auditing import audit
from apps.accounts.services.people import shut_out
from apps.common.clock import now
from apps.common.text import storable

Kind = Authenticator.Type
FACTORS = (Kind.TOTP, Kind.WEBAUTHN)
MOST_PASSKEYS = 20


def factors_of(user: User) -> QuerySet:
    """App and passkeys, the oldest first."""
    return Authenticator.objects.filter(user_id=user.pk, type__in=FACTORS).order_by("pk")


def add_totp(*, user: User, secret: str, code: str) -> bool:
    """The app shows ``code``, so it has the secret; whether recovery codes were made for the first time.

    AccountError WRONG_CODE; NAME_TAKEN where there is an app already.
    """
    with transaction.atomic():
        row = _locked(user)
        if factors_of(row).filter(type=Kind.TOTP).exists():
            raise AccountError(
                AccountCode.NAME_TAKEN, gettext("There is an authenticator app already. Take it away first.")
            )
        totp = TOTP.activate(row, secret)
        if not _totp_fits(totp.instance, code):
            raise AccountError(AccountCode.WRONG_CODE, _wrong())
        return _added(row, gettext("authenticator app"))


def add_passkey(*, user: User, name: str, credential: dict) -> bool:
    """``credential``: what the browser made, for the challenge in this session. AccountError WRONG_CODE."""
    with transaction.atomic():
        row = _locked(user)
        if factors_of(row).filter(type=Kind.WEBAUTHN).count() >= MOST_PASSKEYS:
            raise AccountError(
                AccountCode.BAD_VALUE, gettext("That are passkeys enough. Take one away first.")
            )
        try:
            webauthn.parse_registration_response(credential)
            webauthn.complete_registration(credential)
        except (ValidationError, ValueError, TypeError, KeyError, AttributeError):
            raise AccountError(
                AccountCode.WRONG_CODE, gettext("The browser's answer does not fit. Begin again.")
            ) from None
        webauthn.WebAuthn.add(row, storable(name, 60), credential)
        return _added(row, name)


def remove_factor(*, user: User, pk: int, demanded: bool) -> str:
    """Its name. AccountError where it is the last one and ``demanded`` by a role."""
    with transaction.atomic():
        row = _locked(user)
        factor = factors_of(row).filter(pk=pk).first()
        if factor is None:
            return ""
        if demanded and factors_of(row).count() == 1:
            said = gettext("Your role needs a second factor. Add another one before you take this away.")
            raise AccountError(AccountCode.BAD_VALUE, said)
        name = factor_name(factor)
        factor.delete()
        _note(row)
        audit(
            user=user, action="accounts.factor-remove", subject=f"user:{row.username}", before={"name": name}
        )
    return name


def reset_factors(*, person: User, by: User) -> None:
    """For somebody who lost them all: every factor goes, every session and token ends. An administrator's act."""
    if by.pk == person.pk or not by.has_role(Role.SYSTEM):
        raise AccountError(AccountCode.BAD_VALUE, gettext("Another administrator has to do that."))
    with transaction.atomic():
        row = _locked(person)
        names = [factor_name(factor) for factor in factors_of(row)]
        Authenticator.objects.filter(user_id=row.pk).delete()
        _note(row)
        shut_out(row)
        row.save(update_fields=["access_version"])
        audit(
            user=by, action="accounts.factors-reset", subject=f"user:{row.username}", before={"names": names}
        )


def new_recovery_codes(*, user: User) -> list[str]:
    """Ten, each good once; those before are good no more. AccountError where there is no factor to recover."""
    with transaction.atomic():
        row = _locked(user)
        if not row.second_factor:
            raise AccountError(AccountCode.BAD_VALUE, gettext("Set up a second factor first."))
        Authenticator.objects.filter(user_id=row.pk, type=Kind.RECOVERY_CODES).delete()
        codes = RecoveryCodes.activate(row).generate_codes()
        audit(user=user, action="accounts.recovery-codes", subject=f"user:{row.username}")
    return codes


def recovery_codes_left(user: User) -> int:
    row = Authenticator.objects.filter(user_id=user.pk, type=Kind.RECOVERY_CODES).first()
    return len(RecoveryCodes(row).get_unused_codes()) if row else 0


def use_code(*, user: User, code: str) -> bool:
    """Whether it is the app's code of now, or a recovery code; either is good once."""
    with transaction.atomic():
        rows = list(
            Authenticator.objects.select_for_update()
            .filter(user_id=user.pk, type__in=(Kind.TOTP, Kind.RECOVERY_CODES))
            .order_by("pk")
        )
        for row in rows:
            if row.type == Kind.TOTP and _totp_fits(row, code):
                row.record_usage()
                return True
            if row.type == Kind.RECOVERY_CODES and RecoveryCodes(row).validate_code(code):
                left = recovery_codes_left(user)
                audit(
                    user=user,
                    action="accounts.recovery-code-used",
                    subject=f"user:{user.username}",
                    after={"left": left},
                )
                return True
    return False


def use_passkey(*, response: dict, user: User | None = None) -> User | None:
    """Whose passkey signed the challenge in this session; None: nobody's. ``user``: it must be theirs."""
    try:
        owner = user or webauthn.extract_user_from_response(response)
        with transaction.atomic():
            webauthn.complete_authentication(owner, response).record_usage()
    except (ValidationError, ValueError, TypeError, KeyError, AttributeError):
        return None
    finally:
        # A challenge is good for one answer, right or wrong.
        webauthn.clear_state()
    return owner if owner.is_active else None


def factor_name(factor: Authenticator) -> str:
    return factor.data["name"] if factor.type == Kind.WEBAUTHN else gettext("authenticator app")


def _added(row: User, name: str) -> bool:
    first = not Authenticator.objects.filter(user_id=row.pk, type=Kind.RECOVERY_CODES).exists()
    if first:
        RecoveryCodes.activate(row)
    _note(row)
    audit(user=row, action="accounts.factor-add", subject=f"user:{row.username}", after={"name": name})
    return first


def _note(row: User) -> None:
    row.second_factor = factors_of(row).exists()
    if not row.second_factor:
        Authenticator.objects.filter(user_id=row.pk).delete()
    row.save(update_fields=["second_factor"])


def _locked(user: User) -> User:
    return User.objects.select_for_update().get(pk=user.pk)


def _totp_fits(row: Authenticator, code: str) -> bool:
    """A step that was used, and every step before it, is over: in the row, where no cache can lose it."""
    typed = "".join(code.split())
    secret, step = decrypt(row.data["secret"]), int(now().timestamp()) // app_settings.TOTP_PERIOD
    last = row.data.get("last_step", -1)
    for one in range(step - app_settings.TOTP_TOLERANCE, step + app_settings.TOTP_TOLERANCE + 1):
        if constant_time_compare(typed, format_hotp_value(hotp_value(secret, one))) and one > last:
            row.data["last_step"] = one
            row.save(update_fields=["data"])
            return True
    return False


def _wrong() -> str:
    return gettext("This is not the code that the app shows now. Is the telephone's clock right?")
