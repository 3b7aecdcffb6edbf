"""What keeps units of a choice from being collected, cause by cause, each with its whole reasons."""

from collections.abc import Sequence
from dataclasses import replace

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from apps.aus.hindrances import Hindrance
from apps.common.display import count_text
from apps.common.lists import Cell, Column, Page, cells, small_list
from apps.common.pages import Empty
from apps.common.words import Tone
from apps.titles.choices import Availability


def causes_table(hindrances: Sequence[Hindrance], offers_url: str = "") -> Page:
    """``offers_url`` is a page that lists the units and can be narrowed by ``?offer=``."""

    def cause(one: Hindrance) -> Cell:
        url = one.url
        if not url and offers_url and one.code in Availability.values:
            url = f"{offers_url}{'&' if '?' in offers_url else '?'}offer={one.code}"
        shown = cells.toned(Tone.CARE, one.label, one.sentence, href=url)
        return replace(shown, html=shown.html + _other_reasons(one)) if one.others else shown

    return small_list(
        "hindrances",
        gettext("Cannot be collected"),
        (
            Column("cause", gettext("Cannot be collected"), cause),
            Column("then", gettext("Then"), _then),
            Column("number", gettext("Units"), lambda one: cells.count(one.number), numeric=True),
        ),
        hindrances,
        empty=Empty(gettext("Nothing stands in the way"), gettext("As far as this node knows.")),
    )


def _other_reasons(one: Hindrance) -> SafeString:
    """Each whole, behind their number."""
    number = len(one.others) + one.left
    summary = ngettext("%s more reason", "%s more reasons", number) % count_text(number)
    rows = format_html_join("", "<li>{}</li>", ((text,) for text in one.others))
    left = ""
    if one.left:
        said = ngettext("%s more is not named here.", "%s more are not named here.", one.left)
        left = format_html("<li>{}</li>", said % count_text(one.left))
    return format_html(
        '<details class="note"><summary>{}</summary><ul class="plain">{}{}</ul></details>',
        summary,
        rows,
        left,
    )


def _then(one: Hindrance) -> str:
    return gettext("selected, and waits") if one.selectable else gettext("left out")
