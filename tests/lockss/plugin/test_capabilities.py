"""What a node can do with a definition: the policy for every key with a class (plugins §10)."""

import pytest

from apps.lockss.permission.plugin_checkers import PLUGIN_CHECKERS
from apps.lockss.plugin import REGISTRY, Can, Policy, capabilities, unmapped_classes
from apps.lockss.plugin.filters import FILTERS
from apps.lockss.plugin.javaclasses import CLASS_USES
from apps.lockss.plugin.keys import KEYS, Kind, MimeUse
from apps.lockss.plugin.normalizers import NORMALIZERS
from tests.lockss.plugin.maps import define

X = "org.example.Unmapped"
YES, MAYBE, NO = Can.YES, Can.OVERRIDABLE, Can.NO

POLICY = [
    ("au_url_normalizer", MAYBE, YES),
    ("plugin_crawl_seed_factory", MAYBE, YES),
    ("plugin_url_fetcher_factory", MAYBE, YES),
    ("plugin_url_consumer_factory", MAYBE, YES),
    ("au_exploder_helper", MAYBE, YES),
    ("au_crawlwindow", MAYBE, YES),
    ("au_crawlrules", MAYBE, NO),
    ("au_param_functor", MAYBE, NO),
    ("text/html_crawl_filter_factory", MAYBE, YES),
    ("text/html_link_extractor_factory", MAYBE, YES),
    ("au_permission_checker_factory", NO, YES),
    ("au_login_page_checker", NO, YES),
    ("text/html_filter_factory", YES, NO),
    ("text/html_filter", YES, NO),
    ("plugin_cache_result_handler", YES, YES),
    ("plugin_crawl_url_comparator_factory", YES, YES),
    ("plugin_substance_predicate_factory", YES, YES),
    ("plugin_access_url_factory", YES, YES),
    ("plugin_article_iterator_factory", YES, YES),
    ("plugin_article_metadata_extractor_factory", YES, YES),
    ("text/html_content_validator_factory", YES, YES),
    ("text/html_link_rewriter_factory", YES, YES),
    ("text/html_parser", YES, YES),
]


@pytest.mark.parametrize(("key", "collect", "poll"), POLICY)
def test_what_an_unmapped_class_blocks(key: str, collect: Can, poll: Can) -> None:
    found = capabilities(define({key: X}))
    assert (found.collect.can, found.poll.can) == (collect, poll)
    told = [*found.collect.reasons, *found.poll.reasons, *found.extract_metadata.reasons]
    reasons = [reason for reason in told if reason.missing == X]
    assert reasons
    for reason in reasons:
        assert reason.key == key
        assert reason.blocks
        assert X in str(reason)


def test_every_class_key_has_a_policy_and_a_row() -> None:
    keys = {key for key, spec in KEYS.items() if spec.kind in {Kind.CLASS, Kind.CLASS_OR_LIST}}
    assert keys <= set(CLASS_USES)
    uses = set(MimeUse) - {MimeUse.ARTICLE_MIME}
    assert {use.value for use in uses} <= set(CLASS_USES)
    rows = {key.removeprefix("text/html") for key, _collect, _poll in POLICY}
    assert rows >= keys | {use.value for use in uses - {MimeUse.METADATA}}


def test_metadata_classes() -> None:
    entries = {
        "plugin_article_iterator_factory": X,
        "text/html_metadata_extractor_factory_map": {"*": f"{X}2"},
    }
    found = capabilities(define(entries))
    assert found.extract_metadata.can is NO
    assert {reason.missing for reason in found.extract_metadata.reasons} == {X, f"{X}2"}
    assert found.collect.reasons == ()
    assert capabilities(define({"plugin_article_iterator_root": "http://h/"})).extract_metadata.can is YES
    assert capabilities(define({})).extract_metadata.can is NO


def test_result_handlers_are_soft() -> None:
    found = capabilities(
        define({"plugin_cache_result_list": [f"500={X}", "404=org.lockss.util.urlconn.CacheSuccess"]})
    )
    assert found.collect.can is YES
    assert [reason.missing for reason in found.collect.reasons] == [X]


def test_a_definition_without_classes_can_do_everything_but_articles() -> None:
    found = capabilities(define({}))
    assert (found.usable, found.collect.can, found.poll.can) == (True, YES, YES)
    assert found.collect.reasons == found.poll.reasons == ()


def test_an_unusable_definition_can_do_nothing() -> None:
    found = capabilities(define({"au_crawlrules": ["x"]}))
    assert not found.usable
    assert {found.collect.can, found.poll.can, found.extract_metadata.can} == {NO}
    assert found.collect.reasons[0].key == "au_crawlrules"
    assert not found.collect.allowed(overridden=True)


@pytest.mark.parametrize(
    ("key", "plain", "overridden"),
    [
        ("au_url_normalizer", False, True),
        ("au_login_page_checker", False, False),
        ("plugin_notes", True, True),
    ],
)
def test_overriding(key: str, plain: bool, overridden: bool) -> None:
    collect = capabilities(define({key: X})).collect
    assert collect.allowed() is plain
    assert collect.allowed(overridden=True) is overridden


MAPPED = {
    **{f"text/html{MimeUse.HASH_FILTER.value}/{name}": name for name in FILTERS},
    **{f"au_permission_checker_factory/{name}": name for name in PLUGIN_CHECKERS},
    **{f"au_url_normalizer/{name}": name for name in NORMALIZERS},
    "plugin_url_fetcher_factory": "org.lockss.plugin.base.HttpToHttpsUrlFetcherFactory",
    "plugin_url_consumer_factory": "org.lockss.plugin.base.HttpToHttpsUrlConsumerFactory",
    "text/html_link_extractor_factory": "org.lockss.extractor.GoslingHtmlLinkExtractor$Factory",
    "text/css_link_extractor_factory": "org.lockss.extractor.RegexpCssLinkExtractor$Factory",
    "text/xml_link_extractor_factory": "org.lockss.extractor.XmlLinkExtractorFactory",
    "text/html_link_rewriter_factory": "org.lockss.rewriter.NodeFilterHtmlLinkRewriterFactory",
}


@pytest.mark.parametrize(("key", "name"), MAPPED.items())
def test_mapped_classes_block_nothing(key: str, name: str) -> None:
    key = key.removesuffix(f"/{name}")
    definition = define({key: name})
    assert unmapped_classes(definition) == ()
    found = capabilities(definition)
    assert (found.collect.can, found.poll.can) == (YES, YES)


def test_a_filter_is_no_link_extractor() -> None:
    name = next(iter(FILTERS))
    assert capabilities(define({"text/html_link_extractor_factory": name})).collect.can is MAYBE


def test_known_elsewhere_means_mapped() -> None:
    registry = REGISTRY.with_known("au_login_page_checker", X)
    assert capabilities(define({"au_login_page_checker": X}), registry).collect.can is YES


def test_a_malformed_class_name_is_missing_too() -> None:
    found = capabilities(define({"au_login_page_checker": "no class!"}))
    assert found.collect.can is NO
    assert found.collect.reasons[0].policy is Policy.REFUSE
