from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from apps.accounts import acts
from apps.aus.words import ALL
from apps.common import navigation, words


class AusConfig(AppConfig):
    name = "apps.aus"
    label = "aus"

    def ready(self) -> None:
        navigation.register(navigation.Place("titles", _("Titles"), "/titles/", 10))
        words.register(*ALL)
        acts.register(
            {
                "aus.select": _("selected archival units"),
                "aus.deactivate": _("deactivated archival units"),
                "aus.reactivate": _("re-activated archival units"),
                "aus.subscribe": _("subscribed to what appears"),
                "aus.unsubscribe": _("ended a subscription"),
                "aus.collection-add": _("described a collection"),
                "aus.collection-change": _("changed the record of a collection"),
                "aus.collection-close": _("closed the record of a collection"),
                "aus.collection-reopen": _("opened the record of a collection again"),
            }
        )
