"""The years of a rule changed: what it would choose then, and the change with its record."""

from dataclasses import dataclass, replace

from django.db import transaction
from django.utils.translation import gettext

from apps.accounts.models import User
from apps.accounts.services import audit
from apps.aus.errors import SubscriptionError
from apps.aus.models import Subscription, SubscriptionChange
from apps.aus.services.subscribing import Rule, rule_of, subject_of
from apps.titles.models import ListedAu


@dataclass(frozen=True, slots=True)
class Outcome:
    """``added``: numbers of the units that a changed rule would choose besides; ``outside``: how many of those that
    the rule chose it would not mean any more. They stay selected."""

    added: list[int]
    outside: int


def changed_rule(subscription: Subscription, *, ranges: str, without: str) -> Rule:
    return replace(rule_of(subscription), ranges=ranges, without=without)


def outcome_of(subscription: Subscription, rule: Rule) -> Outcome:
    """BadQuery where the search of its set is no longer one."""
    chosen = subscription.chosen.values("listed_au")
    known = set(chosen.values_list("listed_au", flat=True))
    added = [pk for pk in rule.chooses() if pk not in known]
    return Outcome(added, rule.outside(ListedAu.objects.filter(pk__in=chosen)))


def change_subscription(
    *, user: User, subscription: Subscription, version: int, ranges: str, without: str
) -> Subscription:
    """The rule with other years; it acts at the next scan. The same form sent twice is one change.

    SubscriptionError for a rule that has ended, and for a form that is older than the rule.
    """
    with transaction.atomic():
        rows = Subscription.objects.select_for_update(of=("self",))
        row = rows.get(pk=subscription.pk)
        now, wanted = (row.ranges, row.without), (ranges, without)
        if now == wanted and version in (row.version, row.version - 1):
            return row
        if row.ended_at is not None:
            raise SubscriptionError(gettext("The rule has ended; write a new one."))
        if row.version != version:
            raise SubscriptionError(
                gettext("The rule has been changed since that page was made; look at it again.")
            )
        row.ranges, row.without = wanted
        row.version += 1
        # Not applied yet as it is now.
        row.seen_import_at = None
        row.save(update_fields=["ranges", "without", "version", "seen_import_at", "updated_at"])
        SubscriptionChange.objects.create(
            subscription=row,
            user=user,
            version=row.version,
            ranges_before=now[0],
            without_before=now[1],
            ranges=ranges,
            without=without,
        )
        audit(
            user=user,
            action="aus.change-subscription",
            subject=subject_of(row),
            before={"ranges": now[0], "without": now[1]},
            after={"ranges": ranges, "without": without},
        )
        return row
