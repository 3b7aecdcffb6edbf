"""Small forms on an agreement's page: its next state, parties, documents, the log, letters."""

import uuid

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.common.forms import LongText, ManyFilesField, day_field
from apps.permissions.choices import AgreementState, Channel, PartyRole
from apps.permissions.forms import LONGEST_TEXT
from apps.permissions.models import PublisherAgreement
from apps.permissions.services import MOVES, LogLine, prolonged, standing, today


class MoveForm(forms.Form):
    """``version`` is that of the row the page showed."""

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    to = forms.ChoiceField(label=_("It is now"))
    on = day_field(label=_("Since"))
    ends = day_field(label=_("New last day"), required=False, help_text=_("Empty: without an end."))

    def __init__(self, *args, row: PublisherAgreement, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        state = standing(row)
        moves = MOVES[state]
        # A form that is sent again from an old page is refused by its version, in words, and not by its choices.
        shown = moves if not self.is_bound else list(AgreementState)
        self.fields["to"].choices = [(one.value, one.label) for one in shown]
        self.initial.update(version=row.version, on=today(), ends=row.ends if prolonged(row) else None)
        if state != AgreementState.LAPSED and not self.is_bound:
            del self.fields["ends"]


class PartyForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=300)
    role = forms.ChoiceField(label=_("Role"), choices=PartyRole.choices, initial=PartyRole.PLATFORM)
    email = forms.EmailField(label=_("E-mail"), required=False, max_length=254)


class DocumentsForm(forms.Form):
    documents = ManyFilesField(label=_("Add documents"))


class ContactForm(forms.Form):
    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4, required=False)
    on = day_field(label=_("When"))
    channel = forms.ChoiceField(label=_("How"), choices=Channel.choices)
    who = forms.CharField(label=_("With whom"), max_length=300)
    said = forms.CharField(
        label=_("What was said"), max_length=LONGEST_TEXT, widget=LongText(attrs={"rows": 3})
    )
    next_step = forms.CharField(label=_("Next step"), required=False, max_length=300)
    next_on = day_field(label=_("On"), required=False, help_text=_("Home reminds of it on that day."))

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("on", today())

    def line(self) -> LogLine:
        data = {name: value for name, value in self.cleaned_data.items() if name != "request_key"}
        return LogLine(**data | {"channel": Channel(data["channel"])})


def renew_key(form: forms.Form) -> None:
    """What was refused is sent again as a form of its own: the old one's key may be taken by what it made elsewhere."""
    form.data = form.data.copy()
    form.data[form.add_prefix("request_key")] = str(uuid.uuid4())


class SentForm(forms.Form):
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4, required=False)
    on = day_field(label=_("Sent on"))
