"""An act of choosing: what it is about is written down first, then worked through in batches.

A few AUs are done in the request that asks; hundreds in a job, which goes on where a killed one stopped.
Nothing is ever deleted: deactivating only ends collecting and polling.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext

from apps.accounts.models import User
from apps.accounts.services import audit
from apps.aus.choices import SelectionAction, SelectionOutcome
from apps.aus.errors import SelectionCode, SelectionError
from apps.aus.models import Au, Selection, SelectionResult
from apps.aus.services.batches import run_batch
from apps.aus.services.rooming import refuse_over_quota
from apps.common.jobs import open_job
from apps.common.models import Job
from apps.titles.choices import RELEASED, UNRELEASED
from apps.titles.models import ListedAu

KIND = "select-aus"
AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Act:
    """``job`` None: it is done. Else the caller wakes the job."""

    selection: Selection
    job: Job | None


def select_aus(
    *,
    user: User | None,
    listed_au_ids: Iterable[int] | None = None,
    title_id: int | None = None,
    publisher_id: int | None = None,
    listed: QuerySet[ListedAu] | None = None,
    everything: bool = False,
    scope: dict | None = None,
    unreleased: bool = False,
    at_once: int = AT_ONCE,
) -> Act:
    """Choose AUs by number, by title, by publisher, or all that match a query; as one act.

    Of a title or publisher as a whole only those are meant that a list offers. SelectionError: there is none, or the
    store has no room for them and the node refuses what would exceed it.
    """
    offered = ListedAu.objects.filter(status__in=(*RELEASED, *UNRELEASED) if unreleased else RELEASED)
    if listed is not None:
        rows, told = listed, scope or {"kind": "query"}
    elif listed_au_ids is not None:
        ids = sorted(set(listed_au_ids))
        rows, told = ListedAu.objects.filter(pk__in=ids), {"kind": "aus", "ids": ids[:AT_ONCE]}
    elif title_id is not None:
        rows, told = offered.filter(title_id=title_id), {"kind": "title", "ids": [title_id]}
    elif publisher_id is not None:
        rows, told = offered.filter(publisher_id=publisher_id), {"kind": "publisher", "ids": [publisher_id]}
    elif everything:
        rows, told = offered, {"kind": "all", "ids": []}
    else:
        raise TypeError("say which archival units")
    return _begin(
        SelectionAction.SELECT, user, scope or told, listed=rows, unreleased=unreleased, at_once=at_once
    )


def deactivate_aus(
    *,
    user: User | None,
    au_keys: Iterable[int] | None = None,
    aus: QuerySet[Au] | None = None,
    listed: QuerySet[ListedAu] | None = None,
    scope: dict | None = None,
    at_once: int = AT_ONCE,
) -> Act:
    """By number, by a query of AUs, or by a query of what the lists name.

    No more collecting and polling; what is preserved stays, and peers still get repairs."""
    return _change(SelectionAction.DEACTIVATE, user, au_keys, aus, listed, scope, at_once)


def reactivate_aus(
    *,
    user: User | None,
    au_keys: Iterable[int] | None = None,
    aus: QuerySet[Au] | None = None,
    listed: QuerySet[ListedAu] | None = None,
    scope: dict | None = None,
    at_once: int = AT_ONCE,
) -> Act:
    """As ``deactivate_aus``, back."""
    return _change(SelectionAction.REACTIVATE, user, au_keys, aus, listed, scope, at_once)


def _change(
    action: SelectionAction,
    user: User | None,
    au_keys: Iterable[int] | None,
    aus: QuerySet[Au] | None,
    listed: QuerySet[ListedAu] | None,
    scope: dict | None,
    at_once: int,
) -> Act:
    if listed is not None:
        return _begin(action, user, scope or {"kind": "query"}, listed=listed, at_once=at_once)
    if aus is not None:
        return _begin(action, user, scope or {"kind": "query"}, aus=aus, at_once=at_once)
    keys = sorted(set(au_keys or ()))
    told = scope or {"kind": "keys", "ids": keys[:AT_ONCE]}
    return _begin(action, user, told, aus=Au.objects.filter(pk__in=keys), at_once=at_once)


def _begin(
    action: SelectionAction,
    user: User | None,
    scope: dict,
    *,
    listed: QuerySet[ListedAu] | None = None,
    aus: QuerySet[Au] | None = None,
    unreleased: bool = False,
    at_once: int = AT_ONCE,
) -> Act:
    if listed is not None and action == SelectionAction.SELECT:
        refuse_over_quota(listed)
    with transaction.atomic():
        selection = Selection.objects.create(user=user, action=action, scope=scope, unreleased=unreleased)
        total = _write_down(selection, listed, aus)
        if not total:
            raise SelectionError(SelectionCode.NOTHING, gettext("There is no archival unit to act on."))
        selection.total = total
        selection.save(update_fields=["total", "updated_at"])
        audit(
            user=user,
            action=f"aus.{action}",
            subject=selection.job_subject,
            after={"scope": scope, "total": total},
        )
        if total > at_once:
            return Act(selection, open_job(kind=KIND, subject=selection.job_subject, total=total))
    while run_batch(selection_id=selection.pk):
        pass
    selection.refresh_from_db()
    return Act(selection, None)


def _write_down(selection: Selection, listed: QuerySet[ListedAu] | None, aus: QuerySet[Au] | None) -> int:
    """One row for each AU, all in one statement."""
    rows = listed if listed is not None else aus
    column = "listed_au_id" if listed is not None else "au_id"
    try:
        query, parameters = rows.order_by("pk").values("pk").query.sql_with_params()
    except EmptyResultSet:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO aus_selectionresult (selection_id, {column}, outcome, reason)"  # noqa: S608 - our names
            f" SELECT %s, chosen.*, %s, '' FROM ({query}) AS chosen",
            [selection.pk, SelectionOutcome.WAITING, *parameters],
        )
        return cursor.rowcount


def results_of(selection: Selection) -> QuerySet[SelectionResult]:
    return selection.results.select_related("listed_au", "au")
