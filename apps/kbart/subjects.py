"""What jobs and audit events of this room are about, for ``common.subjects``."""

from django.db.models import QuerySet, Value
from django.db.models.functions import Concat
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.common.pages import Link
from apps.common.subjects import Found, Kind, Look, numbered, numbers
from apps.kbart.models import Check, Edition, FeedToken, Series


def _series(rests: set[str]) -> Found:
    """By ``slug/part``."""
    slugs = {rest.partition("/")[0] for rest in rests}
    rows = Series.objects.filter(slug__in=slugs).values_list("slug", "part", "pk", "label")
    return {f"{slug}/{part}": Link(label, f"/reports/kbart/series/{pk}/") for slug, part, pk, label in rows}


def _editions(rests: set[str]) -> Found:
    """By the number within its report, as its page says it, with the report's name; one that is gone by its own."""
    wanted = numbers(rests)
    rows = Edition.with_numbers(Edition.objects.filter(pk__in=wanted).select_related("series"))
    found = {str(n): Link(gettext("edition %d") % n, "") for n in wanted}
    for row in rows:
        said = gettext("%(report)s, edition %(n)d") % {"report": row.series.label, "n": row.number}
        found[str(row.pk)] = Link(said, f"/reports/kbart/editions/{row.pk}/")
    return found


def _by_address() -> QuerySet:
    return Series.objects.annotate(address=Concat("slug", Value("/"), "part"))


def _keys(rests: set[str]) -> Found:
    rows = FeedToken.objects.filter(key__in=rests).values_list("key", "label")
    return {key: Link(label, "/reports/kbart/keys/") for key, label in rows}


KINDS: dict[str, Look] = {
    "kbart": Kind(_series, rows=_by_address, names=("label",), code="address", number=False),
    "kbart-key": Kind(_keys, rows=FeedToken.objects.all, names=("label",), code="key", number=False),
    "kbart-edition": Kind(
        _editions, said=_("edition %d"), rows=Edition.objects.all, names=("series__label",)
    ),
    "kbart-check": numbered(_("judged file %d"), "/reports/kbart/check/", Check),
}
