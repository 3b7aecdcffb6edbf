import uuid

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.common.display import size_text
from apps.lockss.jar.keystore import LARGEST as LARGEST_KEYSTORE


class LoadForm(forms.Form):
    file = forms.FileField(
        label=_("Plugin"),
        help_text=_(
            "A JAR or ZIP as plugin registries have them, or one XML file that names itself. The signature of a JAR "
            "is checked; an XML file has none: load only what you trust."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ".jar,.zip,.xml"}),
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        most = settings.NODE.upload_max_bytes
        if file.size > most:
            raise ValidationError(gettext("At most %s can be uploaded.") % size_text(most))
        if not file.name.lower().endswith((".jar", ".zip", ".xml")):
            raise ValidationError(gettext("Expected a .jar, .zip or .xml file."))
        return file


class KeystoreForm(forms.Form):
    file = forms.FileField(
        label=_("Key store"),
        help_text=_("The signers' certificates as a network ships them: JKS, JCEKS, PKCS #12 or PEM."),
        widget=forms.ClearableFileInput(
            attrs={"accept": ".jks,.jceks,.keystore,.p12,.pfx,.pem,.crt,.cer,.der"}
        ),
    )
    password = forms.CharField(
        label=_("Its password"),
        required=False,
        max_length=200,
        strip=False,
        help_text=_(
            "If there is one. It only opens the file, and shows that nobody changed it; it is not kept."
        ),
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > LARGEST_KEYSTORE:
            raise ValidationError(gettext("At most %s can be uploaded.") % size_text(LARGEST_KEYSTORE))
        return file


class RegistryForm(forms.Form):
    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4, required=False)
    url = forms.CharField(
        label=_("Address of its page"),
        max_length=2000,
        widget=forms.URLInput(attrs={"spellcheck": "false", "autocapitalize": "none"}),
    )
    name = forms.CharField(
        label=_("Name"), max_length=200, required=False, help_text=_("As your network calls it.")
    )
    needs_permission = forms.BooleanField(
        label=_("Only with a permission statement on its page"),
        required=False,
        initial=True,
        help_text=_("As all nodes of a network demand it. Leave it empty for a page of your own."),
    )


class OverrideForm(forms.Form):
    """``allow``: what is wanted, so that the same form twice is the same; ``text``: the definition it was shown for."""

    allow = forms.ChoiceField(choices=[("yes", _("yes")), ("no", _("no"))], widget=forms.HiddenInput)
    text = forms.RegexField(r"^[0-9a-f]{64}$", widget=forms.HiddenInput)
