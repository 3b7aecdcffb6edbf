"""How an AU is collected, read out of a merged map (plugins §8, §9)."""

from types import MappingProxyType

from apps.lockss.frontier.politeness import Rate
from apps.lockss.plugin.findings import DefinitionCode, Finding, clip, error
from apps.lockss.plugin.model import STANDARD_ARCHIVES, TWO_WEEKS, ArchiveTypes, Collection
from apps.lockss.plugin.rates import RateInfo, read_rate_info, read_rate_map, split_mimes
from apps.lockss.plugin.results import ResultEntry, parse_result
from apps.lockss.plugin.rules import RuleTemplate, parse_rule
from apps.lockss.plugin.values import Values
from apps.lockss.plugin.windows import Window, read_window
from apps.lockss.plugin.xmlmap import Marker
from apps.lockss.plugin.xmltree import Node


def read_collection(values: Values) -> Collection:
    rules, rules_class = _read_rules(values)
    return Collection(
        name=values.template("au_name"),
        start_urls=values.templates("au_start_url") or (),
        permission_urls=values.templates("au_permission_url"),
        per_host_permission_path=_read_path(values),
        permitted_hosts=values.templates("au_permitted_host_pattern") or (),
        additional_stems=values.templates("au_additional_url_stems") or (),
        rules=rules,
        rules_class=rules_class,
        ignore_case=values.flag("au_crawlrules_ignore_case"),
        refetch_depth=_at_least(values, "au_refetch_depth", 0, 1),
        pause=values.milliseconds("au_def_pause_time"),
        new_content_interval=values.milliseconds("au_def_new_content_crawl") or TWO_WEEKS,
        pool_source=values.text("plugin_fetch_rate_limiter_source") or "au",
        rates=_read_rates(values),
        mime_rates=split_mimes(_read_rate_map(values, "au_mime_rate_limiter_map")),
        url_rates=_read_rate_map(values, "au_url_rate_limiter_map"),
        window=_read_window(values),
        cookies=_pairs(values, "au_http_cookie", "="),
        request_headers=_pairs(values, "au_http_request_header", ":"),
        cookie_policy=values.text("au_crawl_cookie_policy"),
        send_referrer=flag(values, "plugin_send_referrer", default=True),
        store_probe_permission=flag(values, "plugin_store_probe_permission", default=True),
        login_redirect=values.template("au_redirect_to_login_url_pattern"),
        results=_read_results(values),
        exploder_pattern=values.text("au_exploder_pattern"),
        archives=_read_archives(values),
        bulk=flag(values, "plugin_bulk_content", default=False),
    )


def flag(values: Values, key: str, *, default: bool) -> bool:
    flag = values.flag(key)
    return default if flag is None else flag


def _at_least(values: Values, key: str, least: int, default: int) -> int:
    number = values.number(key)
    if number is not None and number < least:
        values.complain(DefinitionCode.BAD_VALUE, key, f"{number} is below {least}")
    return default if number is None or number < least else number


def _read_path(values: Values) -> str | None:
    key = "plugin_per_host_permission_path"
    path = values.text(key)
    if path is not None and not path.startswith("/"):
        values.complain(DefinitionCode.BAD_VALUE, key, "expected a path that begins with /")
        return None
    return path


def _pairs(values: Values, key: str, mark: str) -> tuple[str, ...]:
    texts = values.texts(key) or ()
    for text in texts:
        if text.find(mark) <= 0:
            values.complain(DefinitionCode.BAD_VALUE, key, f"expected name{mark}value, found {clip(text)!r}")
    return tuple(text for text in texts if text.find(mark) > 0)


def _read_rules(values: Values) -> tuple[tuple[RuleTemplate, ...] | None, str | None]:
    key = "au_crawlrules"
    value = values.raw.get(key)
    if isinstance(value, str):
        return None, values.class_name(key)
    texts = values.texts(key)
    if texts is None:
        return None, None
    rules: list[RuleTemplate] = []
    for index, text in enumerate(texts):
        rule = parse_rule(text, index)
        if isinstance(rule, RuleTemplate):
            values.checked(key, rule.template)
            rules.append(rule)
        else:
            values.complain(
                DefinitionCode.BAD_RULE, key, f"rule {index + 1}: {rule.message}: {clip(text)}", fatal=True
            )
    return tuple(rules), None


def _read_window(values: Values) -> Window | None:
    value = values.raw.get("au_crawlwindow_ser")
    window = read_window(value) if isinstance(value, Node) else None
    if isinstance(window, Finding) or (window is None and value is not None):
        _unreadable(values, "au_crawlwindow_ser", window)
        return None
    return window


def _read_rates(values: Values) -> RateInfo | None:
    value = values.raw.get("au_rate_limiter_info")
    rates = read_rate_info(value) if isinstance(value, Node) else None
    if isinstance(rates, Finding) or (rates is None and value is not None):
        _unreadable(values, "au_rate_limiter_info", rates)
        return None
    return rates


def _unreadable(values: Values, key: str, finding: Finding | None) -> None:
    """A publisher's limits that nobody can read: the definition must not be used as if there were none."""
    message = "expected a serialised object" if finding is None else finding.message
    place = values.place(key) if finding is None else finding.place
    values.findings.append(error(DefinitionCode.UNREADABLE_OBJECT, message, place, key))


def _read_rate_map(values: Values, key: str) -> tuple[tuple[str, Rate], ...]:
    rates, bad = read_rate_map(values.text_mapping(key))
    for text in bad:
        values.complain(
            DefinitionCode.BAD_VALUE, key, f"{clip(text)!r} is no rate such as 1/3000", fatal=True
        )
    return rates


def _read_results(values: Values) -> tuple[ResultEntry, ...]:
    key = "plugin_cache_result_list"
    entries: list[ResultEntry] = []
    for text in values.texts(key) or ():
        entry = parse_result(text)
        if isinstance(entry, ResultEntry):
            entries.append(entry)
        else:
            values.complain(DefinitionCode.BAD_VALUE, key, entry.message)
    return tuple(entries)


def _read_archives(values: Values) -> ArchiveTypes | None:
    key = "plugin_archive_file_types"
    value = values.raw.get(key)
    if value is None or value is Marker.NONE:
        return None
    if isinstance(value, str) and value.strip().lower() == "standard":
        return STANDARD_ARCHIVES
    if isinstance(value, Node) and value.tag == "org.lockss.plugin.ArchiveFileTypes":
        kinds = {
            entry.children[0].text.strip().lower(): entry.children[1].text.strip()
            for field in value.children
            for entry in field.children
            if entry.tag == "entry" and len(entry.children) == 2
        }
        return ArchiveTypes(MappingProxyType(kinds))
    values.complain(DefinitionCode.BAD_VALUE, key, "expected standard or a map of archive types")
    return None
