"""What came to an AU in packages: told in its story, and behind the name of a URL of one.

The audit record has every import, also those of the command, which have no row and so no page of their own.
"""

import datetime as dt
import re
from collections.abc import Iterator

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from apps.accounts.models import AuditEvent
from apps.aus.models import Au
from apps.common.display import count_text
from apps.common.pages import Event
from apps.common.words import Tone
from apps.exports.models import PackageImport
from apps.nodes.sentences import link_to

ACT = "exports.import"
SCHEME = "package:"
# What a capture keeps of its place behind the name of the file: “NAME: member”, “NAME, record 3”.
_PLACE = re.compile(r"(?:, record \d+|: .*)$", re.DOTALL)
_OF_PERSON = ("username", "first_name", "last_name")


def imports(au: Au, edge: dt.datetime, limit: int, *, links: bool) -> Iterator[Event]:
    """The newest imports before a moment. ``links``: for somebody who may open the page of one."""
    rows = AuditEvent.objects.filter(subject=f"au:{au.pk}", action=ACT, at__lt=edge).select_related("user")
    shown = rows.only("at", "after", *(f"user__{name}" for name in _OF_PERSON))
    for row in shown.order_by("-id")[:limit]:
        told = row.after or {}
        new, key = int(told.get("new", 0)), told.get("import")
        said = _sentence(new, str(told.get("file", "")), row.user.display_name if row.user else "")
        tone = Tone.CARE if told.get("findings") else Tone.SAFE if new else Tone.IDLE
        yield Event(row.at, tone, link_to(f"/imports/{key}/", said) if key and links else said, _detail(told))


def _sentence(new: int, file: str, who: str) -> str:
    """``who``: empty for the command."""
    values = {"n": count_text(new), "file": file, "who": who}
    if not new:
        said = gettext("Nothing new in package %(file)s, given by %(who)s.")
        return (said if who else gettext("Nothing new in package %(file)s, given by command.")) % values
    if who:
        said = ngettext(
            "%(n)s version taken from package %(file)s, by %(who)s.",
            "%(n)s versions taken from package %(file)s, by %(who)s.",
            new,
        )
    else:
        said = ngettext(
            "%(n)s version taken from package %(file)s, by command.",
            "%(n)s versions taken from package %(file)s, by command.",
            new,
        )
    return said % values


def _detail(told: dict) -> str:
    said = []
    if held := int(told.get("held", 0)):
        phrase = ngettext("%s version was here already", "%s versions were here already", held)
        said.append(phrase % count_text(held))
    if findings := int(told.get("findings", 0)):
        said.append(ngettext("%s finding", "%s findings", findings) % count_text(findings))
    return ", ".join(said).capitalize() + "." if said else ""


def came_from(au: Au, place: str, *, links: bool) -> SafeString | str:
    """“from package NAME” of what a capture keeps of where it came from; empty where that is no package."""
    if not place.startswith(SCHEME):
        return ""
    place = place.removeprefix(SCHEME)
    rows = PackageImport.objects.filter(au=au, new__gt=0).order_by("-pk").values_list("name", "pk")
    for name, key in rows:
        if place == name or place.startswith((f"{name}, record ", f"{name}: ")):
            said = gettext("from package %s") % name
            return format_html('<a href="/imports/{}/">{}</a>', key, said) if links else said
    return gettext("from package %s") % _PLACE.sub("", place)
