"""The way back from an act: which act undid which, and undoing one, once."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext

from apps.accounts.models import User
from apps.aus.choices import SelectionAction, SelectionOutcome
from apps.aus.errors import SelectionCode, SelectionError
from apps.aus.models import Au, HoldingsUpload, Selection
from apps.aus.services.acts import Act, deactivate_aus, reactivate_aus

UNDO = "undo"
# What an act has changed, and what an undo takes back.
CHANGED = (SelectionOutcome.SELECTED, SelectionOutcome.REACTIVATED, SelectionOutcome.DEACTIVATED)


def undone_of(selection: Selection) -> int | None:
    """The number of the act that this one undoes; None: it undoes none."""
    ids = selection.scope.get("ids") or [None]
    return ids[0] if selection.scope.get("kind") == UNDO else None


def undoing_of(selection: Selection) -> Selection | None:
    """The act that undid this one."""
    return undoings([selection.pk]).get(selection.pk)


def undoings(ids: Iterable[int]) -> dict[int, Selection]:
    """Of acts that were undone: the act that undid each."""
    rows = Selection.objects.filter(scope__kind=UNDO, scope__ids__0__in=list(ids)).select_related("user")
    # The first one: later ones of old times changed nothing more.
    return {undone_of(row): row for row in rows.order_by("-pk")}


def undo_act(*, user: User, selection: Selection) -> Act:
    """Take back what an act did: what it selected is deactivated, what it deactivated re-activated. Done once: a second
    call gives the act that undid it. SelectionError where there is nothing to take back.

    A library's list that was selected from proposes again.
    """
    with transaction.atomic():
        row = Selection.objects.select_for_update().get(pk=selection.pk)
        before = undoing_of(row)
        if before is not None:
            return Act(before, None)
        if row.finished_at is None:
            raise SelectionError(
                SelectionCode.NOTHING, gettext("The act is not finished yet; it can be undone when it is.")
            )
        aus = Au.objects.filter(selection_results__selection=row, selection_results__outcome__in=CHANGED)
        does = reactivate_aus if row.action == SelectionAction.DEACTIVATE else deactivate_aus
        act = does(user=user, aus=aus, scope={"kind": UNDO, "ids": [row.pk]})
        HoldingsUpload.objects.filter(selection=row).update(selection=None, version=F("version") + 1)
        return act
