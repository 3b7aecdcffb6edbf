from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from apps.accounts import acts
from apps.common import navigation


class DeliveryConfig(AppConfig):
    name = "apps.delivery"
    label = "delivery"

    def ready(self) -> None:
        navigation.belong("permissions", "/serving/")
        acts.register(
            {
                "delivery.rule": _("said who may read"),
                "delivery.readers": _("changed who the own readers are"),
                "delivery.proxy": _("changed an institution's proxy"),
                "delivery.proxy-certificate": _("made the first certificate of the proxies for a site"),
                "delivery.trigger-proposed": _("proposed a trigger event"),
                "delivery.trigger-confirmed": _("confirmed a trigger event"),
                "delivery.trigger-withdrawn": _("withdrew a trigger event"),
            }
        )
