"""Whose usage can be reported: all of it, the own readers', and that of each institution's proxy."""

from dataclasses import dataclass

from django.conf import settings
from django.db.models import Q

from apps.delivery.models import InstitutionProxy
from apps.lockss.usage import WORLD
from apps.usage.choices import OWN, PROXY
from apps.usage.models import UsageMonth


@dataclass(frozen=True, slots=True)
class Customer:
    """``id`` is SUSHI's ``customer_id``; ``name`` that of the institution."""

    id: str
    name: str

    @property
    def condition(self) -> Q:
        """Of months."""
        return Q() if self.id == WORLD else Q(customer=self.id)


def customers() -> list[Customer]:
    """A proxy that is no longer let in keeps its name as long as something was read over it."""
    proxies = {PROXY + name for name in InstitutionProxy.objects.values_list("name", flat=True)}
    read = UsageMonth.objects.filter(customer__startswith=PROXY).values_list("customer", flat=True)
    return [
        Customer(WORLD, "The World"),
        Customer(OWN, settings.NODE.name),
        *(Customer(one, one.removeprefix(PROXY)) for one in sorted(proxies | set(read.distinct()))),
    ]


def customer_of(number: str) -> Customer | None:
    """By its ``customer_id``."""
    return next((one for one in customers() if one.id == number), None)
