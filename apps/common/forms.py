"""Forms that rooms share."""

from django import forms


class VersionForm(forms.Form):
    """``version`` is that of the row that the page showed: an old form over a newer row is refused."""

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
