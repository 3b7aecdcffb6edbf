"""Patterns of HTML's tokenizer on bytes (WHATWG HTML §13.2.5). All are possessive: a byte is read once, or not at all.

Charsets that HTML calls ASCII-compatible keep ``<``, ``>``, quotes, ``=``, ``/`` and blanks for themselves, so no
decoding is needed to find tags.
"""

import re

_WS = rb"[\t\n\f\r ]"
_NAME = rb"[^\t\n\f\r />][^\t\n\f\r />=]*+"
_VALUE = rb"""(?:"[^"]*+"|'[^']*+'|[^\t\n\f\r >"'][^\t\n\f\r >]*+|(?=>))"""

# Elements whose text is no markup, and those that decide how others are read.
RAW = frozenset(
    [b"script", b"style", b"textarea", b"title", b"xmp", b"iframe", b"noembed", b"noframes", b"plaintext"]
)
FOREIGN = frozenset([b"svg", b"math"])
CONTEXTS = FOREIGN | {b"select", b"frameset", b"noscript"}

# A start or end tag to its ``>``. An ``=`` behind a name always begins its value, whole or not.
TAG = re.compile(
    rb"</?([a-zA-Z][^\t\n\f\r />]*+)((?:[\t\n\f\r /]++|%s(?:%s*+=%s*+%s|(?!%s*+=)))*+)>"
    % (_NAME, _WS, _WS, _VALUE, _WS)
)
ATTRIBUTE = re.compile(
    rb"""(%s)(?:%s*+=%s*+(?:"([^"]*+)"|'([^']*+)'|([^\t\n\f\r >"'][^\t\n\f\r >]*+)|(?=>)))?+"""
    % (_NAME, _WS, _WS)
)
TEXT = re.compile(rb"(?:[^<]++|<(?=[^a-zA-Z/!?]))*+")

# What begins the name of an attribute that may have to change; more than needed does no harm but costs time.
_NOTABLE = (
    b"href|src|action|form|background|poster|data(?!-)|codebase|classid|icon|archive|longdesc|cite|lowsrc|dynsrc|manifest|"
    b"style|ping|nonce|integrity|attribution|target|imagesrcset|http-equiv|fill|stroke|filter|mask|clip-path|cursor|"
    b"marker|from|to|by|values|attributename"
)
_SPECIAL = b"|".join(sorted(RAW | CONTEXTS | {b"param"}))
_BORING = (
    rb"(?:[\t\n\f\r ]{1,20}+(?!(?i:%s))[a-zA-Z][a-zA-Z0-9_-]{0,40}+=\"[^\"]{0,4000}+\"){0,20}+" % _NOTABLE
)
PLAIN = re.compile(
    rb"(?:[^<]++|<(?=[^a-zA-Z/!?])"
    rb"|</?(?!(?i:%s)[\t\n\f\r />])[a-zA-Z][a-zA-Z0-9]{0,20}+%s[\t\n\f\r ]{0,20}+/?>)*+" % (_SPECIAL, _BORING)
)
"""Text and tags in which nothing can have to change; far shorter ones than may be held, which are looked at singly."""
ANCHOR = re.compile(
    rb"<[aA]%s[\t\n\f\r ]{1,20}+[hH][rR][eE][fF]=\"([^\"]{1,4000}+)\"%s[\t\n\f\r ]{0,20}+>"
    % (_BORING, _BORING)
)
"""The usual link: the short way for what most tags that change look like."""

COMMENT_END = re.compile(rb"--!?>")
SCRIPT_STEP = re.compile(rb"<!--|-->|<(/?)script(?=[\t\n\f\r />])", re.IGNORECASE)
END_OF = {name: re.compile(rb"</%s(?=[\t\n\f\r />])" % name, re.IGNORECASE) for name in RAW}
MARKUP = re.compile(rb"<[a-zA-Z/!?]")
END_OF_NOSCRIPT = re.compile(rb"</noscript", re.IGNORECASE)
