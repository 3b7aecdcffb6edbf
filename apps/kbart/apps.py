from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import Role
from apps.common import navigation


class KbartConfig(AppConfig):
    name = "apps.kbart"
    label = "kbart"

    def ready(self) -> None:
        roles = (Role.REPORTS, Role.LIBRARIAN, Role.NETWORK)
        navigation.register(navigation.Place("reports", _("Reports"), "/reports/kbart/", 50, roles))
