"""Passkeys on pages: where they can be, and what goes to the browser and comes back."""

import ipaddress
import json

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext

LONGEST_ANSWER = 20_000


def may_have_passkeys(request: HttpRequest) -> bool:
    """Browsers bind passkeys to host names: not to addresses, and to plain http on localhost alone."""
    host = request.get_host().rpartition(":")[0] or request.get_host()
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return request.is_secure() or host == "localhost" or host.endswith(".localhost")
    return False


class _Once(forms.HiddenInput):
    """Never written back into a page: a challenge is good for one answer, and the script asks where none stands."""

    def format_value(self, value: object) -> None:
        return None


class AnswerForm(forms.Form):
    """What the browser's authenticator answered, as JSON in a hidden field that static/js/passkey.js fills."""

    answer = forms.CharField(widget=_Once, max_length=LONGEST_ANSWER)

    def clean_answer(self) -> dict:
        try:
            found = json.loads(self.cleaned_data["answer"])
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise forms.ValidationError(gettext("The browser's answer does not fit. Begin again."))
        return found
