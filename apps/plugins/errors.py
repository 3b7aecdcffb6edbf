"""Why nothing was loaded; the texts are for people."""

from enum import StrEnum


class PluginCode(StrEnum):
    NO_PLACE = "plugin-no-place"
    UNREADABLE = "plugin-unreadable"
    NOT_OVERRIDABLE = "plugin-not-overridable"


class PluginError(Exception):
    """Nothing was changed."""

    def __init__(self, code: PluginCode, message: str) -> None:
        super().__init__(message)
        self.code = code
