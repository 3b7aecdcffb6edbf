"""The bytes of a permission page as they came, handed out for who wants to compute the digest again."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from apps.accounts.access import role_required
from apps.permissions.models import Evidence


@require_safe
@role_required()
def evidence_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Never a page of this site: it is somebody else's, and would run with the portal's name."""
    row = get_object_or_404(Evidence, pk=pk)
    if row.page is None:
        raise Http404
    response = HttpResponse(bytes(row.page), content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="permission-page-{pk}.bin"'
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
