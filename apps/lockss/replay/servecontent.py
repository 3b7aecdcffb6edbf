"""Requests to ``ServeContent`` in all their forms (delivery §2.1), read into one value."""

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote_plus

from apps.lockss.openurl import OpenUrl, OpenUrlFinding, parse_openurl
from apps.lockss.replay.asked import LONGEST, AskCode, AskError, spellings

PATH = "/ServeContent"
LONGEST_VALUE = 100
_OWN = frozenset(
    {"auid", "version", "noproxy", "norewrite", "filterPlugins", "use_openurl", "choices", "from_openurl"}
)
_OPENURL = re.compile(
    r"rft_id|rft\..+|(?:url|ctx)_ver|rft_val_fmt|id|doi|pmid|e?issn|e?isbn|sici|bici|title|[bjs]title|atitle|pub"
)
_VERSION = re.compile(r"[0-9]{1,9}")


class Form(StrEnum):
    INDEX = "index"
    """All AUs."""
    URL = "url"
    VERSION = "version"
    """A version of a URL in an AU: from the store alone, never from the publisher."""
    AU = "au"
    """Where an AU begins."""
    OPENURL = "openurl"


@dataclass(frozen=True, slots=True)
class ServeContent:
    """``urls``: spellings to try in turn, the first that is held is meant; none of them a name yet."""

    form: Form
    urls: tuple[str, ...] = ()
    auid: str = ""
    version: int | None = None
    openurl: OpenUrl | None = None
    no_proxy: bool = False
    no_proxy_value: str = ""
    """What stood there: a fall-back link says why it led here (``apps.delivery.lasting``)."""
    no_rewrite: bool = False
    all_plugins: bool = False
    use_openurl: bool = False
    choices: bool = False
    """The page of choices instead of a redirect to the best one (ruling C12)."""
    from_openurl: str = ""
    """What the OpenURL that led here said of the page (``apps.delivery.led``)."""


def parse_serve_content(target: str) -> ServeContent | AskError | OpenUrlFinding | None:
    """A request's target, path and query as they were sent; None where it is no such request."""
    path, mark, query = target.partition("?")
    if path not in (PATH, f"{PATH}/") and not path.startswith(f"{PATH}/"):
        return None
    if len(target) > LONGEST:
        return AskError.of(AskCode.TOO_LONG, "url", target)
    if behind := path[len(PATH) + 1 :]:
        # In this form the query is the URL's own.
        urls = spellings([f"{behind}{mark}{query}"], "url")
        return urls if isinstance(urls, AskError) else ServeContent(Form.URL, urls)
    return _of_query(query)


def _of_query(query: str) -> ServeContent | AskError | OpenUrlFinding:
    parts = [(part.partition("=")[0], part) for part in query.split("&") if part]
    given = {key: _value(part) for key, part in reversed(parts) if key in _OWN}
    version = given.get("version", "")
    if version and not (version.isascii() and _VERSION.fullmatch(version)):
        return AskError.of(AskCode.BAD_VERSION, "version", version)
    at = next((place for place, (key, _part) in enumerate(parts) if key == "url"), None)
    urls = () if at is None else spellings(_with_rest(parts, at), "url", of_form=True)
    if isinstance(urls, AskError):
        return urls
    auid = given.get("auid", "")
    if version and not (urls and auid):
        return AskError.of(AskCode.VERSION_ALONE, "version", version)
    form, openurl = Form.URL, None
    if version:
        form = Form.VERSION
    elif not urls and any(_OPENURL.fullmatch(key) for key, _part in parts):
        form = Form.OPENURL
        asked = parse_openurl("&".join(part for key, part in parts if key not in _OWN))
        if isinstance(asked, OpenUrlFinding):
            return asked
        openurl = asked
    elif not urls:
        form = Form.AU if auid else Form.INDEX
    return ServeContent(
        form,
        urls,
        auid,
        int(version) if version else None,
        openurl,
        no_proxy=bool(given.get("noproxy")),
        from_openurl=given.get("from_openurl", "")[:LONGEST_VALUE],
        no_proxy_value=given.get("noproxy", "")[:LONGEST_VALUE],
        no_rewrite=bool(given.get("norewrite")),
        all_plugins=given.get("filterPlugins", "").lower() == "no",
        use_openurl=given.get("use_openurl", "").lower() == "true",
        choices=given.get("choices", "") == "1",
    )


def _value(part: str) -> str:
    return unquote_plus(part.partition("=")[2], errors="replace")


def _with_rest(parts: list[tuple[str, str]], at: int) -> list[str]:
    """What ``url=`` may mean where more follows that is none of our parameters: many links do not escape their ``&``."""
    own = parts[at][1].partition("=")[2]
    behind = parts[at + 1 :]
    strange = [part for key, part in behind if key not in _OWN]
    out = ["&".join([own, *strange])] if strange else []
    out.append(own)
    if len(strange) < len(behind):
        out.append("&".join([own, *(part for _key, part in behind)]))
    return out if own.strip() else [own]
