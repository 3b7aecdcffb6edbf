from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from apps.accounts import acts
from apps.common import words
from apps.titles import stored_findings as _stored_findings  # noqa: F401 - remembered by being read
from apps.titles.words import ALL


class TitlesConfig(AppConfig):
    name = "apps.titles"
    label = "titles"

    def ready(self) -> None:
        words.register(*ALL)
        acts.register(
            {
                "titles.import": _("applied a title list"),
                "titles.discard": _("gave up an import of a title list"),
                "titles.undo-import": _("undid an import of a title list"),
                "titles.rename-list": _("renamed a title list"),
                "titles.delete-list": _("deleted a title list that never was applied"),
                "titles.follow": _("let a title list follow an address"),
                "titles.change-address": _("changed the address of a title list"),
                "titles.stop-address": _("stopped following the address of a title list"),
                "titles.fetch": _("had a title list fetched"),
                "titles.set-new": _("made a title set"),
                "titles.set-change": _("changed a title set"),
                "titles.set-delete": _("deleted a title set"),
                "titles.set-add": _("put titles into a set"),
                "titles.set-remove": _("took titles out of a set"),
            }
        )
