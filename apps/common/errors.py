"""Refusals that the portal itself answers."""

from typing import TYPE_CHECKING

from django.core.exceptions import BadRequest
from django.http import Http404

if TYPE_CHECKING:
    from apps.common.pages import Link


class BadQuery(BadRequest):
    """An address asks for what does not exist here. ``str(self)`` is a sentence for people; answered with 400.

    ``title``: of the page that says so, where the address was understood; ``lead``: what is possible instead, and where.
    """

    def __init__(self, said: str = "", *, title: str = "", lead: "Link | None" = None) -> None:
        super().__init__(said)
        self.title, self.lead = title, lead


class NotThere(Http404):
    """Nothing is kept there, and ``str(self)`` is a sentence for people that says why."""
