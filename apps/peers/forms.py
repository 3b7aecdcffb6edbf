import re

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from apps.lockss.errors import PeerError
from apps.lockss.lcap.identity import PeerId

LONGEST_CERTIFICATE = 20_000
_HOST = re.compile(r"\[[0-9a-fA-F:.]+\]|[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?", re.ASCII)


class PeerForm(forms.Form):
    """What people hand over when two nodes are to know each other. ``fixed``: the identity of a known peer."""

    identity = forms.CharField(
        label=_("Identity"),
        max_length=100,
        help_text=_("As its people gave it, such as TCP:[192.0.2.7]:9729."),
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocapitalize": "none"}),
    )
    name = forms.CharField(
        label=_("Name"), max_length=200, required=False, help_text=_("What pages call it.")
    )
    certificate = forms.CharField(
        label=_("Certificate"),
        max_length=LONGEST_CERTIFICATE,
        required=False,
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false", "autocomplete": "off"}),
        help_text=_(
            "The text between BEGIN CERTIFICATE and END CERTIFICATE, these lines included. Only who holds "
            "its key may speak in this peer's name."
        ),
    )
    address = forms.CharField(
        label=_("Address to call"),
        max_length=260,
        required=False,
        help_text=_("host:port, where it is not that of the identity; empty in most networks."),
    )

    def __init__(self, *args, fixed: str = "", **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if fixed:
            self.fields["identity"].disabled = True
            self.fields["identity"].help_text = _("An identity never changes; another one is another peer.")

    def clean_identity(self) -> PeerId:
        try:
            return PeerId.parse(self.cleaned_data["identity"])
        except PeerError as error:
            raise ValidationError(str(error.message)) from None

    def clean_address(self) -> str:
        address = self.cleaned_data["address"].strip()
        host, _colon, port = address.rpartition(":")
        if address and not (
            _HOST.fullmatch(host) and port.isascii() and port.isdigit() and 0 < int(port) < 65_536
        ):
            raise ValidationError(_("Expected host:port."))
        return address

    def clean_certificate(self) -> str:
        return self.cleaned_data["certificate"].replace("\r\n", "\n").strip()
