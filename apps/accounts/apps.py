from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.utils.translation import gettext_lazy as _

from apps.accounts import stored_reasons as _stored_reasons  # noqa: F401 - remembered by being read
from apps.accounts.choices import Role
from apps.accounts.words import ACTIVE, BLOCKED, TOKEN_GOOD, TOKEN_OVER
from apps.common import navigation, words


class AccountsConfig(AppConfig):
    name = "apps.accounts"
    label = "accounts"

    def ready(self) -> None:
        user_logged_in.connect(_describe_session, dispatch_uid="accounts.describe-session")
        navigation.register(
            navigation.Place("people", _("People"), "/accounts/people/", 90, roles=(Role.SYSTEM,))
        )
        words.register(ACTIVE, BLOCKED, TOKEN_GOOD, TOKEN_OVER)


def _describe_session(sender, request, **_) -> None:
    """Whoever begins a session, it can be seen and ended."""
    # Models are not there yet when this module is read.
    from apps.accounts.sessions import ABOUT, describe  # noqa: PLC0415

    if ABOUT not in request.session:
        describe(request)
