"""What an address asks to export: one AU, a title, or an act of selecting."""

from dataclasses import dataclass

from django.http import Http404, HttpRequest, QueryDict
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext

from apps.aus.choices import AuState
from apps.aus.models import Au, Selection
from apps.common.errors import BadQuery
from apps.common.pages import Link
from apps.common.text import is_storable
from apps.exports.services import MOST_AUS
from apps.titles.models import Title


@dataclass(frozen=True, slots=True)
class Wanted:
    """``query``: the same again, for a form's address."""

    aus: list[Au]
    what: str
    back: Link
    query: str


def wanted_in(request: HttpRequest) -> Wanted:
    """BadQuery for an address that names nothing; Http404 where it is not there."""
    given: QueryDict = request.GET
    named = [name for name in ("au", "title", "selection") if given.get(name)]
    if len(named) != 1:
        raise BadQuery(
            gettext("Say what to export: one archival unit, one title or one act of selecting."),
            lead=Link(gettext("Archival units"), "/aus/"),
        )
    (name,) = named
    text = given[name]
    if not is_storable(text):
        raise Http404
    query = f"?{name}={text}"
    if name == "au":
        au = get_object_or_404(Au.objects.select_related("title", "publisher"), slug=text)
        return Wanted([au], au.name, Link(au.name, f"/aus/{au.slug}/"), query)
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Http404
    if name == "title":
        title = get_object_or_404(Title, pk=int(text))
        rows = Au.objects.filter(title=title).order_by("name_key", "pk")
        return Wanted(_some(rows), title.name, Link(title.name, f"/titles/{title.pk}/"), query)
    act = get_object_or_404(Selection, pk=int(text))
    listed = act.results.exclude(listed_au=None).values("listed_au")
    rows = Au.objects.filter(listed__in=listed) | Au.objects.filter(
        pk__in=act.results.exclude(au=None).values("au")
    )
    label = gettext("Act %d") % act.pk
    return Wanted(_some(rows.order_by("name_key", "pk")), label, Link(label, f"/selections/{act.pk}/"), query)


def _some(rows) -> list[Au]:
    """One more than an export takes, so that it is seen that there are too many."""
    return list(rows.filter(state__in=AuState.values).select_related("title", "publisher")[: MOST_AUS + 1])
