"""The identity provider of the settings, spoken to with allauth's OpenID Connect; who it means is settled elsewhere.

``begin(request, ...)`` sends the browser there, ``finish(request)`` reads what it brought back. The ID token's signature,
issuer, audience, time and nonce are checked whoever carried it, and the code is bound to this browser (state) and to
this request (PKCE).
"""

import hashlib
import secrets
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import jwt
import requests
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.internal import statekit
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils.crypto import constant_time_compare

from apps.common.http_guard import Guard
from apps.common.http_session import guarded_session
from apps.lockss.fetch import parse_target

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA")
TIMEOUT_S = 10
LEEWAY_S = 60
APP = "sso"


class ProviderFault(Exception):  # noqa: N818 - told to people in words, never shown itself
    """The provider, or what came in its name, is not as it must be."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the provider says of somebody; ``goal`` and ``bind`` are ours, from before they left."""

    issuer: str
    subject: str
    claims: dict = field(default_factory=dict)
    goal: str = "/"
    bind: int = 0


def provider_name() -> str:
    """What pages call it; empty: there is none."""
    node = settings.NODE
    return (node.oidc_name or urlsplit(node.oidc_issuer).hostname or "") if node.oidc_issuer else ""


def provider_key(issuer: str) -> str:
    """Names an issuer in allauth's rows: another issuer never means the people of this one."""
    return f"oidc:{hashlib.sha256(issuer.encode()).hexdigest()[:24]}"


def begin(request: HttpRequest, *, goal: str, bind: int = 0) -> HttpResponse:
    """A redirect to the provider. ProviderFault: it cannot be reached, or is another one than it should be."""
    nonce = secrets.token_urlsafe(24)
    provider = _provider(request)
    try:
        return provider.redirect(
            request,
            AuthProcess.LOGIN,
            data={"nonce": nonce, "goal": goal, "bind": bind},
            auth_params={"nonce": nonce},
        )
    except (requests.RequestException, OAuth2Error, KeyError, ValueError, TypeError) as error:
        raise ProviderFault(str(error)) from error


def was_begun(request: HttpRequest) -> bool:
    """Whether this browser was sent to the provider with the state that it brings back; looking does not use it."""
    return request.GET.get("state", "") in statekit.get_states(request)


def finish(request: HttpRequest) -> Said:
    """ProviderFault: refused there, not begun here, or a token that does not hold."""
    provider = _provider(request)
    state_id = request.GET.get("state", "")
    state = (
        statekit.unstash_state(request, provider_id=provider.sub_id, state_id=state_id) if state_id else None
    )
    if state is None:
        raise ProviderFault("this sign-in was not begun in this browser, or more than ten minutes ago")
    if "code" not in request.GET:
        raise ProviderFault(f"the provider answered {request.GET.get('error', 'nothing')[:80]}")
    try:
        adapter = provider.get_oauth2_adapter(request)
        client = adapter.get_client(request, provider.app)
        answer = adapter.get_access_token_data(
            request, provider.app, client, pkce_code_verifier=state.get("pkce_code_verifier")
        )
        claims = adapter.checked_claims(answer, state["data"]["nonce"])
    except (requests.RequestException, jwt.PyJWTError, OAuth2Error, KeyError, ValueError, TypeError) as error:
        raise ProviderFault(str(error)) from error
    return Said(
        settings.NODE.oidc_issuer, str(claims["sub"]), claims, state["data"]["goal"], state["data"]["bind"]
    )


def _guard() -> Guard:
    """The issuer that the settings name may stand anywhere; whom its document names besides, only where it is public,
    or named by the settings too."""
    node = settings.NODE
    target = parse_target(node.oidc_issuer)
    issuer = [f"{target.host}:{target.port}"] if target else []
    return Guard.of((*issuer, *node.oidc_private_hosts))


class PortalSocialAdapter(DefaultSocialAccountAdapter):
    """One provider, from the node's settings; nothing is asked for long, and nobody is followed elsewhere."""

    def list_apps(self, request, provider=None, client_id=None) -> list[SocialApp]:
        return [_app()] if settings.NODE.oidc_issuer and provider in (None, APP, "openid_connect") else []

    def get_requests_session(self) -> requests.Session:
        return guarded_session(_guard(), seconds=TIMEOUT_S)


class _Adapter(OpenIDConnectOAuth2Adapter):
    def get_provider(self) -> OpenIDConnectProvider:
        return _provider(self.request)

    def get_callback_url(self, request, app) -> str:
        return settings.NODE.public_url + resolve_url("accounts:sso-back")

    @property
    def openid_config(self) -> dict:
        """As allauth reads it, and it must speak for the issuer that was asked (RFC 8414 §3.3)."""
        found = super().openid_config
        if found["issuer"] != settings.NODE.oidc_issuer:
            raise OAuth2Error(f"the document names the issuer {found['issuer']!r}")
        return found

    def checked_claims(self, answer: dict, nonce: str) -> dict:
        """Claims of the ID token, with what the provider tells besides of the same person."""
        token = answer["id_token"]
        claims = jwt.decode(
            token,
            key=self._key(token),
            algorithms=list(ALGORITHMS),
            issuer=settings.NODE.oidc_issuer,
            audience=settings.NODE.oidc_client_id,
            leeway=LEEWAY_S,
            options={"require": ["exp", "iat", "iss", "aud", "sub"]},
        )
        if not constant_time_compare(str(claims.get("nonce", "")), nonce):
            raise OAuth2Error("the token was made for another sign-in")
        if not claims["sub"] or len(str(claims["sub"])) > 191:
            raise OAuth2Error("the token names nobody")
        if "userinfo_endpoint" in self.openid_config:
            more = self._fetch_user_info(answer["access_token"])
            if more.get("sub") != claims["sub"]:
                raise OAuth2Error("userinfo speaks of somebody else")
            claims = {**more, **claims}
        return claims

    def _key(self, token: str):
        header = jwt.get_unverified_header(token)
        with PortalSocialAdapter(self.request).get_requests_session() as session:
            answer = session.get(self.openid_config["jwks_uri"])
            answer.raise_for_status()
        keys = jwt.PyJWKSet.from_dict(answer.json()).keys
        fitting = [key for key in keys if header.get("kid") in (None, key.key_id)]
        if len(fitting) != 1:
            raise OAuth2Error("no key of the provider fits the token")
        return fitting[0].key


class _Provider(OpenIDConnectProvider):
    oauth2_adapter_class = _Adapter
    pkce_enabled_default = True


def _provider(request: HttpRequest) -> _Provider:
    return _Provider(request, app=_app())


def _app() -> SocialApp:
    node = settings.NODE
    return SocialApp(
        provider="openid_connect",
        provider_id=APP,
        name=provider_name(),
        client_id=node.oidc_client_id,
        secret=node.oidc_client_secret,
        settings={"server_url": node.oidc_issuer, "oauth_pkce_enabled": True},
    )
