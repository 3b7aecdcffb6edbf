"""Hypothesis strategies for titles and what is covered of them; imported by tests only."""

from hypothesis import strategies as st

from apps.lockss.kbart import CoveredAu, CoveredTitle, Edition, Holding, Kind, Row, Scope, Terms
from apps.lockss.kbart.model import COLUMNS

THIS_YEAR = 2026
YEARS = st.integers(1990, 2030).map(str)
YEAR_TEXTS = st.one_of(
    YEARS,
    st.tuples(YEARS, YEARS).map("-".join),
    st.tuples(YEARS, YEARS).map(", ".join),
    st.sampled_from(["", "0", "2000 -2001", "200", "no year"]),
)
VOLUME_TEXTS = st.one_of(
    st.integers(0, 40).map(str),
    st.tuples(st.integers(0, 40), st.integers(0, 40)).map(lambda pair: f"{pair[0]}-{pair[1]}"),
    st.sampled_from(
        [
            "",
            "A",
            "B",
            "C",
            "IV",
            "ix",
            "S.4",
            "S.5",
            "2001",
            "A-1",
            "12A",
            "é",
            "1/2",
            "A\t1",
            "A\n4",
            "\x01",
            "2001 v1",
            "2001 v4",
        ]
    ),
)
# Names as people write them, with signs that would break a table.
NAMES = st.text(
    alphabet=st.characters(codec="utf-8", exclude_characters="\ufffd"), min_size=1, max_size=20
).filter(lambda text: any(sign.isalnum() for sign in text))
ISSNS = st.sampled_from(["", "1234-5679", "0000-0000", "0028-0836", "1234-5678", "2434-561X"])
ISBNS = st.sampled_from(["", "9780306406157", "0-306-40615-2", "978-0-306-40615-8", "080442957X"])


def covered_aus(ids: st.SearchStrategy[str] | None = None) -> st.SearchStrategy[CoveredAu]:
    return st.builds(
        CoveredAu,
        name=NAMES,
        id=ids or st.text(alphabet="0123456789abcdef", min_size=8, max_size=8),
        year=YEAR_TEXTS,
        volume=VOLUME_TEXTS,
        issue=st.just("") | st.integers(1, 12).map(str),
        isbn=ISBNS,
        eisbn=ISBNS,
        open_access=st.booleans(),
        depth=st.sampled_from(["", "fulltext", "abstracts", "all"]),
        first_author=st.sampled_from(["", "Miller", "Miller; Smith", "Miller and Smith"]),
    )


def covered_titles() -> st.SearchStrategy[CoveredTitle]:
    return st.builds(
        CoveredTitle,
        id=st.text(alphabet="ghij/ .é", min_size=1, max_size=6).filter(str.strip),
        name=NAMES,
        publisher=NAMES,
        kind=st.sampled_from(Kind),
        issn=ISSNS,
        eissn=ISSNS,
        issn_l=ISSNS,
        embargo=st.sampled_from(["", "P1Y", "R10Y;P30D", "soon"]),
        notes=st.sampled_from(["", "moved\tin 2001"]),
        ceased=st.booleans(),
    )


def holdings() -> st.SearchStrategy[Holding]:
    return st.builds(Holding, covered_titles(), st.lists(covered_aus(), max_size=6).map(tuple))


def terms() -> st.SearchStrategy[Terms]:
    return st.builds(
        Terms,
        address=st.just("https://portal.example"),
        this_year=st.just(THIS_YEAR),
        scope=st.sampled_from(Scope),
        edition=st.sampled_from(Edition),
    )


def rows() -> st.SearchStrategy[Row]:
    """Rows with anything in their fields that a table can hold."""
    value = st.text(
        alphabet=st.characters(codec="utf-8", exclude_categories=("Cc", "Zl", "Zp")), max_size=8
    ).map(str.strip)
    return st.builds(Row, **dict.fromkeys(COLUMNS, value))
