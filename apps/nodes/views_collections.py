"""One collection record: what people wrote of it beside what the machine knows."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from apps.accounts.access import role_required
from apps.accounts.choices import Role
from apps.aus.looking import look_at
from apps.aus.models import CollectionRecord
from apps.aus.services.collections import scope_of
from apps.aus.views_collections import trail
from apps.common.pages import Action, Head
from apps.nodes import collection_page
from apps.titles.choices import RELEASED


@require_safe
@role_required()
def collection(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(CollectionRecord.objects.select_related("user"), pk=pk)
    scope = scope_of(row)
    found = collection_page.standing(scope)
    may_write = request.user.has_role(Role.LIBRARIAN)
    own = f"/collections/{pk}/"
    context = {
        "head": Head(
            row.name,
            row.institution,
            trail=trail(),
            actions=[Action(gettext("Change"), f"{own}change/")] if may_write else [],
        ),
        "record": row,
        "vitals": collection_page.vitals(found),
        "facts": collection_page.written_facts(row),
        "members": collection_page.member_facts(row, scope),
        "machine": collection_page.machine_facts(found),
        "words": collection_page.words_list(found),
        "looked": look_at(scope.listed.filter(status__in=RELEASED)),
        "may_write": may_write,
        "closing": gettext("Open the record again") if row.closed_at else gettext("Close the record"),
        "closing_url": f"{own}reopen/" if row.closed_at else f"{own}close/",
    }
    return TemplateResponse(request, "nodes/collection.html", context)
