"""A report as a file."""

import json

from apps.lockss.usage.periods import short
from apps.lockss.usage.sushi import report as as_json
from apps.lockss.usage.tabular import table
from apps.usage.services.reporting import Report

TSV, JSON = "tsv", "json"
FORMS = (TSV, JSON)
TYPES = {TSV: "text/tab-separated-values; charset=utf-8", JSON: "application/json"}


def written(report: Report, form: str) -> bytes:
    """The whole of it."""
    if form == JSON:
        return json.dumps(
            as_json(report.header, report.usages), ensure_ascii=False, separators=(",", ":")
        ).encode()
    return table(report.header, report.usages)


def name_of(report: Report, form: str) -> str:
    """Of letters, digits, hyphens and underscores, and its ending."""
    header = report.header
    whose = "".join(sign if sign.isascii() and sign.isalnum() else "-" for sign in header.customer)[:60]
    return f"{header.view.id}_{whose}_{short(header.begin)}_{short(header.end)}.{form}"
