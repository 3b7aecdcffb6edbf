from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from apps.accounts import acts
from apps.common import subjects, words
from apps.network.words import ALL
from apps.nodes import replicas


class NetworkConfig(AppConfig):
    name = "apps.network"
    label = "network"

    def ready(self) -> None:
        # Models are loaded only now.
        from apps.network.models import Decision, Member  # noqa: PLC0415
        from apps.network.replicas import members_of_nodes, names_of_members  # noqa: PLC0415

        replicas.provide(members_of_nodes, names_of_members)
        words.register(*ALL)
        subjects.register(
            {
                "member": subjects.named(Member, "/network/members/"),
                "decision": subjects.numbered(_("decision %d"), "/network/decisions/", Decision),
            }
        )
        acts.register(
            {
                "network.member": _("entered or changed a member"),
                "network.contact": _("entered or changed a contact of a member"),
                "network.erase": _("erased the personal data of a contact"),
                "network.node": _("said which node a member has"),
                "network.membership": _("entered or changed an agreement of membership"),
                "network.decision": _("put a decision of the network on record"),
                "network.paper": _("kept a document of the network"),
            }
        )
