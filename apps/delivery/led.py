"""What an OpenURL that leads to a page knows of it: that it is the manifest page, for want of a better one.

It stands in the address, sealed, so that nobody can say it of another page in this node's name.
"""

import hmac

from django.utils.crypto import salted_hmac
from django.utils.translation import gettext

from apps.lockss.openurl import Candidate
from apps.lockss.replay import ServeContent

_SALT = "delivery.led"


def word_of(chosen: Candidate) -> str:
    """What the address carries; empty where the page is one for readers."""
    return _seal(chosen.url) if chosen.manifest else ""


def address_of(address: str, word: str) -> str:
    """The address of ServeContent with that word."""
    return f"{address}&from_openurl={word}" if word else address


def led_text(wanted: ServeContent) -> str:
    """The sentence for the line at the end of the page; empty where no OpenURL led to a manifest page."""
    said = wanted.from_openurl.encode()
    if not said or not any(hmac.compare_digest(said, _seal(url).encode()) for url in wanted.urls):
        return ""
    return gettext(
        "This is the platform's page for preservation systems; no better page of this volume is known."
    )


def _seal(url: str) -> str:
    return salted_hmac(_SALT, url, algorithm="sha256").hexdigest()[:16]
