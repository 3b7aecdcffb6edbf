"""The manifest page of a title, written for its publisher: to copy, to download, and to try once it is on-line."""

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.text import slugify
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from apps.common.pages import Action, Head, Link
from apps.lockss.permission import Network, manifest_page, try_page
from apps.permissions.forms_testing import ManifestForm
from apps.permissions.starts import start_url
from apps.permissions.views_testing import short_requests
from apps.titles.models import ListedAu, Title

# Each compiles a definition; the newest volumes are those that a publisher still has to open.
MOST_FILLED = 100


@require_http_methods(["GET", "HEAD", "POST"])
@short_requests
def manifest(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _page(request, ManifestForm(initial=_known(request)))
    form = ManifestForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    data = form.cleaned_data
    text = manifest_page(
        title=data["title"],
        publisher=data["publisher"],
        volumes=data["volumes"],
        network=Network(data["network"]),
        open_access=data["open_access"],
    )
    if "download" in request.POST:
        name = slugify(data["title"])[:60] or "manifest"
        response = HttpResponse(text, content_type="application/octet-stream")
        response["Content-Disposition"] = f'attachment; filename="{name}-{data["network"]}.html"'
        return response
    trial = try_page(text.encode(), Network(data["network"]))
    return _page(request, form, text=text, granted=trial.granted)


def _page(
    request: HttpRequest, form: ManifestForm, *, text: str = "", granted: bool = False, status: int = 200
) -> HttpResponse:
    signed_in = request.user.is_authenticated
    head = Head(
        gettext("Write a manifest page"),
        gettext("The page on which a publisher permits preservation, and from which nodes begin to collect."),
        trail=[Link(gettext("Permissions"), "/permissions/")] if signed_in else [],
        actions=[Action(gettext("Try a page that is on-line"), "/permissions/test/")],
    )
    context = {"head": head, "form": form, "text": text, "granted": granted}
    return TemplateResponse(request, "permissions/manifest.html", context, status=status)


def _known(request: HttpRequest) -> dict:
    """For people of this node, a title's volumes as the lists name them; strangers fill the form in themselves."""
    wanted = request.GET.get("title", "")
    if not request.user.is_authenticated or not (wanted.isascii() and wanted.isdigit() and len(wanted) <= 18):
        return {}
    title = Title.objects.select_related("publisher").filter(pk=wanted).first()
    if title is None:
        return {}
    newest = ListedAu.objects.filter(title=title).order_by("-year", "-volume", "pk")[:MOST_FILLED]
    volumes = ((start_url(listed), " ".join(listed.name.split())) for listed in newest)
    lines = [f"{address} {name}" for address, name in volumes if address]
    return {"title": title.name, "publisher": title.publisher.name, "volumes": "\n".join(lines)}
