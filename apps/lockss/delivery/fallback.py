"""Where a link that goes on working leads, and why: what the content host's table decided, in one word.

The words are told in a field of the answer and stand in the address of the copy, so they are never renamed.
"""

import re

from apps.lockss.delivery.asking import Answer, PageKind, Row, Step
from apps.lockss.delivery.common_table import REDIRECTS

FRONT_PAGE = "led-to-front-page"
LED_ELSEWHERE = "led-elsewhere"
_STATUS = re.compile(r"status-([1-5][0-9]{2})")


def why(step: Step, told: Answer | None) -> str:
    """The last step's row; where the publisher was asked and failed, how it failed.

    ``publisher-answered``, ``open``, ``publisher-gone``, ``host-down`` … (``Row``); ``refused``, ``stall``, ``tls`` …
    (``Failure``); ``login-page``, ``soft-404`` (``PageKind``); ``led-elsewhere``; ``status-404``.
    """
    row = getattr(step, "row", Row.ASK)
    if told is None or row in (Row.ANSWERED, Row.READERS_CONDITION):
        return str(row)
    if told.failure is not None:
        return str(told.failure)
    if told.page is not PageKind.SOUND:
        return str(told.page)
    return LED_ELSEWHERE if told.status in REDIRECTS else f"status-{told.status}"


def status_in(reason: str) -> int | None:
    """The publisher's status that a reason names; None where it names none."""
    found = _STATUS.fullmatch(reason)
    return int(found[1]) if found else None


def is_front_page(asked: str, led_to: str) -> bool:
    """Whether a publisher led from a page to the beginning of a site: many do so instead of saying that it is gone."""
    return _path(asked) not in ("", "/") and _path(led_to) in ("", "/")


def _path(url: str) -> str:
    rest = url.partition("//")[2].partition("#")[0]
    _host, slash, path = rest.partition("/")
    return slash + path
