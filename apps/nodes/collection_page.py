"""How the units of a collection stand, by a few queries over summary rows, however many they are."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import models
from django.db.models import Aggregate, Count, Max, Min, Q, Sum
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from apps.aus.choices import AuState, Risk
from apps.aus.lists_collections import RISK_TONES
from apps.aus.models import CollectionRecord
from apps.aus.services.collections import Scope
from apps.common.display import age, count_text, day_text, moment, size_text
from apps.common.lists import Column, Page, cells, small_list
from apps.common.pages import Empty, Fact, Vital
from apps.common.parts import toned
from apps.common.text import shortened
from apps.nodes.choices import AuWord
from apps.nodes.models import AuStatus
from apps.nodes.words import AU_WORDS

# So many members of a kind are named; the others are counted.
NAMED = 20


class Median(Aggregate):
    function = "percentile_disc"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = models.IntegerField()


@dataclass(frozen=True, slots=True)
class Standing:
    """What the rows of all rooms say of a scope."""

    listed: int
    numbers: Mapping[str, object]
    words: Mapping[str, int]


def standing(scope: Scope) -> Standing:
    """Three queries."""
    aus = scope.aus
    held = Q(key__summary__urls__gt=0, state=AuState.SELECTED)
    numbers = aus.aggregate(
        selected=Count("pk", filter=Q(state=AuState.SELECTED)),
        collected=Count("pk", filter=held),
        damaged=Count("pk", filter=Q(key__summary__damaged__gt=0) | Q(key__summary__missing__gt=0)),
        size=Sum("key__summary__current_size", filter=held, default=0),
        disk=Sum("key__summary__disk_size", default=0),
        fewest=Min("standing__agreeing", filter=held),
        copies=Median("standing__agreeing", filter=held),
        last_proof=Max("standing__last_proof_at"),
        first_proof=Min("standing__last_proof_at", filter=held),
    )
    rows = AuStatus.objects.filter(au__in=aus).order_by().values_list("word")
    words = dict(rows.annotate(number=Count("pk")))
    return Standing(scope.listed.count(), numbers, words)


def vitals(found: Standing) -> list[Vital]:
    selected, collected, damaged = (found.numbers[one] for one in ("selected", "collected", "damaged"))
    return [
        Vital(
            count_text(found.listed),
            ngettext(
                "archival unit is named by the lists", "archival units are named by the lists", found.listed
            ),
        ),
        Vital(count_text(selected), ngettext("is selected here", "are selected here", selected)),
        Vital(count_text(collected), gettext("with content here, %s") % size_text(found.numbers["size"])),
        Vital(
            count_text(damaged),
            ngettext("has damaged or missing bytes", "have damaged or missing bytes", damaged),
        ),
    ]


def machine_facts(found: Standing) -> list[Fact]:
    numbers = found.numbers
    copies = gettext("none compared yet")
    if numbers["copies"] is not None:
        copies = gettext("%(median)s for the middle unit; %(fewest)s at the least") % {
            "median": count_text(numbers["copies"]),
            "fewest": count_text(numbers["fewest"]),
        }
    return [
        Fact(gettext("Takes in the store"), size_text(numbers["disk"])),
        Fact(gettext("Copies that agree"), copies, gettext("Ours included.")),
        Fact(gettext("Last proved by a poll"), age(numbers["last_proof"])),
        Fact(
            gettext("Oldest proof"),
            age(numbers["first_proof"]),
            gettext("Of what has been proved at least once."),
        ),
    ]


def words_list(found: Standing) -> Page:
    return small_list(
        "collection-words",
        gettext("How its units stand"),
        (
            Column("word", _("Status"), lambda row: cells.status(AU_WORDS[row[0]])),
            Column("count", _("Archival units"), lambda row: cells.count(row[1]), numeric=True),
        ),
        [(word, found.words[word]) for word in AuWord if found.words.get(word)],
        empty=Empty(
            gettext("Nothing of it is selected here"),
            gettext("Select it from the pages of its titles or publishers; what becomes of it is told here."),
        ),
    )


def written_facts(row: CollectionRecord) -> list[Fact]:
    risk = toned(RISK_TONES[Risk(row.risk)], str(Risk(row.risk).label))
    texts = [
        Fact(gettext("Contributed by"), row.institution),
        Fact(gettext("Who answers"), row.person),
        Fact(gettext("Contact"), row.contact),
        Fact(gettext("Why it matters"), _lines(row.why)),
        Fact(gettext("Risk"), risk, row.risk_note),
        Fact(gettext("Rights"), _lines(row.rights)),
        Fact(gettext("Since"), day_text(row.since) if row.since else ""),
        Fact(gettext("Look again"), day_text(row.review_on) if row.review_on else ""),
        Fact(gettext("Written by"), row.user.display_name if row.user else ""),
        Fact(gettext("Last changed"), moment(row.updated_at)),
        Fact(gettext("Closed"), moment(row.closed_at) if row.closed_at else ""),
    ]
    return [fact for fact in texts if fact.value]


def _lines(text: str) -> SafeString:
    return format_html_join(SafeString("<br>"), "{}", ((line,) for line in text.splitlines()))


def member_facts(row: CollectionRecord, scope: Scope) -> list[Fact]:
    """Six queries at most: the first ones by name, the number of all."""
    kinds = (
        (gettext("Publishers"), row.publishers, scope.publishers, lambda one: f"/publishers/{one.pk}/"),
        (gettext("Titles"), row.titles, scope.titles, lambda one: f"/titles/{one.pk}/"),
        (gettext("Single units"), row.listed_aus, scope.listed_aus, lambda one: f"/titles/au/{one.slug}/"),
    )
    facts = []
    for label, rows, ids, url in kinds:
        if not ids:
            continue
        shown = format_html_join(
            SafeString("<br>"),
            '<a href="{}">{}</a>',
            ((url(one), shortened(one.name)) for one in rows.order_by("name_key", "pk")[:NAMED]),
        )
        rest = len(ids) - NAMED
        if rest > 0:
            shown = format_html("{}<br>{}", shown, gettext("and %s more") % count_text(rest))
        facts.append(Fact(label, shown))
    return facts
