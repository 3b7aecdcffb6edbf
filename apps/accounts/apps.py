from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import Role
from apps.accounts.words import ACTIVE, BLOCKED
from apps.common import navigation, words


class AccountsConfig(AppConfig):
    name = "apps.accounts"
    label = "accounts"

    def ready(self) -> None:
        navigation.register(
            navigation.Place("people", _("People"), "/accounts/people/", 90, roles=(Role.SYSTEM,))
        )
        words.register(ACTIVE, BLOCKED)
