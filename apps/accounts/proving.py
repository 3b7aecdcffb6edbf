"""Before somebody changes what protects their account: it must be them, not whoever sits at their browser."""

from django.http import HttpRequest
from django.utils.translation import gettext

from apps.accounts import services
from apps.accounts.addresses import client_address
from apps.accounts.forms import ProofForm, pause_text


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
