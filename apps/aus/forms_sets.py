"""A title set as a person describes it, and the choice of one."""

import uuid

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.aus.queries import in_words, split_query
from apps.common.errors import BadQuery
from apps.common.forms import NamedField, NamedFields
from apps.common.text import storable
from apps.titles.choices import SetKind
from apps.titles.fields import PublisherField
from apps.titles.models import TitleSet
from apps.titles.near import is_borne, near_tags, near_values, or_near
from apps.titles.services import Meaning

# What each kind asks for besides name and note.
ASKED = {
    SetKind.HAND: ("parts",),
    SetKind.PUBLISHER: ("publisher",),
    SetKind.TAG: ("tag_key", "tag_value", "to_come"),
    SetKind.QUERY: ("query", "within"),
}
LONGEST_NAME = 200


def clean_text(text: str) -> str:
    if text != storable(text):
        raise ValidationError(gettext("This holds a character that cannot be kept."))
    return text


class SetForm(forms.Form):
    """``version`` is that of the row the page showed; ``request_key`` makes the same form twice one set."""

    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4, required=False)
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput, required=False)
    kind = forms.ChoiceField(choices=SetKind.choices, widget=forms.HiddenInput)
    name = forms.CharField(label=_("Name"), max_length=LONGEST_NAME, validators=[clean_text])
    publisher = PublisherField(label=_("Publisher"), help_text=_("Its name as the title lists write it."))
    tag_key = forms.CharField(
        label=_("Tag"),
        max_length=200,
        validators=[clean_text],
        help_text=_(
            "As a title list writes it, for example info[contract] of a title, or rights or au_feature_key of units."
        ),
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocapitalize": "none"}),
    )
    tag_value = forms.CharField(
        label=_("Its value"),
        max_length=1_000,
        required=False,
        validators=[clean_text],
        help_text=_("Exactly as written there. Leave it empty for any value."),
    )
    to_come = forms.BooleanField(
        label=_("Keep it all the same: lists to come may bear it"), required=False, widget=forms.HiddenInput
    )
    query = forms.CharField(
        label=_("Search"),
        max_length=2_000,
        required=False,
        validators=[clean_text],
        help_text=_(
            "The filters of the list of titles as its address has them. Search there and press "
            "“Keep as a title set” instead of writing this by hand."
        ),
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocapitalize": "none"}),
    )
    within = NamedField(
        label=_("Only of the set"),
        queryset=TitleSet.objects.none(),
        required=False,
        empty_label=_("all titles"),
    )
    parts = NamedFields(
        label=_("It also holds the sets"),
        queryset=TitleSet.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Whatever belongs to one of these belongs to this set too."),
    )
    note = forms.CharField(label=_("Note"), max_length=1_000, required=False, validators=[clean_text])

    def __init__(self, *args, kind: str, own: TitleSet | None = None, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.kind = SetKind(kind)
        self._own = own
        for other, names in ASKED.items():
            if other != self.kind:
                for name in names:
                    del self.fields[name]
        self.fields["kind"].initial = kind
        self.search = self._search()
        others = TitleSet.objects.order_by("name_key", "pk")
        for name in {"parts", "within"} & self.fields.keys():
            self.fields[name].queryset = others.exclude(pk=own.pk) if own else others
            if not self.fields[name].queryset.exists():
                del self.fields[name]

    def _search(self) -> str:
        """The search in words, where it came from the list of titles; then it is changed there and not written here."""
        if self.kind != SetKind.QUERY:
            return ""
        text = self.data.get("query", "") if self.is_bound else self.initial.get("query", "")
        try:
            query, within = split_query(text or "")
        except BadQuery:
            return ""
        self.fields["query"].widget = forms.HiddenInput()
        self.address = f"/titles/?{query}" if query else "/titles/"
        named = gettext("in the set %s") % within.name if within is not None else ""
        return " · ".join(part for part in (in_words(query), named) if part)

    def clean(self) -> dict:
        data = super().clean()
        if self.kind == SetKind.QUERY and not self.errors:
            self._clean_query(data)
        if self.kind == SetKind.TAG and not self.errors and not data["to_come"]:
            self._clean_tag(data["tag_key"], data["tag_value"])
        return data

    def _clean_tag(self, key: str, value: str) -> None:
        """A tag that nothing bears is a slip, unless lists to come bear it."""
        if (self._own and (self._own.tag_key, self._own.tag_value) == (key, value)) or is_borne(key, value):
            return
        self.fields["to_come"].widget = forms.CheckboxInput()
        if value and is_borne(key, ""):
            said = gettext("No title list gives this tag the value “%s”.") % value[:80]
            self.add_error("tag_value", or_near(said, near_values(key, value)))
        else:
            said = gettext("No title list has the tag “%s”.") % key[:80]
            self.add_error("tag_key", or_near(said, near_tags(key)))

    def _clean_query(self, data: dict) -> None:
        within = data.get("within")
        if not data["query"].strip():
            if within is None:
                self.add_error(
                    "query", gettext("The search names no condition; a set of everything is none.")
                )
            return
        try:
            data["query"], named = split_query(data["query"])
        except BadQuery as error:
            self.add_error("query", str(error))
            return
        if named is not None and within is not None and named != within:
            self.add_error("within", gettext("The search names another set already."))
        data["within"] = within or named

    @property
    def meaning(self) -> Meaning:
        data = self.cleaned_data
        return Meaning(
            name=data["name"],
            kind=self.kind,
            publisher=data.get("publisher"),
            tag_key=data.get("tag_key", ""),
            tag_value=data.get("tag_value", ""),
            query=data.get("query", ""),
            within=data.get("within"),
            note=data["note"],
            parts=tuple(data.get("parts", ())),
        )


class PutForm(forms.Form):
    """Into which set: one that is there, or a new one."""

    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4, required=False)
    title_set = NamedField(
        label=_("Title set"), queryset=TitleSet.objects.none(), required=False, empty_label=_("a new one:")
    )
    name = forms.CharField(
        label=_("Name of a new set"), max_length=LONGEST_NAME, required=False, validators=[clean_text]
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        rows = TitleSet.objects.filter(kind=SetKind.HAND).order_by("name_key", "pk")
        self.fields["title_set"].queryset = rows
        if not rows.exists():
            del self.fields["title_set"]

    def clean(self) -> dict:
        data = super().clean()
        if not self.errors and bool(data.get("title_set")) == bool(data["name"]):
            raise ValidationError(gettext("Choose a set, or name a new one."))
        return data
