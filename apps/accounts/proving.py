"""Before somebody changes what protects their account: it must be them, not whoever sits at their browser."""

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts import services
from apps.accounts.addresses import client_address
from apps.accounts.forms import LONGEST_PASSWORD, pause_text
from apps.accounts.models import User


class ProofForm(forms.Form):
    """Asks for the password; not for that of somebody who has none because they come by single sign-on."""

    proof = forms.CharField(
        label=_("Your password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        strip=False,
        max_length=LONGEST_PASSWORD,
    )

    def __init__(self, *args, person: User, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.person = person
        if not person.has_usable_password():
            del self.fields["proof"]


def proved(request: HttpRequest, form: ProofForm) -> bool:
    """Whether the form is whole and the password right; counted as at every door. Else the form says why not."""
    if not form.is_valid():
        return False
    if "proof" not in form.fields:
        return True
    name, address = form.person.username, client_address(request)
    wait = services.begin_attempt(username=name, address=address)
    if wait:
        form.add_error("proof", pause_text(wait))
        return False
    if not form.person.check_password(form.cleaned_data["proof"]):
        form.add_error("proof", gettext("This is not your password."))
        return False
    services.end_attempt(username=name, address=address)
    return True
