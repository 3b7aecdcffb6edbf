"""Links of HTML rewritten in their places; every byte that is no such link stays as it was collected.

Scripts are not touched. What would reach past the preserved page goes: ``ping``, ``nonce``, ``integrity``, policies and
cookies of ``meta``, hints to other hosts, ``target=_top``.
"""

import re

from apps.lockss.rewrite.attributes import Attribute, Tag, Values, quote_of, value_of
from apps.lockss.rewrite.css import CssRewriter
from apps.lockss.rewrite.faults import RewriteError, RewriteFault
from apps.lockss.rewrite.ports import LinkMap, Use
from apps.lockss.rewrite.references import attribute_source, attribute_text
from apps.lockss.rewrite.resolver import Resolver
from apps.lockss.rewrite.rules import (
    ACTS,
    ACTS_OF,
    PARAMS,
    Act,
    is_dropped_meta,
    is_hint,
    only_connects,
    use_of,
    use_of_link,
)
from apps.lockss.rewrite.tokens import Tokenizer
from apps.lockss.rewrite.values import item_spans, refresh_span, srcset_spans, word_spans

MOST_NESTED = 4
"""Documents inside each other by ``srcdoc``, the page itself among them."""

_SELF = b"_self"


class HtmlRewriter:
    """Bytes of a page in, bytes out; ``close`` gives the rest.

    ``url``: where the page was collected. ``charset``: a Python codec that HTML calls ASCII-compatible, the page's.
    ``fences`` off: links alone are rewritten, nothing is taken out. RewriteError: the page cannot be rewritten.
    """

    def __init__(self, url: str, links: LinkMap, charset: str = "utf-8", *, fences: bool = True) -> None:
        self._begin(Resolver(url, links, charset), fences=fences, depth=1)

    def _begin(self, resolver: Resolver, *, fences: bool, depth: int) -> None:
        self._resolver = resolver
        self._values = Values(resolver)
        self._fences = fences
        self._depth = depth
        self._based = False
        self._style: CssRewriter | None = None
        self.tokenizer = Tokenizer(self)

    def feed(self, data: bytes) -> bytes:
        return self.tokenizer.feed(data)

    def close(self) -> bytes:
        return self.tokenizer.close()

    def style(self, data: bytes, *, last: bool) -> bytes:
        if self._style is None:
            self._style = CssRewriter.inside(self._resolver)
        out = self._style.feed(data)
        if last:
            out += self._style.close()
            self._style = None
        return out

    def anchor(self, raw: bytes) -> bytes | None:
        return self._values.link(raw, Use.PAGE, '"')

    def tag(self, name: bytes, found: re.Match[bytes]) -> bytes | None:
        tag = Tag(name, found)
        if name == b"meta":
            self._meta(tag)
        elif name == b"link":
            self._link(tag)
        else:
            for attribute in tag.attributes:
                key = attribute[1].lower()
                act = ACTS.get(key) or ACTS_OF.get((name, key))
                if act is Act.LINK:
                    self._one(tag, key, attribute)
                elif act is not None:
                    self._other(tag, key, act, attribute)
        return tag.edited()

    def _one(self, tag: Tag, key: bytes, attribute: Attribute) -> None:
        if tag.name == b"base":
            self._base(tag, key, attribute)
        elif tag.name != b"param" or tag.first(b"name").strip().lower() in PARAMS:
            self._values.one(attribute, use_of(tag.name, key), tag)

    def _other(self, tag: Tag, key: bytes, act: Act, attribute: Attribute) -> None:
        match act:
            case Act.CSS:
                self._values.css(attribute, tag)
            case Act.SRCSET:
                self._values.several(attribute, srcset_spans, Use.IMAGE, tag, forbidden=",")
            case Act.LINKS:
                self._values.several(attribute, word_spans, use_of(tag.name, key), tag, forbidden=",")
            case Act.ANIMATED:
                self._animated(tag, attribute)
            case Act.SRCDOC:
                self._srcdoc(tag, attribute)
            case Act.DROP:
                self._drop(tag, attribute)
            case Act.TARGET:
                if self._fences and value_of(attribute).strip().lower() == b"_top":
                    tag.put(attribute, _SELF)
            case Act.LINK:
                pass

    def _drop(self, tag: Tag, attribute: Attribute) -> None:
        if self._fences:
            tag.drop(attribute)

    def _meta(self, tag: Tag) -> None:
        kind = attribute_text(tag.first(b"http-equiv").decode("latin-1")).strip().lower()
        dropped = is_dropped_meta(kind)
        for attribute in tag.attributes:
            key = attribute[1].lower()
            act = ACTS.get(key)
            if key == b"http-equiv" and dropped:
                self._drop(tag, attribute)
            elif key == b"content" and kind == "refresh":
                self._values.several(attribute, refresh_span, Use.PAGE, tag, forbidden="\"'")
            elif act is Act.CSS or act is Act.DROP:
                self._other(tag, key, act, attribute)

    def _link(self, tag: Tag) -> None:
        rel = frozenset(self._values.text(tag.first(b"rel")).lower().split())
        use = use_of_link(rel, self._values.text(tag.first(b"as")).strip().lower())
        connects, hint = only_connects(rel), is_hint(rel)
        for attribute in tag.attributes:
            key = attribute[1].lower()
            act = ACTS.get(key)
            if act not in {Act.LINK, Act.SRCSET}:
                if act is not None:
                    self._other(tag, key, act, attribute)
            elif self._fences and (connects or (hint and self._leads_out(key, attribute, use))):
                tag.drop(attribute)
            elif act is Act.SRCSET:
                self._other(tag, key, act, attribute)
            else:
                self._values.one(attribute, use, tag)

    def _leads_out(self, key: bytes, attribute: Attribute, use: Use) -> bool:
        """Whether a hint leads to a place that the map leaves live."""
        text = self._values.text(value_of(attribute))
        if ACTS.get(key) is Act.SRCSET:
            return any(self._stays_live(text[start:end], Use.IMAGE) for start, end in srcset_spans(text))
        return self._stays_live(text, use)

    def _stays_live(self, link: str, use: Use) -> bool:
        url = self._resolver.absolute(link)
        links = self._resolver.links
        return url is not None and not links.is_own(link.strip()) and links.link(url, use) is None

    def _base(self, tag: Tag, key: bytes, attribute: Attribute) -> None:
        """The first base holds; one that stays live would take the rewritten links with it, so it goes."""
        link = self._values.text(value_of(attribute))
        before = len(tag.edits)
        self._values.one(attribute, Use.BASE, tag)
        lost = self._fences and len(tag.edits) == before and self._stays_live(link, Use.BASE)
        if lost:
            tag.drop(attribute)
        if not self._based and key == b"href":
            self._based = True
            self._resolver.rebase(link, lost=lost)

    def _animated(self, tag: Tag, attribute: Attribute) -> None:
        """SVG can move a link from one place to another."""
        moved = self._values.text(tag.first(b"attributename")).strip().lower()
        if moved in {"href", "xlink:href"}:
            self._values.several(attribute, item_spans, Use.OTHER, tag, forbidden=";")
        elif moved:
            self._values.css(attribute, tag)

    def _srcdoc(self, tag: Tag, attribute: Attribute) -> None:
        if self._depth >= MOST_NESTED:
            raise RewriteError(
                RewriteFault.TOO_DEEP, f"more than {MOST_NESTED} documents inside each other by srcdoc"
            )
        inner = HtmlRewriter.__new__(HtmlRewriter)
        resolver = self._resolver.of_srcdoc()
        inner._begin(resolver, fences=self._fences, depth=self._depth + 1)  # noqa: SLF001
        body = self._values.text(value_of(attribute)).encode("utf-8")
        new = inner.feed(body) + inner.close()
        self._resolver.grown = resolver.grown
        if new != body:
            text = new.decode("utf-8")
            tag.put(attribute, attribute_source(text, quote_of(attribute), self._resolver.charset))
