"""A field of one line keeps one line: a browser sends no line break in it, and what a program sends is read by mails,
lists and files that have a line for each name."""

import inspect

import pytest
from django import forms
from django.core.exceptions import ValidationError

from apps.accounts import forms as of_people
from apps.delivery import forms as of_readers
from apps.network import forms as of_members

BREAKS = ("\r\n", "\n", "\r", "\v", "\f", "\x85", "\u2028")
# Compared with what is there, and kept nowhere.
NOT_KEPT = {("SignInForm", "username"), ("SetupForm", "token"), ("CodeForm", "code")}
FIELDS = {
    f"{form.__module__.split('.')[1]} {form.__name__}.{name}": field
    for module in (of_people, of_members, of_readers)
    for form in vars(module).values()
    if inspect.isclass(form) and issubclass(form, forms.BaseForm) and form.__module__ == module.__name__
    for name, field in form.base_fields.items()
    if isinstance(field, forms.CharField)
    and isinstance(field.widget, forms.TextInput)
    and not isinstance(field.widget, forms.PasswordInput | forms.HiddenInput)
    and (form.__name__, name) not in NOT_KEPT
}


def test_there_are_fields_to_be_asked():
    assert {"accounts PersonForm.first_name", "network MemberFields.name", "delivery ProxyForm.name"} <= set(
        FIELDS
    )


@pytest.mark.parametrize("name", FIELDS)
def test_a_line_break_is_refused_or_becomes_a_blank(name):
    field = FIELDS[name]
    for sign in BREAKS:
        try:
            found = field.clean(f"a{sign}Bcc: x")
        except ValidationError:
            continue
        assert found == "a Bcc: x", repr(sign)
