"""A node that is watched: its settings, and rules that a test switches."""

from dataclasses import replace

from apps.nodes.alert_condition import Condition
from apps.nodes.choices_alerts import AlertKind, Weight
from tests.sample import sample_settings

# Nothing of these tests waits for a settled cause unless it says so.
NOW = {
    "alert_settle": 0.0,
    "disk_warn_percent": 15.0,
    "disk_no_crawls_percent": 10.0,
    "disk_no_writes_percent": 5.0,
}


def watched(folder, **more):
    return replace(
        sample_settings(folder),
        home=folder,
        spool_dir=folder / "spool",
        log_dir=folder / "log",
        **{**NOW, **more},
    )


def full(weight: str = Weight.WARNING, free: int = 14) -> Condition:
    return Condition(
        "disk:content", weight, {"what": "content", "free": free * 10**9, "total": 10**11, "level": 1}
    )


def saying(*found: Condition):
    """Rules of which only that about disks speaks."""
    return {AlertKind.DISK: lambda: list(found)}
