"""The only writers of selected AUs and of acts of selecting."""

from apps.aus.services.acts import AT_ONCE, KIND, Act, deactivate_aus, reactivate_aus, results_of, select_aus
from apps.aus.services.batches import run_batch
from apps.aus.services.following import follow_lists

__all__ = [
    "AT_ONCE",
    "KIND",
    "Act",
    "deactivate_aus",
    "follow_lists",
    "reactivate_aus",
    "results_of",
    "run_batch",
    "select_aus",
]
