"""What the Code lets a report or an answer say of what is not as it was asked for (COUNTER R5.1, appendix D)."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Exceptional:
    """``status`` 200: stands in the head of a report. Otherwise it is the whole answer."""

    code: int
    message: str
    status: int = 200
    data: str = ""

    def about(self, data: str) -> "Exceptional":
        return replace(self, data=data)

    @property
    def as_json(self) -> dict[str, object]:
        told: dict[str, object] = {"Code": self.code, "Message": self.message}
        return told | ({"Data": self.data} if self.data else {})

    @property
    def as_text(self) -> str:
        return f"{self.code}: {self.message}" + (f" ({self.data})" if self.data else "")


# Codes and messages are the Code's own, letter for letter.
UNAVAILABLE = Exceptional(1000, "Service Not Available", 503)
TOO_MANY = Exceptional(1020, "Client has made too many requests", 429)
INSUFFICIENT = Exceptional(1030, "Insufficient Information to Process Request", 400)
NO_REQUESTOR = Exceptional(2000, "Requestor Not Authorized to Access Service", 401)
NO_CUSTOMER = Exceptional(2010, "Requestor is Not Authorized to Access Usage for Institution", 403)
WRONG_KEY = Exceptional(2020, "APIKey Invalid", 401)
BAD_DATES = Exceptional(3020, "Invalid Date Arguments", 400)
NO_USAGE = Exceptional(3030, "No Usage Available for Requested Dates")
NOT_READY = Exceptional(3031, "Usage Not Ready for Requested Dates")
NO_LONGER = Exceptional(3032, "Usage No Longer Available for Requested Dates")
PARTIAL = Exceptional(3040, "Partial Data Returned")
UNKNOWN_PARAMETER = Exceptional(3050, "Parameter Not Recognized in this Context")
BAD_FILTER = Exceptional(3060, "Invalid ReportFilter Value")
