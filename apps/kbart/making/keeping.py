"""Stage: titles that changed into rows of ``ReportLine``, so that a report need only be copied out.

What changed is written by triggers with the change itself (migration 0002); what ages without any row, a proof, is looked
for by its date. Everything else that lines rest on stands in their ``basis``: another one, and all are made anew, piece by
piece. Each step is one transaction, and run again does no harm.
"""

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from psycopg.types.json import Jsonb

import apps.lockss.kbart
from apps.common.clock import now
from apps.kbart.asking import Order
from apps.kbart.making import holdings, report, units
from apps.kbart.models import ChangedTitle, LinesState, ReportDoubt, ReportLine
from apps.lockss.kbart import Scope, address_fault
from apps.nodes.services import standing
from apps.peers.proof_age import oldest_proof
from apps.polls import proof
from apps.polls.models import PollStatus
from apps.titles.models import Title

# Titles of one transaction: who waits for it waits for less than a second.
STEP = 500
# A title is told of some times before it is its turn.
TIMES = 4
LOCK = 0x4B424152
HEAD = 200
_LINE = ("title", "place", "publisher", "head", "key", "with_id", "text")
_DOUBT = ("title", "place", "publisher", "told")


def basis(at: dt.datetime) -> str:
    """What lines rest on beside the rows: another one of these, and none of them can be trusted."""
    node = settings.NODE
    return f"{node.public_url} {at.year} {node.poll_quorum} {node.poll_interval} {_rules()}"


@cache
def _rules() -> str:
    """The code that makes lines, as it is."""
    digest = hashlib.sha256()
    core = sorted(Path(apps.lockss.kbart.__file__).parent.glob("*.py"))
    parts = (holdings, report, units, standing, proof)
    for path in (*core, *(Path(part.__file__) for part in parts), Path(__file__)):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def is_true(scope: Scope, at: dt.datetime) -> bool:
    """Whether the lines of this scope are those that would be made now."""
    return changes_left(scope, at, most=0) == 0


def changes_left(scope: Scope, at: dt.datetime, *, most: int) -> int | None:
    """What came since and is not taken in: changes or aged proofs, whichever are more, counted to one beyond ``most``.

    None: not all lines are made yet, or they rest on something else.
    """
    state = LinesState.objects.filter(pk=scope.value).first()
    if state is None or state.made_to is not None or state.basis != basis(at):
        return None
    waiting = [ChangedTitle.objects.all()]
    if scope is Scope.PRESERVED:
        waiting.append(_aged(state.at, at))
    return max(rows[: most + 1].count() for rows in waiting)


def step() -> bool:
    """Some of what is to be done. Whether more may be left. Without an address that could stand in a report: nothing."""
    at = now()
    with transaction.atomic():
        with connection.cursor() as cursor:
            # Two that remove what they both saw would leave lines of the older look behind.
            cursor.execute("SELECT pg_advisory_xact_lock(%s, 2)", [LOCK])
        if address_fault(settings.NODE.public_url) is not None:
            # Triggers write on: nobody takes in what they wrote, so all is made anew once there is an address.
            LinesState.objects.all().delete()
            ChangedTitle.objects.all().delete()
            return False
        if LinesState.objects.filter(basis=basis(at)).count() < len(Scope):
            # All is made anew from here on, what changed before included.
            LinesState.objects.all().delete()
            ChangedTitle.objects.all().delete()
        more = _take_changed(at)
        for scope in Scope:
            more |= _go_on(scope, at)
    return more


def _take_changed(at: dt.datetime) -> bool:
    changes = list(ChangedTitle.objects.order_by("pk").values_list("pk", "title")[: STEP * TIMES])
    titles = sorted(dict.fromkeys(title for _, title in changes))
    some = set(titles[:STEP])
    for scope in Scope:
        _make(scope, titles[:STEP], at)
    # These rows and no others: one of the same title that is being committed tells of what was not seen here.
    ChangedTitle.objects.filter(pk__in=[pk for pk, title in changes if title in some]).delete()
    return len(changes) == STEP * TIMES or len(titles) > STEP


def _go_on(scope: Scope, at: dt.datetime) -> bool:
    state = LinesState.objects.filter(pk=scope.value).first()
    if state is None:
        state = LinesState(scope=scope.value, basis=basis(at), at=at, made_to=0)
    if state.made_to is None:
        return scope is Scope.PRESERVED and _take_aged(state, at)
    titles = Title.objects.filter(pk__gt=state.made_to).order_by("pk").values_list("pk", flat=True)
    some = list(titles[:STEP])
    _make(scope, some, at)
    _drop_gone(scope, state.made_to, some)
    state.made_to = some[-1] if len(some) == STEP else None
    state.save()
    return len(some) == STEP


def _drop_gone(scope: Scope, after: int, titles: Sequence[int]) -> None:
    """Lines whose titles are no more, up to the last of these, or to the end."""
    for model in (ReportLine, ReportDoubt):
        rows = model.objects.filter(scope=scope.value, title__gt=after).exclude(title__in=titles)
        (rows.filter(title__lt=titles[-1]) if len(titles) == STEP else rows).delete()


def _aged(since: dt.datetime, at: dt.datetime):
    """Polls whose age was within the rule then and is not now, or the other way round if a clock was set back."""
    first, last = sorted((oldest_proof(since), oldest_proof(at)))
    return PollStatus.objects.filter(last_complete_at__range=(first, last)).exclude(au__listed=None)


def _take_aged(state: LinesState, at: dt.datetime) -> bool:
    titles = list(_aged(state.at, at).values_list("au__listed__title_id", flat=True).distinct()[: STEP + 1])
    if len(titles) > STEP:
        state.made_to = 0
    else:
        _make(Scope.PRESERVED, titles, at)
        if not titles and state.at <= at < state.at + dt.timedelta(hours=1):
            return False
    state.at = at
    state.save()
    return state.made_to is not None


def _make(scope: Scope, titles: Sequence[int], at: dt.datetime) -> None:
    """Write what differs."""
    if not titles:
        return
    publishers = dict(Title.objects.filter(pk__in=titles).values_list("pk", "publisher_id"))
    lines: dict[int, list[tuple]] = defaultdict(list)
    doubts: dict[int, list[tuple]] = defaultdict(list)
    order = Order(scope=scope)
    for text, rows, findings in report.rows_of(order, report.terms_of(order, at), titles):
        title = int(text)
        publisher = publishers.get(title, 0)
        lines[title] = [_line(title, place, publisher, row) for place, row in enumerate(rows)]
        doubts[title] = [
            (title, place, publisher, one) for place, one in enumerate(map(report.told, findings))
        ]
    _write(ReportLine, _LINE, scope, titles, lines)
    _write(ReportDoubt, _DOUBT, scope, titles, doubts)


def _line(title: int, place: int, publisher: int, row: report.Values) -> tuple:
    key = report.title_key(row).encode("utf-8", "surrogatepass")
    with_id = bool(row[report.PRINT] or row[report.ONLINE])
    return (title, place, publisher, key[:HEAD], key, with_id, "\t".join(row))


def _write(
    model: type[ReportLine | ReportDoubt],
    names: Sequence[str],
    scope: Scope,
    titles: Sequence[int],
    made: dict[int, list[tuple]],
) -> None:
    held: dict[int, list[tuple]] = defaultdict(list)
    rows = model.objects.filter(scope=scope.value, title__in=titles).order_by("title", "place")
    for row in rows.values_list(*names):
        held[row[0]].append(tuple(bytes(value) if isinstance(value, memoryview) else value for value in row))
    other = [title for title in titles if held.get(title, []) != made.get(title, [])]
    model.objects.filter(scope=scope.value, title__in=[title for title in other if title in held]).delete()
    columns = ", ".join(("scope", *names))
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {model._meta.db_table} ({columns}) FROM STDIN") as copy,  # noqa: SLF001
    ):
        for title in other:
            for row in made.get(title, []):
                copy.write_row((scope.value, *(Jsonb(one) if isinstance(one, list) else one for one in row)))
