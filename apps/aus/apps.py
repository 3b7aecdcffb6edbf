from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from apps.accounts import acts
from apps.aus.words import ALL
from apps.common import navigation, words


class AusConfig(AppConfig):
    name = "apps.aus"
    label = "aus"

    def ready(self) -> None:
        # These need the models, which are not there before.
        from apps.aus.queries import titles_of_query  # noqa: PLC0415
        from apps.titles.services import reads_queries  # noqa: PLC0415

        reads_queries(titles_of_query)
        navigation.register(navigation.Place("titles", _("Titles"), "/titles/", 10))
        words.register(*ALL)
        acts.register(
            {
                "aus.select": _("selected archival units"),
                "aus.deactivate": _("deactivated archival units"),
                "aus.reactivate": _("re-activated archival units"),
                "aus.subscribe": _("subscribed to what appears"),
                "aus.unsubscribe": _("ended a subscription"),
            }
        )
