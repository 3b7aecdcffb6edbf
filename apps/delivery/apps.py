from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from apps.accounts import acts
from apps.common import navigation, subjects


class DeliveryConfig(AppConfig):
    name = "apps.delivery"
    label = "delivery"

    def ready(self) -> None:
        # Subjects need models, which are not there while apps are read.
        from apps.delivery.subjects import KINDS  # noqa: PLC0415

        subjects.register(KINDS)
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
                "reading.content": _("was let in to stored content as it was collected"),
            }
        )
