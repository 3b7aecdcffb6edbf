"""One thing that is wrong just now."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Condition:
    """``subject``: of what ("disk:content"); ``params``: raw values of the sentence in ``alert_words``."""

    subject: str
    weight: str
    params: dict[str, object]
