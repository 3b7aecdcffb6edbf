"""A rule as a person writes it."""

import secrets

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.aus.period_words import period_fault
from apps.aus.services import Rule
from apps.common.forms import NamedField
from apps.lockss.holdings import PeriodError, parse_periods, periods_text
from apps.plugins.models import Plugin
from apps.titles.fields import PublisherField, titles_named
from apps.titles.models import Title, TitleSet

MOST_NAMED = 3


def new_token() -> str:
    return secrets.token_hex(16)


def _ranges(text: str) -> str:
    try:
        return periods_text(parse_periods(text))
    except PeriodError as error:
        raise ValidationError(period_fault(error)) from None


class YearsForm(forms.Form):
    """Which years a rule means; ``version`` is that of the rule that the page showed."""

    ranges = forms.CharField(
        label=_("Years to select"),
        max_length=2_000,
        help_text=_(
            "In words: from 2020 on, until 1999, 1995 to 2000, all. Or as ranges of year(volume)(issue): "
            "2000(12)-2005(17), 2010-"
        ),
    )
    without = forms.CharField(
        label=_("Except"),
        max_length=2_000,
        required=False,
        help_text=_("Years that are never selected, written the same way."),
    )
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def clean_ranges(self) -> str:
        text = _ranges(self.cleaned_data["ranges"])
        if not text:
            raise ValidationError(gettext("Say which years, or: all."))
        return text

    def clean_without(self) -> str:
        return _ranges(self.cleaned_data["without"])


class RuleForm(YearsForm):
    version = None
    publisher = PublisherField(
        label=_("Publisher"),
        required=False,
        help_text=_("Its name as the title lists write it."),
    )
    title = forms.CharField(
        label=_("Title"), max_length=500, required=False, help_text=_("Its name, ISSN or eISSN.")
    )
    title_set = NamedField(
        label=_("Title set"),
        queryset=TitleSet.objects.none(),
        required=False,
        empty_label=_("none"),
        help_text=_("What belongs to it when the rule is applied."),
    )
    plugin_id = forms.CharField(
        label=_("Plugin"),
        max_length=500,
        required=False,
        help_text=_("The identifier of a plugin, for all that it collects."),
    )
    token = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)
    field_order = ("publisher", "title", "title_set", "plugin_id", "ranges", "without", "token")

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["title_set"].queryset = TitleSet.objects.order_by("name_key", "pk")

    def clean_title(self) -> Title | None:
        text = self.cleaned_data["title"]
        if not text:
            return None
        rows = titles_named(text).select_related("publisher")
        if (publisher := self.cleaned_data.get("publisher")) is None:
            return _only(rows, text)
        own = rows.filter(publisher=publisher)
        if not own.exists() and (others := list(rows.order_by("publisher__name", "pk")[:MOST_NAMED])):
            # The title is right: what is wrong is the publisher beside it.
            self.add_error("publisher", " ".join(_is_of(one) for one in others))
            return None
        return _only(own, text)

    def clean_plugin_id(self) -> str:
        text = self.cleaned_data["plugin_id"]
        if text and not Plugin.objects.filter(plugin_id=text, current=True).exists():
            raise ValidationError(gettext("No plugin of this node has this identifier."))
        return text

    def clean(self) -> dict:
        data = super().clean()
        scope = ("publisher", "title", "title_set", "plugin_id")
        if not self.errors and not any(data[name] for name in scope):
            raise ValidationError(
                gettext("Name a publisher, a title, a title set or a plugin; a rule for everything is none.")
            )
        return data

    @property
    def rule(self) -> Rule:
        data = self.cleaned_data
        return Rule(
            data["publisher"],
            data["title"],
            data["plugin_id"],
            data["ranges"],
            data["without"],
            data["title_set"],
        )


def _is_of(title: Title) -> str:
    return gettext("“%(title)s” is of %(publisher)s.") % {
        "title": title.name[:80],
        "publisher": title.publisher.name[:80],
    }


def _only(rows: QuerySet, text: str):
    found = list(rows[:2])
    if len(found) == 1:
        return found[0]
    if found:
        raise ValidationError(gettext("Several titles are called that. Name the publisher too, or an ISSN."))
    raise ValidationError(gettext("No title list names “%s”.") % text[:80])
