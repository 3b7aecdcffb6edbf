"""Rules that select what appears in the lists; what a rule chose it chooses once, and what people took out it leaves."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.utils.translation import gettext

from apps.accounts.models import User
from apps.accounts.services import audit
from apps.aus.choices import AuState, SelectionOutcome
from apps.aus.errors import SelectionCode, SelectionError, SubscriptionError
from apps.aus.models import Au, Selection, SelectionResult, Subscription, SubscriptionAu
from apps.aus.services.acts import Act, deactivate_aus, select_aus
from apps.common.clock import now
from apps.common.errors import BadQuery
from apps.common.findings import record_finding, resolve_findings
from apps.common.stored import in_english
from apps.lockss.holdings import Place, lies_in, parse_periods
from apps.titles.choices import RELEASED
from apps.titles.models import ListedAu, ListImport, Publisher, Title, TitleSet
from apps.titles.services import units_in

PLACE = ("first_year", "last_year", "volume", "issue")
NO_ROOM = "subscription-no-room"
_DONE = (SelectionOutcome.SELECTED, SelectionOutcome.REACTIVATED)


@dataclass(frozen=True, slots=True)
class Rule:
    """At least one of ``publisher``, ``title``, ``plugin_id``, ``title_set``; ranges as ``parse_periods`` reads them."""

    publisher: Publisher | None = None
    title: Title | None = None
    plugin_id: str = ""
    ranges: str = "-"
    without: str = ""
    title_set: TitleSet | None = None

    def chooses(self) -> Iterator[int]:
        """Numbers of AUs on offer that it means and that nobody took out; PeriodError for ranges that are none."""
        taken_out = Au.objects.filter(listed=OuterRef("pk"), state=AuState.DEACTIVATED)
        return self._meant(~Exists(taken_out))

    def taken_out(self) -> Iterator[int]:
        """Numbers of AUs on offer that it means and that people took out: it leaves them so."""
        return self._meant(Exists(Au.objects.filter(listed=OuterRef("pk"), state=AuState.DEACTIVATED)))

    def _meant(self, which: Exists) -> Iterator[int]:
        lies_within = self._years()
        rows = ListedAu.objects.filter(which, status__in=RELEASED)
        if self.publisher is not None:
            rows = rows.filter(publisher=self.publisher)
        if self.title is not None:
            rows = rows.filter(title=self.title)
        if self.plugin_id:
            rows = rows.filter(plugin_id=self.plugin_id)
        if self.title_set is not None:
            rows = rows.filter(pk__in=units_in(self.title_set).values("pk"))
        for pk, *place in rows.order_by("pk").values_list("pk", *PLACE).iterator():
            if lies_within(Place(*place)):
                yield pk

    def outside(self, rows: QuerySet[ListedAu]) -> int:
        """How many of these units its years do not mean."""
        lies_within = self._years()
        places = rows.order_by().values_list(*PLACE).iterator()
        return sum(not lies_within(Place(*place)) for place in places)

    def _years(self) -> Callable[[Place], bool]:
        """PeriodError for ranges that are none."""
        wanted, unwanted = parse_periods(self.ranges), parse_periods(self.without)
        return lambda where: lies_in(where, wanted) and not lies_in(where, unwanted)


def rule_of(subscription: Subscription) -> Rule:
    return Rule(
        subscription.publisher,
        subscription.title,
        subscription.plugin_id,
        subscription.ranges,
        subscription.without,
        subscription.title_set,
    )


def add_subscription(*, user: User, token: str, rule: Rule) -> Subscription:
    """The rule of this form, made when there is none. It acts at the next scan."""
    with transaction.atomic():
        found, made = Subscription.objects.get_or_create(
            user=user,
            token=token,
            defaults={
                "publisher": rule.publisher,
                "title": rule.title,
                "plugin_id": rule.plugin_id,
                "ranges": rule.ranges,
                "without": rule.without,
                "title_set": rule.title_set,
            },
        )
        if made:
            after = {
                "publisher": rule.publisher.name if rule.publisher else "",
                "title": rule.title.name if rule.title else "",
                "title_set": rule.title_set.name if rule.title_set else "",
                "plugin_id": rule.plugin_id,
                "ranges": rule.ranges,
                "without": rule.without,
            }
            audit(user=user, action="aus.subscribe", subject=subject_of(found), after=after)
        return found


def apply_subscriptions() -> list[Act]:
    """Of every rule that has not seen the newest import, or whose set may have changed. The caller wakes the jobs."""
    newest = ListImport.objects.aggregate(at=Max("finished_at"))["at"]
    if newest is None:
        return []
    # A set that changed may be one that a rule's set holds; asking once too often finds nothing new.
    changed = Exists(TitleSet.objects.filter(updated_at__gt=OuterRef("updated_at")))
    due = Q(seen_import_at=None) | Q(seen_import_at__lt=newest) | (Q(title_set__isnull=False) & changed)
    acts = []
    for pk in Subscription.objects.filter(due, ended_at=None).order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            at = now()
            rows = Subscription.objects.select_for_update(skip_locked=True, of=("self",))
            row = rows.filter(due, pk=pk, ended_at=None).first()
            if row is None:
                continue
            try:
                act = _apply_within_quota(row)
            except BadQuery:
                # The search of its set is no longer one; the pages of both say so, and other rules go on.
                continue
            if isinstance(act, SelectionError):
                continue
            Subscription.objects.filter(pk=pk).update(seen_import_at=newest, updated_at=at)
        if act is not None:
            acts.append(act)
    return acts


def _apply_within_quota(row: Subscription) -> Act | SelectionError | None:
    """As ``_apply``; what the store has no room for is a finding, and is tried again at the next scan."""
    try:
        with in_english(), transaction.atomic():
            act = _apply(row)
    except SelectionError as error:
        if error.code is not SelectionCode.NO_ROOM:
            raise
        record_finding(code=NO_ROOM, subject=subject_of(row), message=str(error), app="aus")
        return error
    resolve_findings(subject=subject_of(row), codes=[NO_ROOM])
    return act


def _apply(row: Subscription) -> Act | None:
    known = set(row.chosen.values_list("listed_au_id", flat=True))
    fresh = [pk for pk in rule_of(row).chooses() if pk not in known]
    if not fresh:
        return None
    SubscriptionAu.objects.bulk_create(
        [SubscriptionAu(subscription=row, listed_au_id=pk) for pk in fresh], batch_size=1_000
    )
    waiting = row.chosen.filter(selection=None)
    act = select_aus(
        user=row.user,
        listed=ListedAu.objects.filter(pk__in=waiting.values("listed_au")),
        scope={"kind": "subscription", "ids": [row.pk]},
    )
    waiting.update(selection=act.selection)
    return act


def end_subscription(*, user: User, subscription: Subscription) -> None:
    """It selects nothing more; what it selected stays selected."""
    with transaction.atomic():
        ended = Subscription.objects.filter(pk=subscription.pk, ended_at=None).update(ended_at=now())
        if ended:
            audit(user=user, action="aus.unsubscribe", subject=subject_of(subscription))


def undo_subscription(*, user: User, subscription: Subscription) -> Act | None:
    """Ends the rule and deactivates what it selected and no other act has touched. None: there is nothing like that."""
    with transaction.atomic():
        own = Selection.objects.filter(pk__in=subscription.chosen.values("selection"))
        if own.filter(finished_at=None).exists():
            raise SubscriptionError(
                gettext("The rule is still selecting; it can be undone when that act is finished.")
            )
        end_subscription(user=user, subscription=subscription)
        aus = untouched(subscription)
        if not aus.exists():
            return None
        return deactivate_aus(user=user, aus=aus, scope={"kind": "subscription", "ids": [subscription.pk]})


def untouched(subscription: Subscription) -> QuerySet[Au]:
    """Selected by the rule and by nothing else, before or after."""
    own = subscription.chosen.values("selection")
    results = SelectionResult.objects.filter(Q(au=OuterRef("pk")) | Q(listed_au=OuterRef("listed")))
    return Au.objects.filter(
        Exists(results.filter(selection__in=own, outcome__in=_DONE)),
        ~Exists(results.exclude(selection__in=own)),
        state=AuState.SELECTED,
    )


def results_of_rule(subscription: Subscription) -> QuerySet[SelectionResult]:
    own = Selection.objects.filter(pk__in=subscription.chosen.values("selection"))
    return SelectionResult.objects.filter(selection__in=own).select_related("listed_au", "au")


def subject_of(subscription: Subscription) -> str:
    return f"subscription:{subscription.pk}"
