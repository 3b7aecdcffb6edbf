"""A definition's keys, typed: what they become and what is said of wrong ones (plugins §8)."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.frontier.politeness import Rate
from apps.lockss.plugin import DefinitionCode as Code
from apps.lockss.plugin import MimeUse, PluginDefinition, Severity, load_definition
from apps.lockss.plugin.keys import KEYS, Kind, mime_key, near_miss
from apps.lockss.plugin.params import ConfigParam, ParamType
from apps.lockss.plugin.windows import Always
from tests.lockss.plugin.maps import (
    BASE_URL,
    DEFAULT,
    ISSUES,
    NONE,
    NUMBERS,
    WORDS,
    YEAR,
    Raw,
    define,
    element,
    param,
    xml,
)


def codes(definition: PluginDefinition) -> list[tuple[Code, str]]:
    return [(finding.code, finding.key) for finding in definition.findings]


def test_an_empty_map_says_what_is_missing() -> None:
    definition = define({}, with_base=False)
    assert not definition.usable
    assert codes(definition) == [
        (Code.NO_PARAMETERS, "plugin_config_props"),
        (Code.NO_START_URL, "au_start_url"),
    ]


def test_defaults_of_a_definition_that_says_little() -> None:
    definition = define({})
    assert definition.findings == ()
    collection = definition.collection
    assert definition.identification.version == "1"
    assert definition.identification.required_daemon_version == "0.0.0"
    assert definition.poll_version == "1"
    assert collection.refetch_depth == 1
    assert collection.pause is None
    assert collection.new_content_interval == timedelta(weeks=2)
    assert collection.pool_source == "au"
    assert collection.permission_urls is None
    assert collection.rules is None
    assert collection.send_referrer
    assert collection.store_probe_permission
    assert not definition.bulk
    assert definition.name == "Plugin"
    assert definition.key == "org|example|Plugin"


FULL: dict[str, object] = {
    "plugin_identifier": "org.example.Plugin",
    "plugin_name": "Name",
    "plugin_notes": "Notes",
    "plugin_status": "ready",
    "plugin_publishing_platform": "Platform",
    "plugin_version": "12",
    "plugin_parent_version": "3",
    "required_daemon_version": "1.70.0",
    "plugin_feature_version_map": {"Poll": "27", "Metadata": "9"},
    "plugin_au_config_user_msg": '"Go to %s", base_url',
    "plugin_aux_packages": ["a.b"],
    "au_name": '"N %d", year',
    "au_permission_url": ['"%sp", base_url'],
    "plugin_per_host_permission_path": "/lockss.txt",
    "au_permitted_host_pattern": ["cdn"],
    "au_additional_url_stems": '"%s", to_https(base_url)',
    "au_crawlrules": ['1,"^%s", base_url'],
    "au_crawlrules_ignore_case": False,
    "au_refetch_depth": 99,
    "au_def_pause_time": Raw("<long>3000</long>"),
    "au_def_new_content_crawl": Raw("<long>86400000</long>"),
    "plugin_fetch_rate_limiter_source": "key:X",
    "au_rate_limiter_info": Raw(
        "<org.lockss.plugin.RateLimiterInfo><rate>1/3s</rate></org.lockss.plugin.RateLimiterInfo>"
    ),
    "au_mime_rate_limiter_map": {"text/html,text/css": "1/2000"},
    "au_url_rate_limiter_map": {"pdf$": "1/9000"},
    "au_crawlwindow_ser": Raw("<org.lockss.daemon.CrawlWindows-Never/>"),
    "au_http_cookie": "a=b",
    "au_http_request_header": ["X-A: b", "Accept:"],
    "au_crawl_cookie_policy": "ignore",
    "plugin_send_referrer": False,
    "plugin_store_probe_permission": False,
    "au_redirect_to_login_url_pattern": '"%slogin", base_url',
    "plugin_cache_result_list": ["500=org.lockss.util.urlconn.CacheException$NoRetryDeadLinkException"],
    "au_exploder_pattern": r"\.zip$",
    "plugin_archive_file_types": "standard",
    "plugin_bulk_content": True,
    "au_substance_url_pattern": {"fulltext;*": '"%spdf", base_url', "abstracts": ["abs", "toc"]},
    "au_non_substance_url_pattern": "login",
    "au_exclude_urls_from_polls_pattern": "ads",
    "au_url_poll_result_weight": ['"%sa,b", base_url, 0.5', "css$, 0"],
    "au_repair_from_peer_if_missing_url_pattern": ["css$"],
    "plugin_repair_from_publisher_when_too_close": True,
    "plugin_delete_extra_files": False,
    "plugin_min_replicas_for_no_quorum_peer_repair": 3,
    "au_dont_poll": True,
    "au_url_mime_type": [r"\.ris$, text/x-ris"],
    "au_url_mime_validation_map": ["pdf$, application/pdf"],
    "plugin_article_iterator_root": '"%scontent", base_url',
    "plugin_article_iterator_pattern": "article",
    "plugin_default_article_mime_type": "text/html",
    "plugin_rewrite_html_meta_urls": ["citation_pdf_url"],
    "au_feature_urls": {"au_title": '"%s", base_url', "au_issue": {"a;*": ['"%s%s", base_url, issue']}},
    "text/html_filter_factory": "org.example.F",
    "text/html_crawl_filter_factory": " org.example.C ",
    "Text/CSS_link_extractor_factory": Raw(NONE),
    "text/*_content_validator_factory": "org.example.V$Factory",
    "text/html_metadata_extractor_factory_map": {"*;DublinCore": "org.example.M"},
    "text/plain_article_mime_type": "text/html",
    "text/x_filter": ["a", "b"],
    "au_url_normalizer": "org.example.N",
    "plugin_crawl_type": "HTML Links",
}


def test_hash_filters_by_media_type_old_rules_among_them() -> None:
    keys = {
        "text/x_filter": "org.example.Old",
        "text/css_filter_factory": Raw(NONE),
        "text/html_filter": "org.example.O",
    }
    assert define({**FULL, **keys}).mime.hash_filters == {
        "text/html": "org.example.F",
        "text/x": "org.example.Old",
    }


def test_every_key_becomes_its_type() -> None:
    definition = define(FULL)
    assert definition.findings == ()
    ident, collection, validation = definition.identification, definition.collection, definition.validation
    assert (ident.name, ident.status, ident.platform, ident.version) == ("Name", "ready", "Platform", "12")
    assert (ident.notes, ident.parent_version, ident.aux_packages) == ("Notes", "3", ("a.b",))
    assert definition.version_number == 12
    assert definition.poll_version == "Poll_27"
    assert definition.feature_version("Metadata") == "Metadata_9"
    assert definition.feature_version("Substance") is None
    assert collection.per_host_permission_path == "/lockss.txt"
    assert collection.ignore_case is False
    assert (collection.refetch_depth, collection.pause) == (99, timedelta(seconds=3))
    assert collection.new_content_interval == timedelta(days=1)
    assert collection.rates is not None
    assert collection.rates.rate == Rate(1, timedelta(seconds=3))
    assert [mime for mime, _rate in collection.mime_rates] == ["text/html", "text/css"]
    assert collection.url_rates == (("pdf$", Rate(1, timedelta(seconds=9))),)
    assert collection.window == Always(open=False)
    assert (collection.cookies, collection.request_headers) == (("a=b",), ("X-A: b", "Accept:"))
    assert collection.cookie_policy == "ignore"
    assert not collection.send_referrer
    assert not collection.store_probe_permission
    assert len(collection.results) == 1
    assert collection.archives is not None
    assert collection.archives.kind_of("http://h/A.TAR.GZ?x") == ".tar.gz"
    assert collection.archives.kind_of("http://h/x", "application/zip; q=1") == ".zip"
    assert collection.archives.kind_of("http://h/x.pdf") is None
    assert definition.bulk
    assert set(validation.substance.by_depth) == {"fulltext", "*", "abstracts"}
    chosen = validation.substance.chosen
    assert chosen("abstracts") == validation.substance.by_depth["abstracts"]
    assert chosen("other") == chosen(None) == validation.substance.by_depth["*"]
    assert [(template.format, weight) for template, weight in validation.weights] == [
        ("%sa,b", 0.5),
        ("css$", 0.0),
    ]
    assert [(each.template.format, each.word) for each in validation.mime_types] == [
        (r"\.ris$", "text/x-ris")
    ]
    assert (validation.repair_from_publisher_when_too_close, validation.delete_extra_files) == (True, False)
    assert validation.min_replicas_for_no_quorum_repair == 3
    assert validation.dont_poll
    mime = definition.mime
    assert mime.stated(MimeUse.HASH_FILTER, "TEXT/HTML; charset=x") == "org.example.F"
    assert mime.stated(MimeUse.CRAWL_FILTER, "text/html") == "org.example.C"
    assert mime.of(MimeUse.LINK_EXTRACTOR) == {"text/css": None}
    assert mime.metadata["text/html"] == {"*": "org.example.M", "DublinCore": "org.example.M"}
    assert definition.classes == {"au_url_normalizer": "org.example.N"}
    assert set(definition.access.feature_urls) == {"au_title", "au_issue"}


def test_every_known_key_but_the_ignored_and_chained_has_been_tried() -> None:
    classes = {key for key, spec in KEYS.items() if spec.kind is Kind.CLASS}
    ignored = {"plugin_follow_link", "au_expected_base_path", "plugin_parent", "au_url_mime_type_map"}
    assert set(KEYS) - classes - ignored - set(FULL) == {"plugin_config_props", "au_start_url"}


PDF = Raw("<x.Y/>")


@pytest.mark.parametrize(
    ("key", "value", "code", "severity"),
    [
        ("plugin_nam", "x", Code.UNKNOWN_KEY, Severity.WARNING),
        ("plugin_name", ["x"], Code.WRONG_TYPE, Severity.WARNING),
        ("au_refetch_depth", "many", Code.WRONG_TYPE, Severity.WARNING),
        ("au_refetch_depth", -1, Code.BAD_VALUE, Severity.WARNING),
        ("au_def_pause_time", True, Code.WRONG_TYPE, Severity.WARNING),
        ("au_def_pause_time", Raw("<long>-5</long>"), Code.BAD_VALUE, Severity.WARNING),
        ("au_dont_poll", "maybe", Code.WRONG_TYPE, Severity.WARNING),
        ("plugin_feature_version_map", "x", Code.WRONG_TYPE, Severity.WARNING),
        ("plugin_feature_version_map", {"Poll": 7}, Code.BAD_VALUE, Severity.WARNING),
        ("au_permitted_host_pattern", {"a": "b"}, Code.WRONG_TYPE, Severity.WARNING),
        ("au_permitted_host_pattern", ["a", ""], Code.BAD_VALUE, Severity.WARNING),
        ("au_url_normalizer", "no class!", Code.WRONG_TYPE, Severity.WARNING),
        ("au_url_normalizer", PDF, Code.WRONG_TYPE, Severity.WARNING),
        ("plugin_per_host_permission_path", "x", Code.BAD_VALUE, Severity.WARNING),
        ("au_http_cookie", "=b", Code.BAD_VALUE, Severity.WARNING),
        ("au_http_request_header", "none", Code.BAD_VALUE, Severity.WARNING),
        ("plugin_archive_file_types", "rar", Code.BAD_VALUE, Severity.WARNING),
        ("plugin_cache_result_list", ["500"], Code.BAD_VALUE, Severity.WARNING),
        ("au_url_poll_result_weight", ["css$"], Code.BAD_VALUE, Severity.WARNING),
        ("au_url_poll_result_weight", ["css$, 2"], Code.BAD_VALUE, Severity.ERROR),
        ("au_url_poll_result_weight", ["css$, nan"], Code.BAD_VALUE, Severity.ERROR),
        ("html_filter_factory", "org.example.F", Code.BAD_MIME, Severity.WARNING),
        # A publisher's limits must not be lost.
        ("au_crawlwindow_ser", PDF, Code.UNREADABLE_OBJECT, Severity.ERROR),
        ("au_crawlwindow_ser", "always", Code.UNREADABLE_OBJECT, Severity.ERROR),
        ("au_rate_limiter_info", PDF, Code.UNREADABLE_OBJECT, Severity.ERROR),
        ("au_mime_rate_limiter_map", {"text/html": "slow"}, Code.BAD_VALUE, Severity.ERROR),
        ("au_crawlrules", ["9,x"], Code.BAD_RULE, Severity.ERROR),
        ("au_crawlrules", ['1,"%s", volume'], Code.UNDECLARED, Severity.ERROR),
        ("au_crawlrules", ['1,"("'], Code.BAD_PATTERN, Severity.ERROR),
        ("au_crawlrules", ['1,"^%s(?<=a)", base_url'], Code.BAD_PATTERN, Severity.ERROR),
        ("au_start_url", '"%s%s", base_url', Code.BAD_TEMPLATE, Severity.ERROR),
        ("au_start_url", '"%q", base_url', Code.BAD_TEMPLATE, Severity.ERROR),
        ("au_start_url", '"%s", volume', Code.UNDECLARED, Severity.ERROR),
        ("au_start_url", '"%s", nofunction(base_url)', Code.UNKNOWN_FUNCTION, Severity.ERROR),
        ("au_name", '"%s", volume', Code.UNDECLARED, Severity.ERROR),
        ("au_url_poll_result_weight", ['"%s", volume, 1'], Code.UNDECLARED, Severity.WARNING),
        ("plugin_au_config_user_msg", '"%s", volume', Code.UNDECLARED, Severity.WARNING),
        ("plugin_config_props", ["x"], Code.BAD_PARAMETER, Severity.ERROR),
        ("plugin_config_props", [param("", ParamType.URL)], Code.BAD_PARAMETER, Severity.ERROR),
        ("clockss_override", {"au_def_pause_tim": 5}, Code.UNKNOWN_KEY, Severity.WARNING),
    ],
)
def test_wrong_values_are_findings_with_key_and_place(
    key: str, value: object, code: Code, severity: Severity
) -> None:
    definition = define({key: value})
    found = [finding for finding in definition.findings if finding.code is code]
    assert found
    assert found[0].severity is severity
    assert definition.usable == (severity is Severity.WARNING)
    assert found[0].place.plugin_id == "org.example.Plugin"
    assert found[0].place.line == 1
    assert found[0].place.column > 1
    if code is not Code.UNKNOWN_KEY:
        assert found[0].key == key


@pytest.mark.parametrize("kind", ["0", "13", "x", "999"])
def test_parameter_types_that_do_not_exist(kind: str) -> None:
    descriptor = BASE_URL.replace("<type>3</type>", f"<type>{kind}</type>")
    definition = define({"plugin_config_props": [Raw(descriptor), YEAR]})
    assert (Code.BAD_PARAMETER, "plugin_config_props") in codes(definition)


def test_descriptors_in_full() -> None:
    full = param(
        "v",
        ParamType.STRING,
        displayName="V",
        description="d",
        size=20,
        definitional="false",
        defaultOnly="true",
    )
    definition = define({"plugin_config_props": [BASE_URL, YEAR, full]})
    assert definition.parameters[2] == ConfigParam("v", ParamType.STRING, "V", "d", 20, False, True)
    assert definition.parameters[0].label == "base_url"
    assert definition.definitional_keys == {"base_url", "year"}


@pytest.mark.parametrize(("use", "ok"), [("au_start_url", False), ("au_crawlrules", True), ("au_name", True)])
def test_ranges_of_texts_may_not_stand_in_urls(use: str, ok: bool) -> None:
    template = '"%s", words'
    value: object = [f"1,{template}"] if use == "au_crawlrules" else template
    definition = define({"plugin_config_props": [BASE_URL, YEAR, WORDS], use: value})
    assert definition.usable is ok
    assert ((Code.RANGE_IN_URL, use) in codes(definition)) is not ok


def test_sets_and_number_ranges_may() -> None:
    params = [BASE_URL, YEAR, NUMBERS, ISSUES]
    template = '"%s%s%s", base_url, numbers, issues'
    assert define({"plugin_config_props": params, "au_start_url": template}).usable


def test_functions_of_a_class_are_not_judged() -> None:
    entries = {"au_param_functor": "org.example.F", "au_start_url": '"%s", own_function(base_url)'}
    assert define(entries).usable


def test_names_that_the_resolver_supplies_are_fine_in_feature_urls() -> None:
    assert define({"au_feature_urls": {"au_issue": '"%s%s", base_url, issue'}}).findings == ()


def test_a_seed_class_stands_for_start_urls() -> None:
    files = {"p": xml({"plugin_config_props": [BASE_URL], "plugin_crawl_seed_factory": "org.example.S"})}
    assert load_definition("p", files.get).findings == ()


def test_the_path_counts_not_what_the_file_says_of_itself() -> None:
    definition = define({"plugin_identifier": "org.other.Plugin"})
    assert definition.plugin_id == "org.example.Plugin"
    assert codes(definition) == [(Code.OTHER_IDENTIFIER, "plugin_identifier")]
    inherited = define({"plugin_parent": "a.P"}, {"a.P": {"plugin_identifier": "a.P"}})
    assert inherited.findings == ()


def test_source_plugins_are_bulk_by_their_name() -> None:
    assert define({}, plugin_id="org.example.XSourcePlugin").bulk


def test_what_was_inherited_is_read_with_the_childs_parameters() -> None:
    parents = {"a.P": {"au_name": '"%s", volume', "au_refetch_depth": 5, "plugin_config_props": [BASE_URL]}}
    definition = define({"plugin_parent": "a.P", "au_refetch_depth": Raw(DEFAULT)}, parents)
    assert definition.collection.refetch_depth == 1
    finding = next(finding for finding in definition.findings if finding.code is Code.UNDECLARED)
    assert finding.place.plugin_id == "a.P"


@pytest.mark.parametrize(
    ("key", "found"),
    [
        ("text/html_filter_factory", ("text/html", MimeUse.HASH_FILTER)),
        ("text/html_crawl_filter_factory", ("text/html", MimeUse.CRAWL_FILTER)),
        ("application/x_y_link_extractor_factory", ("application/x_y", MimeUse.LINK_EXTRACTOR)),
        ("text/html_filter", ("text/html", MimeUse.FILTER_RULE)),
        ("_filter", None),
        ("text/html", None),
    ],
)
def test_keys_per_media_type(key: str, found: tuple[str, MimeUse] | None) -> None:
    assert mime_key(key) == found


@pytest.mark.parametrize(
    ("typo", "meant"),
    [
        ("au_crawl_rules", "au_crawlrules"),
        ("plugin_nam", "plugin_name"),
        ("au_manifst", "au_manifest"),
        ("something_else", None),
    ],
)
def test_near_misses(typo: str, meant: str | None) -> None:
    assert near_miss(typo) == meant


def test_thousands_of_unknown_keys_are_told_quickly() -> None:
    definition = define({f"au_crawlrules{number}": "x" for number in range(3_000)})
    unknown = [finding for finding in definition.findings if finding.code is Code.UNKNOWN_KEY]
    assert len(unknown) == 3_000
    assert definition.usable


SCALARS = st.text('ab%s",( )\\1', max_size=12) | st.integers(-5, 5) | st.booleans()
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("a*;", max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)
SOME_KEYS = st.sampled_from(
    [*sorted(KEYS), "text/html_filter_factory", "text/html_filter", "clockss_override"]
)


@given(st.dictionaries(SOME_KEYS, ANYTHING, max_size=6))
def test_whatever_stands_behind_a_key_the_rest_loads(entries: dict[str, object]) -> None:
    definition = define(entries)
    assert isinstance(definition, PluginDefinition)
    for finding in definition.findings:
        assert str(finding)
        assert "\n" not in finding.message


@given(st.binary(max_size=120))
def test_any_file_is_a_definition_or_a_finding(data: bytes) -> None:
    for content in (data, element({"au_name": "x"}).encode() + data):
        definition = load_definition("p", {"p": content}.get)
        assert definition.findings
        assert not definition.usable
