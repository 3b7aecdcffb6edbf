"""How acts of the audit record are said; an app registers the names of its own in ``AppConfig.ready``."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.common.search import fold

_said: dict[str, str | Promise] = {
    "accounts.create": _("added a person"),
    "accounts.change": _("changed a person"),
    "accounts.set-password": _("set somebody's password"),
    "accounts.own-password": _("changed their password"),
    "accounts.token-make": _("made a token"),
    "accounts.token-revoke": _("revoked a token"),
    "accounts.session-end": _("ended a session"),
    "accounts.end-all": _("ended all sessions and tokens of somebody"),
    "accounts.factor-add": _("set up a second factor"),
    "accounts.factor-remove": _("took a second factor away"),
    "accounts.factors-reset": _("took all second factors of somebody away"),
    "accounts.recovery-codes": _("made new recovery codes"),
    "accounts.recovery-code-used": _("signed in with a recovery code"),
    "accounts.link-make": _("made a link for a new password"),
    "accounts.link-mail": _("had a link for a new password mailed"),
    "accounts.link-use": _("set a password by a link"),
    "accounts.identity-bind": _("bound an identity of the single sign-on"),
    "accounts.identity-release": _("released an identity of the single sign-on"),
    "accounts.accept-restored": _("accepted a database brought back from a backup"),
    "accounts.set-up": _("went a step of the first set-up"),
    "accounts.sign-in": _("signed in"),
    "accounts.sign-in-slowed": _("slowed sign-ins after wrong passwords"),
}
# Who read what, as who signs in when, is nobody's reading but the administrators': such names begin so.
READING = "reading"
UNTOLD = ("accounts.", f"{READING}.")
# By the beginning of an act's name.
GROUPS: dict[str, str | Promise] = {
    "accounts": _("People"),
    "alerts": _("Alerts"),
    "aus": pgettext_lazy("place", "Archival units"),
    "content": _("Content"),
    "crawls": _("Crawls"),
    "delivery": _("Serving"),
    "exports": _("Exports"),
    "findings": _("Findings"),
    "jobs": _("Jobs"),
    "kbart": _("Reports"),
    "network": _("Network"),
    "nodes": _("Preservation reports"),
    "peers": _("Peers"),
    "permissions": _("Permissions"),
    "plugins": _("Plugins"),
    "polls": _("Polls"),
    READING: pgettext_lazy("acts", "Reading"),
    "titles": _("Titles"),
}


def register(acts: Mapping[str, str | Promise]) -> None:
    """``{"peers.register": _("entered a peer")}``; the words follow the name of who did it."""
    _said.update(acts)


def known_acts() -> list[tuple[str, str]]:
    """Pairs of name and words, for a choice: what belongs together stands together."""
    return sorted(
        ((action, f"{_group(action)}: {words}") for action, words in _said.items()), key=lambda pair: pair[1]
    )


def _group(action: str) -> str:
    room = action.partition(".")[0]
    return str(GROUPS.get(room, room))


def saying(word: str) -> list[str]:
    """The acts in whose words, in the reader's language, ``word`` stands."""
    wanted = fold(word)
    return sorted(action for action, words in _said.items() if wanted in fold(str(words)))


def said(action: str) -> str:
    """The code itself where nobody registered words for it."""
    return str(_said.get(action, action))
