"""The page of a form that was sent before its sender's second factor was set up: nothing of it was saved, and they are
led back to it afterwards."""

from django.http import HttpRequest

KEY = "_unsaved_form"


def keep(request: HttpRequest, page: str) -> None:
    """``page``: path and query of this portal."""
    request.session[KEY] = page


def page_of(request: HttpRequest) -> str:
    """Empty where no such form was sent."""
    return request.session.get(KEY, "")


def take(request: HttpRequest) -> str:
    """The same, told for the last time."""
    return request.session.pop(KEY, "")
