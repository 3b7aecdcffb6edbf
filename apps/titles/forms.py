import uuid
from pathlib import Path

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.common.display import size_text
from apps.common.text import storable
from apps.titles.choices import Every
from apps.titles.errors import ListError
from apps.titles.fetching import LONGEST_URL, clean_address
from apps.titles.services.starting import LONGEST_NAME, check_name, clean_name
from apps.titles.sources import SUFFIXES


class _ListForm(forms.Form):
    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4, required=False)
    list_name = forms.CharField(
        label=_("Name of the list"),
        max_length=LONGEST_NAME,
        help_text=_("An existing name adds to that list; a new one begins a list."),
        widget=forms.TextInput(attrs={"list": "list-names", "autocomplete": "off"}),
    )
    retire = forms.BooleanField(
        label=_("This is the whole list: what it does not name is no longer listed"),
        required=False,
        help_text=_(
            "Leave it empty for a part of a list. Nothing that was selected is deselected either way."
        ),
    )

    def clean_list_name(self) -> str:
        name = self.cleaned_data["list_name"]
        if name != storable(name):
            raise ValidationError(gettext("This name holds a character that cannot be kept."))
        try:
            check_name(clean_name(name))
        except ListError as error:
            raise ValidationError(str(error)) from error
        return name


class UploadForm(_ListForm):
    file = forms.FileField(
        label=_("File"),
        help_text=_(
            "A .tdb file, a title database in XML or as properties, a KBART file (.txt, .tsv or .csv), or a .zip of such files."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ",".join((*SUFFIXES, ".zip"))}),
    )
    field_order = ("request_key", "file", "list_name", "retire")

    def clean_file(self):
        file = self.cleaned_data["file"]
        most = settings.NODE.upload_max_bytes
        if file.size > most:
            raise ValidationError(gettext("At most %s can be uploaded.") % size_text(most))
        return file


class FolderForm(_ListForm):
    path = forms.CharField(
        label=_("Folder on this node"),
        max_length=1000,
        help_text=_(
            "Its full path; all .tdb files below it are read, or its XML files where there are none."
        ),
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocapitalize": "none"}),
    )
    field_order = ("request_key", "path", "list_name", "retire")

    def clean_path(self) -> Path:
        text = self.cleaned_data["path"]
        if text != storable(text) or not text.startswith("/"):
            raise ValidationError(gettext("Expected a full path that begins with a slash."))
        return Path(text)


class _Following(forms.Form):
    url = forms.CharField(
        label=_("Address"),
        max_length=LONGEST_URL,
        help_text=_(
            "Where the list can be had without signing in. It may be text, XML, KBART or a .zip; that is found by looking."
        ),
        widget=forms.URLInput(attrs={"placeholder": "https://", "spellcheck": "false"}),
    )
    every = forms.ChoiceField(label=_("Ask for it"), choices=Every.choices, initial=Every.WEEK)
    by_itself = forms.TypedChoiceField(
        label=_("When it has changed"),
        choices=[
            ("", _("Show it and wait for a decision")),
            ("yes", _("Apply it by itself")),
        ],
        required=False,
        coerce=bool,
        empty_value=False,
        help_text=_("By itself nothing is ever taken for gone from the list."),
    )

    def clean_url(self) -> str:
        try:
            return clean_address(self.cleaned_data["url"])
        except ListError as error:
            raise ValidationError(str(error)) from error


class AddressForm(_Following, _ListForm):
    """A list that follows an address from now on."""

    retire = None
    field_order = ("request_key", "url", "list_name", "every", "by_itself")


class AddressChangeForm(_Following):
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class RenameForm(forms.Form):
    """``was`` is the name that the page showed: an old form over a newer name is refused."""

    was = forms.CharField(widget=forms.HiddenInput, max_length=LONGEST_NAME, strip=False)
    name = forms.CharField(label=_("Name of the list"), max_length=LONGEST_NAME)

    def clean_name(self) -> str:
        name = self.cleaned_data["name"]
        if name != storable(name):
            raise ValidationError(gettext("This name holds a character that cannot be kept."))
        return name


class DecisionForm(forms.Form):
    """What a person decides about a preview; ``version`` is that of the row the page showed."""

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    retire = forms.BooleanField(required=False)

    def __init__(self, *args, retiring: str = "", **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if not retiring:
            del self.fields["retire"]
        else:
            self.fields["retire"].label = retiring
            self.fields["retire"].help_text = gettext(
                "Tick it only if this is the whole list. Nothing that was selected is deselected either way."
            )
