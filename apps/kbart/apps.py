from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from apps.accounts import acts, other_keys
from apps.accounts.choices import Role
from apps.common import first_page, navigation, subjects, words


class KbartConfig(AppConfig):
    name = "apps.kbart"
    label = "kbart"

    def ready(self) -> None:
        # Words need the models of titles, which are not there while apps are read.
        from apps.kbart.first_page import events, needs  # noqa: PLC0415
        from apps.kbart.lists import keys_of  # noqa: PLC0415
        from apps.kbart.subjects import KINDS  # noqa: PLC0415
        from apps.kbart.words import ALL  # noqa: PLC0415

        first_page.register("kbart", first_page.Teller(needs, events))
        words.register(*ALL)
        other_keys.register(keys_of)
        subjects.register(KINDS)
        acts.register(
            {
                "kbart.series-new": _("kept a report that is made again and again"),
                "kbart.series-change": _("changed how a report is made again"),
                "kbart.series-end": _("ended a report that was made again"),
                "kbart.edition": _("had an edition of a report made"),
                "kbart.key-new": _("made a key for a knowledge base"),
                "kbart.key-revoke": _("withdrew a key of a knowledge base"),
            }
        )
        roles = (Role.REPORTS, Role.LIBRARIAN, Role.NETWORK)
        navigation.register(navigation.Place("reports", _("Reports"), "/reports/", 50, roles))
