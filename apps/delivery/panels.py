"""What the page of a place shows: who may read, what each level says, who said it."""

from collections.abc import Mapping

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext

from apps.aus.models import Au
from apps.common.display import moment as at
from apps.common.pages import Fact, Link
from apps.common.text import shortened
from apps.delivery.choices import Choice, Flag
from apps.delivery.lists import embargo_text, terms_text
from apps.delivery.models import ServingRule
from apps.delivery.services.facts import AuRow, rows_of
from apps.delivery.services.ruling import Where, rule_at
from apps.delivery.services.sayings import fallback
from apps.delivery.services.told import verdicts_on
from apps.delivery.words import level_word, others_sentence, own_sentence
from apps.lockss.delivery import Level
from apps.permissions.choices import Right, ScopeKind
from apps.permissions.services import AgreedTerm, Covered, serving_terms
from apps.titles.models import Publisher, Title

_SCOPES = {ScopeKind.PUBLISHER: Level.PUBLISHER, ScopeKind.TITLES: Level.TITLE, ScopeKind.AUS: Level.AU}


def page_at(where: Where) -> str:
    """The page of a place."""
    if isinstance(where, Au):
        return f"/serving/aus/{where.slug}/"
    if isinstance(where, Title):
        return f"/serving/titles/{where.pk}/"
    return f"/serving/publishers/{where.pk}/" if where is not None else "/serving/network/"


def trail_at(where: Where) -> list[Link]:
    """From the list over each level above to this one."""
    above = [one for one in levels_above(where) if one is not None]
    return [
        Link(gettext("Permissions"), "/permissions/"),
        Link(gettext("Serving"), "/serving/"),
        *(Link(shortened(one.name), page_at(one)) for one in above),
    ]


def levels_above(where: Where) -> list[Where]:
    """From the network down; the place itself is left out."""
    if where is None:
        return []
    if isinstance(where, Publisher):
        return [None]
    if isinstance(where, Title):
        return [None, where.publisher]
    return [None, *(one for one in (where.publisher, where.title) if one is not None)]


def levels(where: Where) -> list[Fact]:
    """What each level down to this one says, and who said it."""
    return [_level(one) for one in (*levels_above(where), where)]


def reading(au: Au, terms: Mapping[Right, AgreedTerm] | None = None) -> tuple[str, str]:
    """Who may read an AU, in two sentences: own readers, everybody else where that differs (``verdicts_on``)."""
    own, others = verdicts_on(au, terms=terms)
    same = own.reason is others.reason
    return own_sentence(own), "" if same else others_sentence(others)


def learnt(au: Au) -> list[Fact]:
    """What agreements, title list and permission page add for an AU."""
    found = rows_of(Au.objects.filter(pk=au.pk))
    return [*(fact for row in found for fact in (_agreed(row), _known(row)))]


def _level(where: Where) -> Fact:
    row = rule_at(where)
    level = _level_of(where)
    name = gettext("The network") if where is None else shortened(where.name)
    term = f"{capfirst(level_word(level))}: {name}" if where is not None else name
    value: SafeString | str = _said(row)
    if level is Level.NETWORK and (row is None or not row.choice):
        label = Choice(fallback().policy).label
        value = "; ".join(filter(None, (gettext("%s, as this node is set") % label, value)))
    linked = format_html('<a href="{}">{}</a>', page_at(where), value or gettext("says nothing"))
    return Fact(term, linked, _by(row))


def _level_of(where: Where) -> Level:
    if isinstance(where, Au):
        return Level.AU
    if isinstance(where, Title):
        return Level.TITLE
    return Level.PUBLISHER if where is not None else Level.NETWORK


def _said(row: ServingRule | None) -> str:
    if row is None:
        return ""
    free = {"yes": gettext("open access"), "no": gettext("not open access")}.get(row.open_access, "")
    flag = gettext("the publisher %s") % Flag(row.flag).label if row.flag else ""
    embargo = embargo_text(row)
    return "; ".join(
        filter(
            None,
            (
                str(Choice(row.choice).label) if row.choice else "",
                terms_text(row),
                free,
                gettext("embargo %s") % embargo if embargo else "",
                flag,
            ),
        )
    )


def _by(row: ServingRule | None) -> SafeString | str:
    if row is None:
        return ""
    who = row.said_by.display_name if row.said_by is not None else gettext("somebody whose account is gone")
    said = format_html("{}, {}", who, at(row.said_at))
    return format_html("{}. {}", said, shortened(row.note, 300)) if row.note else said


def _agreed(row: AuRow) -> Fact:
    covered = Covered(row.pk, row.publisher_id, "", row.title_id, row.listed_id, row.plugin_id)
    terms = serving_terms([covered])[row.pk]
    if not terms:
        return Fact(gettext("Agreements"), gettext("say nothing of serving"))
    lines = [_term(right, term) for right, term in terms.items()]
    return Fact(
        gettext("Agreements"), format_html_join(SafeString("<br>"), "{}", ((line,) for line in lines))
    )


def _term(right: Right, term: AgreedTerm) -> SafeString:
    said = gettext("%(right)s: yes") if term.granted else gettext("%(right)s: no")
    return format_html(
        '{}, <a href="/permissions/agreements/{}/">{}</a> ({})',
        said % {"right": right.label},
        term.agreement,
        shortened(term.name),
        level_word(_SCOPES[term.scope]),
    )


def _known(row: AuRow) -> Fact:
    said = [
        gettext("open access") if row.open_access else gettext("not open access"),
        gettext("the publisher %s") % Flag(str(row.publisher)).label,
        gettext("published %d") % row.year if row.year else gettext("year of publication not known"),
    ]
    return Fact(gettext("Title list, parameters, permission page"), "; ".join(said))
