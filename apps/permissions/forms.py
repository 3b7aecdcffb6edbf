"""The form of a written agreement. Titles and AUs are pasted, one a line: nobody finds them in a menu of thousands."""

import uuid
from collections.abc import Callable, Iterator

from django import forms
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.common.forms import LongText, ManyFilesField, day_field
from apps.permissions import naming
from apps.permissions.choices import AgreementState, Renewal, Right, Said, ScopeKind
from apps.permissions.clause import model_text
from apps.permissions.models import PublisherAgreement
from apps.permissions.services import ENTERED, Terms, coming_period, renewal_name
from apps.permissions.services.renewing import LONGEST_NAME
from apps.permissions.services.terms import check, check_signed
from apps.permissions.standing import ASKED, unsaid_sentence
from apps.titles.fields import PublisherField
from apps.titles.models import Publisher

MOST_LINES = 5_000
# So many bad lines are named; the rest is counted.
NAMED = 5
LONGEST_TEXT = 10_000


def text_field(rows: int = 4, **more) -> forms.CharField:
    return forms.CharField(
        required=False, max_length=LONGEST_TEXT, widget=LongText(attrs={"rows": rows}), **more
    )


def lines_field(**more) -> forms.CharField:
    widget = LongText(attrs={"rows": 4, "spellcheck": "false"})
    return forms.CharField(required=False, widget=widget, **more)


def _doubtful(line: str, rows: list) -> str:
    said = ", ".join(f"{naming.number_of(row)} “{row.name[:80]}”" for row in rows[:NAMED])
    more = len(rows) - NAMED
    tail = gettext(" and %d more") % more if more > 0 else ""
    return gettext(
        "“%(line)s” can mean %(what)s%(tail)s. Write the number of the one that you mean, with its #."
    ) % {"line": line[:80], "what": said, "tail": tail}


class TermsForm(forms.Form):
    """What an agreement says; the same fields whether it is entered or changed."""

    publisher = PublisherField(
        label=_("Publisher"),
        help_text=_("Its name as the title lists write it."),
        widget=forms.TextInput(attrs={"list": "publishers", "autocomplete": "off"}),
    )
    name = forms.CharField(
        label=_("Name"),
        max_length=LONGEST_NAME,
        help_text=_("As the parties call it: “Preservation agreement 2026”."),
    )
    scope = forms.ChoiceField(
        label=_("Of what this publisher publishes"),
        choices=ScopeKind.choices,
        widget=forms.RadioSelect,
        initial=ScopeKind.PUBLISHER,
    )
    titles = lines_field(
        label=_("Titles"),
        help_text=_(
            "For named titles: one a line, by ISSN, by the name that a title list gives, or by # and its number."
        ),
    )
    listed_aus = lines_field(
        label=_("Archival units"), help_text=_("For named archival units: one AUID a line.")
    )
    platforms = lines_field(
        label=_("Only on these platforms"),
        help_text=_("By the names of their plugins, one a line. Empty: on all."),
    )
    networks = lines_field(label=_("Only in these networks"))
    trigger_text = text_field(
        2,
        label=_("Which trigger events"),
        help_text=_("What has to happen to open the content, as the parties put it."),
    )
    starts = day_field(
        label=_("First day"),
        required=False,
        help_text=_("A draft may be without one; what is signed has one."),
    )
    ends = day_field(
        label=_("Last day"), required=False, help_text=_("Empty: it holds until somebody takes it back.")
    )
    renewal = forms.ChoiceField(label=_("Renewal"), choices=Renewal.choices, initial=Renewal.NONE)
    renewal_months = forms.IntegerField(
        label=_("Each renewal, in months"), min_value=1, max_value=1200, initial=12
    )
    notice_days = forms.IntegerField(
        label=_("Notice, in days before the last day"), min_value=0, max_value=3660, initial=0
    )
    remind_days = forms.IntegerField(
        label=_("Remind, in days before"),
        min_value=0,
        max_value=3660,
        initial=90,
        help_text=_("Before the last day, and before the last day to give notice."),
    )
    clause = text_field(
        14, label=_("Agreed clause"), help_text=_("Begins with our model; put here what was agreed.")
    )
    opening = text_field(
        4,
        label=_("Opening of the letter"),
        help_text=_("Empty: the letter introduces your network by itself."),
    )
    notes = text_field(3, label=_("Notes"), help_text=_("For network administrators only."))

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        ours = settings.NODE.network_name
        said = gettext("Names of networks, one a line. Empty: in all.")
        self.fields["networks"].help_text = (
            f"{said} " + gettext("This node is in “%s”.") % ours if ours else said
        )
        for right in Right:
            self.fields[right] = forms.ChoiceField(
                label=right.label.capitalize(),
                required=False,
                choices=[(Said.NOTHING, _("not said")), (Said.YES, _("yes")), (Said.NO, _("no"))],
            )

    @property
    def sections(self) -> Iterator[tuple[str, str, list]]:
        """Heading, how its fields stand, and the fields."""
        yield gettext("The agreement"), "grid", self._some(*self.first)
        yield (
            gettext("What it covers"),
            "pairs",
            self._some("scope", "titles", "listed_aus", "platforms", "networks"),
        )
        yield gettext("What it permits"), "grid", self._some(*Right, "trigger_text")
        yield (
            gettext("From when to when"),
            "grid",
            self._some("starts", "ends", "renewal", "renewal_months", "notice_days", "remind_days"),
        )
        yield gettext("Words"), "", self._some("clause", "opening", "notes")

    first: tuple[str, ...] = ("publisher", "name")

    def _some(self, *names: str) -> list:
        return [self[name] for name in names]

    def clean(self) -> dict:
        data = super().clean()
        publisher, scope = data.get("publisher"), data.get("scope")
        data["title_rows"] = data["au_rows"] = []
        if publisher and scope == ScopeKind.TITLES:
            data["title_rows"] = self._read("titles", publisher, naming.titles)
        if publisher and scope == ScopeKind.AUS:
            data["au_rows"] = self._read("listed_aus", publisher, naming.aus)
        if publisher:
            data["platform_rows"] = self._read("platforms", publisher, naming.platforms)
        self._told(lambda: check(self.terms()))
        return data

    def _told(self, checked: Callable[[], None]) -> None:
        """What the act itself would refuse, beside what else is wrong: a person is told all of it at once."""
        try:
            checked()
        except forms.ValidationError as error:
            for field, said in error.message_dict.items():
                if field in self.fields and field not in self.errors:
                    self.add_error(field, said)

    def _lines(self, field: str) -> list[str]:
        return [line.strip() for line in self.cleaned_data.get(field, "").splitlines() if line.strip()]

    def _read(self, field: str, publisher: Publisher, find: naming.Find) -> list:
        """What the lines name; lines that name nothing become an error of the field."""
        lines = self._lines(field)
        if len(lines) > MOST_LINES:
            self.add_error(field, gettext("At most %d lines.") % MOST_LINES)
            return []
        found = find(publisher, lines)
        unknown = [line for line in lines if line not in found]
        if unknown:
            said = ", ".join(gettext("“%s”") % line[:80] for line in unknown[:NAMED])
            more = len(unknown) - NAMED
            tail = gettext(" and %d more") % more if more > 0 else ""
            self.add_error(
                field, gettext("This publisher has no %(what)s%(tail)s.") % {"what": said, "tail": tail}
            )
        for line, rows in found.items():
            if len(rows) > 1:
                self.add_error(field, _doubtful(line, rows))
        return list(dict.fromkeys(rows[0] for rows in found.values()))

    def terms(self) -> Terms:
        """As far as its fields could be read; of the others what ``Terms`` begins with."""
        data = self.cleaned_data
        plain = ("trigger_text", "renewal_months", "notice_days", "remind_days", "clause", "opening", "notes")
        return Terms(
            **{name: data[name] for name in plain if name in data},
            name=data.get("name", ""),
            starts=data.get("starts"),
            ends=data.get("ends"),
            scope=ScopeKind(data.get("scope", ScopeKind.PUBLISHER)),
            titles=data["title_rows"],
            listed_aus=data["au_rows"],
            platforms=data.get("platform_rows", ()),
            networks=self._lines("networks"),
            rights={right: Said(data[right]) for right in Right if right in data},
            renewal=Renewal(data.get("renewal", Renewal.NONE)),
        )


class AgreementForm(TermsForm):
    """A new one."""

    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4, required=False)
    renews = forms.ModelChoiceField(
        queryset=PublisherAgreement.objects.all(), widget=forms.HiddenInput, required=False
    )
    state = forms.ChoiceField(
        label=_("State"),
        choices=[(one.value, one.label) for one in ENTERED],
        initial=AgreementState.DRAFT,
    )
    since = day_field(
        label=_("Sent or signed on"),
        required=False,
        help_text=_("Empty: its first day, or today if that is to come."),
    )
    unsaid = forms.BooleanField(
        label=_("The agreement really does not speak of it; enter it so"), required=False
    )
    documents = ManyFilesField(
        label=_("Documents"), required=False, help_text=_("Kept on this node for good, each with its digest.")
    )
    first = ("publisher", "name", "state", "since", "documents")

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["clause"].initial = model_text()
        if not self.is_bound:
            del self.fields["unsaid"]

    @property
    def sections(self) -> Iterator[tuple[str, str, list]]:
        for heading, layout, fields in super().sections:
            asked = "unsaid" in self.fields and any(one.name == Right.COLLECT for one in fields)
            yield (
                heading,
                layout,
                [*fields[: len(ASKED)], self["unsaid"], *fields[len(ASKED) :]] if asked else fields,
            )

    def clean(self) -> dict:
        """A signed agreement's silence about collecting is a person's decision, not an oversight."""
        data = super().clean()
        if "starts" not in self.errors:
            self._told(lambda: check_signed(data.get("starts"), data.get("state", "")))
        silent = [right for right in ASKED if data.get(right) == Said.NOTHING]
        if silent and data.get("state") == AgreementState.SIGNED and not data.get("unsaid"):
            tail = gettext("Say yes or no, or tick the box if the agreement really does not speak of it.")
            self.add_error(silent[0], f"{unsaid_sentence(silent)} {tail}")
        return data


class ChangeForm(TermsForm):
    """``version`` is that of the row the page showed."""

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


def renewal_initial(row: PublisherAgreement) -> dict:
    """A form's first values for what goes on from an agreement that ended: its words, for the coming period."""
    starts, ends = coming_period(row)
    found = {name: value for name, value in initial_of(row).items() if name != "version"}
    found["name"] = renewal_name(row)
    return {**found, "renews": row, "state": AgreementState.DRAFT, "starts": starts, "ends": ends}


def initial_of(row: PublisherAgreement) -> dict:
    """A form's first values for an agreement as it stands."""
    names = naming.lines_of(row.publisher, row.titles.order_by("name_key", "id"))
    plain = (
        "name", "starts", "ends", "scope", "trigger_text", "renewal", "renewal_months", "notice_days",
        "remind_days", "clause", "opening", "notes", "version", *Right,
    )  # fmt: skip
    return {
        **{name: getattr(row, name) for name in plain},
        "publisher": row.publisher,
        "titles": "\n".join(names),
        "listed_aus": "\n".join(row.listed_aus.order_by("auid").values_list("auid", flat=True)),
        "platforms": "\n".join(row.platforms),
        "networks": "\n".join(row.networks),
    }
