"""Which Java classes of definitions have a counterpart here, and what a missing one means (plugins §10).

The registry is a value: a test or a network may add classes to it. The policy is explicit for every key that can
hold a class; what is not in the table proceeds.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType

from apps.lockss.http_result import Meaning, ResultKey
from apps.lockss.links import Extractor, css_extractor, html_extractor, no_links, xml_extractor
from apps.lockss.permission.plugin_checkers import PLUGIN_CHECKERS
from apps.lockss.plugin.filters import FILTERS, FilterFactory
from apps.lockss.plugin.keys import MimeUse
from apps.lockss.plugin.model import PluginDefinition
from apps.lockss.plugin.normalizers import NORMALIZERS, NormalizerFactory

_BASE = "org.lockss.plugin.base."
HTTP_TO_HTTPS_FETCHER = f"{_BASE}HttpToHttpsUrlFetcherFactory"
HTTP_TO_HTTPS_CONSUMER = f"{_BASE}HttpToHttpsUrlConsumerFactory"

LINK_EXTRACTORS: Mapping[str, Extractor] = {
    "org.lockss.extractor.GoslingHtmlLinkExtractor$Factory": html_extractor,
    "org.lockss.extractor.JsoupHtmlLinkExtractor$Factory": html_extractor,
    "org.lockss.extractor.RegexpCssLinkExtractor$Factory": css_extractor,
    "org.lockss.extractor.XmlLinkExtractorFactory": xml_extractor,
    # Reads its files for nothing: publishers' XML must not draw the crawl outside.
    "org.lockss.plugin.clockss.ClockssSourceXmlLinkExtractorFactory": no_links,
}
REWRITERS = frozenset(
    {
        "org.lockss.rewriter.NodeFilterHtmlLinkRewriterFactory",
        "org.lockss.rewriter.RegexpCssLinkRewriterFactory",
    }
)


class Policy(StrEnum):
    """What follows from a class that is not mapped."""

    PROCEED = "proceed"
    NO_VOTE = "collect-but-no-vote"
    NO_CRAWL = "no-crawl"
    """Unless a person overrides it."""
    REFUSE = "must-refuse"
    """Nobody may override it."""


@dataclass(frozen=True, slots=True)
class ClassUse:
    """What a key's class is for, and what follows without it. ``metadata``: articles cannot be described."""

    policy: Policy
    blocks: str
    metadata: bool = False
    votes: bool = True
    """Whether an AU can be voted on without it."""


CLASS_USES: Mapping[str, ClassUse] = {
    "au_url_normalizer": ClassUse(Policy.NO_CRAWL, "URLs would be stored under other names"),
    "plugin_crawl_seed_factory": ClassUse(Policy.NO_CRAWL, "start URLs are not known"),
    "plugin_url_fetcher_factory": ClassUse(
        Policy.NO_CRAWL, "requests or redirects are treated in a way of its own"
    ),
    "plugin_url_consumer_factory": ClassUse(Policy.NO_CRAWL, "content would be stored under other names"),
    "au_exploder_helper": ClassUse(Policy.NO_CRAWL, "archives are stored member by member"),
    "au_crawlwindow": ClassUse(Policy.NO_CRAWL, "when the publisher may be asked is not known"),
    "au_crawlrules": ClassUse(Policy.NO_CRAWL, "which URLs belong to the AU is not known", votes=False),
    "au_param_functor": ClassUse(Policy.NO_CRAWL, "templates cannot be filled in", votes=False),
    "au_permission_checker_factory": ClassUse(Policy.REFUSE, "a restriction of the permission is not known"),
    "au_login_page_checker": ClassUse(Policy.REFUSE, "login pages would be taken for content"),
    "plugin_cache_result_handler": ClassUse(Policy.PROCEED, "answers keep their usual meaning"),
    "plugin_cache_result_list": ClassUse(Policy.PROCEED, "these answers keep their usual meaning"),
    "plugin_crawl_url_comparator_factory": ClassUse(Policy.PROCEED, "URLs are asked in their usual order"),
    "plugin_substance_predicate_factory": ClassUse(Policy.PROCEED, "substance is told by URL alone"),
    "plugin_article_iterator_factory": ClassUse(Policy.PROCEED, "articles are not found", metadata=True),
    "plugin_article_metadata_extractor_factory": ClassUse(
        Policy.PROCEED, "articles are not described", metadata=True
    ),
    "plugin_access_url_factory": ClassUse(Policy.PROCEED, "access goes to the start URLs"),
    MimeUse.HASH_FILTER: ClassUse(Policy.NO_VOTE, "what changes on its own would be voted on"),
    MimeUse.FILTER_RULE: ClassUse(Policy.NO_VOTE, "what changes on its own would be voted on"),
    MimeUse.CRAWL_FILTER: ClassUse(Policy.NO_CRAWL, "links outside the AU would be followed"),
    MimeUse.LINK_EXTRACTOR: ClassUse(Policy.NO_CRAWL, "links would be missed"),
    MimeUse.CONTENT_VALIDATOR: ClassUse(Policy.PROCEED, "content is stored without this test"),
    MimeUse.LINK_REWRITER: ClassUse(Policy.PROCEED, "pages are rewritten in the usual way"),
    MimeUse.METADATA: ClassUse(Policy.PROCEED, "these files are not read for metadata", metadata=True),
    MimeUse.PARSER: ClassUse(Policy.PROCEED, "nothing reads this key any more"),
}
"""Key, or suffix of a per-MIME key, to what its class means."""


@dataclass(frozen=True, slots=True)
class NamedClass:
    """A class that a definition names: under which key, for which media type or answer, for which use."""

    key: str
    class_name: str
    use: str

    @property
    def meaning(self) -> ClassUse:
        return CLASS_USES.get(self.use, ClassUse(Policy.PROCEED, "nothing here uses it"))


@dataclass(frozen=True, slots=True)
class Registry:
    """Java class names to what stands for them here."""

    filters: Mapping[str, FilterFactory] = field(default_factory=lambda: FILTERS)
    normalizers: Mapping[str, NormalizerFactory] = field(default_factory=lambda: NORMALIZERS)
    link_extractors: Mapping[str, Extractor] = field(default_factory=lambda: LINK_EXTRACTORS)
    result_handlers: Mapping[str, Mapping[ResultKey, Meaning]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    others: Mapping[str, frozenset[str]] = field(
        default_factory=lambda: MappingProxyType(
            {
                "au_permission_checker_factory": frozenset(PLUGIN_CHECKERS),
                "plugin_url_fetcher_factory": frozenset({HTTP_TO_HTTPS_FETCHER}),
                "plugin_url_consumer_factory": frozenset({HTTP_TO_HTTPS_CONSUMER}),
                MimeUse.LINK_REWRITER.value: REWRITERS,
            }
        )
    )
    """Use to classes whose work other rooms do."""

    def knows(self, named: NamedClass) -> bool:
        tables: dict[str, Mapping[str, object]] = {
            MimeUse.HASH_FILTER: self.filters,
            MimeUse.CRAWL_FILTER: self.filters,
            MimeUse.LINK_EXTRACTOR: self.link_extractors,
            "au_url_normalizer": self.normalizers,
            "plugin_cache_result_list": self.result_handlers,
        }
        known = tables.get(named.use, {})
        return named.class_name in known or named.class_name in self.others.get(named.use, frozenset())

    def with_known(self, use: str, *class_names: str) -> "Registry":
        """A registry that also counts these classes of a use as mapped elsewhere."""
        known = self.others.get(use, frozenset()) | frozenset(class_names)
        return replace(self, others=MappingProxyType({**self.others, use: known}))


REGISTRY = Registry()


def named_classes(definition: PluginDefinition) -> Iterator[NamedClass]:
    """Every class that a definition names, the daemon's own among them."""
    for key, class_name in definition.classes.items():
        yield NamedClass(key, class_name, key)
    if definition.collection.rules_class is not None:
        yield NamedClass("au_crawlrules", definition.collection.rules_class, "au_crawlrules")
    for entry in definition.collection.results:
        if entry.meaning is None:
            key = "plugin_cache_result_list"
            yield NamedClass(key, entry.response, key)
    for use, table in definition.mime.classes.items():
        for mime, stated in table.items():
            if stated is not None and use is not MimeUse.ARTICLE_MIME:
                yield NamedClass(f"{mime}{use.value}", stated, use)
    for mime, kinds in definition.mime.metadata.items():
        for class_name in dict.fromkeys(kinds.values()):
            yield NamedClass(f"{mime}{MimeUse.METADATA.value}", class_name, MimeUse.METADATA)


def unmapped_classes(definition: PluginDefinition, registry: Registry = REGISTRY) -> tuple[NamedClass, ...]:
    """The classes that nothing here stands for, each once."""
    return tuple(dict.fromkeys(each for each in named_classes(definition) if not registry.knows(each)))
