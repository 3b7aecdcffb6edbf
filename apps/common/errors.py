"""Refusals that the portal itself answers."""

from django.core.exceptions import BadRequest


class BadQuery(BadRequest):
    """An address asks for what does not exist here. ``str(self)`` is a sentence for people; answered with 400."""
