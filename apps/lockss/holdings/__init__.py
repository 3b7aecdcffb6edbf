"""A library's own list of holdings: bytes into entries, entries against the catalogue; and subscribed ranges.

``encoding_of``, ``dialect_of`` and ``raw_lines`` take any text apart, ``layout_of`` finds its columns, ``entries`` reads
its lines, ``match`` says what a line means, ``compare`` sets its years against those of the catalogue.
"""

from apps.lockss.holdings.headers import columns_of, field_of, folded, layout_of
from apps.lockss.holdings.lines import entries
from apps.lockss.holdings.matching import (
    NONE_OF_THESE,
    line_key,
    match,
    plain_title,
    same_publisher,
    title_key,
)
from apps.lockss.holdings.model import (
    IDENTIFIERS,
    NEEDED,
    YEARS,
    By,
    Candidate,
    Entry,
    Field,
    HoldingsCode,
    HoldingsError,
    Layout,
    Limits,
    Match,
    Note,
    Offer,
    Raw,
    State,
    YearRange,
)
from apps.lockss.holdings.periods import (
    LONGEST_RANGES,
    MOST_PERIODS,
    Edge,
    Period,
    PeriodCode,
    PeriodError,
    Place,
    lies_in,
    parse_periods,
    periods_text,
)
from apps.lockss.holdings.spans import LONGEST_TYPED, asked_text, years_typed
from apps.lockss.holdings.text import Dialect, dialect_of, encoding_of, raw_lines, too_many_rows
from apps.lockss.holdings.years import Coverage, compare, holds, ranges_text, years_text

__all__ = [
    "IDENTIFIERS",
    "LONGEST_RANGES",
    "LONGEST_TYPED",
    "MOST_PERIODS",
    "NEEDED",
    "NONE_OF_THESE",
    "YEARS",
    "By",
    "Candidate",
    "Coverage",
    "Dialect",
    "Edge",
    "Entry",
    "Field",
    "HoldingsCode",
    "HoldingsError",
    "Layout",
    "Limits",
    "Match",
    "Note",
    "Offer",
    "Period",
    "PeriodCode",
    "PeriodError",
    "Place",
    "Raw",
    "State",
    "YearRange",
    "asked_text",
    "columns_of",
    "compare",
    "dialect_of",
    "encoding_of",
    "entries",
    "field_of",
    "folded",
    "holds",
    "layout_of",
    "lies_in",
    "line_key",
    "match",
    "parse_periods",
    "periods_text",
    "plain_title",
    "ranges_text",
    "raw_lines",
    "same_publisher",
    "title_key",
    "too_many_rows",
    "years_text",
    "years_typed",
]
