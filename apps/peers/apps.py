from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from apps.accounts import acts
from apps.common import words
from apps.peers import stored_reasons as _stored_reasons  # noqa: F401 - remembered by being read
from apps.peers.words import ALL


class PeersConfig(AppConfig):
    name = "apps.peers"
    label = "peers"

    def ready(self) -> None:
        words.register(*ALL)
        acts.register(
            {
                "peers.register": _("entered a peer"),
                "peers.enable": _("opened the door to a peer"),
                "peers.disable": _("closed the door to a peer"),
            }
        )
