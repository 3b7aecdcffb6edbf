"""The only writers of selected AUs and of acts of selecting."""

from apps.aus.services.acts import AT_ONCE, KIND, Act, deactivate_aus, reactivate_aus, results_of, select_aus
from apps.aus.services.batches import run_batch
from apps.aus.services.following import follow_lists
from apps.aus.services.plugin_trials import run_trial
from apps.aus.services.plugin_uses import count_plugin_uses
from apps.aus.services.subscribing import (
    Rule,
    add_subscription,
    apply_subscriptions,
    end_subscription,
    rule_of,
    undo_subscription,
)

__all__ = [
    "AT_ONCE",
    "KIND",
    "Act",
    "Rule",
    "add_subscription",
    "apply_subscriptions",
    "count_plugin_uses",
    "deactivate_aus",
    "end_subscription",
    "follow_lists",
    "reactivate_aus",
    "results_of",
    "rule_of",
    "run_batch",
    "run_trial",
    "select_aus",
    "undo_subscription",
]
