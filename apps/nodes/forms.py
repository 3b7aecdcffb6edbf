"""The forms of alerts: that somebody knows of one, and what a person wants to be told."""

from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from apps.common.forms import LongText, VersionForm
from apps.nodes.choices_alerts import Weight
from apps.nodes.models import AlertRule

LONGEST_NOTE = 2000


class AcknowledgeForm(forms.Form):
    note = forms.CharField(
        label=_("What you do about it"),
        required=False,
        max_length=LONGEST_NOTE,
        widget=LongText(attrs={"rows": 3}),
        help_text=_("Others read it here."),
    )


def _time(label) -> forms.TimeField:
    return forms.TimeField(
        label=label, required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )


class RuleForm(VersionForm):
    """``cleaned_data`` without ``version`` are the fields of ``AlertRule``."""

    mail = forms.BooleanField(label=_("Tell me by e-mail"), required=False)
    severities = forms.MultipleChoiceField(
        label=_("Of which alerts"),
        choices=Weight.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    digest_hour = forms.TypedChoiceField(
        label=_("What is not critical"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=lambda: [("", _("at once")), *((str(n), f"{n:02d}:00") for n in range(24))],
        help_text=_("At once, or gathered once a day at this hour of your clock."),
    )
    quiet_from = _time(_("Quiet from"))
    quiet_until = _time(_("Quiet until"))
    zone = forms.ChoiceField(
        label=_("Your time zone"), choices=lambda: [(name, name) for name in sorted(available_timezones())]
    )

    lacking = ""
    kept = False

    @classmethod
    def of(cls, rule: AlertRule, data=None, lacking: str = "") -> "RuleForm":
        """``lacking``: why no mail can reach this person; it stands beside the tick, and a new tick is refused."""
        initial = {name: getattr(rule, name) for name in cls.base_fields}
        initial["digest_hour"] = "" if rule.digest_hour is None else str(rule.digest_hour)
        form = cls(data, initial=initial)
        form.lacking, form.kept = lacking, rule.pk is not None and rule.mail
        form.fields["mail"].help_text = lacking
        if lacking and not form.kept:
            # Ticked by itself it would promise what cannot come, and be refused.
            form.initial["mail"] = False
        return form

    def clean(self) -> dict:
        data = super().clean()
        # A wish that was kept before waits for the server or the address to come back.
        if data.get("mail") and self.lacking and not self.kept:
            self.add_error("mail", self.lacking)
            # Said once.
            self.fields["mail"].help_text = ""
        elif data.get("mail") and not data.get("severities"):
            self.add_error("severities", _("At least one, or no e-mail at all."))
        if (data.get("quiet_from") is None) != (data.get("quiet_until") is None):
            raise ValidationError(
                _("Quiet hours need both a beginning and an end; leave both empty for none.")
            )
        return data
