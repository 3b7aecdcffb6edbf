"""The form of a COUNTER report."""

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.lockss.usage import WORLD
from apps.lockss.usage.periods import short
from apps.lockss.usage.reports import VIEWS
from apps.lockss.usage.sushi import Available
from apps.usage.choices import OWN
from apps.usage.services.customers import customers

NAMES = {
    "TR_J1": _("TR_J1: requests of journals, without what is free"),
    "TR_J3": _("TR_J3: all usage of journals, by right"),
    "TR_B1": _("TR_B1: requests of books, without what is free"),
}


def customer_names() -> list[tuple[str, str]]:
    words = {WORLD: _("all usage"), OWN: _("own readers")}
    return [(one.id, words.get(one.id, one.name)) for one in customers()]


def _month(label) -> forms.CharField:
    # Browsers that know no months show a field for text.
    widget = forms.TextInput(attrs={"type": "month", "placeholder": "2026-11", "size": 8})
    return forms.CharField(label=label, widget=widget, max_length=10)


class ReportForm(forms.Form):
    """Drawn from what can be reported; what it sends is read by ``views.report``."""

    report = forms.ChoiceField(label=_("Report"), choices=[(name.lower(), NAMES[name]) for name in VIEWS])
    customer = forms.ChoiceField(label=_("Read by"), choices=customer_names)
    begin = _month(_("First month"))
    end = _month(_("Last month"))

    @classmethod
    def offering(cls, available: Available) -> "ReportForm":
        """The latest month that is whole, as the Code wants it."""
        last = short(available.last)
        form = cls(initial={"report": "tr_j1", "customer": WORLD, "begin": last, "end": last})
        for name in ("begin", "end"):
            form.fields[name].widget.attrs |= {"min": short(available.first), "max": last}
        return form
