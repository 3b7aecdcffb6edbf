"""The lists of title sets, and of the titles in one."""

from dataclasses import replace

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from apps.aus.lists import TITLES
from apps.aus.queries import in_words
from apps.common.lists import Choice, Column, Search, Table, cells
from apps.common.pages import Action, Empty
from apps.common.search import words_of
from apps.titles.choices import SetKind
from apps.titles.lists import moment_link
from apps.titles.models import TitleSet


def meant(row: TitleSet) -> str:
    """What makes a title belong to it, in one line."""
    if row.kind == SetKind.PUBLISHER:
        return row.publisher.name
    if row.kind == SetKind.TAG:
        return f"{row.tag_key} = {row.tag_value}" if row.tag_value else row.tag_key
    if row.kind == SetKind.QUERY:
        within = gettext("in the set %s") % row.within.name if row.within else ""
        return " · ".join(part for part in (in_words(row.query), within) if part)
    return row.note


def _named(rows, text: str):
    for word in words_of(text):
        rows = rows.filter(name_key__contains=word)
    return rows


SETS = Table(
    name="sets",
    caption=_("Title sets"),
    columns=(
        Column("name", _("Title set"), lambda s: cells.link(s.name, f"/sets/{s.pk}/"), sort="name_key"),
        Column("kind", _("Made"), lambda s: s.get_kind_display()),
        Column("what", _("What it means"), lambda s: cells.text(meant(s)), priority=2),
        Column("who", _("By"), lambda s: s.user.username if s.user else gettext("command line"), priority=3),
        Column(
            "at",
            _("Since"),
            lambda s: moment_link(s.created_at, f"/sets/{s.pk}/"),
            sort="id",
            descending_first=True,
            priority=3,
        ),
    ),
    filters=(Choice("kind", _("Made"), "kind", SetKind.choices),),
    search=Search(label=_("Name"), how=_named),
    sort="name",
    noun=lambda n: ngettext("set", "sets", n),
    empty=Empty(
        _("There is no title set"),
        _(
            "A set holds titles that you mean together: of a publisher, with a tag, of a search, or one by one. "
            "It can be selected, subscribed to and filtered by."
        ),
        Action(_("New title set"), "/sets/new/"),
    ),
)
# A set within a set would only say the same again.
MEMBERS = replace(
    TITLES,
    caption=_("Titles of the set"),
    count=None,
    instead=None,
    empty=Empty(
        _("No title belongs to it now"),
        _("Titles are put into a set by hand from their own pages, or ticked in the list of titles."),
        Action(_("To the titles"), "/titles/"),
    ),
)
