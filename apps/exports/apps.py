from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from apps.accounts import acts
from apps.common import navigation, subjects, words


class ExportsConfig(AppConfig):
    name = "apps.exports"
    label = "exports"

    def ready(self) -> None:
        # Words need models, which are not there while apps are read.
        from apps.exports import stored_findings, stored_reasons  # noqa: F401, PLC0415
        from apps.exports.subjects import KINDS  # noqa: PLC0415
        from apps.exports.words import ALL  # noqa: PLC0415

        words.register(*ALL)
        subjects.register(KINDS)
        acts.register(
            {
                "exports.ask": _("asked for an export"),
                "exports.retry": _("had an export tried again"),
                "exports.drop": _("deleted an export"),
                "exports.import-ask": _("asked for an import of a package"),
                "exports.import-retry": _("had an import of a package tried again"),
                "exports.import": _("took a package into the store"),
                "reading.export": _("downloaded a file of an export"),
            }
        )
        navigation.belong("aus", "/exports/")
        navigation.belong("aus", "/imports/")
