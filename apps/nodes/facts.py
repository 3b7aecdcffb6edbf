"""Gathers what ``status.judge`` asks about AUs, for a batch of them with a dozen queries."""

import datetime as dt
from collections.abc import Mapping, Sequence

from django.conf import settings
from django.db.models import Count

from apps.aus.choices import AuState
from apps.aus.models import Au
from apps.common.clock import now
from apps.crawls.choices import CrawlKind, CrawlState
from apps.crawls.models import Crawl
from apps.lockss.frontier import CrawlOutcome
from apps.lockss.lcap.poll_codes import PollStatus
from apps.nodes import copies
from apps.nodes.choices import Block
from apps.nodes.status import Facts
from apps.peers.models import NoAuPeer, Peer
from apps.peers.proof_age import INTERVALS
from apps.permissions.choices import Reason
from apps.permissions.services import Decision, decide_many
from apps.plugins.models import Plugin
from apps.polls.models import Poll, Repair
from apps.polls.outcome import Turnout
from apps.titles.choices import DOWN


def poll_interval() -> dt.timedelta:
    return dt.timedelta(seconds=settings.NODE.poll_interval)


def gather(keys: Sequence[int]) -> list[Facts]:
    """The facts of the AUs with these keys, as they are now."""
    aus = list(
        Au.objects.filter(pk__in=keys)
        .select_related("publisher", "listed", "key__summary", "crawl_status", "poll_status")
        .order_by("pk")
    )
    found = [au.pk for au in aus]
    crawls = _open_crawls(found)
    polling = set(Poll.objects.filter(au__in=found, ended_at__isnull=True).values_list("au_id", flat=True))
    compared = copies.compared(found)
    unequal = [
        au.pk
        for au in aus
        if _agreement(au) not in (None, 1.0)
        or any(one.value < 1 for one in compared.get(au.pk, ()))
        or _damaged(au)
    ]
    polls = copies.last_polls(unequal)
    turnouts, proofs = _turnouts(aus, polls), _proofs(aus)
    repairs = _repairs(found)
    decisions = decide_many([au.pk for au in aus if au.state == AuState.SELECTED])
    plugins = _plugins(aus)
    lacking = _lacking([au.pk for au in aus if _poll_failed(au)])
    others = Peer.objects.filter(enabled=True).count() if lacking else 0
    at, fresh = now(), INTERVALS * poll_interval()
    return [
        _facts(
            au,
            crawl=crawls.get(au.pk, ""),
            polling=au.pk in polling,
            poll=polls.get(au.pk),
            turnout=turnouts.get(au.pk),
            repairs=repairs.get(au.pk, (0, 0)),
            decision=decisions.get(au.pk),
            plugin=plugins.get(au.plugin_id),
            lacking=(lacking.get(au.pk, 0), others),
            proved_at=proofs.get(au.pk),
            peers=copies.peer_copies(
                compared.get(au.pk, ()),
                polls.get(au.pk),
                now=at,
                fresh=fresh,
                damaged=_damaged(au),
                damage_at=_damage_at(au),
            ),
        )
        for au in aus
    ]


def _open_crawls(keys: list[int]) -> dict[int, str]:
    rows = Crawl.objects.filter(au__in=keys, kind=CrawlKind.NEW_CONTENT).exclude(state=CrawlState.DONE)
    return {
        au: "running" if state == CrawlState.RUNNING else "waiting"
        for au, state in rows.values_list("au_id", "state")
    }


def _repairs(keys: list[int]) -> dict[int, tuple[int, int]]:
    """Open repairs, and failed ones of the newest poll that wanted any, by AU."""
    open_ones = dict(
        Repair.objects.filter(au__in=keys, ended_at__isnull=True)
        .values_list("au_id")
        .annotate(n=Count("id"))
        .order_by()
    )
    newest = Repair.objects.filter(au__in=keys).order_by("au_id", "-id").distinct("au_id")
    polls = list(newest.values_list("poll_id", flat=True))
    failed = dict(
        Repair.objects.filter(poll__in=polls, phase="failed")
        .values_list("au_id")
        .annotate(n=Count("id"))
        .order_by()
    )
    return {key: (open_ones.get(key, 0), failed.get(key, 0)) for key in {*open_ones, *failed}}


def _turnouts(aus: Sequence[Au], polls: Mapping[int, copies.LastPoll]) -> dict[int, Turnout]:
    """Of AUs whose last poll had no landslide against us and less than 100 %: who voted in it."""
    unsettled = {
        au.pk: polls[au.pk].pk
        for au in aus
        if au.pk in polls and not polls[au.pk].differing and _agreement(au) not in (None, 1.0)
    }
    counted = Turnout.of(unsettled.values()) if unsettled else {}
    return {key: counted[poll] for key, poll in unsettled.items()}


def _proofs(aus: Sequence[Au]) -> dict[int, dt.datetime | None]:
    """When each was proved last. Only where the last counted poll proved less is an earlier one looked for."""
    found = {au.pk: au.poll_status.last_complete_at for au in aus if _agreement(au) == 1.0}
    others = [au.pk for au in aus if _agreement(au) not in (None, 1.0)]
    return {**found, **(copies.last_proofs(others) if others else {})}


def _poll_failed(au: Au) -> bool:
    polled = getattr(au, "poll_status", None)
    return polled is not None and polled.last_status not in (None, PollStatus.COMPLETE)


def _lacking(keys: list[int]) -> dict[int, int]:
    """How many peers said that they do not hold it, by AU."""
    if not keys:
        return {}
    rows = NoAuPeer.objects.filter(au_key__in=keys, peer__enabled=True).order_by()
    return dict(rows.values_list("au_key_id").annotate(n=Count("pk")))


def _damaged(au: Au) -> bool:
    summary = getattr(au.key, "summary", None)
    return summary is not None and bool(summary.damaged or summary.missing)


def _damage_at(au: Au) -> dt.datetime | None:
    summary = getattr(au.key, "summary", None)
    return summary.last_damage_at if summary is not None else None


def _agreement(au: Au) -> float | None:
    status = getattr(au, "poll_status", None)
    return status.agreement if status is not None else None


def _block(au: Au, decision: Decision, plugin: Plugin | None) -> tuple[str, str]:
    """Code and sentence of what forbids or prevents collection; that nobody has asked yet prevents nothing."""
    if not decision.allowed and decision.reason != Reason.NOT_CHECKED:
        code = decision.reason if decision.reason in Block.values else Block.FETCH_FAILED
        return str(code), decision.sentence
    crawl = getattr(au, "crawl_status", None)
    if crawl is None or crawl.last_outcome != CrawlOutcome.PLUGIN_ERROR:
        return "", ""
    block = _platform_block(au, plugin)
    # What is here of a publisher that is gone is what preserving is for: nothing has to be done about it.
    if block == Block.PUBLISHER_DOWN and crawl.last_success_at:
        return "", ""
    return block, crawl.last_reason


def _platform_block(au: Au, plugin: Plugin | None) -> Block:
    """Why the crawler could not make anything of it; in the order of ``aus.definitions.collect_ability``."""
    if plugin is None:
        return Block.PLATFORM_MISSING
    if plugin.usable and not plugin.can_collect:
        return Block.CODE_MISSING
    down = au.listed is not None and au.listed.status in DOWN
    return Block.PUBLISHER_DOWN if plugin.usable and down else Block.PLATFORM


def _plugins(aus: Sequence[Au]) -> dict[str, Plugin]:
    """Of those that the crawler could not make anything of."""
    ids = {au.plugin_id for au in aus if _outcome(au) == CrawlOutcome.PLUGIN_ERROR}
    if not ids:
        return {}
    rows = Plugin.objects.filter(plugin_id__in=ids, current=True)
    return {row.plugin_id: row for row in rows.only("plugin_id", "usable", "can_collect")}


def _outcome(au: Au) -> str:
    crawl = getattr(au, "crawl_status", None)
    return crawl.last_outcome if crawl is not None else ""


def _facts(
    au: Au,
    *,
    crawl: str,
    polling: bool,
    poll: copies.LastPoll | None,
    turnout: Turnout | None,
    repairs: tuple[int, int],
    decision: Decision | None,
    plugin: Plugin | None,
    lacking: tuple[int, int],
    proved_at: dt.datetime | None,
    peers: list,
) -> Facts:
    crawled = getattr(au, "crawl_status", None)
    polled = getattr(au, "poll_status", None)
    summary = getattr(au.key, "summary", None)
    active = au.state == AuState.SELECTED
    collected = bool(crawled and crawled.last_success_at)
    block, sentence = _block(au, decision, plugin) if decision else ("", "")
    return Facts(
        au_id=au.pk,
        active=active,
        crawl=crawl,
        collected=collected,
        last_crawl_at=crawled.last_success_at if crawled else None,
        crawl_reason=crawled.last_reason if crawled else "",
        crawl_failures=crawled.failures_in_row if crawled else 0,
        block=block,
        block_reason=sentence,
        polling=polling,
        agreement=polled.agreement if polled else None,
        proved_at=proved_at,
        differing=poll.differing if poll else 0,
        undecided=poll.undecided if poll else 0,
        unsettled=turnout is not None,
        voted_for=turnout.compared - turnout.differing if turnout else 0,
        voted_against=turnout.differing if turnout else 0,
        last_poll_failed=_poll_failed(au),
        lacking=lacking[0],
        others=lacking[1],
        poll_blocked=polled.blocked if polled else "",
        repairs=repairs[0],
        failed_repairs=repairs[1],
        urls=summary.urls if summary else 0,
        size=summary.current_size if summary else 0,
        damaged=summary.damaged if summary else 0,
        missing=summary.missing if summary else 0,
        damage_at=_damage_at(au),
        peers=tuple(peers),
    )
