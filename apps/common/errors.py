"""Refusals that the portal itself answers."""

from django.core.exceptions import BadRequest
from django.http import Http404


class BadQuery(BadRequest):
    """An address asks for what does not exist here. ``str(self)`` is a sentence for people; answered with 400."""


class NotThere(Http404):
    """Nothing is kept there, and ``str(self)`` is a sentence for people that says why."""
