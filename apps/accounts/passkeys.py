"""Passkeys on pages: where they can be, and what goes to the browser and comes back."""

import ipaddress
from urllib.parse import SplitResult, urlsplit, urlunsplit

from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext

from apps.common.text import json_in

LONGEST_ANSWER = 20_000


def may_have_passkeys(request: HttpRequest) -> bool:
    """Browsers bind passkeys to host names: not to addresses, and to plain http on localhost alone."""
    return _binds(urlsplit(f"{request.scheme}://{request.get_host()}"))


def passkey_address(request: HttpRequest) -> str:
    """The same page under an address of this portal that browsers give passkeys to; "" where there is none."""
    own = urlsplit(settings.NODE.public_url)
    if _binds(own):
        return urlunsplit((own.scheme, own.netloc, request.path, "", ""))
    # Cookies ignore ports: never where preserved pages are shown.
    content = urlsplit(settings.NODE.content_url).hostname
    for host in settings.NODE.allowed_hosts:
        there = urlsplit(f"{own.scheme}://{host}" + (f":{own.port}" if own.port else ""))
        if host != content and _binds(there):
            return urlunsplit((there.scheme, there.netloc, request.path, "", ""))
    return ""


def _binds(address: SplitResult) -> bool:
    host = address.hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        named = host and not host.startswith(".") and "*" not in host
        return bool(named) and (
            address.scheme == "https" or host == "localhost" or host.endswith(".localhost")
        )
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
            found = json_in(self.cleaned_data["answer"])
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise forms.ValidationError(gettext("The browser's answer does not fit. Begin again."))
        return found
