"""From a form of a list to an act: what was ticked is taken at its word; "all that match" is counted and asked about.

A form says which rows its page showed (``lists.seen``). If the page held all of them and they are still the same, the
act begins; else a page says how many there are, what would become of them, and whether that has changed.
"""

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext, ngettext

from apps.aus.choices import AuState, SelectionAction
from apps.aus.lists import au_noun, title_noun
from apps.aus.looking import Looked, look_at, selectable_said
from apps.aus.models import Au
from apps.common.display import count_text
from apps.common.errors import BadQuery
from apps.common.lists import count_in, seen_in
from apps.common.pages import Confirm, confirm_page, is_confirmed
from apps.titles.choices import RELEASED
from apps.titles.models import ListedAu

TITLES = {
    SelectionAction.SELECT: (lambda: gettext("Select all that match"), lambda: gettext("Select them")),
    SelectionAction.DEACTIVATE: (
        lambda: gettext("Deactivate all that match"),
        lambda: gettext("Deactivate them"),
    ),
    SelectionAction.REACTIVATE: (
        lambda: gettext("Re-activate all that match"),
        lambda: gettext("Re-activate them"),
    ),
}


def wanted_action(request: HttpRequest) -> SelectionAction:
    """BadQuery for a misspelt one."""
    text = request.POST.get("action", "")
    if text not in SelectionAction.values:
        raise BadQuery(gettext("Which act was meant is not known."))
    return SelectionAction(text)


def ask_first(
    request: HttpRequest,
    *,
    shown: QuerySet,
    units: QuerySet[ListedAu],
    action: SelectionAction,
    back: str,
    what: str = "",
    always: bool = False,
) -> HttpResponse | None:
    """The page to ask with; None: go on. ``shown`` are the rows of the list, ``units`` what the act is about.

    ``always``: even where the form's page showed all of them, as for whole sets and publishers.
    """
    if not always and request.POST.get("all_matching") != "yes":
        return None
    now = seen_in(shown)
    before = request.POST.get("seen", "")
    if before == now and (is_confirmed(request) or not always):
        return None
    fields = {
        name: request.POST[name] for name in ("action", "all_matching", "matching") if name in request.POST
    }
    head, button = TITLES[action]
    selects = action == SelectionAction.SELECT
    looked = look_at(units, offers_url=back) if selects else None
    goes_on = looked is None or looked.selectable > 0
    return confirm_page(
        request,
        Confirm(
            title=gettext("Select all that is on offer") if always and selects else head(),
            happens=_happens(shown, now, units, what, looked if always else None),
            button=button() if goes_on else "",
            back=back,
            consequences=[*_changed(before, now), *preview(units, action)],
            stays=_stays(action) if goes_on else "",
            fields={**fields, "seen": now},
            template="aus/estimate.html" if selects else "",
        ),
        looked=looked,
    )


def _happens(shown: QuerySet, now: str, units: QuerySet[ListedAu], what: str, offered: Looked | None) -> str:
    number = count_in(now) or 0
    if offered is not None:
        numbers = {"count": count_text(number), "noun": au_noun(number), "name": what}
        if offered.selectable < number:
            said = gettext("%(count)s %(noun)s of %(name)s are on offer; %(able)s.")
            return said % {**numbers, "able": selectable_said(offered.selectable)}
        return gettext("%(count)s %(noun)s of %(name)s are on offer. Select them all?") % numbers
    if shown.model is ListedAu:
        said = gettext("It is about %(count)s %(noun)s%(of)s.")
        return said % {"count": count_text(number), "noun": au_noun(number), "of": _of(what)}
    inside = units.count()
    said = gettext("It is about %(count)s %(noun)s%(of)s with %(inside)s %(units)s on offer.")
    return said % {
        "count": count_text(number),
        "noun": title_noun(number),
        "of": _of(what),
        "inside": count_text(inside),
        "units": au_noun(inside),
    }


def _of(what: str) -> str:
    return gettext(" of %s") % what if what else ""


def _changed(before: str, now: str) -> list[str]:
    """That the rows are no longer those of the form."""
    if not before or before == now:
        return []
    shown, number = count_in(before), count_in(now)
    if shown is None or number is None or shown == number:
        return [
            gettext(
                "They are no longer the same as when the list was shown. Look at them again before you go on."
            )
        ]
    said = gettext("The list has changed since it was shown: %(before)s, %(now)s.")
    was = ngettext("there was %s", "there were %s", shown) % count_text(shown)
    becomes = ngettext("there is %s now", "there are %s now", number) % count_text(number)
    return [said % {"before": was, "now": becomes}]


def preview(units: QuerySet[ListedAu], action: SelectionAction) -> list[str]:
    """What would become of them, as far as that can be counted before each one is looked at."""
    total = units.count()
    own = Au.objects.filter(listed__in=units.order_by().values("pk"))
    here = own.filter(state=AuState.SELECTED).count()
    stopped = own.filter(state=AuState.DEACTIVATED).count()
    if action == SelectionAction.SELECT:
        offered = units.filter(status__in=RELEASED).count()
        counts = [
            (here, lambda n: ngettext("%s is selected already.", "%s are selected already.", n)),
            (
                stopped,
                lambda n: ngettext(
                    "%s is deactivated and comes back.", "%s are deactivated and come back.", n
                ),
            ),
            (
                total - offered,
                lambda n: ngettext(
                    "%s is not on offer; the act says so beside it.",
                    "%s are not on offer; the act says so beside each.",
                    n,
                ),
            ),
        ]
    elif action == SelectionAction.DEACTIVATE:
        counts = [
            (
                here,
                lambda n: ngettext(
                    "%s is selected and is deactivated.", "%s are selected and are deactivated.", n
                ),
            ),
            (total - here, lambda n: ngettext("%s is not selected.", "%s are not selected.", n)),
        ]
    else:
        counts = [
            (
                stopped,
                lambda n: ngettext(
                    "%s is deactivated and comes back.", "%s are deactivated and come back.", n
                ),
            ),
            (total - stopped, lambda n: ngettext("%s is not deactivated.", "%s are not deactivated.", n)),
        ]
    return [say(number) % count_text(number) for number, say in counts if number]


def _stays(action: SelectionAction) -> str:
    if action == SelectionAction.SELECT:
        return gettext(
            "This node asks the publishers for them, slowly, keeps what it gets, and takes part in polls on it. "
            "The act can be undone."
        )
    return gettext("Nothing that is preserved is deleted. The act can be undone.")
