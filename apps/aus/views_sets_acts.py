"""Acts on title sets: all its units selected or taken out; titles ticked, put into one or taken out of it."""

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.template.response import TemplateResponse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST

from apps.accounts.access import role_required
from apps.accounts.choices import Role
from apps.aus import lists
from apps.aus.choices import SelectionAction
from apps.aus.choosing import wanted_action
from apps.aus.forms_sets import PutForm
from apps.aus.lists_sets import MEMBERS
from apps.aus.looking import LOOK, look_page
from apps.aus.models import Au
from apps.aus.queries import titles_listed
from apps.aus.views_acts import choose_of_titles, not_deactivated, trail_of, whole
from apps.aus.views_sets import TAKE_OUT, row_of, trail
from apps.common import notices
from apps.common.display import count_text
from apps.common.lists import chosen_rows, count_in, seen_in
from apps.common.pages import Head
from apps.common.words import Tone
from apps.titles import services
from apps.titles.choices import RELEASED
from apps.titles.errors import SetError
from apps.titles.models import ListedAu, Title

PUT = "put"


@require_POST
@role_required(Role.LIBRARIAN)
def act_on_set(request: HttpRequest, pk: int) -> HttpResponse:
    """Select what is on offer of the whole set, deactivate or re-activate what is here of it."""
    row = row_of(pk)
    units = services.units_in(row)
    back, scope = resolve_url("aus:set", pk=pk), {"kind": "set", "ids": [pk]}
    if request.POST.get("action") == LOOK:
        return look_page(request, units.filter(status__in=RELEASED), back=back, trail=trail_of(scope))
    action = wanted_action(request)
    if action == SelectionAction.SELECT:
        units = not_deactivated(units.filter(status__in=RELEASED))
    else:
        units = _chosen_here(units)
    return whole(request, units, row.name, scope, back, action)


def _chosen_here(units: QuerySet[ListedAu]) -> QuerySet[ListedAu]:
    return units.filter(pk__in=Au.objects.filter(listed__isnull=False).values("listed"))


@require_POST
@role_required(Role.LIBRARIAN)
def choose_of_set(request: HttpRequest, pk: int) -> HttpResponse:
    """The ticked titles of a set: their units, or out of the set with them."""
    row = row_of(pk)
    back = resolve_url("aus:set", pk=pk)
    titles = chosen_rows(request.POST, MEMBERS, services.titles_in(row).filter(is_known=True))
    if request.POST.get("action") != TAKE_OUT:
        return choose_of_titles(request, titles, {"kind": "set", "ids": [pk]}, back, what=row.name)
    if (changed := _changed(request, titles)) is not None:
        notices.leave(request, changed, tone=Tone.CARE)
        return HttpResponseRedirect(back)
    try:
        number = services.remove_titles(user=request.user, title_set=row, titles=titles)
    except SetError as error:
        notices.leave(request, str(error), tone=Tone.HARM)
        return HttpResponseRedirect(back)
    said = ngettext("%s title was taken out of the set.", "%s titles were taken out of the set.", number)
    notices.leave(request, said % count_text(number))
    return HttpResponseRedirect(back)


@require_POST
@role_required(Role.LIBRARIAN)
def choose_of_all(request: HttpRequest) -> HttpResponse:
    """The ticked titles of the list of titles: their units, or into a set with them."""
    titles = chosen_rows(request.POST, lists.TITLES, titles_listed())
    if request.POST.get("action") == PUT:
        return _put_form(request, PutForm(), titles)
    matching = request.POST.get("matching", "")
    scope = (
        {"kind": "filter", "of": "titles", "query": matching}
        if request.POST.get("all_matching") == "yes"
        else {"kind": "ticked", "of": "titles"}
    )
    return choose_of_titles(request, titles, scope, f"/titles/?{matching}" if matching else "/titles/")


@require_POST
@role_required(Role.LIBRARIAN)
def put(request: HttpRequest) -> HttpResponse:
    """Into a set that is there or a new one; again with the same form changes nothing."""
    titles = chosen_rows(request.POST, lists.TITLES, titles_listed())
    form = PutForm(request.POST)
    if not form.is_valid():
        return _put_form(request, form, titles, status=422)
    if (changed := _changed(request, titles)) is not None:
        return _put_form(request, form, titles, changed=changed, status=422)
    data = form.cleaned_data
    try:
        row = data.get("title_set") or services.make_set(
            user=request.user, request_key=data["request_key"], meaning=services.Meaning(name=data["name"])
        )
        number = services.add_titles(user=request.user, title_set=row, titles=titles)
    except SetError as error:
        form.add_error(None, str(error))
        return _put_form(request, form, titles, status=422)
    said = ngettext("%s title was put into the set.", "%s titles were put into the set.", number)
    notices.leave(request, said % count_text(number) if number else gettext("They were in the set already."))
    return HttpResponseRedirect(resolve_url("aus:set", pk=row.pk))


def _put_form(
    request: HttpRequest, form: PutForm, titles: QuerySet[Title], *, changed: str = "", status: int = 200
) -> HttpResponse:
    every = request.POST.get("all_matching") == "yes"
    seen = seen_in(titles)
    number = count_in(seen) or 0
    said = ngettext("%s title is put into a set.", "%s titles are put into a set.", number)
    context = {
        "head": Head(gettext("Put into a set"), said % count_text(number), trail=trail()),
        "form": form,
        "chosen": [] if every else request.POST.getlist("chosen"),
        "fields": {"all_matching": "yes", "matching": request.POST.get("matching", ""), "seen": seen}
        if every
        else {},
        "changed": changed,
    }
    return TemplateResponse(request, "aus/set_put.html", context, status=status)


def _changed(request: HttpRequest, titles: QuerySet[Title]) -> str | None:
    """Why an act on all that match does not go on: they are others than the form showed."""
    if request.POST.get("all_matching") != "yes":
        return None
    before, now = request.POST.get("seen", ""), seen_in(titles)
    if before == now:
        return None
    return gettext(
        "Nothing was done: %(now)s match now, others than this form showed. Look at them again."
    ) % {"now": count_text(count_in(now))}
