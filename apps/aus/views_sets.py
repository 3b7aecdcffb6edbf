"""Title sets: kept, changed, looked into and acted on; titles put into them and taken out."""

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, resolve_url
from django.template.response import TemplateResponse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.access import role_required
from apps.accounts.choices import Role
from apps.aus.choices import AuState
from apps.aus.forms_sets import SetForm
from apps.aus.lists_sets import MEMBERS, SETS, meant
from apps.aus.models import Au
from apps.aus.obstacles import causes_table
from apps.aus.services.prospects import collectable, prospects
from apps.aus.views import ACTIONS, LIST_PAGE, acts_where, may_select, to_status, with_acts
from apps.common import notices
from apps.common.display import count_text, moment_text
from apps.common.errors import BadQuery
from apps.common.lists import show_list
from apps.common.pages import Action, Confirm, Fact, Head, Link, Vital, confirm_page, is_confirmed
from apps.common.words import Tone
from apps.titles import services
from apps.titles.choices import RELEASED, SetKind
from apps.titles.errors import SetError
from apps.titles.models import ListedAu, Title, TitleSet

KINDS = (
    (SetKind.HAND, _("By hand"), _("Titles that you put into it one by one, and other sets that it holds.")),
    (SetKind.PUBLISHER, _("A publisher"), _("All titles of one publisher, those to come among them.")),
    (
        SetKind.TAG,
        _("A tag"),
        _("Titles whose entry in a title list bears a tag, or has archival units that bear it."),
    ),
    (SetKind.QUERY, _("A search"), _("What a search of the list of titles finds, asked anew each time.")),
)
TAKE_OUT = "take-out"


def trail() -> list[Link]:
    return [Link(gettext("Titles"), "/titles/"), Link(gettext("Title sets"), resolve_url("aus:sets"))]


@require_safe
@role_required()
def sets(request: HttpRequest) -> HttpResponse:
    actions = []
    if may_select(request):
        actions.append(Action(gettext("New title set"), resolve_url("aus:new-set"), primary=True))
    head = Head(
        gettext("Title sets"),
        gettext("Titles that are meant together, to filter, select and subscribe by."),
        trail=trail()[:1],
        actions=actions,
    )
    rows = TitleSet.objects.select_related("publisher", "within", "user")
    return show_list(request, table=SETS, rows=rows, template=LIST_PAGE, context={"head": head})


@require_safe
@role_required(Role.LIBRARIAN)
def new_set(request: HttpRequest) -> HttpResponse:
    """Which kind; then its form, filled in from the address (a search that is to be kept)."""
    kind = request.GET.get("kind", "")
    if not kind:
        head = Head(gettext("New title set"), trail=trail())
        return TemplateResponse(request, "aus/sets_new.html", {"head": head, "kinds": KINDS})
    if kind not in SetKind.values:
        raise BadQuery(gettext("“kind” is “%s”; there is no such kind of set.") % kind[:60])
    given = {name: request.GET[name] for name in ("query", "publisher", "name") if name in request.GET}
    return _form(request, SetForm(kind=kind, initial=given))


@require_POST
@role_required(Role.LIBRARIAN)
def keep_set(request: HttpRequest) -> HttpResponse:
    kind = request.POST.get("kind", "")
    if kind not in SetKind.values:
        raise BadQuery(gettext("Which kind of set was meant is not known."))
    form = SetForm(request.POST, kind=kind)
    if form.is_valid():
        try:
            row = services.make_set(
                user=request.user, request_key=form.cleaned_data["request_key"], meaning=form.meaning
            )
        except SetError as error:
            form.add_error(None, str(error))
        else:
            return HttpResponseRedirect(resolve_url("aus:set", pk=row.pk))
    return _form(request, form, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.LIBRARIAN)
def change_set(request: HttpRequest, pk: int) -> HttpResponse:
    row = row_of(pk)
    if request.method == "POST":
        form = SetForm(request.POST, kind=row.kind, own=row)
        if form.is_valid():
            version = form.cleaned_data["version"]
            try:
                services.change_set(
                    user=request.user,
                    title_set=row,
                    version=-1 if version is None else version,
                    meaning=form.meaning,
                )
            except SetError as error:
                form.add_error(None, str(error))
            else:
                return HttpResponseRedirect(resolve_url("aus:set", pk=pk))
        return _form(request, form, row, status=422)
    meaning = services.meaning_of(row)
    given = {name: getattr(meaning, name) for name in SetForm.base_fields if hasattr(meaning, name)}
    given |= {"publisher": row.publisher.name if row.publisher else "", "version": row.version}
    return _form(request, SetForm(kind=row.kind, own=row, initial=given), row)


def _form(
    request: HttpRequest, form: SetForm, row: TitleSet | None = None, status: int = 200
) -> HttpResponse:
    label = {kind: text for kind, text, _said in KINDS}[form.kind]
    context = {
        "head": Head(
            row.name if row else gettext("New title set"),
            str(label),
            trail=[*trail(), Link(row.name, resolve_url("aus:set", pk=row.pk))] if row else trail(),
        ),
        "form": form,
        "action": resolve_url("aus:change-set", pk=row.pk) if row else resolve_url("aus:keep-set"),
        "button": gettext("Keep the change") if row else gettext("Make the set"),
        "back": resolve_url("aus:set", pk=row.pk) if row else resolve_url("aus:sets"),
    }
    return TemplateResponse(request, "aus/set_form.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.LIBRARIAN)
def delete_set(request: HttpRequest, pk: int) -> HttpResponse:
    row = row_of(pk)
    back = resolve_url("aus:set", pk=pk)
    if not is_confirmed(request):
        return confirm_page(
            request,
            Confirm(
                title=gettext("Delete the set %s") % row.name,
                happens=gettext("The set is gone; filters and pages no longer offer it."),
                button=gettext("Delete it"),
                back=back,
                stays=gettext(
                    "Its titles stay in the catalogue, and what is selected of them stays selected."
                ),
                fields={"version": str(row.version)},
            ),
        )
    version = request.POST.get("version", "")
    try:
        services.delete_set(
            user=request.user,
            title_set=row,
            version=int(version) if version.isascii() and version.isdigit() and len(version) < 10 else -1,
        )
    except SetError as error:
        notices.leave(request, str(error), tone=Tone.HARM)
        return HttpResponseRedirect(back)
    notices.leave(request, gettext("The set %s was deleted. Its titles are as they were.") % row.name)
    return HttpResponseRedirect(resolve_url("aus:sets"))


@require_safe
@role_required()
def title_set(request: HttpRequest, pk: int) -> HttpResponse:
    row = row_of(pk)
    acting = may_select(request)
    context = {
        "set": row,
        "head": _head(row, acting),
        "facts": _facts(row),
    }
    try:
        rows = services.titles_in(row).filter(is_known=True).select_related("publisher")
        units = services.units_in(row)
    except BadQuery as error:
        broken = gettext("Its search cannot be read any more: %s Change the set.") % error
        return TemplateResponse(request, "aus/set.html", {**context, "broken": broken})
    acts = acts_where(collectable(units.filter(status__in=RELEASED)).exists())
    context["acts"] = acts if acting else ()
    if acts != ACTIONS:
        context["why_not"] = causes_table(prospects(units), f"/titles/units/?set={pk}")
    context["vitals"] = [_titles_vital(rows, pk), *_vitals(row, units)]
    actions = (*acts, (TAKE_OUT, _("Take out of the set"))) if row.kind == SetKind.HAND else acts
    table = with_acts(request, MEMBERS, resolve_url("aus:choose-of-set", pk=pk), actions)
    return show_list(request, table=table, rows=rows, template="aus/set.html", context=context)


def _head(row: TitleSet, acting: bool) -> Head:
    actions = [
        Action(gettext("Its archival units"), f"/titles/units/?set={row.pk}"),
        to_status("set", row.pk),
    ]
    if acting:
        actions += [
            Action(gettext("Change"), resolve_url("aus:change-set", pk=row.pk)),
            Action(gettext("Subscribe"), f"{resolve_url('aus:new-subscription')}?set={row.pk}"),
            Action(gettext("Delete"), resolve_url("aus:delete-set", pk=row.pk)),
        ]
    who = row.user.display_name if row.user else gettext("the command line")
    said = gettext("A title set of %(who)s, %(at)s") % {"who": who, "at": moment_text(row.created_at)}
    return Head(row.name, said, trail=trail(), actions=actions)


def _facts(row: TitleSet) -> list[Fact]:
    label = {kind: text for kind, text, _said in KINDS}[SetKind(row.kind)]
    facts = [Fact(str(label), meant(row) if row.kind != SetKind.HAND else gettext("titles one by one"))]
    parts = ", ".join(
        TitleSet.objects.filter(holders__holder=row).order_by("name_key").values_list("name", flat=True)
    )
    holders = ", ".join(
        TitleSet.objects.filter(parts__part=row).order_by("name_key").values_list("name", flat=True)
    )
    pairs = (
        (gettext("It holds the sets"), parts),
        (gettext("Held by"), holders),
        (gettext("Note"), row.note),
    )
    return facts + [Fact(term, text) for term, text in pairs if text]


def _titles_vital(rows: QuerySet[Title], pk: int) -> Vital:
    number = rows.count()
    return Vital(
        count_text(number),
        ngettext("title belongs to it now", "titles belong to it now", number),
        f"/titles/?set={pk}",
    )


def _vitals(row: TitleSet, units: QuerySet[ListedAu]) -> list[Vital]:
    named = units.exclude(status="").count()
    offered = units.filter(status__in=RELEASED).count()
    here = Au.objects.filter(listed__in=units.order_by().values("pk"), state=AuState.SELECTED).count()
    own = f"/titles/units/?set={row.pk}"
    return [
        Vital(
            count_text(named),
            ngettext("archival unit is named by a list", "archival units are named by a list", named),
            own,
        ),
        Vital(
            count_text(offered),
            ngettext(
                "is on offer: released by its network", "are on offer: released by their network", offered
            ),
            f"{own}&offer=offered",
        ),
        Vital(
            count_text(here), ngettext("is selected here", "are selected here", here), f"{own}&here=selected"
        ),
    ]


def row_of(pk: int) -> TitleSet:
    return get_object_or_404(TitleSet.objects.select_related("publisher", "within", "user"), pk=pk)
