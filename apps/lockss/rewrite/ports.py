"""What the rewriter asks for every link it finds: where it leads for a reader of the preserved page."""

from enum import StrEnum
from typing import Protocol


class Use(StrEnum):
    """What a browser does with a link. All but ``PAGE`` and ``BASE`` are fetched with the page itself."""

    PAGE = "page"
    BASE = "base"
    IMAGE = "image"
    STYLE = "style"
    SCRIPT = "script"
    IFRAME = "iframe"
    FRAME = "frame"
    OTHER = "other"

    @property
    def subresource(self) -> bool:
        return self not in {Use.PAGE, Use.BASE}


class LinkMap(Protocol):
    """Where links lead."""

    @property
    def relative_stays(self) -> bool:
        """Whether links below the page's own folder are right as they stand."""

    def is_own(self, link: str) -> bool:
        """Whether the text of a link is one that this map has made before."""

    def link(self, url: str, use: Use) -> str | None:
        """Where ``url`` leads: absolute, http or https, as a browser would ask for it. None: leave it as it stands."""
