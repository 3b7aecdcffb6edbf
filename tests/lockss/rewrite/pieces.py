"""Rewriters run over a body that is cut into pieces, and links that are easy to tell apart."""

from collections.abc import Callable

from apps.lockss.rewrite import (
    CssRewriter,
    HtmlRewriter,
    LinkMap,
    ReplayMap,
    RewriteError,
    Rewriter,
    ServeContentMap,
    Use,
)

PAGE = "http://h.org/a/page.html"
REPLAY = ReplayMap("/all/", "20200102030405")
SERVE = ServeContentMap(["http://h.org/"])
AT = "/all/20200102030405"


class Nowhere:
    """Leaves every link as it is."""

    relative_stays = False

    def is_own(self, link: str) -> bool:
        return False

    def link(self, url: str, use: Use) -> str | None:
        return None


class Marks:
    """Shows what was asked: the use and the URL."""

    relative_stays = False

    def is_own(self, link: str) -> bool:
        return False

    def link(self, url: str, use: Use) -> str | None:
        return f"/{use}!{url}"


class Always:
    """One text for every link, as hostile as it may be."""

    relative_stays = False

    def __init__(self, text: str) -> None:
        self.text = text

    def is_own(self, link: str) -> bool:
        return False

    def link(self, url: str, use: Use) -> str | None:
        return self.text


def run(rewriter: Rewriter, body: bytes, size: int = 0) -> bytes:
    """The whole output; ``size``: bytes of a piece, 0 for all at once."""
    size = size or max(1, len(body))
    out = [rewriter.feed(body[at : at + size]) for at in range(0, len(body), size)]
    return b"".join([*out, rewriter.close()])


def html(body: bytes | str, links: LinkMap = REPLAY, *, size: int = 0, **more: object) -> bytes:
    data = body.encode() if isinstance(body, str) else body
    return run(HtmlRewriter(PAGE, links, **more), data, size)  # type: ignore[arg-type]


def marked(body: str, **more: object) -> str:
    return html(body, Marks(), **more).decode()  # type: ignore[arg-type]


def css(body: bytes | str, links: LinkMap = REPLAY, *, size: int = 0, charset: str = "utf-8") -> bytes:
    data = body.encode() if isinstance(body, str) else body
    return run(CssRewriter("http://h.org/a/s.css", links, charset), data, size)


def outcome(made: Callable[[], bytes]) -> bytes | str:
    """The output or the code of the fault."""
    try:
        return made()
    except RewriteError as error:
        return str(error.code)
