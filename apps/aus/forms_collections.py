"""The form of a collection record. What it means is pasted, one a line: nobody finds it in a menu of thousands."""

import uuid
from collections import defaultdict
from collections.abc import Callable

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.aus.choices import Risk
from apps.aus.models import CollectionRecord
from apps.aus.services.collections import Said
from apps.common.forms import LongText
from apps.titles.models import ListedAu, Publisher, Title
from apps.titles.staging import issn_of, name_key

MOST_LINES = 500
# So many bad lines are named; the rest is counted.
NAMED = 5


def _text(label: str, rows: int, *, most: int = 10_000, **more) -> forms.CharField:
    area = LongText(attrs={"rows": rows, **more.pop("attrs", {})})
    return forms.CharField(label=label, required=False, max_length=most, widget=area, **more)


def _day(**more) -> forms.DateField:
    return forms.DateField(
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), required=False, **more
    )


class CollectionForm(forms.Form):
    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, required=False)
    name = forms.CharField(label=_("Name of the collection"), max_length=300)
    institution = forms.CharField(label=_("Who contributes it"), max_length=300)
    person = forms.CharField(
        label=_("Who answers for it there"),
        max_length=300,
        required=False,
        help_text=_("A person or an office."),
    )
    contact = forms.CharField(
        label=_("How to reach them"),
        max_length=500,
        required=False,
        help_text=_("Mail, telephone or address."),
    )
    publishers = _text(
        _("Publishers"),
        3,
        most=200_000,
        help_text=_("Everything of them: one a line, as the title lists write them."),
    )
    titles = _text(
        _("Titles"), 3, most=200_000, help_text=_("All their units: one a line, by ISSN or by name.")
    )
    listed_aus = _text(
        _("Single archival units"),
        3,
        most=1_000_000,
        help_text=_("One AUID a line."),
        attrs={"spellcheck": "false"},
    )
    why = _text(_("Why it matters"), 4)
    risk = forms.ChoiceField(
        label=_("Risk that it is lost elsewhere"),
        choices=Risk.choices,
        widget=forms.RadioSelect,
        initial=Risk.MEDIUM,
    )
    risk_note = _text(_("What the risk is"), 2)
    rights = _text(
        _("Rights"), 2, help_text=_("Who may do what with it, in words; agreements stand under Permissions.")
    )
    since = _day(label=_("Contributed since"))
    review_on = _day(label=_("To be looked at again on"))

    def clean(self) -> dict:
        data = super().clean()
        data["publisher_rows"] = self._read("publishers", _publishers)
        data["title_rows"] = self._read("titles", _titles)
        data["au_rows"] = self._read("listed_aus", _aus)
        if not self.errors and not (data["publisher_rows"] or data["title_rows"] or data["au_rows"]):
            raise ValidationError(gettext("Say what it is: name a publisher, a title or an archival unit."))
        return data

    def _read(self, field: str, find: Callable[[list[str]], "Found"]) -> list:
        """The rows that the lines name; lines that name none, or several, become an error of the field."""
        lines = [line.strip() for line in self.cleaned_data.get(field, "").splitlines() if line.strip()]
        if len(lines) > MOST_LINES:
            self.add_error(field, gettext("At most %d lines.") % MOST_LINES)
            return []
        by_line = find(lines) if lines else {}
        found, wrong = {}, []
        for number, line in enumerate(lines, 1):
            rows = by_line.get(line, {})
            if len(rows) == 1:
                found |= rows
            else:
                said = gettext("is the name of several") if rows else gettext("is named by no title list")
                wrong.append(
                    gettext("line %(number)d: “%(line)s” %(said)s")
                    % {"number": number, "line": line[:80], "said": said}
                )
        if wrong:
            more = len(wrong) - NAMED
            tail = gettext(" and %d more") % more if more > 0 else ""
            self.add_error(field, "; ".join(wrong[:NAMED]) + tail + ".")
        return list(found.values())

    @property
    def said(self) -> Said:
        data = self.cleaned_data
        same = (
            "name",
            "institution",
            "person",
            "contact",
            "why",
            "risk_note",
            "rights",
            "since",
            "review_on",
        )
        return Said(
            **{one: data[one] for one in same},
            risk=Risk(data["risk"]),
            publishers=data["publisher_rows"],
            titles=data["title_rows"],
            listed_aus=data["au_rows"],
        )


Found = dict[str, dict[int, Model]]


def _publishers(lines: list[str]) -> Found:
    rows = Publisher.objects.filter(name_key__in={name_key(line) for line in lines})
    return _by_line(lines, [(row.name_key, row) for row in rows], name_key)


def _titles(lines: list[str]) -> Found:
    """A journal has up to three numbers, each with its index."""
    numbers = {issn for line in lines if (issn := issn_of(line))}
    keys = {name_key(line) for line in lines if not issn_of(line)}
    pairs = [(row.name_key, row) for row in Title.objects.filter(name_key__in=keys)] if keys else []
    for field in ("issn", "eissn", "issn_l") if numbers else ():
        pairs += [(getattr(row, field), row) for row in Title.objects.filter(**{f"{field}__in": numbers})]
    return _by_line(lines, pairs, lambda line: issn_of(line) or name_key(line))


def _aus(lines: list[str]) -> Found:
    return _by_line(lines, [(row.auid, row) for row in ListedAu.objects.filter(auid__in=lines)], str)


def _by_line(lines: list[str], pairs: list[tuple[str, Model]], key_of: Callable[[str], str]) -> Found:
    by_key: Found = defaultdict(dict)
    for key, row in pairs:
        by_key[key][row.pk] = row
    return {line: by_key[key_of(line)] for line in lines}


def initial_of(row: CollectionRecord) -> dict:
    """A form's first values for a record as it stands."""
    same = ("version", "name", "institution", "person", "contact", "why", "risk", "risk_note", "rights")
    titles = row.titles.order_by("name_key")[: MOST_LINES + 1]
    return {
        **{one: getattr(row, one) for one in (*same, "since", "review_on")},
        "publishers": "\n".join(row.publishers.order_by("name_key").values_list("name", flat=True)),
        "titles": "\n".join(title.issn or title.eissn or title.name for title in titles),
        "listed_aus": "\n".join(row.listed_aus.order_by("auid").values_list("auid", flat=True)),
    }
