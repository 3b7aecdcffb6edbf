"""The only writers of selected AUs and of acts of selecting."""

from apps.aus.services.acts import AT_ONCE, KIND, Act, deactivate_aus, reactivate_aus, results_of, select_aus
from apps.aus.services.batches import run_batch
from apps.aus.services.changing_rules import change_subscription, changed_rule, outcome_of
from apps.aus.services.deciding_lines import decide_line, forget_decision, strike_lines
from apps.aus.services.following import follow_lists
from apps.aus.services.holdings import KIND as HOLDINGS_KIND
from apps.aus.services.holdings import close_lost_readings, read_holdings, set_columns, start_holdings
from apps.aus.services.plugin_trials import run_trial
from apps.aus.services.plugin_uses import count_plugin_uses
from apps.aus.services.proposals import Proposal, hand_over, proposal_of, select_proposed, take_back
from apps.aus.services.subscribing import (
    Rule,
    add_subscription,
    apply_subscriptions,
    end_subscription,
    rule_of,
    undo_subscription,
)
from apps.aus.services.undone import CHANGED, undo_act, undoing_of, undoings, undone_of

__all__ = [
    "AT_ONCE",
    "CHANGED",
    "HOLDINGS_KIND",
    "KIND",
    "Act",
    "Proposal",
    "Rule",
    "add_subscription",
    "apply_subscriptions",
    "change_subscription",
    "changed_rule",
    "close_lost_readings",
    "count_plugin_uses",
    "deactivate_aus",
    "decide_line",
    "end_subscription",
    "follow_lists",
    "forget_decision",
    "hand_over",
    "outcome_of",
    "proposal_of",
    "reactivate_aus",
    "read_holdings",
    "results_of",
    "rule_of",
    "run_batch",
    "run_trial",
    "select_aus",
    "select_proposed",
    "set_columns",
    "start_holdings",
    "strike_lines",
    "take_back",
    "undo_act",
    "undo_subscription",
    "undoing_of",
    "undoings",
    "undone_of",
]
