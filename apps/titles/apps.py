from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from apps.accounts import acts
from apps.common import words
from apps.titles.words import ALL


class TitlesConfig(AppConfig):
    name = "apps.titles"
    label = "titles"

    def ready(self) -> None:
        words.register(*ALL)
        acts.register(
            {
                "titles.import": _("read a title list"),
                "titles.set-new": _("made a title set"),
                "titles.set-change": _("changed a title set"),
                "titles.set-delete": _("deleted a title set"),
                "titles.set-add": _("put titles into a set"),
                "titles.set-remove": _("took titles out of a set"),
            }
        )
