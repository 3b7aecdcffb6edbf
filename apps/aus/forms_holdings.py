"""Forms about a library's own list."""

import uuid

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.aus.models import HoldingsLine, HoldingsUpload
from apps.aus.services.proposals import LONGEST_NOTE
from apps.common.display import size_text
from apps.common.forms import LongText, VersionForm
from apps.lockss.holdings import LONGEST_TYPED, NEEDED, Field, YearRange, years_typed
from apps.titles.fields import titles_named
from apps.titles.models import Title

NOWHERE = ""
TYPED = "typed"
NAMES = {
    Field.TITLE: _("Title"),
    Field.PUBLISHER: _("Publisher"),
    Field.ISSN: _("ISSN"),
    Field.EISSN: _("eISSN"),
    Field.ISSN_L: _("ISSN-L"),
    Field.ISBN: _("ISBN"),
    Field.EISBN: _("eISBN"),
    Field.FIRST: _("First year or date"),
    Field.LAST: _("Last year or date"),
    Field.COVERAGE: _("Coverage statement"),
    Field.EMBARGO: _("Embargo or moving wall"),
    Field.YEAR: _("Year of publication"),
}
MOST_COLUMNS = 200


class HoldingsForm(forms.Form):
    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4, required=False)
    file = forms.FileField(
        label=_("Your list"),
        help_text=_(
            "KBART, CSV, tab-separated or XLSX, as your library system or knowledge base exports it. It needs a "
            "column of titles, ISSNs or ISBNs."
        ),
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        most = settings.NODE.upload_max_bytes
        if file.size > most:
            raise ValidationError(gettext("At most %s can be uploaded.") % size_text(most))
        return file


class ColumnsForm(VersionForm):
    """Which column each field is in."""

    head_line = forms.IntegerField(
        label=_("Line that names the columns"),
        min_value=0,
        max_value=60,
        help_text=_("0 where the list has no such line."),
    )

    def __init__(self, *args, upload: HoldingsUpload, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        width = max([len(upload.head), *(len(row) for row in upload.sample)], default=0)
        names = [
            upload.head[at] if at < len(upload.head) and upload.head[at].strip() else ""
            for at in range(min(width, MOST_COLUMNS))
        ]
        shown = [
            (str(at), f"{at + 1}: {name[:60]}" if name else str(at + 1))
            for at, name in enumerate(names)
            if holds_anything(upload, at)
        ]
        for field, label in NAMES.items():
            self.fields[field] = forms.ChoiceField(
                label=label, required=False, choices=[(NOWHERE, gettext("in no column")), *shown]
            )

    @property
    def columns(self) -> dict[Field, int]:
        data = self.cleaned_data
        return {field: int(data[field]) for field in NAMES if data.get(field)}

    def clean(self) -> dict:
        data = super().clean()
        if not self.errors and not any(data.get(field) for field in NEEDED):
            raise ValidationError(gettext("Say which column has the titles, the ISSNs or the ISBNs."))
        return data


def holds_anything(upload: HoldingsUpload, place: int) -> bool:
    """A name, or something in one of the first lines: a column of neither comes from a separator at the ends."""
    named = place < len(upload.head) and upload.head[place].strip()
    return bool(named) or any(place < len(line) and line[place].strip() for line in upload.sample)


class HandForm(VersionForm):
    to = forms.ModelChoiceField(label=_("Colleague"), queryset=User.objects.none(), empty_label=_("Choose"))
    note = forms.CharField(
        label=_("What to look at"),
        required=False,
        max_length=LONGEST_NOTE,
        widget=LongText(attrs={"rows": 3}),
    )

    def __init__(self, *args, user: User, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = colleagues(user)
        self.fields["to"].label_from_instance = lambda person: person.display_name


def colleagues(user: User) -> QuerySet[User]:
    """Who else may select."""
    rows = User.objects.filter(roles__overlap=[Role.LIBRARIAN, Role.SYSTEM], is_active=True)
    return rows.exclude(pk=user.pk).order_by("username")


class SelectForm(VersionForm):
    mark = forms.RegexField(r"^[0-9a-f]{32}$", widget=forms.HiddenInput)


class DecideForm(VersionForm):
    """``title``: number of a title, ``none``, or ``other`` with its ISSN or name.

    ``years``, of a line whose years are in doubt: the place of a reading, from 0, or ``typed`` with the years written.
    """

    title = forms.RegexField(r"^([0-9]{1,18}|none|other)$", error_messages={"required": _("Choose one.")})
    other = forms.CharField(required=False, max_length=500)
    years = forms.RegexField(r"^([0-9]|typed)$", required=False)
    years_typed = forms.CharField(required=False, max_length=LONGEST_TYPED)

    def __init__(self, *args, line: HoldingsLine, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self._readings = line.readings

    def clean(self) -> dict:
        data = super().clean()
        wanted = data.get("title", "")
        if self.errors:
            return data
        if wanted == "none":
            data["chosen"] = None
        elif wanted == "other":
            data["chosen"] = _named(data.get("other", "").strip())
        else:
            data["chosen"] = Title.objects.filter(pk=int(wanted)).first()
            if data["chosen"] is None:
                raise ValidationError(gettext("This title is not in the catalogue any more."))
        doubted = self._readings and data["chosen"] is not None
        data["meant"] = self._meant(data) if doubted else None
        return data

    def _meant(self, data: dict) -> tuple[YearRange, ...]:
        wanted = data.get("years", "")
        if wanted == TYPED:
            return _typed(data.get("years_typed", ""))
        if not wanted or int(wanted) >= len(self._readings):
            raise ValidationError(gettext("Say which years are meant: those of the line are in doubt."))
        return tuple((first, last) for first, last in self._readings[int(wanted)])


def _typed(text: str) -> tuple[YearRange, ...]:
    if not text.strip():
        raise ValidationError(
            gettext("Write the years that are meant, such as 1990-2005; 2008- is from 2008 on.")
        )
    found = years_typed(text)
    if not found:
        raise ValidationError(
            gettext("“%s” is no set of years. Write them as 1990-2005; 2008- is from 2008 on.") % text[:80]
        )
    return found


def _named(text: str) -> Title:
    if not text:
        raise ValidationError(gettext("Write the ISSN or the whole name of the title that is meant."))
    found = list(titles_named(text)[:2])
    if len(found) == 1:
        return found[0]
    if found:
        raise ValidationError(gettext("Several titles are called “%s”. Write its ISSN.") % text[:80])
    raise ValidationError(gettext("No title list names “%s”.") % text[:80])
