"""What a reader gets for a URL that is not here (delivery §2.3)."""

from dataclasses import dataclass
from enum import StrEnum


class MissingAction(StrEnum):
    """The setting ``missingFileAction``."""

    ERROR_404 = "error-404"
    HOST_INDEX = "host-au-index"
    AU_INDEX = "au-index"
    REDIRECT = "redirect"
    ALWAYS_REDIRECT = "always-redirect"


class PublisherState(StrEnum):
    """What is known of the publisher when a URL is missing."""

    KNOWN_DOWN = "known-down"
    RECENTLY_DOWN = "recently-down"
    UNKNOWN = "unknown"


class Listing(StrEnum):
    """Which AUs a page names; the reader's hidden ones are never among them."""

    NONE = "none"
    HOST = "host"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class MissingAnswer:
    """404 with a page, or 302 to the URL itself. ``link``: the page may link to the URL at the publisher."""

    status: int
    listing: Listing = Listing.NONE
    link: bool = False


BARE = MissingAnswer(404)
REDIRECTED = MissingAnswer(302)


def missing(action: MissingAction, state: PublisherState, *, never: bool, stem_held: bool) -> MissingAnswer:
    """The answer. ``never``: the publisher is not to be contacted; ``stem_held``: the URL is http or https on a held
    stem (``stems.location``), without which there is neither redirect nor link, whatever is set."""
    page = MissingAnswer(404, Listing.HOST, stem_held)
    match action:
        case MissingAction.ERROR_404:
            return BARE
        case MissingAction.HOST_INDEX:
            return page
        case MissingAction.AU_INDEX:
            return MissingAnswer(404, Listing.ALL, stem_held)
        case MissingAction.REDIRECT:
            goes = state is PublisherState.UNKNOWN and not never and stem_held
        case MissingAction.ALWAYS_REDIRECT:
            goes = not never and stem_held
    return REDIRECTED if goes else page
