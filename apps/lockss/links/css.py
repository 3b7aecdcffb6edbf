"""URLs in style sheets: ``url(…)`` and ``@import`` (plugins §8, text/css).

Read as a browser would, with tokens and escapes; or as deployed nodes do, who search the text for a pattern and so also
find what stands in comments. The second way is quick and costs no more than the text is long.
"""

import re
from collections.abc import Iterator
from itertools import islice

import tinycss2
from tinycss2.ast import Node

MAX_TOKENS = 1 << 19
"""Characters of one sheet that are tokenised; what lies behind is searched the deployed way."""

_BEGIN = re.compile(r"@import\s+(?:url\()?|url\(", re.IGNORECASE)
_QUOTE = re.compile(r"\s*([\"']?)")
_ENDS = {"": re.compile(r"\s*[);]"), '"': re.compile(r'"\s*[);]'), "'": re.compile(r"'\s*[);]")}
_MAX_URL = 2_100
_CONTINUED = re.compile(r"\\\r?\n")
_ESCAPED = re.compile(r"\\([,'\"()\s])")


def searched_urls(text: str) -> Iterator[str]:
    """URLs as the deployed pattern finds them: at most 2,100 characters, on one line, simple escapes undone."""
    text = _CONTINUED.sub("", text)
    at = 0
    # The next end of each kind holds for every beginning before it, so that the text is read once per kind.
    ends: dict[str, tuple[int, int]] = {}
    while (found := _BEGIN.search(text, at)) is not None:
        quoted = _QUOTE.match(text, found.end())
        quote = "" if quoted is None else quoted[1]
        start = found.end() if quoted is None else quoted.end()
        if quote not in ends or ends[quote][0] < start:
            end = _ENDS[quote].search(text, start)
            ends[quote] = (len(text) + _MAX_URL + 1, 0) if end is None else end.span()
        stop, behind = ends[quote]
        at = found.end()
        if stop - start > _MAX_URL:
            continue
        at = behind
        url = text[start:stop]
        if url and "\n" not in url and "\r" not in url:
            yield _ESCAPED.sub(r"\1", url)


def token_urls(text: str) -> Iterator[str]:
    """URLs as a browser's tokens have them: comments hold none, all escapes are undone."""
    head, rest = text[:MAX_TOKENS], text[MAX_TOKENS:]
    # Blocks are lists of tokens; walked with a list of our own, since they may be nested at will.
    waiting: list[Iterator[Node]] = [iter(tinycss2.parse_component_value_list(head, skip_comments=True))]
    after_import = False
    while waiting:
        node = next(waiting[-1], None)
        if node is None:
            waiting.pop()
            continue
        kind = node.type
        if kind == "whitespace":
            continue
        if kind == "url" or (kind == "string" and after_import):
            yield node.value
        elif kind == "function" and node.lower_name in {"url", "src"}:
            yield from islice(_strings(node.arguments), 1)
        elif kind == "function" and node.lower_name.endswith("image-set"):
            yield from _strings(node.arguments)
            waiting.append(iter(node.arguments))
        elif kind == "function":
            waiting.append(iter(node.arguments))
        elif kind in {"() block", "[] block", "{} block"}:
            waiting.append(iter(node.content))
        after_import = kind == "at-keyword" and node.lower_value == "import"
    yield from searched_urls(rest)


def _strings(nodes: list[Node]) -> Iterator[str]:
    return (node.value for node in nodes if node.type == "string")
