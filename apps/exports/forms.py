"""The form of an export."""

import uuid

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.common.forms import LineField
from apps.exports.words import FORMATS, NAMINGS, XLATES
from apps.lockss.packages import ExportOptions, OptionFault, options_of

DEFAULT = ExportOptions()
_FAULTS = {
    "prefix": _("Letters, digits, dots, hyphens and underscores; 60 at most, the first a letter or digit."),
    "xlate": _("Names of files are there in zip and tgz alone."),
    "max_versions": _("A zip or tgz holds one version of each URL: leave it empty."),
    "compress": _("Only WARC files can be left uncompressed."),
    "naming": _("WACZ and BagIt have names of ours alone."),
}
NOTHING = _(
    "Nothing of it is stored on this node yet: the export would hold no content. It can be made as soon as something is collected."
)
_OTHER = _("This is not taken here.")


class ExportForm(forms.Form):
    """``options`` once it is valid. ``stored``: versions that there are of what is asked for; of none nothing is made."""

    format = forms.ChoiceField(
        label=_("As"),
        choices=[(one.value, said) for one, said in FORMATS.items()],
        initial=DEFAULT.format.value,
        widget=forms.RadioSelect,
        help_text=_("Another node can import each of them; a zip or tgz gives it the newest versions alone."),
    )
    prefix = forms.CharField(label=_("Names of files begin with"), initial=DEFAULT.prefix, max_length=60)
    naming = forms.ChoiceField(
        label=_("Names of files"),
        choices=[(one.value, said) for one, said in NAMINGS.items()],
        initial=DEFAULT.naming.value,
        required=False,
    )
    max_mib = forms.IntegerField(
        label=_("A new file begins after"),
        initial=DEFAULT.max_mib,
        min_value=0,
        max_value=1 << 20,
        required=False,
        help_text=_("MiB; 0 or empty: never. A WACZ or bag stays one file of several parts."),
    )
    max_versions = forms.IntegerField(
        label=_("Versions of each URL"),
        min_value=0,
        max_value=10_000,
        required=False,
        help_text=_("The newest so many; empty: all."),
    )
    xlate = forms.ChoiceField(
        label=_("Names in zip and tgz"),
        choices=[(one.value, said) for one, said in XLATES.items()],
        initial=DEFAULT.xlate.value,
        required=False,
    )
    exclude_dir_nodes = forms.BooleanField(
        label=_("Leave out pages that are folders of others"), required=False
    )
    uncompressed = forms.BooleanField(label=_("Do not compress WARC files"), required=False)
    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def __init__(self, *args, stored: int, **more) -> None:
        super().__init__(*args, **more)
        self.stored = stored

    def clean(self) -> dict:
        data = super().clean() or {}
        if not self.stored:
            self.add_error(None, NOTHING)
        given: dict[str, object] = {
            name: data[name]
            for name in ("format", "prefix", "naming", "xlate")
            if data.get(name) not in (None, "")
        }
        given["max_mib"] = data.get("max_mib") or 0
        given["max_versions"] = data.get("max_versions") or 0
        given["exclude_dir_nodes"] = bool(data.get("exclude_dir_nodes"))
        given["compress"] = not data.get("uncompressed")
        found = options_of(given)
        if isinstance(found, OptionFault):
            field = "uncompressed" if found.option == "compress" else found.option
            if field in self.fields and field not in self.errors:
                self.add_error(field, _FAULTS.get(found.option, _OTHER))
        else:
            data["options"] = found
        return data

    @property
    def usual(self) -> list[forms.BoundField]:
        return [self["format"], self["prefix"]]

    @property
    def further(self) -> list[forms.BoundField]:
        names = ("max_mib", "max_versions", "naming", "xlate", "exclude_dir_nodes", "uncompressed")
        return [self[name] for name in names]


class ImportForm(forms.Form):
    into = LineField(
        label=_("Archival unit (AUID)"),
        required=False,
        max_length=4_000,
        help_text=_(
            "Empty: the one that the package names. Packages of a node name theirs; WARC files of other programs name none."
        ),
    )
    request_key = forms.UUIDField(widget=forms.HiddenInput)

    def clean(self) -> dict:
        # Nobody sees the field, so its fault is said of the form.
        if "request_key" in self.errors:
            self.add_error(
                None, _("This form came here changed. Open the page again, and send it from there.")
            )
        return super().clean() or {}
