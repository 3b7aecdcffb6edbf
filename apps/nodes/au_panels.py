"""The panels of an AU's page: who agrees, what is in dispute, permission, what it is."""

import datetime as dt
from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from apps.aus.models import Au
from apps.common.display import age_text, day_text, percent_text
from apps.common.lists import Column, Page, cells, small_list
from apps.common.pages import Empty, Fact
from apps.common.parts import status_word
from apps.lockss.lcap.verdict import UrlResult
from apps.nodes.choices import HOPELESS, Block
from apps.nodes.models import AuStatus
from apps.peers.choices import AgreementType
from apps.peers.lists import value_cell
from apps.peers.models import Agreement, NoAuPeer, Peer
from apps.peers.proof_age import is_outdated
from apps.permissions.choices import Policy, Verdict
from apps.permissions.models import Evidence, PublisherAgreement
from apps.permissions.nearest import nearest_of
from apps.permissions.standing import agreement_word
from apps.permissions.words import NOT_ASKED, is_unread, reading_word
from apps.polls.choices import RepairState
from apps.polls.lists import url_page
from apps.polls.models import Poll, Repair, UrlTally
from apps.polls.words import REPAIRS, RESULTS

MOST_DISPUTED = 10
# What another permission page changes.
_OF_THE_PAGE = frozenset(Block) - frozenset(HOPELESS)
_OF_PEER = ("peer__name", "peer__identity")


def agrees(
    au: Au, *, damaged: bool = False, damage_at: dt.datetime | None = None, wrong: bool = False
) -> Page:
    """Per peer: how its copy agreed when it was last compared, and what it told us of ours.

    ``damaged``: ours is not what was written, so that what was compared with it says nothing of others now;
    ``damage_at``: when it was last found so, be it mended since or not; ``wrong``: a landslide was against ours.
    """
    rows: dict[int, dict[str, Agreement]] = {}
    types = (AgreementType.POR, AgreementType.SYMMETRIC_POR, AgreementType.POR_HINT)
    compared = Agreement.objects.filter(au_key=au.pk, type__in=types).select_related("peer")
    for one in compared.only("type", "last", "last_at", *_OF_PEER):
        rows.setdefault(one.peer_id, {})[one.type] = one
    names = {pk: next(iter(found.values())).peer for pk, found in rows.items()}
    lacking = NoAuPeer.objects.filter(au_key=au.pk).select_related("peer").only(*_OF_PEER)
    without = {one.peer_id: one.peer for one in lacking}
    names |= without
    sound = _sound_until(au) if damaged else None
    lines = [
        AgreesRow(names[pk], rows.get(pk, {}), pk in without and pk not in rows, sound, damage_at, wrong)
        for pk in names
    ]
    lines.sort(key=lambda line: str(line.peer).lower())
    return small_list(
        "agrees",
        gettext("Who agrees"),
        (
            Column("peer", _("Node"), lambda line: cells.link(str(line.peer), f"/peers/{line.peer.pk}/")),
            Column("copy", _("Its copy"), lambda line: line.copy),
            Column("told", _("Ours, it says"), lambda line: line.told, priority=2),
        ),
        lines,
        empty=Empty(
            gettext("Compared with nobody yet"),
            gettext("As soon as a poll has been counted, each peer's copy is told here."),
        ),
    )


def _sound_until(au: Au) -> dt.datetime:
    """Up to when comparisons were with a copy that a poll proved; before all of them where none did."""
    last = getattr(au, "poll_status", None)
    if last is None or last.last_complete_at is None or (last.agreement or 0) < 1:
        return dt.datetime.min.replace(tzinfo=dt.UTC)
    return last.last_complete_at + dt.timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class AgreesRow:
    """``sound_until``: None while ours is not damaged."""

    peer: Peer
    by_type: dict[str, Agreement]
    lacks: bool
    sound_until: dt.datetime | None = None
    damage_at: dt.datetime | None = None
    wrong: bool = False

    @property
    def seen(self) -> Agreement | None:
        """The newest comparison that this node made itself."""
        ours = [self.by_type.get(AgreementType.POR), self.by_type.get(AgreementType.SYMMETRIC_POR)]
        return max((one for one in ours if one), key=lambda one: one.last_at, default=None)

    @property
    def copy(self):
        if seen := self.seen:
            age = age_text(seen.last_at)
            if seen.last >= 1 and (self.sound_until is not None or is_outdated(seen.last_at, self.damage_at)):
                held = gettext("before the damage here")
            elif seen.last >= 1 and self.wrong:
                held = gettext("equal to ours, which is wrong")
            elif self.sound_until is None or seen.last_at <= self.sound_until:
                return value_cell(seen.last, age, at=seen.last_at)
            else:
                held = gettext("not comparable until ours is repaired")
            return cells.text(percent_text(seen.last, 1), f"{age}, {held}")
        return cells.text(gettext("does not hold it") if self.lacks else gettext("not compared"))

    @property
    def told(self):
        hint = self.by_type.get(AgreementType.POR_HINT)
        return cells.text(percent_text(hint.last, 1), age_text(hint.last_at)) if hint else cells.text("–")


def dispute(au: Au, last: Poll | None) -> Page | None:
    """URLs that the ``last`` quorate poll did not settle in our favour; None where there are none."""
    if last is None or not _left_any(last):
        return None
    settled = (UrlResult.WON, UrlResult.LOST_POLLER_ONLY)
    open_ones = UrlTally.objects.filter(poll=last).exclude(final_result__in=settled)
    rows = list(open_ones.order_by("id")[:MOST_DISPUTED])
    if not rows:
        return None
    repairs = {bytes(r.url_digest): r for r in Repair.objects.filter(poll=rows[0].poll_id)}
    return small_list(
        "open-dispute",
        gettext("In dispute"),
        (
            Column("url", _("URL"), lambda row: cells.code(row.url, url_page(au.slug, row.url))),
            Column("found", _("Found"), lambda row: cells.status(RESULTS[UrlResult(row.result)])),
            Column(
                "votes", _("Votes with us"), lambda row: cells.text(_share(row)), numeric=True, priority=2
            ),
            Column(
                "repair", _("Repair"), lambda row: _repair(repairs.get(bytes(row.url_digest))), priority=2
            ),
        ),
        rows,
    )


def _left_any(poll: Poll) -> bool:
    """False where its numbers say that there is nothing to look for; ``outvoted`` as the story has it."""
    return bool(poll.too_close or poll.no_quorum or getattr(poll, "outvoted", 1))


def _share(row: UrlTally) -> str:
    return gettext("%(with)d of %(all)d") % {"with": row.agreed, "all": row.agreed + row.disagreed}


def _repair(repair: Repair | None):
    if repair is None:
        return cells.text("–")
    word = REPAIRS[RepairState(repair.phase)]
    return cells.toned(word.tone, str(word.label), href=f"/repairs/{repair.pk}/")


def permission(
    au: Au, row: AuStatus, *, agreements: list[PublisherAgreement], enters: bool = False
) -> list[Fact]:
    """What the network demands, and what is held against it. ``agreements``: those that cover it; ``enters``: for
    somebody who may enter agreements."""
    facts = []
    evidence = getattr(getattr(au, "permission", None), "evidence_id", None)
    # Why it is blocked stands beside its word, at the top.
    if ways := _ways_out(au, row, evidence, enters=enters):
        facts.append(Fact(gettext("What helps"), ways))
    if row.block == Block.NO_STATEMENT and evidence is not None and (near := nearest_of(evidence)):
        facts.append(Fact(gettext("Nearly right"), near))
    policy = Policy(settings.NODE.permission_policy)
    if policy != Policy.WRITTEN:
        facts.append(Fact(gettext("Statement"), _statement(au)))
    # What is not demanded is told if it is there: a signed no counts under every policy.
    if policy != Policy.MACHINE or agreements:
        facts.append(Fact(pgettext("contract", "Agreement"), _agreements(agreements)))
    facts.append(Fact(gettext("Demanded"), str(policy.label)))
    return facts


def _ways_out(au: Au, row: AuStatus, evidence: int | None, *, enters: bool) -> SafeString | str:
    """What somebody can do against what forbids its collection; empty where nothing on these pages helps."""
    ways = []
    if row.block in _OF_THE_PAGE:
        url = Evidence.objects.filter(pk=evidence).values_list("url", flat=True).first() if evidence else None
        query = f"?{urlencode({'url': url})}" if url else ""
        ways.append((f"/permissions/test/{query}", gettext("Try the page now")))
        query = f"?{urlencode({'title': au.title_id})}" if au.title_id else ""
        ways.append((f"/permissions/manifest/{query}", gettext("Write such a page")))
    if enters and row.block == Block.NO_AGREEMENT:
        query = urlencode({"publisher": au.publisher_id or ""})
        ways.append((f"/permissions/agreements/new/?{query}", gettext("Enter an agreement")))
    return format_html_join(" · ", '<a href="{}">{}</a>', ways)


def _statement(au: Au) -> SafeString:
    found = getattr(au, "permission", None)
    if found is None or found.verdict == Verdict.UNKNOWN:
        return status_word(NOT_ASKED)
    word = reading_word(found.verdict, found.reason)
    when = day_text(found.checked_at)
    if found.evidence_id is None:
        return format_html("{} {}", status_word(word), when)
    return format_html(
        '{} {}, <a href="/permissions/evidence/{}/">{}</a>',
        status_word(word),
        when,
        found.evidence_id,
        gettext("what was asked")
        if is_unread(found.verdict, found.reason)
        else gettext("the page as it stood"),
    )


def _agreements(found: list[PublisherAgreement]) -> SafeString | str:
    if not found:
        return gettext("none covers it")
    return format_html_join(
        SafeString("<br>"),
        '{} <a href="/permissions/agreements/{}/">{}</a>{}',
        [
            (
                status_word(agreement_word(one)),
                one.pk,
                one.name,
                gettext(", to %s") % day_text(one.ends) if one.ends else "",
            )
            for one in found
        ],
    )
