from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.accounts import acts
from apps.common import navigation, subjects, words
from apps.nodes import alert_words
from apps.nodes import stored_reasons as _stored_reasons  # noqa: F401 - remembered by being read
from apps.nodes.words import ALL
from apps.plugins import counting


class NodesConfig(AppConfig):
    name = "apps.nodes"
    label = "nodes"

    def ready(self) -> None:
        # These need the models, which are not there before.
        from apps.aus.services.collection_counts import tells_agreed  # noqa: PLC0415
        from apps.aus.standing import tells_standing  # noqa: PLC0415
        from apps.nodes.agreed import agreed_by_record  # noqa: PLC0415
        from apps.nodes.said_of import standing_said  # noqa: PLC0415
        from apps.nodes.subjects import KINDS  # noqa: PLC0415

        tells_agreed(agreed_by_record)
        tells_standing(standing_said)
        subjects.register(KINDS)
        for place in (
            navigation.Place("home", _("Home"), "/", 0),
            navigation.Place("aus", pgettext_lazy("place", "Archival units"), "/aus/", 20),
            navigation.Place("permissions", _("Permissions"), "/permissions/", 30),
            navigation.Place("polls", _("Polls"), "/polls/", 40),
            navigation.Place("status", _("Status"), "/status/", 45),
            navigation.Place("node", _("Node"), "/node/", 60),
            navigation.Place("network", _("Network"), "/network/", 70),
        ):
            navigation.register(place)
        below = (
            "/lists/",
            "/sets/",
            "/publishers/",
            "/holdings/",
            "/collections/",
            "/selections/",
            "/subscriptions/",
        )
        navigation.belong("titles", *below)
        navigation.belong("polls", "/repairs/")
        navigation.belong("reports", "/reports/")
        navigation.belong("node", "/jobs/", "/findings/", "/crawls/", "/checks/", "/alerts/", "/log/")
        navigation.belong("status", "/report/")
        navigation.belong("network", "/peers/")
        words.register(*ALL, *alert_words.ALL)
        # Models are loaded only now.
        from apps.nodes.services.uses import catch_up  # noqa: PLC0415

        counting.provide(catch_up)
        acts.register(
            {
                "crawls.now": _("had archival units collected"),
                "crawls.anew": _("had an archival unit collected anew"),
                "content.check": _("asked that stored bytes be read"),
                "content.repair": _("had an archival unit repaired"),
                "polls.now": _("called a poll"),
                "jobs.cancel": _("stopped work"),
                "jobs.pause": _("paused work"),
                "jobs.resume": _("let work go on"),
                "jobs.first": _("put work first in line"),
                "jobs.retry": _("had work done again"),
                "findings.resolve": _("closed a finding"),
                "alerts.acknowledge": _("acknowledged an alert"),
                "alerts.rules": _("changed what they are told of alerts"),
                "nodes.year-report": _("had a year's report counted"),
                "findings.seen": _("read findings"),
            }
        )
