"""What jobs and audit events of this room are about, for ``common.subjects``."""

from django.utils.translation import gettext_lazy as _

from apps.common.pages import Link
from apps.common.subjects import Found, Look, numbered
from apps.kbart.models import Check, Edition, FeedToken, Series


def _series(rests: set[str]) -> Found:
    """By ``slug/part``."""
    slugs = {rest.partition("/")[0] for rest in rests}
    rows = Series.objects.filter(slug__in=slugs).values_list("slug", "part", "pk", "label")
    return {f"{slug}/{part}": Link(label, f"/reports/kbart/series/{pk}/") for slug, part, pk, label in rows}


def _keys(rests: set[str]) -> Found:
    rows = FeedToken.objects.filter(key__in=rests).values_list("key", "label")
    return {key: Link(label, "/reports/kbart/keys/") for key, label in rows}


KINDS: dict[str, Look] = {
    "kbart": _series,
    "kbart-key": _keys,
    "kbart-edition": numbered(_("edition %d"), "/reports/kbart/editions/", Edition),
    "kbart-check": numbered(_("judged file %d"), "/reports/kbart/check/", Check),
}
