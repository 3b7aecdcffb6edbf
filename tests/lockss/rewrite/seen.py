"""What another parser sees of a page: whatever a browser would fetch or follow."""

import re
from collections.abc import Iterator

import ada_url
import tinycss2
from selectolax.lexbor import LexborHTMLParser
from tinycss2.ast import Node

# Attributes that name no place, whatever stands in them.
_INERT = frozenset(
    [
        "id",
        "class",
        "title",
        "alt",
        "name",
        "content",
        "value",
        "rel",
        "type",
        "as",
        "media",
        "width",
        "height",
        "x",
        "y",
        "z",
        "b",
        "c",
        "d",
        "srcdoc",
        "style",
        "srcset",
        "imagesrcset",
        "http-equiv",
        "attributename",
        "values",
        "to",
        "from",
        "target",
    ]
)


def live_links(page: str, at: str) -> list[tuple[str, str]]:
    """(element and attribute, URL) of what leads to another host than that of ``at``, where the page is opened."""
    own = ada_url.URL(at).host
    tree = LexborHTMLParser(page)
    base = tree.css_first("base[href]")
    where = _absolute(at, (base.attributes["href"] or "") if base is not None else "") or at
    return [
        (place, url)
        for place, link in _links(tree)
        if (url := _absolute(where, link)) is not None and ada_url.URL(url).host != own
    ]


def _absolute(base: str, link: str) -> str | None:
    try:
        url = ada_url.join_url(base, link)
    except ValueError:
        return None
    return url if url.startswith(("http://", "https://")) else None


def _links(tree: LexborHTMLParser) -> Iterator[tuple[str, str]]:
    for node in tree.css("*"):
        attributes = {name: value or "" for name, value in node.attributes.items()}
        for name, value in attributes.items():
            place = f"{node.tag} {name}"
            if name in {"srcset", "imagesrcset"}:
                yield from ((place, part.strip(",")) for part in value.split() if "/" in part)
            elif name == "srcdoc" and node.tag == "iframe":
                yield from _links(LexborHTMLParser(value))
            elif name == "style" or "url(" in value.lower():
                yield from ((place, url) for url in css_urls(value))
            elif name == "archive":
                yield from ((place, part) for part in re.split(r"[\s,]+", value))
            elif name in {"values", "to", "from"}:
                yield from ((place, part) for part in value.split(";"))
            elif name not in _INERT:
                yield place, value
        if node.tag == "style":
            yield from (("style", url) for url in css_urls(node.text(deep=True)))
        if node.tag == "meta" and attributes.get("http-equiv", "").strip().lower() == "refresh":
            found = re.search(
                r"[;,\s]\s*(?:url\s*=\s*)?[\"']?(.*)",
                attributes.get("content", ""),
                re.IGNORECASE | re.DOTALL,
            )
            if found:
                yield "meta content", found[1]
        if node.tag == "param":
            yield "param value", attributes.get("value", "")


def css_urls(sheet: str) -> Iterator[str]:
    """What stands in ``url(…)``, image-set(…) and behind ``@import``."""
    waiting: list[tuple[list[Node], bool]] = [(tinycss2.parse_component_value_list(sheet), False)]
    while waiting:
        nodes, is_set = waiting.pop()
        expected = False
        for node in nodes:
            kind = node.type
            if kind in {"whitespace", "comment"}:
                continue
            # Of a line end behind a backslash browsers make no URL, this parser does.
            if (kind == "url" and not node.value.endswith("\n")) or (
                kind == "string" and (expected or is_set)
            ):
                yield node.value
            elif kind == "function":
                name = node.lower_name
                waiting.append((node.arguments, name.endswith("image-set") or name in {"url", "src"}))
            elif kind.endswith("block"):
                waiting.append((node.content, False))
            expected = kind == "at-keyword" and node.lower_value == "import"
