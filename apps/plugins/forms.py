from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.common.display import size_text


class LoadForm(forms.Form):
    file = forms.FileField(
        label=_("Plugin"),
        help_text=_(
            "A JAR or ZIP as plugin registries have them, or one XML file that names itself. "
            "Signatures are not checked: load only what you trust."
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
