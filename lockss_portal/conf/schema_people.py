"""Settings of signing in; ``schema.Node`` puts them together with the others."""

from dataclasses import dataclass

from lockss_portal.conf.key import key


@dataclass(frozen=True, kw_only=True)
class SigningIn:
    """Signing in"""

    second_factor_roles: tuple[str, ...] = key(
        (), "roles that need a second factor: system, network, librarian, reports, reader"
    )
    oidc_issuer: str = key(
        "", "identity provider for single sign-on, its issuer: https://login.example.edu/realm; empty: none"
    )
    oidc_name: str = key("", "what the sign-in page calls it; empty: its host name")
    oidc_client_id: str = key("", "this node's name at the identity provider")
    oidc_client_secret: str = key("", "and its secret there", secret=True)
    oidc_private_hosts: tuple[str, ...] = key(
        (),
        "host:port in private ranges that may be asked besides the issuer's own, where its document names them",
    )
    oidc_roles_claim: str = key(
        "roles", "claim with somebody's roles or groups; a dot goes into it: realm.roles"
    )
    oidc_roles: tuple[str, ...] = key(
        (),
        "what a value of that claim means here: library-staff=librarian; given, it rules the roles at each sign-in",
    )
    oidc_new_people: bool = key(
        False,
        "whoever the provider lets in and has a mapped role gets an account; else an administrator binds it",
    )
