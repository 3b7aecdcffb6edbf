"""Whose signature on a JAR counts: certificates out of key stores, each once, withdrawn rather than deleted."""

from dataclasses import dataclass

from django.db import transaction

from apps.accounts.models import User
from apps.accounts.services import audit
from apps.common.clock import now
from apps.common.text import storable
from apps.lockss.jar import Certificate, KeystoreError, read_keystore
from apps.plugins.errors import PluginCode, PluginError
from apps.plugins.models import TrustedSigner


@dataclass(frozen=True, slots=True)
class Signers:
    """``added``: new or trusted again; ``known``: trusted already."""

    added: list[TrustedSigner]
    known: list[TrustedSigner]


def add_signers(*, data: bytes, password: str, name: str, user: User | None) -> Signers:
    """Trust every certificate of a key store. The password only opens it and is not kept. PluginError."""
    try:
        found = read_keystore(data, password)
    except KeystoreError as error:
        raise PluginError(PluginCode.KEYSTORE, str(error)) from error
    added, known = [], []
    with transaction.atomic():
        for alias, certificate in found:
            row, made = TrustedSigner.objects.get_or_create(
                fingerprint=certificate.fingerprint, defaults=_columns(certificate, alias, name, user)
            )
            if not made and row.withdrawn_at is None:
                known.append(row)
                continue
            if not made:
                row.withdrawn_at, row.version, row.user = None, row.version + 1, user
                row.save()
            added.append(row)
            audit(
                user=user,
                action="plugins.trust-signer",
                subject=f"signer:{row.fingerprint}",
                after={"subject": row.subject, "keystore": row.keystore},
            )
    return Signers(added, known)


def _columns(certificate: Certificate, alias: str, name: str, user: User | None) -> dict:
    return {
        "alias": storable(alias, 200),
        "subject": storable(certificate.subject, 1000),
        "issuer": storable(certificate.issuer, 1000),
        "not_before": certificate.not_before,
        "not_after": certificate.not_after,
        "der": certificate.der,
        "keystore": storable(name, 200),
        "user": user,
    }


def withdraw_signer(*, signer: TrustedSigner, version: int, user: User) -> TrustedSigner:
    """Its signature no longer counts; what was loaded with it stays loaded. PluginError for an old form."""
    with transaction.atomic():
        row = TrustedSigner.objects.select_for_update().get(pk=signer.pk)
        if row.version != version:
            raise PluginError(
                PluginCode.OLD_FORM, "This signer was changed since the page was shown. Look again."
            )
        if row.withdrawn_at is not None:
            return row
        row.withdrawn_at, row.version = now(), row.version + 1
        row.save()
        audit(
            user=user,
            action="plugins.distrust-signer",
            subject=f"signer:{row.fingerprint}",
            before={"subject": row.subject},
        )
    return row


def trusted_certificates() -> list[Certificate]:
    rows = TrustedSigner.objects.filter(withdrawn_at=None).values_list("der", flat=True)
    return [Certificate(bytes(der)) for der in rows]
