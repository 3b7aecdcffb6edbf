"""A question as somebody types it: an OpenURL or COinS pasted, or its fields."""

from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext_lazy as _

MOST_PASTED = 4_000
FIELDS = ("issn", "isbn", "title", "pub", "volume", "issue", "date", "spage", "doi")


class AskForm(forms.Form):
    """``query()``: the question in one text; what is pasted counts before the fields."""

    q = forms.CharField(
        label=_("OpenURL or COinS"),
        required=False,
        max_length=MOST_PASTED,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_(
            "The address of a link resolver, what stands behind its question mark, or a text with a COinS in it."
        ),
    )
    issn = forms.CharField(label="ISSN", required=False, max_length=40)
    isbn = forms.CharField(label="ISBN", required=False, max_length=40)
    title = forms.CharField(label=_("Title of the journal or book"), required=False, max_length=300)
    pub = forms.CharField(label=_("Publisher"), required=False, max_length=300)
    volume = forms.CharField(label=_("Volume"), required=False, max_length=60)
    issue = forms.CharField(label=_("Issue"), required=False, max_length=60)
    date = forms.CharField(
        label=_("Date"), required=False, max_length=40, help_text=_("2009, 2009-05 or 2009-05-10.")
    )
    spage = forms.CharField(label=_("First page"), required=False, max_length=40)
    doi = forms.CharField(label="DOI", required=False, max_length=300)

    def query(self) -> str:
        given = self.cleaned_data
        if given["q"]:
            return given["q"]
        return urlencode({key: given[key] for key in FIELDS if given[key]})
