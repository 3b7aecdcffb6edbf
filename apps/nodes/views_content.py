"""What an AU holds, URL by URL."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.db.models import Count
from django.db.models.functions import Collate, Left
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext, pgettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from apps.accounts.access import role_required
from apps.aus.models import Au
from apps.common.lists import Cell, Choice, Column, Search, Table, cells, show_list
from apps.common.pages import Action, Empty, Head
from apps.delivery.addresses import delivery_url
from apps.delivery.sharing import reading_url
from apps.nodes.views_aus import the_au, trail_of
from apps.nodes.words import STORED
from apps.polls.lists import url_page
from apps.repository.choices import ArtifactState
from apps.repository.models import Artifact

# How many characters of a URL the index of names holds.
INDEXED = 200


@dataclass(frozen=True, slots=True)
class ContentRow:
    artifact: Artifact
    au: Au
    versions: int


def state_cell(state: str) -> Cell:
    return cells.status(STORED[ArtifactState(state)])


def _url(row: ContentRow) -> Cell:
    return cells.code(row.artifact.url, url_page(row.au.slug, row.artifact.url))


def _open(row: ContentRow) -> Cell:
    """As readers get it; beside it byte for byte, for auditors."""
    url = row.artifact.url
    bytes_at = delivery_url(row.au, url)
    return Cell(
        format_html(
            '<a href="{}" rel="noreferrer">{}</a> · <a href="{}" rel="noreferrer">{}</a>',
            reading_url(row.au, url),
            pgettext("link", "open"),
            bytes_at,
            pgettext("link", "bytes"),
        ),
        bytes_at,
    )


def _type(content_type: str) -> str:
    return content_type.partition(";")[0].strip() or "–"


CONTENT = Table(
    name="content",
    caption=_("Content"),
    columns=(
        Column("url", _("URL"), _url, sort="name", never_null=True),
        Column("open", _("The copy"), _open),
        Column("type", _("Type"), lambda row: _type(row.artifact.content_type), priority=3),
        Column("size", _("Size"), lambda row: cells.size(row.artifact.size), numeric=True, priority=2),
        Column("versions", _("Versions"), lambda row: cells.count(row.versions), numeric=True, priority=3),
        Column("state", _("State"), lambda row: state_cell(row.artifact.state), priority=2),
        Column("collected", _("Collected"), lambda row: cells.moment(row.artifact.collected_at), priority=3),
    ),
    filters=(Choice("state", _("State"), "state", ArtifactState.choices),),
    search=Search(("url__contains",), label=_("Part of the URL")),
    sort="url",
    noun=lambda n: ngettext("URL", "URLs", n),
    empty=Empty(
        _("Nothing is stored yet"),
        _("What is collected from the publisher is listed here, and can be opened as it came."),
    ),
)


@require_safe
@role_required()
def content(request: HttpRequest, slug: str) -> HttpResponse:
    row = the_au(slug)
    head = Head(
        gettext("Content"),
        gettext(
            "Each opens on the content host, apart from this portal: with its links leading to preserved pages, or byte "
            "for byte as it was collected."
        ),
        trail=trail_of(row),
        actions=[
            Action(gettext("As a tree"), f"/aus/{row.slug}/content/tree/"),
            Action(gettext("URLs as text"), _as_text("urls", row)),
            Action(gettext("With type and size"), _as_text("files", row)),
        ],
    )
    # The same expression as the index has: a page of names costs no sorting of all.
    name = Collate(Left("url", INDEXED), "C")
    rows = Artifact.objects.filter(au_key=row.pk, is_current=True).annotate(name=name)
    table = replace(CONTENT, prepare=lambda artifacts: _with_versions(row, artifacts))
    return show_list(request, table=table, rows=rows, template="nodes/list_page.html", context={"head": head})


def _as_text(kind: str, au: Au) -> str:
    """The list that programs read (docs/clients.md)."""
    return f"/ListObjects?{urlencode({'type': kind, 'auid': au.auid})}"


def _with_versions(au: Au, artifacts: list[Artifact]) -> Iterable[ContentRow]:
    digests = [bytes(artifact.url_digest) for artifact in artifacts]
    counts = {
        bytes(digest): n
        for digest, n in Artifact.objects.filter(au_key=au.pk, url_digest__in=digests)
        .order_by()
        .values_list("url_digest")
        .annotate(n=Count("version"))
    }
    return [ContentRow(artifact, au, counts[bytes(artifact.url_digest)]) for artifact in artifacts]
