"""The report on the screen and as a file."""

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from apps.accounts.access import role_required
from apps.accounts.choices import Role
from apps.common.display import count_text
from apps.common.errors import BadQuery
from apps.common.pages import Action, Head
from apps.kbart import services
from apps.lockss.kbart import KbartError, Scope

READERS = (Role.REPORTS, Role.LIBRARIAN, Role.NETWORK)
PREVIEW = 50
SHOWN = (
    "publication_title",
    "online_identifier",
    "date_first_issue_online",
    "num_first_vol_online",
    "date_last_issue_online",
    "num_last_vol_online",
    "publisher_name",
)
SCOPES = {
    Scope.PRESERVED: (
        _("Preserved"),
        _(
            "In the last poll over all URLs a quorum of other libraries held the same, and that proof is recent."
        ),
    ),
    Scope.COLLECTED: (_("Collected"), _("Collected from the publisher at least once; not yet proved.")),
    Scope.SELECTED: (_("Selected"), _("Chosen by this library, collected or not.")),
    Scope.AVAILABLE: (_("Available"), _("Everything that the title lists offer.")),
}
TYPES = {
    "tsv": "text/tab-separated-values; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
}


@require_safe
@role_required(*READERS)
def report(request: HttpRequest) -> HttpResponse:
    scope = _scope(request)
    try:
        made, fault = services.make_report(scope=scope), ""
    except KbartError as error:
        made, fault = None, error.message
    rows = made.rows[:PREVIEW] if made else ()
    label, meaning = SCOPES[scope]
    context = {
        "head": Head(
            gettext("KBART report"),
            gettext("The title list that library catalogues and knowledge bases read."),
            actions=[
                Action(gettext("Download as TSV"), f"download/?scope={scope.value}&format=tsv", primary=True),
                Action(gettext("Download as CSV"), f"download/?scope={scope.value}&format=csv"),
            ]
            if made
            else [],
        ),
        "scopes": [(s.value, str(words), s is scope) for s, (words, _meaning) in SCOPES.items()],
        "label": label,
        "meaning": meaning,
        "fault": fault,
        "count": count_text(len(made.rows)) if made else "",
        "columns": [name.replace("_", " ") for name in SHOWN],
        "rows": [[getattr(row, name) for name in SHOWN] for row in rows],
        "cut": made is not None and len(made.rows) > PREVIEW,
        "findings": made.findings[:PREVIEW] if made else (),
    }
    return TemplateResponse(request, "kbart/report.html", context)


@require_safe
@role_required(*READERS)
def download(request: HttpRequest) -> HttpResponse:
    """The whole file; its rows are made before the first byte leaves, so it is never cut in the middle."""
    scope, form = _scope(request), request.GET.get("format", "tsv")
    if form not in services.FORMATS:
        raise BadQuery(gettext("The format is one of tsv, csv and json."))
    try:
        made = services.make_report(scope=scope)
    except KbartError as error:
        raise BadQuery(error.message) from error
    response = StreamingHttpResponse(services.lines(made, form), content_type=TYPES[form])
    response["Content-Disposition"] = f'attachment; filename="{services.name_of(scope, form)}"'
    return response


def _scope(request: HttpRequest) -> Scope:
    text = request.GET.get("scope", Scope.PRESERVED.value)
    try:
        return Scope(text)
    except ValueError:
        raise BadQuery(gettext("The scope is one of preserved, collected, selected and available.")) from None
