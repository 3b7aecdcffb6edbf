"""Why nothing was loaded or changed; the texts are for people."""

from enum import StrEnum


class PluginCode(StrEnum):
    NO_PLACE = "plugin-no-place"
    UNREADABLE = "plugin-unreadable"
    NO_DEFINITION = "plugin-no-definition"
    NOT_OVERRIDABLE = "plugin-not-overridable"
    SIGNATURE = "plugin-signature"
    KEYSTORE = "plugin-keystore"
    OLD_FORM = "plugin-old-form"
    NOT_DECIDABLE = "plugin-not-decidable"
    NO_REGISTRY = "plugin-no-registry"


class PluginError(Exception):
    """Nothing was changed."""

    def __init__(self, code: PluginCode, message: str) -> None:
        super().__init__(message)
        self.code = code

    @property
    def refused(self) -> bool:
        """It could be read, but is not taken: because of its signature, or because there is nothing in it."""
        return self.code in (PluginCode.SIGNATURE, PluginCode.NO_DEFINITION)
