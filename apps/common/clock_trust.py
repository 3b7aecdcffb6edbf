"""Whether this computer's clock may be relied on. Who compares it notes here that it may not; who tells others times asks."""

from django.utils.translation import gettext_noop

from apps.common.findings import open_finding, record_finding, resolve_findings
from apps.common.models import Finding
from apps.common.stored import remember

WRONG, CLOCK = "clock-wrong", "clock"
DIFFERS = gettext_noop("this computer's clock differs by %(seconds)s s from %(server)s")
remember(DIFFERS)


def held() -> Finding | None:
    """Since when (``first_at``) and why (``message``) times of this node are not to be told; None where all is well."""
    return open_finding(code=WRONG, subject=CLOCK)


def hold(*, server: str, seconds: float) -> None:
    record_finding(
        code=WRONG,
        subject=CLOCK,
        severity="error",
        app="nodes",
        message=DIFFERS % {"seconds": round(seconds), "server": server},
        params={"server": server, "seconds": seconds},
    )


def release() -> int:
    """The clock is right again."""
    return resolve_findings(subject=CLOCK, codes=[WRONG])
