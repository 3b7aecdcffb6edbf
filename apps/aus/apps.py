from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from apps.accounts import acts
from apps.aus.words import ALL
from apps.common import navigation, words
from apps.plugins import samples


class AusConfig(AppConfig):
    name = "apps.aus"
    label = "aus"

    def ready(self) -> None:
        from apps.aus.services.plugin_trials import has_stored  # noqa: PLC0415 - rows only exist by now

        samples.register(has_stored)
        # These need the models, which are not there before.
        from apps.aus.queries import titles_of_query  # noqa: PLC0415
        from apps.aus.services.standing import loaded, still_here  # noqa: PLC0415
        from apps.titles.services import reads_queries, stands, tells_loaded  # noqa: PLC0415

        reads_queries(titles_of_query)
        stands("aus.Au", still_here)
        tells_loaded(loaded)
        navigation.register(navigation.Place("titles", _("Titles"), "/titles/", 10))
        words.register(*ALL)
        acts.register(
            {
                "aus.select": _("selected archival units"),
                "aus.deactivate": _("deactivated archival units"),
                "aus.reactivate": _("re-activated archival units"),
                "aus.subscribe": _("subscribed to what appears"),
                "aus.unsubscribe": _("ended a subscription"),
                "aus.holdings": _("uploaded a list of holdings"),
                "aus.holdings-columns": _("said what the columns of a list mean"),
                "aus.holdings-decide": _("decided what a line of a list means"),
                "aus.holdings-forget": _("took a decision about lines back"),
                "aus.holdings-strike": _("struck lines of a list, or took them in again"),
                "aus.holdings-hand": _("handed a proposal to a colleague"),
                "aus.holdings-take-back": _("took a proposal back"),
                "aus.collection-add": _("described a collection"),
                "aus.collection-change": _("changed the record of a collection"),
                "aus.collection-close": _("closed the record of a collection"),
                "aus.collection-reopen": _("opened the record of a collection again"),
            }
        )
