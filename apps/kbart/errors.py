"""Why a report is not made or an act is refused; the texts are for people."""


class ReportError(Exception):
    """Nothing was written under the name that was asked for."""


class ActError(Exception):
    """Nothing was changed."""
