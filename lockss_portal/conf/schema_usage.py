"""The settings of counting what readers read."""

from dataclasses import dataclass

from lockss_portal.conf.key import key


@dataclass(frozen=True, kw_only=True)
class Counting:
    """Usage"""

    count_usage: bool = key(True, "what readers read of preserved copies is counted, by the rules of COUNTER")
    usage_days: int = key(
        30,
        "a single reading, which names nobody, is deleted after this; months of titles stay",
        "days",
        low=1,
        high=30,
    )
    usage_registry: str = key(
        "", "address of this platform's entry in the registry of COUNTER, which reports name; empty: none"
    )
