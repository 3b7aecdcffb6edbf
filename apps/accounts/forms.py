import datetime as dt
import uuid
from collections.abc import Iterable
from zoneinfo import available_timezones

from django import forms
from django.contrib.auth import password_validation
from django.contrib.auth.forms import UsernameField
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import format_lazy
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import SCOPE_ADDRESSES, Role, Scope
from apps.accounts.models import User
from apps.accounts.services import mark_of, may_have
from apps.accounts.words import SHALL_SEE_NOTHING, WITHOUT_ROLE
from apps.common.forms import LineField
from apps.common.languages import offered_languages

LONGEST_PASSWORD = 1000


def pause_text(wait: dt.timedelta) -> str:
    seconds = max(1, int(wait.total_seconds()))
    if seconds < 90:
        said = (
            ngettext(
                "Too many wrong passwords. Try again in %d second.",
                "Too many wrong passwords. Try again in %d seconds.",
                seconds,
            )
            % seconds
        )
    else:
        said = gettext("Too many wrong passwords. Try again in %d minutes.") % -(-seconds // 60)
    return said


def _password(label, autocomplete: str, **more) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(label=label, widget=widget, strip=False, max_length=LONGEST_PASSWORD, **more)


def _username() -> UsernameField:
    return UsernameField(
        label=_("Name to sign in with"),
        max_length=150,
        validators=[UnicodeUsernameValidator()],
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )


class SignInForm(forms.Form):
    username = forms.CharField(
        label=_("Name"),
        max_length=150,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "autofocus": True}
        ),
    )
    password = _password(_("Password"), "current-password")


class NewPasswordForm(forms.Form):
    """Twice, and judged by the validators of the settings; ``person`` may be unsaved or None."""

    password1 = _password(
        _("New password"),
        "new-password",
        help_text=_("At least 10 characters; not a common password, not only digits, not like the name."),
    )
    password2 = _password(_("The same again"), "new-password")

    def __init__(self, *args, person: User | None = None, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.person = person

    def clean(self) -> dict:
        data = super().clean()
        first, second = data.get("password1"), data.get("password2")
        if first and second and first != second:
            self.add_error("password2", _("The two passwords are not the same."))
        elif first and second:
            try:
                password_validation.validate_password(first, self._judged())
            except ValidationError as error:
                self.add_error("password1", error)
        return data

    def _judged(self) -> User:
        names = {
            name: self.cleaned_data.get(name, "") for name in ("username", "first_name", "last_name", "email")
        }
        return self.person or User(**names)


class OwnPasswordForm(NewPasswordForm):
    old_password = _password(_("Your password now"), "current-password")
    field_order = ("old_password", "password1", "password2")
    # While it lasts no password is looked at.
    pause = dt.timedelta(0)

    def clean_old_password(self) -> str:
        old = self.cleaned_data["old_password"]
        if self.pause:
            raise ValidationError(pause_text(self.pause))
        if self.person is None or not self.person.check_password(old):
            raise ValidationError(_("This is not your password."))
        return old


class ProofForm(forms.Form):
    """Asks for the password again; not for that of somebody who has none because they come by single sign-on."""

    proof = _password(_("Your password"), "current-password")

    def __init__(self, *args, person: User, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.person = person
        if not person.has_usable_password():
            del self.fields["proof"]


class SetupForm(NewPasswordForm):
    token = forms.CharField(
        label=_("Set-up word"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_(
            "The node printed it when it started; on the machine itself, manage.py setup_token prints another one."
        ),
    )
    username = _username()
    field_order = ("token", "username", "password1", "password2")


class PersonForm(forms.Form):
    """What an administrator may change of somebody."""

    first_name = LineField(label=_("First name"), max_length=150, required=False)
    last_name = LineField(label=_("Last name"), max_length=150, required=False)
    email = forms.EmailField(label=_("E-mail"), max_length=254, required=False)
    roles = forms.MultipleChoiceField(
        label=_("Roles"),
        choices=Role.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=format_lazy(
            "{} {}", _("Each adds what it may do; a system administrator may do everything."), WITHOUT_ROLE
        ),
    )
    is_active = forms.BooleanField(
        label=_("May sign in"),
        required=False,
        help_text=format_lazy(
            "{} {}", _("People are not deleted: what they changed keeps their name."), SHALL_SEE_NOTHING
        ),
    )


class ChangedPersonForm(PersonForm):
    """Knows what its person was when the page was made: two administrators may have it open."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=64, required=False)

    def __init__(self, *args, person: User, **kwargs) -> None:
        facts = {name: getattr(person, name) for name in PersonForm.base_fields}
        super().__init__(*args, initial={**facts, "seen": mark_of(person)}, **kwargs)

    def renew(self, person: User, said: str) -> None:
        """Says why it was not saved, and shows what counts now; what was typed into the names stays."""
        self.data = self.data.copy()
        self.data["seen"] = mark_of(person)
        self.data.setlist("roles", person.roles)
        self.data["is_active"] = person.is_active
        self.add_error(None, said)


class NewPersonForm(NewPasswordForm, PersonForm):
    username = _username()
    # May sign in, else nobody would add them.
    is_active = None
    field_order = ("username", "first_name", "last_name", "email", "roles", "password1", "password2")


LIVES = (("7", _("a week")), ("30", _("30 days")), ("90", _("90 days")), ("365", _("a year")))


class TokenForm(ProofForm):
    """Only scopes that open something and that the person's roles reach are offered."""

    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    name = LineField(
        label=_("What it is for"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("The program or the place that gets it, so that you know it again."),
    )
    scopes = forms.MultipleChoiceField(label=_("It may"), widget=forms.CheckboxSelectMultiple)
    life = forms.ChoiceField(label=_("It is good for"), choices=LIVES, initial="90")
    field_order = ("request_key", "name", "scopes", "life", "proof")

    def __init__(self, *args, person: User, **kwargs) -> None:
        super().__init__(*args, person=person, **kwargs)
        self.fields["scopes"].choices = [
            pair for pair in Scope.choices if pair[0] in SCOPE_ADDRESSES and may_have(person, pair[0])
        ]
        self.fields["scopes"].help_text = opened_text(person)

    def clean_life(self) -> dt.timedelta:
        return dt.timedelta(days=int(self.cleaned_data["life"]))


def opened_text(person: User, kept: Iterable[str] = ()) -> SafeString:
    """Which addresses tokens of this person open, scope by scope; and which scopes of ``kept`` ones open none."""
    reached = [scope for scope in Scope if may_have(person, scope)]
    told = [
        gettext("“%(scope)s” opens: %(addresses)s.")
        % {"scope": scope.label, "addresses": ", ".join(map(str, SCOPE_ADDRESSES[scope]))}
        for scope in reached
        if scope in SCOPE_ADDRESSES
    ]
    idle = [str(scope.label) for scope in Scope if scope in set(kept) - SCOPE_ADDRESSES.keys()]
    if idle:
        told.append(gettext("No address asks yet for: %s.") % ", ".join(idle))
    # Each on a line of its own.
    return format_html_join(
        mark_safe("<br>"), "{}", ([one] for one in [gettext("A token only reads."), *told])
    )


def _zones() -> list[tuple[str, object]]:
    return [("", _("as the node has it")), *((name, name) for name in sorted(available_timezones()))]


def _languages() -> list[tuple[str, object]]:
    return [("", _("as the browser asks")), *offered_languages()]


class WaysForm(forms.Form):
    """How pages speak to somebody."""

    language = forms.ChoiceField(label=_("Language"), choices=_languages, required=False)
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=_zones, required=False)


class CodeForm(forms.Form):
    """What the app shows, or a recovery code."""

    code = forms.CharField(
        label=_("Code"),
        max_length=40,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "inputmode": "numeric",
                "autofocus": True,
                "spellcheck": "false",
            }
        ),
        help_text=_("The six digits that the authenticator app shows, or one of your recovery codes."),
    )
