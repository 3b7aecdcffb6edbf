"""Why an act does not begin; the texts are for people."""

from enum import StrEnum


class SelectionCode(StrEnum):
    NOTHING = "selection-of-nothing"
    NO_ROOM = "selection-over-quota"


class SelectionError(Exception):
    """Nothing was changed."""

    def __init__(self, code: SelectionCode, message: str) -> None:
        super().__init__(message)
        self.code = code


class SubscriptionError(Exception):
    """A rule that cannot be made or undone as it stands; nothing was changed."""


class HoldingsActError(Exception):
    """Nothing was changed; the text says why, and which list or form."""


class CollectionError(Exception):
    """A record that is not what the form was about any more; nothing was changed."""
