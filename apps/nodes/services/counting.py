"""Numbers for the pages, counted by the scan: over summary rows, or as seldom as they cost much."""

import datetime as dt
import time

from django.db import connection, transaction
from django.db.models import Count as CountOf
from django.db.models import Q, Sum
from django.utils import timezone

from apps.common.clock import now
from apps.common.prepared import Prepared
from apps.nodes.choices import AuWord, Care, Tally, care_key, word_key
from apps.nodes.models import AuStatus, Count, PairStatus, PollDay
from apps.nodes.services import standing
from apps.peers.choices import AgreementType
from apps.peers.models import Peer
from apps.polls import outcome
from apps.polls.models import Poll

DAYS = 30
# What took a second is not done again for this many seconds.
PAUSE_FACTOR = 30
# So few are counted whenever somebody looks.
CHEAP_AUS = 20_000
# More nodes than this are no matrix that anybody reads.
MOST_PEERS = 59

_SEEN = """
SELECT DISTINCT ON (a.au_key_id, a.peer_id) a.au_key_id, a.peer_id, a.last, a.last_at
FROM peers_agreement a WHERE a.type = ANY(%s) ORDER BY a.au_key_id, a.peer_id, a.last_at DESC
"""
# Where our copy is damaged or lost a poll, comparisons with it say nothing of others until it is repaired.
_WRONG_HERE = """
SELECT au_key_id FROM repository_ausummary WHERE damaged > 0 OR missing > 0
UNION SELECT au_id FROM nodes_austatus WHERE word = 'differs'
"""
# Of what is mended since, what was compared before the damage holds no more.
_OUTDATED = """
SELECT 1 FROM repository_ausummary d WHERE d.au_key_id = s.au_key_id AND d.last_damage_at > s.last_at
"""
# A field is as old as its oldest comparison. Of what is deactivated none is made any more, so it ages nothing.
_OLDEST = """coalesce(min({0}) FILTER (WHERE {1} NOT IN (
SELECT au_id FROM nodes_austatus WHERE word = 'deactivated')), max({0}))"""
_OURS = f"""
SELECT peer_id, count(*), count(*) FILTER (WHERE last >= 1), {_OLDEST.format("last_at", "au_key_id")} FROM ({_SEEN}) s
WHERE au_key_id NOT IN ({_WRONG_HERE}) AND NOT EXISTS ({_OUTDATED}) GROUP BY peer_id
"""  # noqa: S608 - constants only
# What they said of ours before it went bad holds no more.
_TOLD = f"""
SELECT peer_id, count(*), count(*) FILTER (WHERE last >= 1), {_OLDEST.format("last_at", "au_key_id")} FROM ({_SEEN}) s
WHERE last < 1 OR (au_key_id NOT IN ({_WRONG_HERE}) AND NOT EXISTS ({_OUTDATED})) GROUP BY peer_id
"""  # noqa: S608 - constants only
# Two copies that both equal ours equal each other; one that does and one that does not are different. Of two that
# do not, nothing is known.
_OTHERS = f"""
WITH s AS MATERIALIZED ({_SEEN})
SELECT x.peer_id, y.peer_id, count(*), count(*) FILTER (WHERE x.last >= 1 AND y.last >= 1),
       {_OLDEST.format("least(x.last_at, y.last_at)", "x.au_key_id")}
FROM s x JOIN s y ON x.au_key_id = y.au_key_id AND x.peer_id < y.peer_id
WHERE (x.last >= 1 OR y.last >= 1) AND ((x.last >= 1 AND y.last >= 1) OR x.au_key_id NOT IN ({_WRONG_HERE}))
  AND x.peer_id = ANY(%s) AND y.peer_id = ANY(%s)
GROUP BY x.peer_id, y.peer_id
"""  # noqa: S608 - constants only


def count_all() -> None:
    """Everything a page shows as a number, as of now."""
    count_aus()
    count_days()
    count_pairs()
    standing.count_scopes()


def count_aus() -> None:
    at = now()
    found = AuStatus.objects.aggregate(
        **{
            Tally.AUS: CountOf("pk", filter=standing.ACTIVE),
            Tally.PRESERVED: CountOf("pk", filter=standing.preserved()),
            Tally.COLLECTED: CountOf("pk", filter=standing.HERE),
            Tally.FEW_COPIES: CountOf("pk", filter=standing.few_copies()),
            Tally.CARE: CountOf("pk", filter=Q(care__gt=0)),
            Tally.OPEN_EQUAL: CountOf("pk", filter=Q(word=AuWord.UNSETTLED, agreeing__gt=0)),
            # In this order: what bears the name of a column hides it from what comes after.
            Tally.SIZE_KEPT: Sum("size", filter=~standing.ACTIVE, default=0),
            Tally.SIZE: Sum("size", filter=standing.HERE, default=0),
            Tally.URLS: Sum("urls", filter=standing.HERE, default=0),
        }
    )
    for word in AuWord:
        found[word_key(word)] = 0
    for word, number in AuStatus.objects.values_list("word").annotate(n=CountOf("pk")).order_by():
        found[word_key(word)] = number
    found |= dict.fromkeys(map(care_key, Care), 0)
    for care, number in AuStatus.objects.values_list("care").annotate(n=CountOf("pk")).order_by():
        found[care_key(Care(care))] = number
    found |= _medians()
    write({str(key): int(value) for key, value in found.items()}, at)


def _medians() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY last_proof_at), min(last_proof_at), percentile_disc(0.5) "
            "WITHIN GROUP (ORDER BY agreeing) FILTER (WHERE urls > 0) FROM nodes_austatus WHERE word <> %s",
            [AuWord.DEACTIVATED],
        )
        proof, oldest, copies = cursor.fetchone()
    return {
        Tally.MEDIAN_PROOF: int(proof.timestamp()) if proof else 0,
        Tally.OLDEST_PROOF: int(oldest.timestamp()) if oldest else 0,
        Tally.MEDIAN_COPIES: copies or 0,
    }


def write(found: dict[str, int], at: dt.datetime | None = None) -> None:
    """Keep numbers by their keys. ``at``: when counting began; what was written since may not be in it."""
    at = at or now()
    Count.objects.bulk_create(
        [Count(key=key, value=value, at=at) for key, value in found.items()],
        update_conflicts=True,
        unique_fields=["key"],
        update_fields=["value", "at"],
    )


_ALL = Prepared(lambda: Count.objects.values_list("key", "value", "at"))


def number(key: str) -> int:
    """One of ``numbers``; 0 before the first scan."""
    _follow(Count.objects.filter(pk=Tally.AUS).values_list("value", "at").first())
    return Count.objects.filter(pk=key).values_list("value", flat=True).first() or 0


def numbers() -> dict[str, int]:
    """All of them. Numbers about AUs follow the rows that a page shows beside them, as far as counting is cheap."""
    known = {key: (value, at) for key, value, at in _ALL.rows()}
    if _follow(known.get(Tally.AUS)):
        return dict(Count.objects.values_list("key", "value"))
    return {key: value for key, (value, _at) in known.items()}


def _follow(counted: tuple[int, dt.datetime] | None) -> bool:
    """Whether AUs were counted anew, because one was judged since (``counted``: how many, when the last time began);
    where there are many, the scan does it."""
    if counted is not None and counted[0] > CHEAP_AUS:
        return False
    newest = AuStatus.objects.order_by("-refreshed_at").values_list("refreshed_at", flat=True).first()
    if newest is None or (counted is not None and newest < counted[1]):
        return False
    count_aus()
    return True


def count_days() -> None:
    """Polls that ended, by day: today and yesterday again, older days once."""
    today = timezone.localdate(now())
    oldest = today - dt.timedelta(days=DAYS - 1)
    known = set(PollDay.objects.filter(day__gte=oldest).values_list("day", flat=True))
    days = [oldest + dt.timedelta(days=n) for n in range(DAYS)]
    # A day is counted once more after its end: polls may have been committed late.
    wanted = [day for day in days if day not in known or day >= today - dt.timedelta(days=1)]
    PollDay.objects.bulk_create(
        [_day(day) for day in wanted],
        update_conflicts=True,
        unique_fields=["day"],
        update_fields=["agreed", "damaged", "differed", "undecided", "failed"],
    )


def _day(day: dt.date) -> PollDay:
    start = timezone.make_aware(dt.datetime.combine(day, dt.time()))
    ended = Poll.objects.filter(ended_at__gte=start, ended_at__lt=start + dt.timedelta(days=1))
    found = ended.aggregate(
        agreed=CountOf("pk", filter=outcome.AGREED),
        damaged=CountOf("pk", filter=outcome.after_repair()),
        differed=CountOf("pk", filter=outcome.OUTVOTED),
        undecided=CountOf("pk", filter=outcome.UNDECIDED),
        failed=CountOf("pk", filter=~outcome.COUNTED),
    )
    return PollDay(day=day, **found)


def count_pairs() -> bool:
    """Who agrees with whom; True when it was counted. A count that takes long is made less often."""
    last = Count.objects.filter(pk=Tally.PAIRS_MS).first()
    if last is not None and now() - last.at < dt.timedelta(milliseconds=last.value * PAUSE_FACTOR):
        return False
    began = time.monotonic()
    seen = [str(AgreementType.POR), str(AgreementType.SYMMETRIC_POR)]
    told = [str(AgreementType.POR_HINT)]
    rows = [PairStatus(second_id=p, aus=n, agreeing=m, last_at=t) for p, n, m, t in _rows(_OURS, [seen])]
    rows += [PairStatus(first_id=p, aus=n, agreeing=m, last_at=t) for p, n, m, t in _rows(_TOLD, [told])]
    shown = shown_peers(rows)
    rows += [
        PairStatus(first_id=a, second_id=b, aus=n, agreeing=m, last_at=t)
        for a, b, n, m, t in _rows(_OTHERS, [seen, shown, shown])
    ]
    with transaction.atomic():
        PairStatus.objects.all().delete()
        PairStatus.objects.bulk_create(rows)
    write({Tally.PAIRS_MS: int((time.monotonic() - began) * 1000)})
    return True


def shown_peers(rows: list[PairStatus]) -> list[int]:
    """The enabled peers with which most AUs were compared, by id."""
    enabled = set(Peer.objects.filter(enabled=True).values_list("pk", flat=True))
    ours = [row for row in rows if row.first_id is None and row.second_id in enabled]
    ours.sort(key=lambda row: (-row.aus, row.second_id))
    return sorted(row.second_id for row in ours[:MOST_PEERS])


def _rows(sql: str, values: list) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()
