"""Who agrees with whom, for up to sixty nodes: a table whose heads have a few letters, and the same as a list for a narrow page.

Fields are joined here: of sixty nodes they are 3,600, and the template engine is slow per field. Each byte of a field
counts 3,600 times too, so a field is its words and one letter: heads name its nodes (``scope``), HTML ends a ``td``
where the next begins, and the style sheet hides the words from the eye until the field is pointed at. Ages of many
nodes are short for the same reason, and what is old bears a letter of its own only while that is not nearly all.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, ngettext, pgettext

from apps.common.clock import now
from apps.common.display import age_text, count_text, percent_text
from apps.common.words import Tone
from apps.network.short_names import short_names
from apps.nodes.choices import MOSTLY
from apps.nodes.facts import poll_interval
from apps.nodes.models import PairStatus
from apps.peers.models import Peer
from apps.peers.proof_age import INTERVALS

MOST_NODES = 60
# From here on names are sought by how much a node agrees, not by the alphabet.
MANY = 20
# So many nodes that somebody differs from are named.
NAMED = 5
# Most fields are green, so green is the field without a letter.
LETTERS = {Tone.SAFE: "", Tone.CARE: " class=c", Tone.HARM: " class=h"}
# Of a comparison that is too old to prove anything.
OLD_LETTERS = {Tone.SAFE: " class=x", Tone.CARE: " class=y", Tone.HARM: " class=z"}
# More fields than these with a letter of their own would make the page too heavy.
MOST_SIGNED = 500
Pairs = Mapping[tuple[int | None, int | None], PairStatus]


@dataclass(frozen=True, slots=True)
class Node:
    """``pk`` None: this node itself."""

    pk: int | None
    name: str
    url: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class Line:
    """One node of the list: how it stands with the others, in a sentence."""

    name: str
    url: str
    tone: Tone
    sentence: str


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of the table under one head; ``label`` empty where there are no groups."""

    label: str
    rows: Sequence[SafeString]


@dataclass(frozen=True, slots=True)
class Ages:
    """How fields say when they were compared. ``short``: of many nodes; ``signed``: old ones have a letter."""

    at: dt.datetime
    oldest: dt.datetime
    short: bool
    signed: bool

    def is_old(self, pair: PairStatus) -> bool:
        return pair.last_at is not None and pair.last_at < self.oldest

    def said(self, pair: PairStatus) -> str:
        if pair.last_at is None:
            return ""
        if not self.short:
            return f", {age_text(pair.last_at, self.at)}"
        return f", {_short(max(0, int((self.at - pair.last_at).total_seconds())) // 3600)}"


def _short(hours: int) -> str:
    """At most three letters for as long as anybody cares: ``5h``, ``99d``, ``20w``, ``3y``."""
    days = hours // 24
    if days >= 100:
        weeks = days // 7
        if weeks >= 100:
            return pgettext("short age in years", "%dy") % (days // 365)
        return pgettext("short age in weeks", "%dw") % weeks
    return f"{days}d" if days else f"{hours}h"


@dataclass(frozen=True, slots=True)
class Grid:
    """``heads`` and rows are markup. ``left_out``: nodes that were compared and have no room. ``old``: of the
    ``compared`` fields, those whose comparison is older than ``days`` and proves nothing any more."""

    heads: Sequence[SafeString]
    groups: Sequence[Group]
    lines: Sequence[Line]
    many: bool
    left_out: int
    compared: int
    old: int
    days: int
    signed: bool

    @property
    def ages(self) -> str:
        """What is to be known of ages beside the fields themselves."""
        said = [
            gettext("Pointed at or come to by key, a field says how old its oldest comparison is.")
            if not self.many
            else gettext(
                "Pointed at or come to by key, a field says how old its oldest comparison is, in hours (h), days (d), weeks (w) or years (y)."
            )
        ]
        if self.old:
            old = (
                gettext(
                    "Striped: compared longer than %(days)s days ago, which proves nothing any more: %(old)s of %(all)s."
                )
                if self.signed
                else gettext(
                    "Compared longer than %(days)s days ago, which proves nothing any more: %(old)s of %(all)s; "
                    "so many that their ages alone say it."
                )
            )
            numbers = {"old": self.old, "all": self.compared, "days": self.days}
            said.append(old % {name: count_text(number) for name, number in numbers.items()})
        return " ".join(said)

    @property
    def width(self) -> int:
        return len(self.heads) + 1


def tone_of(agreeing: int, aus: int) -> Tone:
    """Green where all agrees, amber where most does."""
    if agreeing == aus:
        return Tone.SAFE
    return Tone.CARE if agreeing >= MOSTLY * aus else Tone.HARM


def grid() -> Grid | None:
    """Three queries, however many nodes there are; None while nothing was compared."""
    pairs = {(pair.first_id, pair.second_id): pair for pair in PairStatus.objects.all()}
    enabled = {peer.pk: str(peer) for peer in Peer.objects.filter(enabled=True).only("name", "identity")}
    seen = sorted(((-pair.aus, pk) for (first, pk), pair in pairs.items() if first is None and pk in enabled))
    if not seen:
        return None
    shown = [pk for _aus, pk in seen[: MOST_NODES - 1]]
    many = len(shown) >= MANY
    nodes = _in_order(shown, enabled, pairs, many=many)
    fields = [pair for one in nodes for other in nodes if (pair := _pair(pairs, one, other))]
    at, longest = now(), INTERVALS * poll_interval()
    old = sum(pair.last_at is not None and pair.last_at < at - longest for pair in fields)
    ages = Ages(at, at - longest, short=many, signed=old <= MOST_SIGNED)
    shorts = short_names([node.name for node in nodes])
    return Grid(
        heads=[_head(short, node) for short, node in zip(shorts, nodes, strict=True)],
        groups=_groups(nodes, shorts, pairs, ages, many=many),
        lines=[_line(node, nodes, pairs) for node in nodes],
        many=many,
        left_out=len(seen) - len(shown),
        compared=len(fields),
        old=old,
        days=longest.days,
        signed=ages.signed,
    )


def _pair(pairs: Pairs, one: Node, other: Node) -> PairStatus | None:
    return between(pairs, one.pk, other.pk) if one.pk != other.pk else None


def between(pairs: Pairs, one: int | None, two: int | None) -> PairStatus | None:
    """Of two others it does not matter who is first; between us and them who looked does."""
    found = pairs.get((one, two))
    if found is None and one is not None and two is not None:
        found = pairs.get((two, one))
    return found if found is not None and found.aus else None


def _in_order(shown: Sequence[int], names: Mapping[int, str], pairs: Pairs, *, many: bool) -> list[Node]:
    """Ours first. Of many those that agree most come first, so that trouble stands together."""
    shares = {pk: _share(pk, shown, pairs) for pk in shown}
    nodes = [Node(pk, names[pk], f"/peers/{pk}/", _tone_of_share(shares[pk])) for pk in shown]
    nodes.sort(key=lambda node: (-shares[node.pk] if many else 0, node.name.lower(), node.pk))
    ours = _share(None, shown, pairs)
    return [Node(None, settings.NODE.name, "/node/", _tone_of_share(ours)), *nodes]


def _share(one: int | None, shown: Sequence[int], pairs: Pairs) -> float:
    """Which part of all that was compared with it agrees."""
    known = [
        pair
        for other in (None, *shown)
        if other != one and (pair := between(pairs, one, other) or between(pairs, other, one))
    ]
    aus = sum(pair.aus for pair in known)
    return sum(pair.agreeing for pair in known) / aus if aus else 0.0


def _tone_of_share(share: float) -> Tone:
    if share >= 1:
        return Tone.SAFE
    return Tone.CARE if share >= MOSTLY else Tone.HARM


def _head(short: str, node: Node) -> SafeString:
    return format_html(
        '<th scope="col" title="{}"><span aria-hidden="true">{}</span><span class="unseen">{}</span></th>',
        node.name,
        short,
        node.name,
    )


def _groups(
    nodes: Sequence[Node], shorts: Sequence[str], pairs: Pairs, ages: Ages, *, many: bool
) -> list[Group]:
    rows = [
        (node.tone, _row(short, node, nodes, pairs, ages)) for short, node in zip(shorts, nodes, strict=True)
    ]
    if not many:
        return [Group("", [row for _tone, row in rows])]
    labels = {
        Tone.SAFE: lambda n: ngettext("%s agrees in everything", "%s agree in everything", n),
        Tone.CARE: lambda n: ngettext("%s agrees in all but a little", "%s agree in all but a little", n),
        Tone.HARM: lambda n: ngettext("%s differs in much", "%s differ in much", n),
    }
    groups = [Group(gettext("This node"), [rows[0][1]])]
    for tone, label in labels.items():
        found = [row for of, row in rows[1:] if of == tone]
        if found:
            groups.append(Group(label(len(found)) % count_text(len(found)), found))
    return groups


def _row(short: str, node: Node, nodes: Sequence[Node], pairs: Pairs, ages: Ages) -> SafeString:
    head = format_html(
        '<th scope="row"><a href="{}" title="{}">{}</a> <span class="place" aria-hidden="true">{}</span></th>',
        node.url,
        node.name,
        node.name,
        short,
    )
    lacking = "<td class=n>" + escape(gettext("not compared"))
    fields = "".join(_field(node, other, pairs, lacking, ages) for other in nodes)
    return mark_safe(f"<tr>{head}{fields}</tr>")  # noqa: S308 - all parts are escaped


def _field(node: Node, other: Node, pairs: Pairs, lacking: str, ages: Ages) -> str:
    if node.pk == other.pk:
        return "<td class=o>"
    pair = _pair(pairs, node, other)
    if pair is None:
        return lacking
    letters = OLD_LETTERS if ages.signed and ages.is_old(pair) else LETTERS
    return f"<td{letters[tone_of(pair.agreeing, pair.aus)]}>{escape(_said(pair) + ages.said(pair))}"


def _said(pair: PairStatus) -> str:
    if pair.agreeing == pair.aus:
        return gettext("all %s") % count_text(pair.aus)
    return gettext("%(agreeing)s of %(aus)s") % {
        "agreeing": count_text(pair.agreeing),
        "aus": count_text(pair.aus),
    }


def _line(node: Node, nodes: Sequence[Node], pairs: Pairs) -> Line:
    others = [other for other in nodes if other.pk != node.pk]
    known = [(other, pair) for other in others if (pair := between(pairs, node.pk, other.pk))]
    tones = [tone_of(pair.agreeing, pair.aus) for _other, pair in known]
    counts = (
        (tones.count(Tone.SAFE), lambda n: ngettext("all with %s node", "all with %s nodes", n)),
        (
            tones.count(Tone.CARE),
            lambda n: ngettext("all but a little with %s", "all but a little with %s", n),
        ),
    )
    said = [phrase(number) % count_text(number) for number, phrase in counts if number]
    harm = [(other, pair) for (other, pair), tone in zip(known, tones, strict=True) if tone == Tone.HARM]
    harm.sort(key=lambda found: found[1].agreeing / found[1].aus)
    if harm:
        names = ", ".join(
            f"{other.name} ({percent_text(pair.agreeing, pair.aus)})" for other, pair in harm[:NAMED]
        )
        more = len(harm) - NAMED
        names += gettext(" and %d more") % more if more > 0 else ""
        said.append(gettext("differs from %s") % names)
    if lacking := len(others) - len(known):
        said.append(gettext("%s not compared") % count_text(lacking))
    return Line(node.name, node.url, node.tone, ", ".join(said))
