"""Forms of members, and of what belongs to them. Each new one carries a request key, each change the row's version."""

import uuid

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.common.forms import LineField, LongText, ManyFilesField, VersionForm, day_field
from apps.lockss.errors import PeerError
from apps.lockss.lcap.identity import PeerId
from apps.network import identifiers
from apps.network.choices import ContactRole, DecisionKind, DecisionState, MemberState
from apps.network.models import Member, MemberNode
from apps.network.services import Institution, NodeSaid, Person, Ruling, Terms, today
from apps.network.services.deciding import ENTERED
from apps.peers.models import Peer

LONGEST_NAME = 300
# More peers are no choice any more; their identities are typed.
MOST_OFFERED = 300


class NewForm(forms.Form):
    """Sent twice, it makes one row."""

    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4, required=False)


class _Said:
    """``value``: the dataclass that the fields of the same names make up."""

    value: type

    def said(self):
        names = self.value.__dataclass_fields__
        return self.value(**{name: self.cleaned_data[name] for name in names})

    @classmethod
    def initial_of(cls, row) -> dict:
        return {name: getattr(row, name) for name in (*cls.value.__dataclass_fields__, "version")}


class MemberFields(_Said, forms.Form):
    value = Institution
    name = LineField(label=_("Name of the institution"), max_length=LONGEST_NAME)
    short_name = LineField(
        label=_("Short name"),
        max_length=40,
        required=False,
        help_text=_("For tables, where there is little room."),
    )
    country = LineField(
        label=_("Country"),
        # A browser cuts at the length that a field tells it: of a name the letters of another country would be left.
        max_length=100,
        required=False,
        help_text=_("Its two letters, such as DE or MX."),
        widget=forms.TextInput(attrs={"size": 3, "autocapitalize": "characters"}),
    )
    web = LineField(label=_("Web site"), max_length=500, required=False)
    isil = LineField(
        label=_("ISIL"),
        max_length=40,
        required=False,
        help_text=_("The identifier of the library, such as DE-12."),
    )
    ror = LineField(
        label=_("ROR"),
        max_length=60,
        required=False,
        help_text=_("The identifier of the organisation, such as https://ror.org/013meh722."),
    )
    applied_on = day_field(label=_("Applied on"))
    notes = forms.CharField(
        label=_("Notes"),
        max_length=10_000,
        required=False,
        help_text=_("Nothing personal: notes are not erased. People stand under contacts."),
        widget=LongText(attrs={"rows": 3}),
    )

    def clean_web(self) -> str:
        found = self.cleaned_data["web"].strip()
        if found:
            found = found if "://" in found else f"https://{found}"
            URLValidator(schemes=("http", "https"))(found)
        return found

    def clean_country(self) -> str:
        said = _("Expected the two letters of a country in ISO 3166, such as DE for Germany.")
        return _read(identifiers.country, self.cleaned_data["country"], said)

    def clean_isil(self) -> str:
        said = _("Expected an ISIL: letters, a hyphen, and up to eleven signs, such as DE-12.")
        return _read(identifiers.isil, self.cleaned_data["isil"], said)

    def clean_ror(self) -> str:
        said = _("Expected a ROR identifier; its last two digits do not fit, or it is none.")
        return _read(identifiers.ror, self.cleaned_data["ror"], said)


def _read(read, text: str, said) -> str:
    try:
        return read(text)
    except ValueError:
        raise ValidationError(said) from None


class NewMemberForm(MemberFields, NewForm):
    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("applied_on", today())


class ChangeMemberForm(MemberFields, VersionForm):
    pass


class ContactFields(_Said, forms.Form):
    value = Person
    role = forms.ChoiceField(label=_("What for"), choices=ContactRole.choices)
    name = LineField(label=_("Name of the person"), max_length=LONGEST_NAME)
    email = forms.EmailField(label=_("E-mail"), max_length=254, required=False)


class NewContactForm(ContactFields, NewForm):
    pass


class ChangeContactForm(ContactFields, VersionForm):
    pass


class KnownPeerInput(forms.TextInput):
    """Any identity can be typed; those of peers that no member has entered are offered."""

    def __init__(self, attrs: dict | None = None) -> None:
        super().__init__({"spellcheck": "false", "autocapitalize": "none", **(attrs or {})})

    def render(self, name, value, attrs=None, renderer=None):
        attrs = {**(attrs or {}), "list": f"{name}-known"}
        field = super().render(name, value, attrs, renderer)
        taken = MemberNode.objects.values("identity")
        peers = Peer.objects.exclude(identity__in=taken).order_by("name", "identity")[:MOST_OFFERED]
        options = format_html_join(
            "", '<option value="{}">{}</option>', ((peer.identity, str(peer)) for peer in peers)
        )
        return format_html('{}<datalist id="{}">{}</datalist>', field, attrs["list"], options)


class NodeFields(_Said, forms.Form):
    value = NodeSaid
    identity = LineField(
        label=_("Identity"),
        max_length=100,
        help_text=_(
            "As its people gave it, such as TCP:[192.0.2.7]:9729. Peers that no member has entered are offered."
        ),
        widget=KnownPeerInput,
    )
    name = LineField(label=_("Name of the node"), max_length=200, required=False)
    certificate_name = LineField(
        label=_("Name in its certificate"),
        max_length=200,
        required=False,
        help_text=_("As its people told it (CN). Empty: it is not compared."),
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocapitalize": "none"}),
    )

    def clean_identity(self) -> str:
        try:
            return str(PeerId.parse(self.cleaned_data["identity"]))
        except PeerError as error:
            raise ValidationError(str(error.message)) from None


class NewNodeForm(NodeFields, NewForm):
    pass


class _WithMember(forms.Form):
    member = forms.ModelChoiceField(
        label=_("Member"), queryset=Member.objects.order_by("name_key"), empty_label=_("Choose")
    )


class ClaimForm(_WithMember, NodeFields, NewForm):
    """A node whose identity is known, and whose member is not."""

    field_order = ("member", "identity", "name", "certificate_name")


class ChangeNodeForm(_WithMember, NodeFields, VersionForm):
    field_order = ("member", "identity", "name", "certificate_name")


class TermsFields(_Said, forms.Form):
    value = Terms
    name = LineField(
        label=pgettext_lazy("contract", "Agreement"),
        max_length=LONGEST_NAME,
        help_text=_("As the parties call it."),
    )
    edition = LineField(
        label=_("Version of its text"), max_length=40, required=False, help_text=_("Such as 2.1.")
    )
    signed_on = day_field(label=_("Signed on"), required=False)
    starts = day_field(label=_("First day"))
    ends = day_field(
        label=_("Last day"), required=False, help_text=_("Empty: it holds until somebody takes it back.")
    )


class NewTermsForm(TermsFields, NewForm):
    documents = ManyFilesField(label=_("Documents of the agreement"), required=False)


class ChangeTermsForm(TermsFields, VersionForm):
    pass


class PapersForm(forms.Form):
    documents = ManyFilesField(label=_("Add documents"))


class DecisionForm(NewForm):
    """About one member, or about the network as a whole."""

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput, required=False)
    kind = forms.ChoiceField(label=_("What was decided about"), choices=DecisionKind.choices)
    state = forms.ChoiceField(
        label=_("How"),
        choices=[(one.value, one.label) for one in ENTERED],
        widget=forms.RadioSelect,
        initial=DecisionState.ADOPTED,
    )
    decided_on = day_field(label=_("On"))
    body = LineField(
        label=_("By whose decision"),
        max_length=LONGEST_NAME,
        help_text=_("The steering committee, the meeting of the members."),
    )
    deciders = forms.CharField(
        label=_("Who decided"),
        max_length=20_000,
        help_text=_("Names, one a line. They are part of the record and stay."),
        widget=LongText(attrs={"rows": 4}),
    )
    text = forms.CharField(
        label=_("The decision"),
        max_length=20_000,
        help_text=_("In its own words. It is never changed or deleted."),
        widget=LongText(attrs={"rows": 5}),
    )
    documents = ManyFilesField(label=_("Documents"), required=False)

    def __init__(self, *args, member: Member | None = None, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("decided_on", today())
        if member is None:
            del self.fields["kind"]
        else:
            self.initial.update(version=member.version)
            self.initial.setdefault("kind", _next_kind(member))

    def clean_deciders(self) -> list[str]:
        lines = [" ".join(line.split()) for line in self.cleaned_data["deciders"].splitlines()]
        return [line for line in lines if line]

    def said(self) -> Ruling:
        data = self.cleaned_data
        return Ruling(
            kind=DecisionKind(data.get("kind") or DecisionKind.OTHER),
            state=DecisionState(data["state"]),
            **{name: data[name] for name in ("decided_on", "body", "deciders", "text")},
        )


def _next_kind(member: Member) -> DecisionKind:
    return DecisionKind.LEAVE if member.state == MemberState.ADMITTED else DecisionKind.ADMIT
