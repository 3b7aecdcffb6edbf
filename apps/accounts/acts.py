"""How acts of the audit record are said; an app registers the names of its own in ``AppConfig.ready``."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_said: dict[str, str | Promise] = {
    "accounts.create": _("added a person"),
    "accounts.change": _("changed a person"),
    "accounts.set-password": _("set somebody's password"),
    "accounts.own-password": _("changed their password"),
    "accounts.sign-in": _("signed in"),
    "accounts.sign-in-slowed": _("slowed sign-ins after wrong passwords"),
}


def register(acts: Mapping[str, str | Promise]) -> None:
    """``{"peers.register": _("entered a peer")}``; the words follow the name of who did it."""
    _said.update(acts)


def known_acts() -> list[tuple[str, str]]:
    """Pairs of name and words, for a choice."""
    return sorted(
        ((action, f"{words} ({action})") for action, words in _said.items()), key=lambda pair: pair[0]
    )


def said(action: str) -> str:
    """The code itself where nobody registered words for it."""
    return str(_said.get(action, action))
