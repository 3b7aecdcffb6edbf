"""The form of a written agreement. Titles and AUs are pasted, one a line: nobody finds them in a menu of thousands."""

import re

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.common.search import fold
from apps.permissions.choices import AgreementState, ScopeKind
from apps.permissions.models import PublisherAgreement
from apps.permissions.services import LONGEST_DOCUMENT
from apps.titles.models import ListedAu, Publisher, Title

MOST_LINES = 5_000
# So many bad lines are named; the rest is counted.
NAMED = 5
_ISSN = re.compile(r"\d{4}-?\d{3}[\dXx]", re.ASCII)


def _day(**more) -> forms.DateField:
    return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **more)


class AgreementForm(forms.Form):
    publisher = forms.ModelChoiceField(label=_("Publisher"), queryset=Publisher.objects.order_by("name_key"))
    name = forms.CharField(
        label=_("Name"), max_length=300, help_text=_("As the parties call it: “Preservation agreement 2026”.")
    )
    state = forms.ChoiceField(label=_("State"), choices=AgreementState.choices, initial=AgreementState.SIGNED)
    starts = _day(label=_("First day"))
    ends = _day(
        label=_("Last day"), required=False, help_text=_("Empty: it holds until somebody takes it back.")
    )
    scope = forms.ChoiceField(
        label=_("What it covers"),
        choices=ScopeKind.choices,
        widget=forms.RadioSelect,
        initial=ScopeKind.PUBLISHER,
    )
    titles = forms.CharField(
        label=_("Titles"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        help_text=_("For named titles: one a line, by ISSN or by the name that a title list gives."),
    )
    listed_aus = forms.CharField(
        label=_("Archival units"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        help_text=_("For named archival units: one AUID a line."),
    )
    document = forms.FileField(
        label=_("Signed document"),
        required=False,
        help_text=_("Kept on this node. A new one takes the old one's place."),
    )
    notes = forms.CharField(
        label=_("Notes"), required=False, max_length=10_000, widget=forms.Textarea(attrs={"rows": 4})
    )

    def clean_document(self):
        found = self.cleaned_data["document"]
        if found and found.size > LONGEST_DOCUMENT:
            raise ValidationError(_("A document may have %d MB at most.") % (LONGEST_DOCUMENT // 1_000_000))
        return found

    def clean(self) -> dict:
        data = super().clean()
        publisher, scope = data.get("publisher"), data.get("scope")
        data["title_rows"] = data["au_rows"] = []
        if publisher and scope == ScopeKind.TITLES:
            data["title_rows"] = self._read("titles", lambda line: _title(publisher, line))
        if publisher and scope == ScopeKind.AUS:
            data["au_rows"] = self._read("listed_aus", lambda line: _au(publisher, line))
        return data

    def _read(self, field: str, find) -> list:
        """The rows that the lines name; lines that name none become an error of the field."""
        lines = [line.strip() for line in self.cleaned_data.get(field, "").splitlines() if line.strip()]
        if len(lines) > MOST_LINES:
            self.add_error(field, gettext("At most %d lines.") % MOST_LINES)
            return []
        found, unknown = [], []
        for line in lines:
            row = find(line)
            (found if row else unknown).append(row or line)
        if unknown:
            said = ", ".join(f"“{line[:80]}”" for line in unknown[:NAMED])
            more = len(unknown) - NAMED
            tail = gettext(" and %d more") % more if more > 0 else ""
            self.add_error(
                field, gettext("This publisher has no %(what)s%(tail)s.") % {"what": said, "tail": tail}
            )
        return found


def _title(publisher: Publisher, line: str) -> Title | None:
    rows = Title.objects.filter(publisher=publisher)
    if _ISSN.fullmatch(line):
        issn = f"{line[:4]}-{line[-4:].upper()}"
        for field in ("issn", "eissn", "issn_l"):
            if found := rows.filter(**{field: issn}).first():
                return found
    return rows.filter(name_key=fold(line)).first()


def _au(publisher: Publisher, line: str) -> ListedAu | None:
    return ListedAu.objects.filter(publisher=publisher, auid=line).first()


def initial_of(row: PublisherAgreement) -> dict:
    """A form's first values for an agreement as it stands."""
    names = [title.issn or title.name for title in row.titles.order_by("name_key")]
    return {
        "publisher": row.publisher_id,
        "name": row.name,
        "state": row.state,
        "starts": row.starts,
        "ends": row.ends,
        "scope": row.scope,
        "titles": "\n".join(names),
        "listed_aus": "\n".join(row.listed_aus.order_by("auid").values_list("auid", flat=True)),
        "notes": row.notes,
    }
