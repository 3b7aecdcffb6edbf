"""The node as a CDX server: what pywb, indexers and aggregators ask of an archive's index. Pure: records come in."""

from apps.lockss.cdx.filters import Filter
from apps.lockss.cdx.lines import CDX_HEADER, MEDIA_TYPES, CdxRecord, answer, cdx_line, cdxj_line, json_line
from apps.lockss.cdx.query import (
    MOST_LINES,
    CdxCode,
    CdxError,
    CdxQuery,
    Match,
    Output,
    Sort,
    parse_cdx_query,
)
from apps.lockss.cdx.surt import same_page, surt_of

__all__ = [
    "CDX_HEADER",
    "MEDIA_TYPES",
    "MOST_LINES",
    "CdxCode",
    "CdxError",
    "CdxQuery",
    "CdxRecord",
    "Filter",
    "Match",
    "Output",
    "Sort",
    "answer",
    "cdx_line",
    "cdxj_line",
    "json_line",
    "parse_cdx_query",
    "same_page",
    "surt_of",
]
