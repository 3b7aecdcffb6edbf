"""A permission page tried for its publisher: what is recognised, what nearly is, and what to do about it.

The verdict is the crawler's own (``page``); the nearly-right is looked for at the page's beginning only.
"""

from dataclasses import dataclass, field

from apps.lockss.coding import decoder_for
from apps.lockss.permission.charset import charset_of
from apps.lockss.permission.creativecommons import LinkRules
from apps.lockss.permission.elsewhere import behind_login, drawn_by_script, empty_shell, other_language
from apps.lockss.permission.near import Near, NearKind, PageWords, neighbours
from apps.lockss.permission.page import (
    AccessType,
    Granted,
    Network,
    PageRules,
    Refusal,
    Refused,
    judge_page,
)
from apps.lockss.permission.plugin_checkers import RefusalCode
from apps.lockss.permission.statements import Checker, StatementScanner
from apps.lockss.permission.tags import TagScanner

MAX_DECODED = 16_777_216
# Bytes that are looked through for what is nearly right: more than a permission page has, little enough to try often.
LOOKED = 131_072
_LICENCE = 'rel="license" href="https://creativecommons.org/licenses/by/4.0/"'


@dataclass(frozen=True, slots=True)
class Trial:
    """``statement`` is what granted, or None; ``near`` never holds anything when the page grants."""

    granted: bool
    network: Network
    checker: Checker | None
    statement: str | None
    access_type: AccessType | None
    offset: int | None
    charset: str
    near: tuple[Near, ...]
    reasons: tuple[Refusal, ...]
    expected: str
    # Whether the page goes on behind what was looked through for the nearly right.
    cut: bool = False
    # What was looked through; every offset of ``near`` counts in it.
    text: str = field(default="", repr=False)


def try_page(
    page: bytes,
    network: Network,
    *,
    content_type: str | None = None,
    content_encoding: str | None = None,
    asked: str = "",
    final_url: str = "",
    status: int | None = None,
) -> Trial:
    """Judge a page as a node of ``network`` would; ``status`` and addresses tell a login from an open page."""
    rules = PageRules(network=network, max_decoded=MAX_DECODED)
    text, charset, cut = _text(page, content_type, content_encoding)
    expected = rules.statements()[Checker.STATEMENT]
    login = behind_login(text, expected, asked=asked, final_url=final_url, status=status)
    verdict = judge_page(page, rules, content_type=content_type, content_encoding=content_encoding)
    if isinstance(verdict, Granted) and (status is None or status < 300):
        return Trial(
            True,
            network,
            verdict.checker,
            verdict.statement,
            verdict.access_type,
            verdict.offset,
            charset,
            (),
            (),
            expected,
            cut,
            text,
        )
    if isinstance(verdict, Refused):
        reasons = verdict.reasons
    else:
        reasons = (Refusal(RefusalCode.NO_STATEMENT, f"the page is answered with HTTP {status}"),)
    near = _near(text, rules, login)
    return Trial(False, network, None, None, None, None, charset, near, reasons, expected, cut, text)


def _text(page: bytes, content_type: str | None, content_encoding: str | None) -> tuple[str, str, bool]:
    """The first ``LOOKED`` bytes as text, the character set they were read by, and whether there are more."""
    plain = bytearray()
    decoder = decoder_for(content_encoding)
    for piece in decoder.feed(page) if decoder else [page]:
        plain += piece
        if len(plain) > LOOKED:
            break
    charset = charset_of(bytes(plain[:LOOKED]), content_type, complete=len(plain) <= LOOKED)
    text = bytes(plain[charset.mark : LOOKED]).decode(charset.name, "replace")
    return text, charset.name, len(plain) > LOOKED


def _near(text: str, rules: PageRules, login: Near | None) -> tuple[Near, ...]:
    found: list[Near] = [login] if login else []
    statements = rules.statements()
    expected = statements[Checker.STATEMENT]
    if script := drawn_by_script(text, statements):
        found.append(script)
    elif other := _other_network(text, rules):
        found.append(other)
    else:
        words = PageWords(text)
        each = [words.nearest(checker, statement) for checker, statement in statements.items()]
        found += neighbours([near for near in each if near is not None])
    if len(found) == (1 if login else 0) and (language := other_language(text, expected)):
        found.append(language)
    if licence := _licence_link(text):
        found.append(licence)
    if not found and (shell := empty_shell(text, expected)):
        found.append(shell)
    return tuple(found)


def _other_network(text: str, rules: PageRules) -> Near | None:
    other = Network.CLOCKSS if rules.network is Network.LOCKSS else Network.LOCKSS
    theirs = PageRules(network=other).statements()
    scanner = StatementScanner(theirs)
    scanner.feed(text)
    scanner.close()
    for checker, offset in scanner.found.items():
        expected = rules.statements().get(checker, rules.statements()[Checker.STATEMENT])
        return Near(
            NearKind.OTHER_NETWORK,
            checker,
            theirs[checker],
            expected,
            f"this is the statement of the {other.upper()} network; a node of {rules.network.upper()} needs its own. "
            "Both may stand on the page.",
            offset,
        )
    return None


def _licence_link(text: str) -> Near | None:
    """A link to a Creative Commons licence that misses its mark or names what is none."""
    pattern = LinkRules().pattern()
    for tag in TagScanner(frozenset({"a", "link"})).feed(text):
        href, rel = tag.attributes.get("href", ""), tag.attributes.get("rel", "")
        if "creativecommons.org/" not in href.lower():
            continue
        if pattern.fullmatch(href.strip()) is None:
            said = "the address is no Creative Commons licence that is recognised."
        elif href != href.strip():
            said = "blanks stand around the licence's address."
        elif rel:
            said = f"the link is marked rel=“{rel[:80]}”; it must be rel=“license” and nothing else."
        else:
            said = "the link to the licence is not marked rel=“license”."
        found = f'<{tag.name} rel="{rel[:80]}" href="{href[:200]}">'
        return Near(NearKind.LICENCE, Checker.CC_LINK, found, f"<{tag.name} {_LICENCE}>", said, tag.offset)
    return None
