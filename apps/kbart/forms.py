"""The forms of the reports: what is in them, how it is written, and what is done with it."""

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.kbart.choices import Shape
from apps.kbart.words import KINDS, SCOPES
from apps.lockss.kbart import NoteStyle
from apps.titles.models import Publisher, TitleSet

MOST_SHOWN = 500
STYLES = {
    NoteStyle.YEAR_VOLUME: _("years and volumes: 1998(1)-2001(4)"),
    NoteStyle.YEAR: _("years: 1998-2001"),
    NoteStyle.YEAR_SUMMARY: _("first and last year alone"),
    NoteStyle.YEAR_VOLUME_SUMMARY: _("first and last year and volume alone"),
    NoteStyle.LINKS: _("conditions of a link resolver"),
}
ORDERS = {
    "kbart": _("KBART: all 25, as the standard has them"),
    "publisher": _("publisher first, then the others"),
    "ranges": _("publisher, title, identifiers and range"),
    "details": _("publisher, title and identifiers"),
    "title-issn": _("identifier of print and title"),
    "issn": _("identifier of print alone"),
    "sfx": _("identifier, ACTIVE, notes"),
}
SHAPE_NAMES = {
    Shape.KBART: _("for each unbroken range (KBART)"),
    Shape.TITLES: _("for each title"),
    Shape.SFX: _("for a link resolver (SFX)"),
    Shape.KEEPERS: _("for the Keepers Registry"),
}


def _sets() -> list[tuple[str, str]]:
    rows = TitleSet.objects.order_by("name_key", "pk").values_list("pk", "name")[:MOST_SHOWN]
    return [("", _("all titles")), *((str(pk), name) for pk, name in rows)]


class RowsForm(forms.Form):
    """What is in the report. The values are read by ``asking``; this form draws them."""

    scope = forms.ChoiceField(
        label=_("Which archival units"),
        choices=[(scope.value, SCOPES[scope]) for scope in SCOPES],
        widget=forms.RadioSelect,
    )
    report = forms.ChoiceField(label=_("One line"), choices=list(SHAPE_NAMES.items()), required=False)
    kind = forms.ChoiceField(label=_("Publications"), choices=list(KINDS.items()), required=False)
    publisher = forms.CharField(
        label=_("Publisher"),
        required=False,
        max_length=500,
        help_text=_("Its whole name; empty: all."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    set = forms.ChoiceField(label=_("Title set"), choices=_sets, required=False)
    since = forms.DateField(
        label=_("New since"),
        required=False,
        help_text=_("Only what came in on this day or later."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    notes = forms.ChoiceField(
        label=_("Notes tell coverage as"),
        choices=[("", _("what a range lacks, as usual")), *STYLES.items()],
        required=False,
    )
    with_id = forms.BooleanField(label=_("Leave out lines without ISSN and ISBN"), required=False)


class WritingForm(forms.Form):
    """How it is written."""

    columns = forms.ChoiceField(label=_("Columns"), choices=list(ORDERS.items()), required=False)
    own = forms.CharField(
        label=_("Columns of your own, instead"),
        required=False,
        max_length=4_000,
        help_text=_(
            "One a line: a field, alternatives between ||, a text in quotes; behind @ a head of its own: "
            "print_identifier || online_identifier @ISSN"
        ),
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
    )
    omit_empty = forms.BooleanField(label=_("Leave out empty columns"), required=False)
    omit_header = forms.BooleanField(label=_("Without the line of heads"), required=False)
    compress = forms.BooleanField(
        label=_("As a .zip, with a file that says what the words mean"), required=False
    )

    def add_prefix(self, field_name: str) -> str:
        """Both are the one parameter; of two the last that holds something counts."""
        return super().add_prefix("columns" if field_name == "own" else field_name)


def initial_of(given: dict[str, str]) -> dict[str, object]:
    """What the forms show for an order's parameters; a publisher by its name."""
    shown: dict[str, object] = {
        name: value != "no" if name in ("with_id", "omit_empty", "omit_header", "compress") else value
        for name, value in given.items()
    }
    if "publisher" in given:
        found = Publisher.objects.filter(pk=given["publisher"]).values_list("name", flat=True).first()
        shown["publisher"] = found or given["publisher"]
    if given.get("columns", "kbart") not in ORDERS:
        shown |= {"own": given["columns"], "columns": "kbart"}
    return shown
