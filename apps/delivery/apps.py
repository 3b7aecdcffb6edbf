from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DeliveryConfig(AppConfig):
    name = "apps.delivery"
    label = "delivery"

    def ready(self) -> None:
        from apps.accounts import acts  # noqa: PLC0415 - models must be ready

        acts.register(
            {"delivery.proxy-certificate": _("made the first certificate of the proxies for a site")}
        )
