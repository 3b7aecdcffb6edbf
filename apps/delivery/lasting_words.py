"""Why a link that goes on working leads where it leads, in words."""

from django.utils.translation import gettext

from apps.lockss.delivery import Failure, PageKind, Row
from apps.lockss.delivery.fallback import FRONT_PAGE, LED_ELSEWHERE, status_in


def reason_text(reason: str) -> str:
    """A sentence for a word of ``fallback.why``; empty for one that nobody knows."""
    status = status_in(reason)
    if status is not None:
        return gettext("The publisher answered with status %(status)d.") % {"status": status}
    return {**_of_the_publisher(), **_of_this_node()}.get(reason, "")


def unchanged_text() -> str:
    """Why a copy is shown although its publisher delivers."""
    return gettext("The publisher says that it has not changed since.")


def _of_the_publisher() -> dict[str, str]:
    return {
        Row.ANSWERED: gettext("The publisher delivers the page."),
        Failure.REFUSED: gettext("The publisher's server refused the connection."),
        Failure.CONNECT_TIMEOUT: gettext("The publisher's server could not be reached in time."),
        Failure.STALL: gettext("The publisher's server did not answer in time."),
        Failure.TRUNCATED: gettext("The publisher's answer broke off before its end."),
        Failure.RESET: gettext("The publisher's server broke the connection off."),
        Failure.DNS: gettext("The name of the publisher's server is not known any more."),
        Failure.TLS: gettext("The certificate of the publisher's server is not valid."),
        Failure.FORBIDDEN_ADDRESS: gettext(
            "The publisher's server has an address that is not asked from here."
        ),
        PageKind.LOGIN: gettext("The publisher asks to sign in instead of showing the page."),
        PageKind.SOFT_404: gettext("The publisher says that the page is not there any more."),
        LED_ELSEWHERE: gettext("The publisher leads to an address that is not preserved here."),
        FRONT_PAGE: gettext("The publisher leads to its front page instead of the page."),
    }


def _of_this_node() -> dict[str, str]:
    return {
        Row.OPEN: gettext("This library gives its own copy always, and does not ask the publisher."),
        Row.PUBLISHER_GONE: gettext("The publisher does not serve it any more."),
        Row.HOST_DOWN: gettext(
            "The publisher's server did not answer when it was last asked, less than ten minutes ago."
        ),
        Row.RECENT: gettext("The publisher failed to deliver it within the last hour."),
        Row.CACHE_ONLY: gettext("The publisher is not asked from here."),
        Failure.QUEUE_FULL: gettext("Too many requests to the publisher were under way."),
    }
