"""Names of what is collected: resolved, normalised, asked for and identified (collecting §1)."""

from apps.lockss.urls.names import (
    MAX_NAME,
    Normalizer,
    is_collectable,
    name_of,
    normalize,
    resolve,
    stem_of,
    url_digest,
)
from apps.lockss.urls.parse import ParsedUrl, parse_url
from apps.lockss.urls.refusal import UrlRefusal, UrlRefusalCode
from apps.lockss.urls.request import browser_request_target, query_depends_on_charset, request_target

__all__ = [
    "MAX_NAME",
    "Normalizer",
    "ParsedUrl",
    "UrlRefusal",
    "UrlRefusalCode",
    "browser_request_target",
    "is_collectable",
    "name_of",
    "normalize",
    "parse_url",
    "query_depends_on_charset",
    "request_target",
    "resolve",
    "stem_of",
    "url_digest",
]
