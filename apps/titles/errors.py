"""Why an import does not begin; the texts are for people."""

from enum import StrEnum


class ListCode(StrEnum):
    NO_NAME = "list-no-name"
    NAME_TAKEN = "list-name-taken"
    NO_FOLDER = "list-no-folder"
    WRONG_FILE = "list-wrong-file"
    TOO_LARGE = "list-too-large"
    OLD_FORM = "import-old-form"
    WRONG_STATE = "import-wrong-state"
    WRONG_ADDRESS = "list-wrong-address"
    HAS_ADDRESS = "list-has-address"
    NOT_FETCHED = "list-not-fetched"
    DEPENDED_ON = "import-depended-on"


class ListError(Exception):
    """Nothing was kept and nothing was begun."""

    def __init__(self, code: ListCode, message: str) -> None:
        super().__init__(message)
        self.code = code


class SetCode(StrEnum):
    NAME_TAKEN = "set-name-taken"
    OLD_FORM = "set-old-form"
    OTHER_KIND = "set-other-kind"
    CIRCLE = "set-circle"
    IN_USE = "set-in-use"
    GONE = "set-gone"


class SetError(Exception):
    """Nothing was changed."""

    def __init__(self, code: SetCode, message: str) -> None:
        super().__init__(message)
        self.code = code
