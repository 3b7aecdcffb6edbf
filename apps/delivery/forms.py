"""Forms of the pages about serving."""

import uuid

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import Role
from apps.common.clock import node_day, now
from apps.common.forms import LineField, LongText, VersionForm, day_field
from apps.delivery.choices import Choice, Flag, WallUnit
from apps.delivery.models import InstitutionProxy, OwnReaderList, ServingRule
from apps.delivery.services.ruling import LONGEST_LIST, LONGEST_NOTE, LONGEST_WALL, Rule
from apps.delivery.services.triggering import LONGEST_TEXT
from apps.permissions.choices import Said

_NOT_SAID = ("", _("not said here"))
_SAID = [_NOT_SAID, (Said.YES, Said.YES.label), (Said.NO, Said.NO.label)]
_PLAIN = ("choice", "serve", "while_available", "openly", "trigger", "open_access", "flag")
_MORE = ("embargo_until", "wall_length", "wall_unit", "note")


def _said(label: object, help_text: object = "") -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=_SAID, required=False, help_text=help_text)


class SeenForm(forms.Form):
    """``version``: of the row that the page showed; empty: there was none."""

    version = forms.IntegerField(min_value=0, required=False, widget=forms.HiddenInput)


class RuleForm(SeenForm):
    choice = forms.ChoiceField(
        label=_("Serving"),
        required=False,
        choices=[
            _NOT_SAID,
            (Choice.DARK, _("dark: kept and audited, not served")),
            (Choice.GRAY, _("gray: served when the publisher does not")),
            (Choice.LIGHT, _("light: always served")),
        ],
        help_text=_("What is chosen nearest to the archival unit counts."),
    )
    serve = _said(
        _("The publisher lets it be served"),
        _("What a publisher refuses stands at whatever level it was said."),
    )
    while_available = _said(_("The publisher lets it be served while it still serves it itself"))
    openly = _said(_("The publisher lets everybody read it, not only this library's own readers"))
    trigger = _said(_("The publisher lets everybody read it after a trigger event"))
    open_access = _said(_("Open access"), _("Not said: as the title list and the permission page say."))
    flag = forms.ChoiceField(
        label=_("The publisher"),
        required=False,
        choices=[_NOT_SAID, *Flag.choices],
        help_text=_("Not said: as parameters and title list say."),
    )
    embargo_until = day_field(
        label=_("Embargo until"), required=False, help_text=_("The first day on which it may be read.")
    )
    wall_length = forms.IntegerField(
        label=_("Embargo from publication"), required=False, min_value=0, max_value=LONGEST_WALL
    )
    wall_unit = forms.ChoiceField(
        label=_("That embargo is in"), required=False, choices=[("", "–"), *WallUnit.choices]
    )
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=LONGEST_NOTE,
        widget=LongText(attrs={"rows": 2}),
        help_text=_("Where it is written, or why it was chosen."),
    )

    @classmethod
    def of(cls, row: ServingRule | None) -> "RuleForm":
        if row is None:
            return cls()
        return cls(initial={name: getattr(row, name) for name in ("version", *_PLAIN, *_MORE)})

    def rule(self) -> Rule:
        return Rule(**{name: self.cleaned_data[name] for name in (*_PLAIN, *_MORE)})


def _addresses(label: object, help_text: object) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=LONGEST_LIST,
        strip=False,
        widget=LongText(attrs={"rows": 6, "spellcheck": "false"}),
        help_text=help_text,
    )


class ReadersForm(SeenForm):
    included = _addresses(
        _("Addresses of own readers"),
        _(
            "One entry a line: 192.0.2.7, 192.0.2.0/24 or 192.0.2.*, IPv6 likewise. A line with # is a remark."
        ),
    )
    excluded = _addresses(_("Except"), _("One malformed line here closes both lists, until it is mended."))
    roles = forms.MultipleChoiceField(
        label=_("Roles"),
        choices=Role.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Whoever is signed in with one of these is an own reader."),
    )

    @classmethod
    def of(cls, row: OwnReaderList | None) -> "ReadersForm":
        found = row or OwnReaderList()
        return cls(
            initial={
                "version": row.version if row else None,
                "included": found.included,
                "excluded": found.excluded,
                "roles": found.roles,
            }
        )


class ProxyForm(SeenForm):
    name = LineField(label=_("Name"), max_length=100)
    addresses = _addresses(_("It asks from these addresses"), _("One entry a line, as above."))
    note = forms.CharField(
        label=_("Note"), required=False, max_length=LONGEST_NOTE, widget=LongText(attrs={"rows": 2})
    )

    @classmethod
    def of(cls, row: InstitutionProxy) -> "ProxyForm":
        return cls(initial={name: getattr(row, name) for name in ("version", "name", "addresses", "note")})


class TriggerForm(forms.Form):
    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4, required=False)
    reason = forms.CharField(
        label=_("What happened"),
        max_length=LONGEST_TEXT,
        widget=LongText(attrs={"rows": 3}),
        help_text=_("Everybody will read it."),
    )
    since = day_field(label=_("It counts from"), initial=lambda: node_day(now()))
    licence = LineField(label=_("Licence"), required=False, max_length=1_000)
    citation = forms.CharField(
        label=_("How it is cited"),
        required=False,
        max_length=LONGEST_TEXT,
        widget=LongText(attrs={"rows": 2}),
    )


class WithdrawForm(VersionForm):
    why = forms.CharField(
        label=_("Why it is withdrawn"), max_length=LONGEST_TEXT, widget=LongText(attrs={"rows": 2})
    )
