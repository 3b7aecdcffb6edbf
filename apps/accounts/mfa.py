"""How allauth's second factors stand in this portal (``settings.MFA_ADAPTER``)."""

import base64

from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class PortalMfaAdapter(DefaultMFAAdapter):
    """Secrets are kept encrypted under the node's secret key: a copy of the database alone makes no codes."""

    def encrypt(self, text: str) -> str:
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _box().decrypt(encrypted_text.encode()).decode()

    def get_totp_issuer(self) -> str:
        return settings.NODE.name

    def get_totp_label(self, user) -> str:
        return user.username

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {**super().get_public_key_credential_rp_entity(), "name": settings.NODE.name}

    def get_public_key_credential_user_entity(self, user) -> dict:
        # The handle is read back by allauth in the same writing (base 36): by it alone a passkey names its owner.
        return {
            "id": user_pk_to_url_str(user).encode(),
            "name": user.username,
            "display_name": user.display_name,
        }


def _box() -> Fernet:
    key = HKDF(SHA256(), 32, salt=None, info=b"second factors").derive(settings.SECRET_KEY.encode())
    return Fernet(base64.urlsafe_b64encode(key))
