"""Works through an act, some AUs at a time. Batches of one node wait for each other: two people may choose one AU."""

from collections.abc import Iterator

from django.db import connection, transaction
from django.db.models import F, Q

from apps.accounts.services import audit_many
from apps.aus.choices import AuState, SelectionAction, SelectionOutcome
from apps.aus.models import Au, Selection, SelectionResult
from apps.aus.services.judging import Judge, Possible
from apps.common.clock import now
from apps.lockss.auid import slug_of
from apps.repository.models import AuKey, AuSummary
from apps.titles.staging import name_key

BATCH = 500
# Subject, before, after: what the audit record is told.
Change = tuple[str, object, object]
# "AUSE" in ASCII.
LOCK = 0x41555345
NOT_SELECTED = "It is not selected here."
_RESULTS = """
UPDATE aus_selectionresult r SET outcome = n.outcome, reason = n.reason, au_id = n.au
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::bigint[]) AS n(id, outcome, reason, au) WHERE r.id = n.id
"""
_STATES = "UPDATE aus_au SET state = %s, updated_at = %s WHERE key_id = ANY(%s)"


def run_batch(*, selection_id: int) -> bool:
    """Decide the next AUs of an act and write what follows; False when none is left."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, 1)", [LOCK])
        selection = Selection.objects.select_related("user").get(pk=selection_id)
        waiting = selection.results.filter(outcome=SelectionOutcome.WAITING)
        results = list(waiting.select_related("listed_au", "au").order_by("pk")[:BATCH])
        if results:
            selects = selection.action == SelectionAction.SELECT
            changes = _Select(selection, results).run() if selects else _change(selection, results)
            for action, told in _by_action(selection, changes):
                audit_many(action=action, user=selection.user, changes=told)
            _save(results)
        more = len(results) == BATCH and waiting.exists()
        progress = {"done": F("done") + len(results)}
        if not more:
            progress["finished_at"] = now()
        Selection.objects.filter(pk=selection.pk, finished_at=None).update(**progress)
    return more


def _by_action(selection: Selection, changes: list[Change]) -> Iterator[tuple[str, list[Change]]]:
    """What was deactivated before and is chosen again was re-activated, whichever button was pressed."""
    selects = selection.action == SelectionAction.SELECT
    back = [change for change in changes if selects and change[1] is not None]
    rest = [change for change in changes if change not in back]
    yield f"aus.{selection.action}", rest
    if back:
        yield f"aus.{SelectionAction.REACTIVATE}", back


def _save(results: list[SelectionResult]) -> None:
    columns = [(r.pk, str(r.outcome), r.reason, r.au_id) for r in results]
    with connection.cursor() as cursor:
        cursor.execute(_RESULTS, [list(column) for column in zip(*columns, strict=True)])


class _Select:
    def __init__(self, selection: Selection, results: list[SelectionResult]) -> None:
        self._selection = selection
        self._results = results
        self._judge = Judge(unreleased=selection.unreleased)
        self._by_auid: dict[str, Au] = {}
        self._by_listed: dict[int, Au] = {}
        self._back: list[Au] = []

    def run(self) -> list[Change]:
        """Fills in the results; what is to be recorded."""
        possible = {r.pk: self._judge.possible(r.listed_au) for r in self._results}
        self._find([p.auid for p in possible.values() if isinstance(p, Possible)])
        preserved = self._preserved([p.auid for p in possible.values() if isinstance(p, Possible) and p.down])
        fresh: list[tuple[SelectionResult, Possible]] = []
        taken: dict[str, str] = {}
        for result in self._results:
            found = possible[result.pk]
            known = self._by_listed.get(result.listed_au_id)
            if known is None and isinstance(found, Possible):
                known = self._by_auid.get(found.auid)
            if known is not None:
                self._again(result, known)
            elif not isinstance(found, Possible):
                result.outcome, result.reason = SelectionOutcome.IMPOSSIBLE, found
            elif found.down and found.auid not in preserved:
                result.outcome, result.reason = SelectionOutcome.IMPOSSIBLE, found.down
            elif found.auid in taken:
                result.outcome = SelectionOutcome.ALREADY
                result.reason = f"It is the same archival unit as “{taken[found.auid]}”."
            else:
                taken[found.auid] = result.listed_au.name
                fresh.append((result, found))
        return [*self._make(fresh), *_set_state(self._back, AuState.SELECTED, self._selection)]

    def _find(self, auids: list[str]) -> None:
        listed = [result.listed_au_id for result in self._results]
        for au in Au.objects.filter(Q(auid__in=auids) | Q(listed_id__in=listed)):
            self._by_auid[au.auid] = au
            if au.listed_id is not None:
                self._by_listed[au.listed_id] = au

    @staticmethod
    def _preserved(auids: list[str]) -> set[str]:
        """Of what the publisher no longer provides: what this node holds content of."""
        if not auids:
            return set()
        held = AuSummary.objects.filter(au_key__auid__in=auids, urls__gt=0)
        return set(held.values_list("au_key__auid", flat=True))

    def _again(self, result: SelectionResult, au: Au) -> None:
        result.au = au
        if au.listed_id is None:
            Au.objects.filter(pk=au.pk).update(
                listed=result.listed_au,
                title=result.listed_au.title_id,
                publisher=result.listed_au.publisher_id,
            )
        if au.state == AuState.SELECTED:
            result.outcome = SelectionOutcome.ALREADY
            return
        result.outcome = SelectionOutcome.REACTIVATED
        # Another entry of this batch may come to the same AU.
        au.state = AuState.SELECTED
        self._back.append(au)

    def _make(self, fresh: list[tuple[SelectionResult, Possible]]) -> list[Change]:
        auids = [found.auid for _, found in fresh]
        AuKey.objects.bulk_create([AuKey(auid=auid) for auid in auids], ignore_conflicts=True)
        keys = dict(AuKey.objects.filter(auid__in=auids).values_list("auid", "pk"))
        at = now()
        aus = []
        for result, found in fresh:
            listed = result.listed_au
            au = Au(
                key_id=keys[found.auid],
                auid=found.auid,
                slug=slug_of(found.auid),
                listed=listed,
                title_id=listed.title_id,
                publisher_id=listed.publisher_id,
                plugin_id=listed.plugin_id,
                params=found.params,
                other_params=found.other_params,
                name=listed.name,
                name_key=name_key(listed.name),
                selected_by=self._selection.user,
                selected_at=at,
            )
            aus.append(au)
            result.outcome = SelectionOutcome.SELECTED
        Au.objects.bulk_create(aus)
        for (result, _), au in zip(fresh, aus, strict=True):
            result.au = au
        return [_told(self._selection, au, None, AuState.SELECTED) for au in aus]


def _change(selection: Selection, results: list[SelectionResult]) -> list[Change]:
    """Deactivate or re-activate what is here."""
    listed = [result.listed_au_id for result in results if result.au_id is None]
    by_listed = {au.listed_id: au for au in Au.objects.filter(listed_id__in=listed)}
    stops = selection.action == SelectionAction.DEACTIVATE
    wanted = AuState.DEACTIVATED if stops else AuState.SELECTED
    changed = []
    for result in results:
        au = result.au or by_listed.get(result.listed_au_id)
        result.au = au
        if au is None:
            result.outcome, result.reason = SelectionOutcome.IMPOSSIBLE, NOT_SELECTED
        elif au.state == wanted:
            result.outcome = SelectionOutcome.ALREADY
        else:
            result.outcome = SelectionOutcome.DEACTIVATED if stops else SelectionOutcome.REACTIVATED
            changed.append(au)
    return _set_state(changed, wanted, selection)


def _set_state(aus: list[Au], state: AuState, selection: Selection) -> list[Change]:
    if not aus:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_STATES, [str(state), now(), [au.pk for au in aus]])
    before = AuState.SELECTED if state == AuState.DEACTIVATED else AuState.DEACTIVATED
    return [_told(selection, au, before, state) for au in aus]


def _told(selection: Selection, au: Au, before: AuState | None, after: AuState) -> Change:
    told = {"state": str(after), "auid": au.auid, "selection": selection.pk}
    if selection.total > 1:
        # The log has one line for the act.
        told["of"] = selection.total
    return f"au:{au.slug}", {"state": str(before)} if before else None, told
