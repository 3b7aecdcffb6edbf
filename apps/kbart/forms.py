"""The forms of the reports: what is in them, how it is written, and what is done with it."""

import datetime as dt
import uuid

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.forms import LIVES
from apps.common.clock import now
from apps.common.display import size_text
from apps.common.forms import VersionForm
from apps.common.pace import day_of_month, day_of_week
from apps.common.text import shortened
from apps.kbart.asking import LONGEST_QUERY
from apps.kbart.choices import Every, Shape
from apps.kbart.models import Series
from apps.kbart.words import KINDS, SCOPES
from apps.lockss.kbart import NoteStyle, Scope
from apps.nodes.replicas import institutions
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
# What decides nothing in a report of that shape (``asking`` refuses it or passes it over): such a field is no choice.
SAYS_NOTHING: dict[str, tuple[str, ...]] = {
    Shape.KEEPERS.value: ("scope", "kind", "with_id", "columns"),
    Shape.SFX.value: ("notes", "omit_header"),
}


def _sets() -> list[tuple[str, str]]:
    rows = TitleSet.objects.order_by("name_key", "pk").values_list("pk", "name")[:MOST_SHOWN]
    return [("", _("all titles")), *((str(pk), shortened(name)) for pk, name in rows)]


def _institutions() -> list[tuple[str, str]]:
    some = list(institutions().items())[:MOST_SHOWN]
    return [("", _("all")), *((str(pk), shortened(name)) for pk, name in some)]


class ReportForm(forms.Form):
    """Without the fields that say nothing in the report that is shown; portal.js follows another choice at once."""

    def __init__(self, *args, **more) -> None:
        super().__init__(*args, **more)
        for name in SAYS_NOTHING.get(str(self.initial.get("report", "")), ()):
            for own, field in self.fields.items():
                if self.add_prefix(own) == name:
                    field.says_nothing = field.disabled = True


class RowsForm(ReportForm):
    """What is in the report. The values are read by ``asking``; this form draws them."""

    scope = forms.ChoiceField(
        label=_("Which archival units"),
        choices=[(scope.value, SCOPES[scope]) for scope in SCOPES],
        widget=forms.RadioSelect,
    )
    report = forms.ChoiceField(
        label=_("One line"),
        choices=list(SHAPE_NAMES.items()),
        required=False,
        help_text=_(
            "That for the Keepers Registry tells what is preserved and what is in progress, side by side. Archival "
            "units, publications and columns are not chosen for it."
        ),
        # What a choice here takes away from the form (portal.js).
        widget=forms.Select(
            attrs={
                "data-without": " ".join(
                    f"{shape}:{name}" for shape, names in SAYS_NOTHING.items() for name in names
                )
            }
        ),
    )
    kind = forms.ChoiceField(label=_("Publications"), choices=list(KINDS.items()), required=False)
    publisher = forms.CharField(
        label=_("Publisher"),
        required=False,
        max_length=500,
        help_text=_("Its whole name; empty: all."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "list": "publishers"}),
    )
    set = forms.ChoiceField(label=_("Title set"), choices=_sets, required=False)
    institution = forms.ChoiceField(
        label=_("Institution"),
        choices=_institutions,
        required=False,
        help_text=_("Only what one of its nodes held the same as this node when the two were last compared."),
    )
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

    @property
    def chosen(self) -> list[forms.BoundField]:
        return [self[name] for name in ("scope", "report", "kind", "publisher")]

    @property
    def narrowed(self) -> list[forms.BoundField]:
        return [self[name] for name in ("set", "institution", "since", "notes", "with_id")]


class WritingForm(ReportForm):
    """How it is written."""

    columns = forms.ChoiceField(label=_("Columns"), choices=list(ORDERS.items()), required=False)
    own = forms.CharField(
        label=_("Columns of your own, instead"),
        required=False,
        max_length=LONGEST_QUERY,
        help_text=_(
            "One a line: a field, alternatives between ||, a text in quotes; behind @ a head of its own: "
            "print_identifier || online_identifier @ISSN"
        ),
        widget=forms.Textarea(attrs={"id": "id_own", "rows": 3, "spellcheck": "false"}),
    )
    omit_empty = forms.BooleanField(label=_("Leave out empty columns"), required=False)
    omit_header = forms.BooleanField(label=_("Without the line of heads"), required=False)
    compress = forms.BooleanField(
        label=_("As a .zip, with a file that says what the words mean"), required=False
    )

    def add_prefix(self, field_name: str) -> str:
        """Both are the one parameter; of two the last that holds something counts."""
        return super().add_prefix("columns" if field_name == "own" else field_name)


def initial_of(given: dict[str, str], *, understood: bool = True) -> dict[str, object]:
    """What the forms show for an order's parameters, a publisher by its name; what was not understood, as typed."""
    shown: dict[str, object] = {
        name: value != "no" if name in ("with_id", "omit_empty", "omit_header", "compress") else value
        for name, value in given.items()
    }
    if understood and "publisher" in given:
        found = Publisher.objects.filter(pk=given["publisher"]).values_list("name", flat=True).first()
        shown["publisher"] = found or given["publisher"]
    shown.setdefault("scope", Scope.PRESERVED.value)
    if shown.get("report") == Shape.KEEPERS:
        shown["scope"] = Scope.PRESERVED.value
    if given.get("columns", "kbart") not in ORDERS:
        shown |= {"own": given["columns"], "columns": "kbart"}
    return shown


class PaceForm(forms.Form):
    """When it is made again; of the two days that of the pace counts. portal.js takes the other out of the form."""

    every = forms.ChoiceField(
        label=_("New editions"),
        choices=Every.choices,
        initial=Every.MONTH,
        help_text=_("Knowledge bases want one a month at least."),
        widget=forms.Select(
            attrs={
                "data-without": " ".join(
                    f"{every}:{name}"
                    for name, own in (("week_day", Every.WEEK), ("month_day", Every.MONTH))
                    for every in Every.values
                    if every != own
                )
            }
        ),
    )
    week_day = forms.TypedChoiceField(
        label=_("Day of the week"),
        choices=[(n + 1, name) for n, name in WEEKDAYS.items()],
        initial=lambda: day_of_week(now()),
        coerce=int,
        empty_value=None,
        required=False,
        help_text=_("Of what is made every week."),
    )
    month_day = forms.IntegerField(
        label=_("Day of the month"),
        min_value=1,
        max_value=31,
        initial=lambda: day_of_month(now()),
        required=False,
        help_text=_("Of what is made every month: 1 to 31. A shorter month has it on its last day."),
    )

    def clean(self) -> dict[str, object]:
        """The two as ``day``, None where nothing is said or the pace has none."""
        data = super().clean() or self.cleaned_data
        days = {Every.WEEK: data.pop("week_day", None), Every.MONTH: data.pop("month_day", None)}
        return data | {"day": days.get(data.get("every", ""))}


def days_of(row: Series) -> dict[str, int | None]:
    """What the form shows of it at first."""
    return {{Every.WEEK: "week_day"}.get(Every(row.every), "month_day"): row.day} if row.day else {}


class SeriesForm(PaceForm):
    """A report that is made again and again."""

    field_order = ("request_key", "label", "slug", "every", "week_day", "month_day", "is_open")

    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4, required=False)
    label = forms.CharField(label=_("Name"), max_length=200, help_text=_("For people on this portal."))
    slug = forms.CharField(
        label=_("Name in the address"),
        max_length=60,
        help_text=_("Letters a–z, digits and hyphens; the institution's name, say. It never changes."),
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocapitalize": "none"}),
    )
    is_open = forms.BooleanField(label=_("Anybody may fetch it, without a key"), required=False)


class SeriesChangeForm(PaceForm, VersionForm):
    field_order = ("label", "every", "week_day", "month_day", "is_open")
    label = SeriesForm.base_fields["label"]
    is_open = SeriesForm.base_fields["is_open"]


class AskForm(forms.Form):
    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4, required=False)


class KeyForm(forms.Form):
    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4, required=False)
    label = forms.CharField(
        label=_("Who fetches with it"),
        max_length=200,
        help_text=_("The knowledge base, say, and whom to ask there."),
    )
    series = forms.ModelChoiceField(
        label=_("What it opens"),
        queryset=Series.objects.order_by("label"),
        required=False,
        empty_label=_("every report"),
    )
    life = forms.ChoiceField(label=_("It is good for"), choices=LIVES, initial="365")

    def clean_life(self) -> dt.timedelta:
        return dt.timedelta(days=int(self.cleaned_data["life"]))


class CheckForm(forms.Form):
    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4, required=False)
    file = forms.FileField(
        label=_("KBART file"),
        help_text=_("Any file of title lists: .txt or .tsv. It is judged as it stands, its name included."),
        widget=forms.ClearableFileInput(attrs={"accept": ".txt,.tsv,.csv,text/plain"}),
        max_length=500,
        allow_empty_file=True,
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        most = settings.NODE.upload_max_bytes
        if file.size > most:
            raise ValidationError(gettext("At most %s can be uploaded.") % size_text(most))
        return file
