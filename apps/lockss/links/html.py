"""Links of an HTML page in the order of its tags (plugins §8, text/html).

Two profiles. ``DEPLOYED`` is what the default extractor of deployed nodes takes, so that mixed networks hold the
same URLs. ``WIDE`` adds what pages have learnt since: responsive images, media, SVG, citations, objects' data.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum

from selectolax.lexbor import LexborHTMLParser

from apps.lockss.links.css import searched_urls, token_urls
from apps.lockss.permission.tags import TagScanner

MAX_DEPTH = 400
MAX_ATTRIBUTES = 200
_SMALL = 65_536


class Profile(StrEnum):
    """Which tags and attributes count as links."""

    DEPLOYED = "deployed"
    WIDE = "wide"


_DEPLOYED: Mapping[str, tuple[str, ...]] = {
    "a": ("href",),
    "applet": ("code",),
    "area": ("href",),
    "frame": ("src",),
    "object": ("codebase",),
    "img": ("src",),
    "iframe": ("src",),
    "embed": ("src",),
    "link": ("href",),
    "body": ("background",),
    "script": ("src",),
    "table": ("background",),
    "td": ("background",),
    "th": ("background",),
}
_XLINK = ("href", "xlink:href")
_WIDE: Mapping[str, tuple[str, ...]] = {
    **_DEPLOYED,
    "applet": ("codebase", "code", "archive", "object"),
    "object": ("codebase", "data", "archive"),
    "img": ("src", "longdesc", "lowsrc", "dynsrc"),
    "frame": ("src", "longdesc"),
    "iframe": ("src", "longdesc"),
    "tr": ("background",),
    "audio": ("src",),
    "video": ("src", "poster"),
    "source": ("src",),
    "track": ("src",),
    "input": ("src",),
    "html": ("manifest",),
    **dict.fromkeys(("blockquote", "q", "ins", "del"), ("cite",)),
    **dict.fromkeys(("image", "use", "feimage", "lineargradient", "radialgradient", "pattern"), _XLINK),
}
_TABLES = {Profile.DEPLOYED: _DEPLOYED, Profile.WIDE: _WIDE}
_SRCSETS: Mapping[str, str] = {"img": "srcset", "source": "srcset", "link": "imagesrcset"}
_PARAMS = frozenset({"movie", "src", "url", "data", "filename", "file"})

# One tag at a time, each character once: a quoted value may hold anything.
_TAG = re.compile(r"""<(?:!--|(/?+)([a-zA-Z][^\s/>]*+)((?:"[^"]*+"|'[^']*+'|[^"'>])*+))""")
_COMMENT_END = re.compile("--!?>")
_RAW_ENDS = {
    name: re.compile(f"</{name}", re.IGNORECASE) for name in ("script", "style", "textarea", "title", "xmp")
}
_ATTRIBUTE = re.compile(r"""[^\s/>="']+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>]*))?""")
_NO_DEPTH = frozenset(
    {
        *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source"),
        # Usually left open: the parser closes them itself.
        *("track", "wbr", "p", "li", "dt", "dd", "td", "th", "tr", "option", "tbody", "thead", "tfoot"),
    }
)
_REFRESH = re.compile(r"""\s*[0-9.]*\s*[;,]?\s*(?:url\s*=\s*)?(["']?)(.*)""", re.IGNORECASE | re.DOTALL)
_CANDIDATE = re.compile(r"[\s,]*([^\s]+)([^,]*)")


class LinkKind(StrEnum):
    """``BASE`` is no link but changes what follows; ``STYLE`` URLs stand inside a style sheet."""

    LINK = "link"
    BASE = "base"
    STYLE = "style"


Raw = tuple[LinkKind, str]
Attributes = Mapping[str, str | None]


def html_links(text: str, profile: Profile = Profile.WIDE) -> Iterator[Raw]:
    """Links as written, in order."""
    reader = _tree_tags if tree_is_cheap(text) else _stream_tags
    for name, attributes, style in reader(text, profile):
        yield from _of_tag(name, attributes, profile)
        if style is not None:
            yield from ((LinkKind.STYLE, url) for url in _css(style, profile))


def tree_is_cheap(text: str) -> bool:
    """Whether a tree may be built: its builder needs the square of the nesting and of one tag's attributes."""
    if len(text) <= _SMALL:
        return True
    depth = at = 0
    while (found := _TAG.search(text, at)) is not None:
        at = found.end()
        if found[2] is None:
            at = _behind(_COMMENT_END, text, at)
            continue
        name = found[2].lower()
        if name in _RAW_ENDS and not found[1]:
            at = _behind(_RAW_ENDS[name], text, at)
        elif name not in _NO_DEPTH:
            depth = max(0, depth - 1) if found[1] else depth + 1
            if depth > MAX_DEPTH:
                return False
        inside = found[3]
        if len(inside) > 2 * MAX_ATTRIBUTES and len(_ATTRIBUTE.findall(inside)) > MAX_ATTRIBUTES:
            return False
    return True


def _behind(end: re.Pattern[str], text: str, at: int) -> int:
    found = end.search(text, at)
    return len(text) if found is None else found.end()


def _tree_tags(text: str, profile: Profile) -> Iterator[tuple[str, Attributes, str | None]]:
    for node in LexborHTMLParser(text).css(_SELECTORS[profile]):
        name = node.tag or ""
        yield name, node.attributes, node.text() if name == "style" else None


def _stream_tags(text: str, profile: Profile) -> Iterator[tuple[str, Attributes, str | None]]:
    """Without a tree: tags alone, no text of style elements."""
    scanner = TagScanner(frozenset({*_TABLES[profile], *_SRCSETS, "base", "meta", "param"}))
    for start in range(0, len(text), _SMALL):
        for tag in scanner.feed(text[start : start + _SMALL]):
            yield tag.name, tag.attributes, None


def _selector(profile: Profile) -> str:
    plain = {f"{tag}[{name}]" for tag, names in _TABLES[profile].items() for name in names if ":" not in name}
    linked = {"image", "use", "feImage", "linearGradient", "radialGradient", "pattern"}
    wide = {f"{tag}[{name}]" for tag, name in _SRCSETS.items()} | {"param[value]"} | linked
    extra = wide if profile is Profile.WIDE else set()
    return ",".join(sorted(plain | extra | {"base[href]", "meta[http-equiv]", "style", "[style]"}))


_SELECTORS = {profile: _selector(profile) for profile in Profile}


def _of_tag(name: str, attributes: Attributes, profile: Profile) -> Iterator[Raw]:
    style = attributes.get("style")
    if style and "url(" in style.lower():
        yield from ((LinkKind.STYLE, url) for url in _css(style, profile))
    if name == "base":
        yield LinkKind.BASE, attributes.get("href") or ""
        return
    if name == "meta":
        if (attributes.get("http-equiv") or "").strip().lower() == "refresh":
            url = refresh_url(attributes.get("content") or "")
            if url:
                yield LinkKind.LINK, url
        return
    for key in _TABLES[profile].get(name.lower(), ()):
        value = attributes.get(key)
        if value is None:
            continue
        if key == "archive":
            yield from ((LinkKind.LINK, part) for part in value.replace(",", " ").split())
        else:
            yield LinkKind.LINK, value
    if profile is Profile.WIDE:
        yield from _wide(name, attributes)


def _wide(name: str, attributes: Attributes) -> Iterator[Raw]:
    candidates = attributes.get(_SRCSETS.get(name, ""))
    if candidates:
        yield from ((LinkKind.LINK, url) for url in srcset_urls(candidates))
    if name == "param" and (attributes.get("name") or "").strip().lower() in _PARAMS:
        value = attributes.get("value")
        if value:
            yield LinkKind.LINK, value


def srcset_urls(text: str) -> Iterator[str]:
    """The candidates of ``srcset``: URLs may hold commas, but not at their end."""
    at = 0
    while (found := _CANDIDATE.match(text, at)) is not None:
        url = found[1].rstrip(",")
        at = found.end(1) if url != found[1] else found.end()
        if url:
            yield url


def refresh_url(content: str) -> str:
    """The URL of a ``refresh``: behind the seconds, with or without ``url=`` and quotes; "" for none."""
    found = _REFRESH.fullmatch(content)
    if found is None or not re.search(r"[;,]|url\s*=", content, re.IGNORECASE):
        return ""
    url = found[2].split(found[1], 1)[0] if found[1] else found[2]
    return url.strip()


def _css(text: str, profile: Profile) -> Iterator[str]:
    read: Callable[[str], Iterator[str]] = token_urls if profile is Profile.WIDE else searched_urls
    return read(text)
