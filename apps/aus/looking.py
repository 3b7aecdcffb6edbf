"""A look at a choice before it is made, and after: how much, how long, whether there is room, what cannot be collected."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from apps.aus.choices import SelectionAction, SelectionOutcome
from apps.aus.hindrances import Hindrance
from apps.aus.lists import au_noun
from apps.aus.models import Selection
from apps.aus.obstacles import causes_table
from apps.aus.room import Fit, Room
from apps.aus.services.estimating import estimate
from apps.aus.services.misfits import misfits
from apps.aus.services.prospects import collectable, prospects
from apps.aus.services.rooming import REFUSES, fit_of, left_text, over_text, room
from apps.aus.sizes import Basis, Estimate, Span
from apps.common.disks import DiskLevel, content_held, content_level
from apps.common.display import count_text, duration_text, moment_text, size_text
from apps.common.lists import Page
from apps.common.pages import Fact, Head, Link
from apps.titles.models import ListedAu

# The button that looks first, and what it posts.
LOOK = "look"
LOOK_LABEL = _("Size, time and obstacles")


@dataclass(frozen=True, slots=True)
class Looked:
    """What aus/estimate.html shows."""

    estimate: Estimate
    store: Room | None
    hindrances: list[Hindrance]
    offers_url: str = ""

    @property
    def selectable(self) -> int:
        """How many of them an act of selecting takes, those included that are here already."""
        return self.estimate.count

    @property
    def fit(self) -> Fit:
        return fit_of(self.estimate, self.store)

    @property
    def facts(self) -> list[Fact]:
        found = self.estimate
        facts = [Fact(gettext("Size"), size_said(found), _basis_said(found))]
        if found.seconds:
            facts.append(Fact(gettext("Time to collect"), time_said(found), _pace_said()))
        return facts

    @property
    def room_said(self) -> str:
        if self.store is None or self.store.left is None:
            return ""
        said = over_text(self.estimate, self.store) if self.fit is Fit.OVER else left_text(self.store)
        # A disk is filled by others, too: the pages of the node look at it anew.
        when = gettext("Measured %s.") % moment_text(self.store.measured_at)
        return f"{said} {when}"

    @property
    def room_title(self) -> str:
        said = {
            Fit.OVER: gettext("The store has no room for all of it."),
            Fit.TIGHT: gettext("The store may have no room for all of it."),
        }
        if self.fit in said or self.store is None:
            return said.get(self.fit, "")
        if self.store.exceeded:
            return gettext("The store is over its quota.")
        if self.store.overpromised:
            return gettext("The store has no room for all that is selected.")
        if content_held():
            return gettext("The store takes no data since a write to it failed: see the alerts first.")
        low = content_level() >= DiskLevel.LOW
        return gettext("The store's disk is nearly full: better make room first.") if low else ""

    @property
    def refuses(self) -> bool:
        return self.fit is Fit.OVER and settings.NODE.over_quota == REFUSES

    @property
    def causes(self) -> Page:
        return causes_table(self.hindrances, self.offers_url)


def look_at(listed: QuerySet[ListedAu], *, offers_url: str = "") -> Looked:
    """With a bounded number of queries, whatever is chosen: each unit is judged as the act will."""
    left = misfits(listed)
    fits = listed.exclude(pk__in=_numbers(left.ids)) if left.ids else listed
    found = sorted([*prospects(fits), *left.hindrances], key=lambda one: -one.number)
    return Looked(estimate(collectable(fits)), room(), found, offers_url)


def listed_in(ids: Iterable[int]) -> QuerySet[ListedAu]:
    """Units by number, however many: one parameter, not one for each."""
    return ListedAu.objects.filter(pk__in=_numbers(ids))


def _numbers(ids: Iterable[int]) -> RawSQL:
    return RawSQL("SELECT unnest(%s::bigint[])", [list(ids)])


def look_page(
    request: HttpRequest, listed: QuerySet[ListedAu], *, back: str, trail: list[Link], asks: bool = False
) -> HttpResponse:
    """The look as a page of its own, whose button sends the same form again to select. ``asks``: it was sent to
    select, and the store has no room."""
    looked = look_at(listed, offers_url=back)
    number = listed.order_by().count()
    said = f"{count_text(number)} {au_noun(number)}"
    if looked.selectable < number:
        said = f"{said}, {selectable_said(looked.selectable)}"
    kept = [
        (key, value)
        for key, values in request.POST.lists()
        for value in values
        if key not in ("csrfmiddlewaretoken", "action", "confirmed")
    ]
    head = Head(
        gettext("Select them all the same?") if asks else gettext("Before you select"),
        said,
        trail=trail,
    )
    context = {"head": head, "looked": looked, "kept": kept, "back": back}
    return TemplateResponse(request, "aus/look.html", context)


def selectable_said(number: int) -> str:
    """``none of them can be selected now``"""
    if not number:
        return gettext("none of them can be selected now")
    said = ngettext("%s of them can be selected", "%s of them can be selected", number)
    return said % count_text(number)


def lacks_room(listed: QuerySet[ListedAu]) -> bool:
    """Whether somebody should think again: it surely exceeds the store, and the node does not refuse it by itself."""
    return settings.NODE.over_quota != REFUSES and fit_of(estimate(collectable(listed)), room()) is Fit.OVER


def look_of_act(selection: Selection) -> Looked | None:
    """What an act of selecting took, and what of it is still to come; None for other acts, and once all of it is here."""
    if selection.action != SelectionAction.SELECT:
        return None
    results = selection.results.filter(listed_au__isnull=False)
    if selection.finished_at is not None:
        # What was selected before, or could not be, is told below and takes nothing.
        results = results.exclude(outcome=SelectionOutcome.ALREADY)
    looked = look_at(ListedAu.objects.filter(pk__in=results.values("listed_au")))
    found = looked.estimate
    whole = found.count == found.held and not looked.hindrances
    return None if whole and selection.finished_at is not None else looked


def size_said(found: Estimate) -> str:
    """``about 2.1 GB to 5 GB``, ``not known``."""
    if not found.count:
        return gettext("nothing: none of it can be collected here")
    if found.count == found.held:
        return gettext("nothing more: all of it is here and takes %s of the store as WARC files") % size_text(
            found.held_size
        )
    if not found.size:
        return gettext("not known")
    said = _span(found.size, size_text)
    if found.unknown:
        return gettext("%(span)s for %(known)s of %(count)s; not known of the others") % {
            "span": said,
            "known": count_text(found.known),
            "count": count_text(found.count),
        }
    return said


def time_said(found: Estimate) -> str:
    return _span(found.seconds, duration_text)


def _span(span: Span, text) -> str:
    low, high = text(span.low), text(span.high)
    return (
        gettext("about %s") % low
        if low == high
        else gettext("about %(low)s to %(high)s")
        % {
            "low": low,
            "high": high,
        }
    )


def _basis_said(found: Estimate) -> str:
    """``12 of 30 are known: 5 are here already, 7 by other units of their title.``"""
    if not found.count:
        return ""
    if found.known == 0:
        return gettext(
            "Nothing of these titles, publishers or platforms was collected here yet, and other nodes do not tell "
            "how large theirs are."
        )
    phrases = {
        Basis.TITLE: gettext("%s by other units of their title"),
        Basis.PUBLISHER: gettext("%s by others of their publisher"),
        Basis.PLATFORM: gettext("%s by others of their platform"),
    }
    said = [ngettext("%s is here already", "%s are here already", found.held)] if found.held else []
    numbers = [found.held] if found.held else []
    for basis, phrase in phrases.items():
        if found.guessed.get(basis):
            said.append(phrase)
            numbers.append(found.guessed[basis])
    listed = ", ".join(text % count_text(number) for text, number in zip(said, numbers, strict=True))
    return gettext("%(known)s of %(count)s known: %(how)s.") % {
        "known": count_text(found.known),
        "count": count_text(found.count),
        "how": listed,
    }


def _pace_said() -> str:
    said = ngettext(
        "At the pace that the platforms set, %s unit at once. Longer where they share a pace or answer slowly.",
        "At the pace that the platforms set, %s units at once. Longer where they share a pace or answer slowly.",
        settings.NODE.crawl_parallel,
    )
    return said % count_text(settings.NODE.crawl_parallel)
