"""Every key a definition may have, what kind of value it takes, and the old names (plugins §8)."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What stands behind a key. ``TEXTS`` is one text or a list of them."""

    TEXT = "text"
    TEXTS = "text or list of texts"
    LIST = "list"
    NUMBER = "whole number"
    FLAG = "true or false"
    CLASS = "class name"
    MAP = "map"
    TEXTS_OR_MAP = "text, list or map"
    CLASS_OR_LIST = "class name or list"
    TEXT_OR_OBJECT = "text or object"
    OBJECT = "serialised object"
    IGNORED = "anything"


class Use(StrEnum):
    """How the templates behind a key are expanded."""

    NONE = "none"
    URL = "url"
    PATTERN = "pattern"
    HOST_PATTERN = "host-pattern"
    NAME = "name"
    RULE = "rule"
    WEIGHT = "weight"
    """A template, a comma and a word that is no part of it."""
    FREE_URL = "free-url"
    """URLs whose names may come from the resolver at run time."""


@dataclass(frozen=True, slots=True)
class KeySpec:
    """One key. ``invalid_if_undeclared``: a name nobody declared makes the whole definition invalid."""

    kind: Kind
    use: Use = Use.NONE
    invalid_if_undeclared: bool = False


_TEXT, _TEXTS, _CLASS = KeySpec(Kind.TEXT), KeySpec(Kind.TEXTS), KeySpec(Kind.CLASS)
_NUMBER, _FLAG, _MAP = KeySpec(Kind.NUMBER), KeySpec(Kind.FLAG), KeySpec(Kind.MAP)
_IGNORED, _OBJECT = KeySpec(Kind.IGNORED), KeySpec(Kind.OBJECT)
_URLS = KeySpec(Kind.TEXTS, Use.URL, invalid_if_undeclared=True)
_PATTERNS = KeySpec(Kind.TEXTS, Use.PATTERN, invalid_if_undeclared=True)
_DEPTH_PATTERNS = KeySpec(Kind.TEXTS_OR_MAP, Use.PATTERN, invalid_if_undeclared=True)
_WEIGHTED = KeySpec(Kind.TEXTS, Use.WEIGHT)

KEYS: Mapping[str, KeySpec] = {
    # Identification
    "plugin_identifier": _TEXT,
    "plugin_name": _TEXT,
    "plugin_notes": _TEXT,
    "plugin_status": _TEXT,
    "plugin_publishing_platform": _TEXT,
    "plugin_version": _TEXT,
    "plugin_parent": _TEXT,
    "plugin_parent_version": _TEXT,
    "required_daemon_version": _TEXT,
    "plugin_feature_version_map": _MAP,
    "plugin_au_config_user_msg": KeySpec(Kind.TEXT, Use.NAME),
    "plugin_aux_packages": KeySpec(Kind.LIST),
    "plugin_config_props": KeySpec(Kind.LIST),
    # Collection
    "au_name": KeySpec(Kind.TEXT, Use.NAME, invalid_if_undeclared=True),
    "au_start_url": _URLS,
    "au_permission_url": _URLS,
    "plugin_per_host_permission_path": _TEXT,
    "au_permitted_host_pattern": KeySpec(Kind.TEXTS, Use.HOST_PATTERN, invalid_if_undeclared=True),
    "au_additional_url_stems": _URLS,
    "au_crawlrules": KeySpec(Kind.CLASS_OR_LIST, Use.RULE, invalid_if_undeclared=True),
    "au_crawlrules_ignore_case": _FLAG,
    "au_refetch_depth": _NUMBER,
    "au_def_pause_time": _NUMBER,
    "au_def_new_content_crawl": _NUMBER,
    "plugin_fetch_rate_limiter_source": _TEXT,
    "au_rate_limiter_info": _OBJECT,
    "au_mime_rate_limiter_map": _MAP,
    "au_url_rate_limiter_map": _MAP,
    "au_crawlwindow": _CLASS,
    "au_crawlwindow_ser": _OBJECT,
    "au_http_cookie": _TEXTS,
    "au_http_request_header": _TEXTS,
    "au_crawl_cookie_policy": _TEXT,
    "plugin_send_referrer": _FLAG,
    "plugin_store_probe_permission": _FLAG,
    "au_redirect_to_login_url_pattern": KeySpec(Kind.TEXT, Use.PATTERN, invalid_if_undeclared=True),
    "au_login_page_checker": _CLASS,
    "au_permission_checker_factory": _CLASS,
    "au_url_normalizer": _CLASS,
    "au_param_functor": _CLASS,
    "plugin_crawl_seed_factory": _CLASS,
    "plugin_url_fetcher_factory": _CLASS,
    "plugin_url_consumer_factory": _CLASS,
    "plugin_crawl_url_comparator_factory": _CLASS,
    "plugin_cache_result_list": KeySpec(Kind.LIST),
    "plugin_cache_result_handler": _CLASS,
    "au_exploder_helper": _CLASS,
    "au_exploder_pattern": _TEXT,
    "plugin_archive_file_types": KeySpec(Kind.TEXT_OR_OBJECT),
    "plugin_bulk_content": _FLAG,
    # Validation and polls
    "au_substance_url_pattern": _DEPTH_PATTERNS,
    "au_non_substance_url_pattern": _DEPTH_PATTERNS,
    "plugin_substance_predicate_factory": _CLASS,
    "au_exclude_urls_from_polls_pattern": _PATTERNS,
    "au_url_poll_result_weight": _WEIGHTED,
    "au_repair_from_peer_if_missing_url_pattern": _PATTERNS,
    "plugin_repair_from_publisher_when_too_close": _FLAG,
    "plugin_delete_extra_files": _FLAG,
    "plugin_min_replicas_for_no_quorum_peer_repair": _NUMBER,
    "au_dont_poll": _FLAG,
    "au_url_mime_type": _WEIGHTED,
    "au_url_mime_type_map": _WEIGHTED,
    "au_url_mime_validation_map": _WEIGHTED,
    # Access and metadata
    "plugin_article_iterator_factory": _CLASS,
    "plugin_article_metadata_extractor_factory": _CLASS,
    "plugin_article_iterator_root": _TEXTS,
    "plugin_article_iterator_pattern": _TEXT,
    "plugin_default_article_mime_type": _TEXT,
    "plugin_rewrite_html_meta_urls": _TEXTS,
    "au_feature_urls": KeySpec(Kind.MAP, Use.FREE_URL),
    "plugin_access_url_factory": _CLASS,
    # Of no effect any more
    "plugin_crawl_type": _IGNORED,
    "plugin_follow_link": _IGNORED,
    "au_expected_base_path": _IGNORED,
}

OBSOLETE_NAMES: Mapping[str, str] = {
    "au_manifest": "au_permission_url",
    "au_crawl_depth": "au_refetch_depth",
}
OVERRIDE_SUFFIX = "_override"


class MimeUse(StrEnum):
    """What a key ``<mime>`` + suffix says; the values are the suffixes."""

    LINK_EXTRACTOR = "_link_extractor_factory"
    CRAWL_FILTER = "_crawl_filter_factory"
    HASH_FILTER = "_filter_factory"
    LINK_REWRITER = "_link_rewriter_factory"
    CONTENT_VALIDATOR = "_content_validator_factory"
    METADATA = "_metadata_extractor_factory_map"
    FILTER_RULE = "_filter"
    ARTICLE_MIME = "_article_mime_type"
    PARSER = "_parser"
    """Read by nothing any more; two real definitions still have it."""


# A hash filter's suffix ends a crawl filter's: the longer ones are tried first.
_SUFFIXES = sorted(MimeUse, key=lambda use: len(use.value), reverse=True)


def mime_key(key: str) -> tuple[str, MimeUse] | None:
    """Media type and use of a per-MIME key: a slash before the suffix tells them from the other keys."""
    for use in _SUFFIXES:
        if key.endswith(use.value) and len(key) > len(use.value):
            return key.removesuffix(use.value).strip().lower(), use
    return None


def near_miss(key: str) -> str | None:
    """The known key that an unknown one was probably meant to be."""
    close = difflib.get_close_matches(key, (*KEYS, *OBSOLETE_NAMES), n=1, cutoff=0.8)
    return close[0] if close else None
