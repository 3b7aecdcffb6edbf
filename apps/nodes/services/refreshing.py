"""Keeps ``AuStatus`` rows true: at once after an act, by the scan for everything else.

The scan looks at AUs that are new, that have open work or had when it looked last, that anything was written
about since, and at a slice of those it has not looked at for longest, because a proof ages without any row.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Exists, F, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from apps.aus.models import Au, Selection
from apps.common.clock import node_day, now
from apps.common.few import any_of
from apps.common.findings import close_findings
from apps.common.parts import MOST_SPINES, CopyState
from apps.common.prepared import Prepared
from apps.common.stored import in_english
from apps.crawls.choices import CrawlState
from apps.crawls.models import Crawl, CrawlStatus
from apps.crawls.services import collect_now, look_again
from apps.nodes import facts as fact_rows
from apps.nodes.choices import AuWord, Block, Tally
from apps.nodes.models import AuStatus, Count
from apps.nodes.replicas import OURS, members, replicas
from apps.nodes.status import Facts, Standing, judge
from apps.nodes.stored_reasons import DEACTIVATED
from apps.peers.models import Agreement
from apps.permissions.models import Permission, PublisherAgreement
from apps.plugins.models import Plugin
from apps.polls.models import Poll, PollStatus, Repair
from apps.repository.models import AuSummary

BATCH = 500
# One scan stays short; what it leaves is older than what it took, so the next one begins with it.
MOST = 10_000
SLICE = 2_000
# Rows may be committed after the moment that stands in them.
OVERLAP = dt.timedelta(seconds=30)
# The same for one agreement, between what stands in its row and its commit.
SETTLED = dt.timedelta(seconds=2)
UNWRITTEN = (Block.NO_AGREEMENT, Block.AGREEMENT_ENDED, Block.RIGHT_DENIED)
# A proof ages without any row.
LONGEST = dt.timedelta(hours=1)
_NEVER = dt.datetime(9999, 1, 1, tzinfo=dt.UTC)
_STARTED = now()
# Moments at which something was written about an AU, by the field that holds its key.
_WRITTEN_AT = (
    (Au, "pk", ("updated_at",)),
    (CrawlStatus, "au_id", ("last_end_at", "last_start_at")),
    (PollStatus, "au_id", ("last_end_at", "last_attempt_at")),
    (AuSummary, "au_key_id", ("last_write_at", "last_check_at", "last_damage_at")),
    (Permission, "au_id", ("checked_at",)),
)
# Of these its page has the row, under this name of the AU's.
_OF_THE_PAGE = {CrawlStatus: "crawl_status", PollStatus: "poll_status", Permission: "permission"}
LETTERS = {state: str(state)[0] for state in CopyState}
_WRITTEN = [field.name for field in AuStatus._meta.concrete_fields if not field.primary_key]  # noqa: SLF001


def refresh(*, keys: Iterable[int]) -> int:
    """Judge these AUs anew; returns how many there were."""
    done = 0
    for some in _batches(sorted(set(keys))):
        fields = ("pk", "word", "changed_at", "block")
        known = {
            pk: (word, changed_at, block)
            for pk, word, changed_at, block in AuStatus.objects.filter(pk__in=some).values_list(*fields)
        }
        at, member_of = now(), members()
        rows = []
        for facts in fact_rows.gather(some):
            with in_english():
                standing = judge(facts, now=at, poll_interval=fact_rows.poll_interval())
            word, changed_at, _block = known.get(facts.au_id, ("", at, ""))
            rows.append(_row(facts, standing, at, changed_at if word == standing.word else at, member_of))
        AuStatus.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["au"], update_fields=_WRITTEN
        )
        # What only waited for a written agreement does not wait for its next date as well.
        waited = {pk for pk, (_word, _at, block) in known.items() if block in UNWRITTEN}
        now_free = [row.au_id for row in rows if row.au_id in waited and _may_be_collected(row)]
        if now_free:
            collect_now(keys=now_free)
        _follow_states(rows, {pk for pk, (word, _at, _block) in known.items() if word == AuWord.DEACTIVATED})
        done += len(rows)
    return done


def _follow_states(rows: Sequence[AuStatus], were_out: set[int]) -> None:
    """Nobody can act on what was found about collecting and polling what is deactivated; of what is back, it is looked
    for anew. What is wrong with stored bytes stays: they are kept."""
    out = [row.au_id for row in rows if row.word == AuWord.DEACTIVATED]
    if out:
        slugs = Au.objects.filter(pk__in=out).values_list("slug", flat=True)
        close_findings(subjects=[f"au:{slug}" for slug in slugs], apps=("crawls", "polls"), why=DEACTIVATED)
    if back := [row.au_id for row in rows if row.au_id in were_out and row.word != AuWord.DEACTIVATED]:
        look_again(keys=back)


def _may_be_collected(row: AuStatus) -> bool:
    return row.block not in UNWRITTEN and row.word != AuWord.DEACTIVATED


def _row(
    facts: Facts, standing: Standing, at: dt.datetime, changed_at: dt.datetime, member_of: Mapping[int, int]
) -> AuStatus:
    agreeing = [copy.peer_id for copy in facts.peers if copy.state == CopyState.AGREED]
    agreeing += [OURS] * (standing.own == CopyState.AGREED)
    states = [standing.own, *(copy.state for copy in facts.peers)]
    spines = [[0, LETTERS[standing.own]], *([copy.peer_id, LETTERS[copy.state]] for copy in facts.peers)]
    return AuStatus(
        au_id=facts.au_id,
        word=standing.word,
        reason=standing.reason,
        care=standing.care,
        block=facts.block,
        block_reason=facts.block_reason,
        busy=facts.busy,
        agreeing=len(agreeing),
        replicas=replicas(agreeing, member_of),
        known=len(states),
        copies=spines if len(spines) <= MOST_SPINES else _counted(states),
        agreement=facts.agreement,
        urls=facts.urls,
        size=facts.size,
        last_crawl_at=facts.last_crawl_at,
        last_proof_at=facts.proved_at,
        changed_at=changed_at,
        refreshed_at=at,
    )


def _counted(states: Sequence[CopyState]) -> list[list]:
    """Many copies are drawn as a bar, which needs no names: [how many, letter]."""
    return [[states.count(state), LETTERS[state]] for state in CopyState if state in states]


def scan() -> int:
    """Refresh what may have changed since the last scan; returns how many AUs were looked at."""
    began = now()
    last = Count.objects.filter(pk=Tally.SCANNED).first()
    keys: set[int] = set()
    for some in _suspects(last.at - OVERLAP if last else None):
        keys.update(some)
        if len(keys) >= MOST:
            break
    keys.update(AuStatus.objects.order_by("refreshed_at").values_list("pk", flat=True)[:SLICE])
    done = refresh(keys=keys)
    Count.objects.update_or_create(key=Tally.SCANNED, defaults={"value": done, "at": began})
    return done


def _suspects(since: dt.datetime | None) -> Iterator[list[int]]:
    """Keys of AUs by what makes them suspect; each query reads at most ``MOST`` rows of one narrow table."""
    yield list(Au.objects.filter(standing__isnull=True).order_by("pk").values_list("pk", flat=True)[:MOST])
    yield list(AuStatus.objects.filter(busy=True).values_list("pk", flat=True)[:MOST])
    yield list(Crawl.objects.exclude(state=CrawlState.DONE).values_list("au_id", flat=True)[:MOST])
    yield list(Poll.objects.filter(ended_at__isnull=True).values_list("au_id", flat=True)[:MOST])
    yield list(Repair.objects.filter(ended_at__isnull=True).values_list("au_id", flat=True)[:MOST])
    if since is None:
        return
    for model, key, fields in _WRITTEN_AT:
        for field in fields:
            rows = model.objects.filter(**{f"{field}__gte": since})
            yield list(rows.values_list(key, flat=True)[:MOST])
    changed = _changed_agreements(since).values("publisher")
    yield list(Au.objects.filter(publisher__in=changed).values_list("pk", flat=True)[:MOST])


def _changed_agreements(
    since: dt.datetime, day: dt.date | None = None, today: dt.date | None = None
) -> QuerySet[PublisherAgreement]:
    """Also those that begin with a day that came since."""
    begun = Q(starts__gt=day or node_day(since), starts__lte=today or node_day(now()))
    return PublisherAgreement.objects.filter(Q(updated_at__gte=since) | begun)


def catch_up() -> None:
    """For a list that is looked at right after somebody chose AUs: what was chosen since the last scan."""
    scanned = Count.objects.filter(pk=Tally.SCANNED).values("at")
    newest = Selection.objects.annotate(scanned=Subquery(scanned)).order_by("-id").first()
    last = newest.scanned if newest else None
    ended = newest.finished_at if newest else None
    if newest is None or (last is not None and ended is not None and ended < last - OVERLAP):
        return
    missing = Au.objects.filter(standing__isnull=True).order_by("pk").values_list("pk", flat=True)
    acted = newest.results.exclude(au=None).values_list("au_id", flat=True)
    refresh(keys=[*missing[:BATCH], *acted[:BATCH]])


@dataclass(frozen=True, slots=True)
class Judging:
    """Of the AUs of publishers whose agreements have changed, how many are judged since."""

    done: int
    of: int


def catch_up_permissions() -> Judging | None:
    """For pages that tell what may be collected: what was just chosen, and what an agreement's change concerns."""
    if _is_quiet():
        return None
    catch_up()
    return catch_up_agreements()


def _is_quiet() -> bool:
    """Whether both have nothing to do, asked at once: no selection ended and no agreement changed since the scan."""
    return any(
        all(moment is None or moment < scanned - OVERLAP for moment in changes)
        for scanned, *changes in _CHANGES.rows()
    )


def _changes() -> QuerySet:
    chosen = Selection.objects.order_by("-id").values(ended=Coalesce("finished_at", Value(_NEVER)))
    agreed = PublisherAgreement.objects.order_by("-updated_at").values("updated_at")
    return Count.objects.filter(pk=Tally.SCANNED).values_list(
        "at", Subquery(chosen[:1]), Subquery(agreed[:1])
    )


_CHANGES = Prepared(_changes)


def catch_up_agreements() -> Judging | None:
    """Judges what an agreement's change may concern, ``BATCH`` AUs for
    each look. None: nothing is left to judge."""
    scanned = Subquery(Count.objects.filter(pk=Tally.SCANNED).values("at"))
    newest = PublisherAgreement.objects.annotate(scanned=scanned).order_by("-updated_at")
    found = newest.values_list("updated_at", "scanned").first()
    if found is None or found[0] < (since := (found[1] or _STARTED) - OVERLAP):
        return None
    changed = PublisherAgreement.objects.filter(updated_at__gte=since)
    agreements = "au__publisher__agreements__updated_at"
    behind = AuStatus.objects.filter(
        **{f"{agreements}__gte": since, f"{agreements}__gt": F("refreshed_at") - SETTLED}
    )
    keys = behind.order_by("pk").values_list("pk", flat=True).distinct()
    some = list(keys[:BATCH])
    refresh(keys=some)
    if len(some) < BATCH or not (left := keys.count()):
        return None
    of = Au.objects.filter(publisher__in=changed.values("publisher"), standing__isnull=False).count()
    return Judging(of - left, of)


def current(au: Au) -> AuStatus:
    """The row of one AU as it is now, for its page: judged anew if something was written about it since."""
    row = AuStatus.objects.filter(pk=au.pk).first()
    if row is None or _is_behind(au, row):
        refresh(keys=[au.pk])
        return AuStatus.objects.get(pk=au.pk)
    return row


def _is_behind(au: Au, row: AuStatus) -> bool:
    at, since = now(), row.refreshed_at - OVERLAP
    # What is young may have missed rows that were just being committed, what is old has aged; settings come with a start.
    if row.busy or row.refreshed_at < max(_STARTED, at - LONGEST) or row.refreshed_at > at - OVERLAP:
        return True
    if au.listed is not None and au.listed.changed_at >= since:
        return True
    return _was_written(au, since) or _was_written_about(au, since)


def _was_written(au: Au, since: dt.datetime) -> bool:
    """What the scan would look for, in rows that the AU's page shows anyway."""
    rows = {Au: au, **{model: getattr(au, name, None) for model, name in _OF_THE_PAGE.items()}}
    written = (
        getattr(rows[model], field, None)
        for model, _key, fields in _WRITTEN_AT
        if model in rows
        for field in fields
    )
    return any(moment is not None and moment >= since for moment in written)


def _was_written_about(au: Au, since: dt.datetime) -> bool:
    """What else the scan would look for, and open work, what peers said, the plugin: in one query."""
    days = node_day(since), node_day(now())
    return any(_ABOUT.rows(au.pk, since, au.publisher_id, au.plugin_id, *days)[0])


def _about(
    au: int, since: dt.datetime, publisher: int, plugin: str, day: dt.date, today: dt.date
) -> QuerySet:
    asked = [
        model.objects.filter(any_of(Q(**{f"{field}__gte": since}) for field in fields), **{key: au})
        for model, key, fields in _WRITTEN_AT
        if model is not Au and model not in _OF_THE_PAGE
    ]
    asked += [
        Crawl.objects.filter(au=au).exclude(state=CrawlState.DONE),
        Poll.objects.filter(au=au, ended_at__isnull=True),
        Repair.objects.filter(au=au).filter(Q(ended_at__isnull=True) | Q(ended_at__gte=since)),
        Agreement.objects.filter(au_key=au, last_at__gte=since),
        _changed_agreements(since, day, today).filter(publisher=publisher),
        Plugin.objects.filter(plugin_id=plugin, updated_at__gte=since),
    ]
    return Au.objects.filter(pk=au).values_list(*(Exists(rows) for rows in asked))


_ABOUT = Prepared(
    _about,
    *(-77, dt.datetime(1977, 7, 7, tzinfo=dt.UTC), -78, "a plugin", dt.date(1977, 7, 8), dt.date(1977, 7, 9)),
)


def _batches(keys: Sequence[int]) -> Iterator[list[int]]:
    for start in range(0, len(keys), BATCH):
        yield list(keys[start : start + BATCH])
