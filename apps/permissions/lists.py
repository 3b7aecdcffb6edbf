"""The list of written agreements."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.common.lists import Choice, Column, Exact, Search, Table, cells
from apps.common.pages import Action, Empty
from apps.permissions.choices import AgreementState, ScopeKind
from apps.permissions.words import AGREEMENTS as STATES

AGREEMENTS = Table(
    name="agreements",
    caption=_("Written agreements"),
    columns=(
        Column(
            "name",
            _("Agreement"),
            lambda row: cells.link(row.name, f"/permissions/agreements/{row.pk}/", row.publisher.name),
            sort="name",
        ),
        Column("state", _("State"), lambda row: cells.status(STATES[AgreementState(row.state)])),
        Column("scope", _("Covers"), lambda row: row.get_scope_display(), priority=2),
        Column("starts", _("From"), lambda row: cells.day(row.starts), sort="starts", priority=3),
        Column("ends", _("To"), lambda row: cells.day(row.ends), sort="ends", priority=2),
        Column(
            "document",
            _("Document"),
            lambda row: row.document_name or "–",
            priority=3,
        ),
    ),
    filters=(
        Choice("state", _("State"), "state", AgreementState.choices),
        Choice("scope", _("Covers"), "scope", ScopeKind.choices),
        Exact("publisher", _("Publisher"), "publisher", number=True),
    ),
    search=Search(("name", "publisher__name_key"), label=_("Agreement or publisher")),
    sort="name",
    noun=lambda n: ngettext("agreement", "agreements", n),
    empty=Empty(
        _("No agreement is entered yet"),
        _(
            "Where the network demands one, nothing of a publisher is collected before both sides have signed. Enter the "
            "agreement with its document; it takes effect at once."
        ),
        Action(_("Enter an agreement"), "/permissions/agreements/new/"),
    ),
)
