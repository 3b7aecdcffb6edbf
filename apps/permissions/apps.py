from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from apps.accounts import acts
from apps.aus import hindrances
from apps.common import subjects, words
from apps.permissions import stored_reasons as _stored_reasons  # noqa: F401 - remembered by being read
from apps.permissions.words import ALL


class PermissionsConfig(AppConfig):
    name = "apps.permissions"
    label = "permissions"

    def ready(self) -> None:
        from apps.permissions.hindering import (  # noqa: PLC0415 - rows only exist by now
            hindrances as lacking,
        )
        from apps.permissions.models import PublisherAgreement  # noqa: PLC0415

        subjects.register({"agreement": subjects.named(PublisherAgreement, "/permissions/agreements/")})
        hindrances.register(lacking)
        words.register(*ALL)
        acts.register(
            {
                "permissions.agreement": _("entered or changed an agreement"),
                "permissions.move": _("took an agreement to another state"),
                "permissions.lapse": _("noted that an agreement ended"),
                "permissions.renew": _("noted that an agreement renewed itself"),
                "permissions.document": _("added a document to an agreement"),
                "permissions.party": _("changed the parties of an agreement"),
                "permissions.contact": _("wrote into the log of an agreement"),
                "permissions.letter": _("kept a letter as sent"),
                "permissions.reminder": _("marked a reminder as done"),
            }
        )
