"""What a publisher fills in: a page to be tried, or what its manifest page is about."""

import uuid

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.common.display import size_text
from apps.lockss.permission import ManifestVolume, Network
from apps.permissions.testing import LONGEST_PAGE
from apps.permissions.trying import clean_address

NETWORKS = ((Network.LOCKSS.value, "LOCKSS"), (Network.CLOCKSS.value, "CLOCKSS"))
LONGEST_ADDRESS = 2_000
MOST_VOLUMES = 500
_PLAIN = {"spellcheck": "false", "autocapitalize": "none", "autocomplete": "off"}


class NetworkField(forms.ChoiceField):
    def __init__(self) -> None:
        super().__init__(
            label=_("Whose nodes"),
            choices=NETWORKS,
            initial=lambda: settings.NODE.permission_statement,
            help_text=_("Each network reads its own statement. A publisher may show both."),
        )


class TrialForm(forms.Form):
    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4, required=False)
    url = forms.CharField(
        label=_("Address of the page"),
        required=False,
        max_length=LONGEST_ADDRESS,
        widget=forms.TextInput(attrs={**_PLAIN, "inputmode": "url", "placeholder": "https://"}),
        help_text=_("The page is fetched once, as a node would fetch it."),
    )
    html = forms.CharField(
        label=_("Or its source, pasted"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={**_PLAIN, "rows": 5}),
        help_text=_("For a page that is not on-line yet. Copy its source, not what the browser shows of it."),
    )
    file = forms.FileField(label=_("Or a file with it"), required=False)
    network = NetworkField()

    def clean_request_key(self) -> uuid.UUID:
        return self.cleaned_data["request_key"] or uuid.uuid4()

    def clean_url(self) -> str:
        if not (text := self.cleaned_data["url"].strip()):
            return ""
        try:
            return clean_address(text)
        except ValueError:
            raise ValidationError(
                gettext("This is no address: it begins with http:// or https:// and names a host.")
            ) from None

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file and file.size > LONGEST_PAGE:
            raise ValidationError(_too_long())
        return file

    def clean_html(self) -> str:
        text = self.cleaned_data["html"]
        if not text.strip():
            return ""
        if len(text.encode("utf-8", "replace")) > LONGEST_PAGE:
            raise ValidationError(_too_long())
        return text

    def clean(self) -> dict:
        data = super().clean()
        if "request_key" in self.errors:
            # Of a field that nobody sees, the form would show no fault.
            raise ValidationError(
                gettext("This form came here changed. Open the page again, and send it from there.")
            )
        given = [name for name in ("url", "html", "file") if data.get(name)]
        if not given and not self.errors:
            raise ValidationError(gettext("Give an address, paste a page, or choose a file."))
        if len(given) > 1:
            raise ValidationError(gettext("Give one thing only: an address, a pasted page, or a file."))
        return data

    def page(self) -> bytes | None:
        data = self.cleaned_data
        if data["file"]:
            return data["file"].read()
        # Whatever the page says of its characters, pasted text comes in these.
        return b"\xef\xbb\xbf" + data["html"].encode("utf-8", "replace") if data["html"] else None


def _too_long() -> str:
    return gettext("A permission page is a page of text; at most %s are read here.") % size_text(LONGEST_PAGE)


def is_web_address(text: str) -> bool:
    """Whether it begins with its scheme, or with a host's name that has a point: a word alone is no address."""
    begins, _slash, _path = text.partition("/")
    return text.lower().startswith(("http://", "https://")) or "." in begins.strip(".")


class ManifestForm(forms.Form):
    title = forms.CharField(label=_("Title of the journal or book"), max_length=500)
    publisher = forms.CharField(label=_("Publisher"), max_length=500, required=False)
    volumes = forms.CharField(
        label=_("Volumes"),
        required=False,
        max_length=200_000,
        widget=forms.Textarea(attrs={**_PLAIN, "rows": 8}),
        help_text=_(
            "One a line: the address where the volume begins (its table of contents), then a blank and its name. "
            "Example: https://journal.example/vol/12/ Volume 12 (2024)"
        ),
    )
    network = NetworkField()
    open_access = forms.BooleanField(label=_("It is open access"), required=False)

    def clean_volumes(self) -> list[ManifestVolume]:
        found, wrong = [], []
        for number, line in enumerate(self.cleaned_data["volumes"].splitlines(), start=1):
            address, _blank, name = line.strip().partition(" ")
            if not address:
                continue
            if not is_web_address(address):
                said = gettext(
                    "Line %(number)d: “%(text)s” is no address. A line begins with http:// or https://, then come a blank "
                    "and the name."
                )
                wrong.append(said % {"number": number, "text": line.strip()[:100]})
                continue
            try:
                found.append(ManifestVolume(name.strip() or address, clean_address(address)))
            except ValueError:
                wrong.append(
                    gettext("Line %(number)d: “%(text)s” is no address.")
                    % {"number": number, "text": address[:100]}
                )
        if len(found) > MOST_VOLUMES:
            raise ValidationError(gettext("One page can list %d volumes.") % MOST_VOLUMES)
        if wrong:
            raise ValidationError(wrong[:5])
        return found
