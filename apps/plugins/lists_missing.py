"""The ranking of missing classes, and plugins that lists name and nobody loaded."""

import re
from urllib.parse import urlencode

from django.db.models import BigIntegerField, Case, ExpressionWrapper, F, Q, QuerySet, When
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from apps.common import parts
from apps.common.lists import Cell, Choice, Column, Search, Table, cells
from apps.common.pages import Action, Empty
from apps.common.stored import retold
from apps.common.words import Tone
from apps.plugins.lists import listed, selected
from apps.plugins.models import MissingClass, PluginUse

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=\$)")
# More than any number of units, so that it never outweighs what is blocked.
MOST_UNITS = 10**10
COLLECT, VOTE, EXTRACT, NOTHING = "collect", "vote", "extract", "nothing"
BLOCKS = (
    (COLLECT, _("collecting")),
    (VOTE, _("voting")),
    (EXTRACT, _("metadata")),
    (NOTHING, _("nothing: goes on in the usual way")),
)
_NONE = Q(collect=False, vote=False, extract=False)


def _blocked(rows: QuerySet, value: str) -> QuerySet:
    return rows.filter(_NONE) if value == NOTHING else rows.filter(**{value: True})


def blocked_words(row) -> SafeString:
    """What does not work without a class, one word each; ``row`` is a MissingClass or a PluginNeed."""
    said = [
        (row.collect, Tone.HARM, gettext("collecting")),
        (row.vote, Tone.CARE, gettext("voting")),
        (row.extract, Tone.IDLE, gettext("metadata")),
    ]
    words = [parts.toned(tone, label) for blocked, tone, label in said if blocked]
    return mark_safe(" ".join(words) or str(_("nothing")))  # noqa: S308 - the parts are escaped


def by_what_is_blocked(rows: QuerySet[MissingClass]) -> QuerySet[MissingClass]:
    """With ``weight``: collecting before voting before metadata, and of the same the one for which more units wait."""
    rank = Case(When(collect=True, then=3), When(vote=True, then=2), When(extract=True, then=1), default=0)
    weight = ExpressionWrapper(rank * MOST_UNITS + F("listed"), output_field=BigIntegerField())
    return rows.annotate(weight=weight)


def _blocks(row: MissingClass) -> Cell:
    pairs = ((row.collect, "collecting"), (row.vote, "voting"), (row.extract, "metadata"))
    return Cell(blocked_words(row), ", ".join(name for blocked, name in pairs if blocked))


def breakable(name: str) -> SafeString:
    """A Java name that may be broken before each of its capitals."""
    return format_html_join(mark_safe("<wbr>"), "{}", ((part,) for part in _HUMP.split(name)))


def _class(row: MissingClass) -> Cell:
    package, _dot, name = row.class_name.rpartition(".")
    markup = format_html(
        '<a href="{}">{}</a><span class="note"><code>{}</code></span>', _rows(row), breakable(name), package
    )
    return Cell(markup, row.class_name)


def _rows(row: MissingClass, **more: str) -> str:
    return f"/plugins/?{urlencode({'missing': row.class_name, **more})}"


def _number(number: int, href: str) -> Cell:
    return cells.count(number, href if number else "")


MISSING = Table(
    name="missing",
    caption=_("Missing classes"),
    columns=(
        Column("class", _("Java class"), _class, sort="class_name"),
        Column("blocks", _("Blocks"), _blocks, sort="weight", descending_first=True),
        Column(
            "effect",
            _("Because"),
            lambda row: cells.text(retold(row.effect), ", ".join(row.keys)),
            priority=3,
        ),
        Column(
            "definitions",
            _("Plugins"),
            lambda row: _number(row.definitions, _rows(row)),
            sort="definitions",
            numeric=True,
            priority=2,
            descending_first=True,
        ),
        Column(
            "listed",
            _("Units"),
            lambda row: _number(row.listed, _rows(row, aus="yes", sort="-listed")),
            sort="listed",
            numeric=True,
            descending_first=True,
        ),
        Column(
            "selected",
            _("Selected"),
            lambda row: _number(row.selected, _rows(row, selected="yes", sort="-selected")),
            sort="selected",
            numeric=True,
            priority=2,
            descending_first=True,
        ),
    ),
    filters=(Choice("blocks", _("Blocks"), "", BLOCKS, how=_blocked),),
    search=Search(("class_name",), label=_("Class")),
    sort="-blocks",
    noun=lambda n: ngettext("class", "classes", n),
    empty=Empty(
        _("No code is missing"),
        _("Everything that the loaded plugins name is here."),
        Action(_("To the plugins"), "/plugins/"),
    ),
)


def _use_id(use: PluginUse) -> Cell:
    name = use.plugin_id.rpartition(".")[2]
    return Cell(cells.text(name, use.plugin_id).html, use.plugin_id)


NOT_LOADED = Table(
    name="not-loaded",
    caption=_("Plugins that are not here"),
    columns=(
        Column("name", _("Plugin"), _use_id, sort="plugin_id"),
        Column(
            "listed",
            _("Units"),
            lambda use: listed(use.plugin_id, use.listed),
            sort="listed",
            numeric=True,
            descending_first=True,
        ),
        Column(
            "selected",
            _("Selected"),
            lambda use: selected(use.plugin_id, use.selected),
            sort="selected",
            numeric=True,
            priority=2,
            descending_first=True,
        ),
    ),
    search=Search(("plugin_id",), label=_("Id")),
    sort="-listed",
    noun=lambda n: ngettext("plugin", "plugins", n),
    empty=Empty(
        _("No list names a plugin that is not here"),
        _("Every plugin that a title list names is loaded."),
        Action(_("To the plugins"), "/plugins/"),
    ),
)
NO_PLUGIN = Empty(
    _("No plugin is loaded yet"),
    _(
        "Java classes that a plugin names and this node does not have are listed here as soon as one is loaded."
    ),
    Action(_("To the plugins"), "/plugins/"),
)
NO_LIST = Empty(
    _("No title list was read yet"),
    _("Plugins that a title list names and this node does not have are listed here."),
    Action(_("To the title lists"), "/lists/"),
)
