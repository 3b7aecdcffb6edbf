from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from apps.accounts import acts
from apps.common import navigation, words
from apps.nodes.words import ALL


class NodesConfig(AppConfig):
    name = "apps.nodes"
    label = "nodes"

    def ready(self) -> None:
        for place in (
            navigation.Place("home", _("Home"), "/", 0),
            navigation.Place("aus", _("Archival units"), "/aus/", 20),
            navigation.Place("permissions", _("Permissions"), "/permissions/", 30),
            navigation.Place("polls", _("Polls"), "/polls/", 40),
            navigation.Place("status", _("Status"), "/status/", 45),
            navigation.Place("node", _("Node"), "/node/", 60),
            navigation.Place("network", _("Network"), "/network/", 70),
        ):
            navigation.register(place)
        words.register(*ALL)
        acts.register(
            {
                "crawls.now": _("had archival units collected"),
                "polls.now": _("called a poll"),
                "jobs.cancel": _("stopped work"),
                "jobs.retry": _("had work done again"),
                "findings.resolve": _("closed a finding"),
                "nodes.year-report": _("had a year's report counted"),
                "findings.seen": _("read findings"),
            }
        )
