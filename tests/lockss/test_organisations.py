"""Identifiers of organisations, and what reports of usage make of them."""

import re

import pytest

from apps.lockss.organisations import isni_of, ror_of
from apps.lockss.usage.identifiers import book_pattern, by_scheme, publisher_id, title_doi

ROR, ISNI = "013meh722", "0000000121032683"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (ROR, ROR), (ROR.upper(), ROR), (f"https://ror.org/{ROR}", ROR), (f" ror.org/{ROR}/ ", ROR),
        ("013meh723", ""), ("013meh72", ""), ("0i3meh722", ""), ("", ""), ("https://evil.example/013meh722", ""),
    ],
)  # fmt: skip
def test_ror(text: str, found: str) -> None:
    assert ror_of(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (ISNI, ISNI), ("0000 0001 2103 2683", ISNI), ("ISNI 0000-0001-2103-2683", ISNI), (f"https://isni.org/isni/{ISNI}", ISNI),
        ("0000 0001 2281 955x", "000000012281955X"),
        ("0000000121032684", ""), ("000000012103268", ""), ("0" * 40, ""), ("", ""), ("٠٠٠٠٠٠٠١٢١٠٣٢٦٨٣", ""),
    ],
)  # fmt: skip
def test_isni(text: str, found: str) -> None:
    assert isni_of(text) == found


def test_a_publisher_is_told_by_ror_before_isni_and_never_by_what_is_none() -> None:
    both = {"publisher_ror": f"https://ror.org/{ROR}", "publisher_isni": ISNI}
    assert publisher_id(both) == f"ROR:{ROR}"
    assert publisher_id({**both, "publisher_ror": "x"}) == f"ISNI:{ISNI}"
    assert publisher_id({"publisher_id": "tidewater"}) == publisher_id({}) == ""
    assert by_scheme(f"ROR:{ROR}") == {"ROR": [ROR]}
    assert by_scheme("") == {}


def test_dois_of_titles() -> None:
    assert title_doi("https://doi.org/10.5555/JOE") == title_doi("doi:10.5555/joe") == "10.5555/joe"
    assert title_doi("joe") == title_doi("") == ""


def test_a_book_is_known_by_the_isbn_in_its_doi_and_its_chapters_are_not_it() -> None:
    pattern = book_pattern(("9783161484100", "316148410X"))
    for doi in ("10.1007/978-3-16-148410-0", "10.5555/9783161484100", "10.5555.1/316148410x"):
        assert re.search(pattern, doi), doi
    for doi in (
        "10.1007/978-3-16-148410-0_1",
        "10.5555/x9783161484100",
        "10.5555/9783161484101",
        "10.5555/3161484100",
    ):
        assert not re.search(pattern, doi), doi
    assert book_pattern(()) == book_pattern((".*",)) == ""
