"""What an export or import cannot do; texts are for people."""


class ExportRefused(Exception):  # noqa: N818 - an answer, not a fault
    """It cannot be asked for, or cannot be done; ``code`` for programs."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class ImportRefused(Exception):  # noqa: N818 - an answer, not a fault
    """Nothing of the package is taken; ``code`` for programs."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
