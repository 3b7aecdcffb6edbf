"""Two or three letters for each node: its own, the same whatever the case, numbers only where letters cannot be."""

import pytest

from apps.network.short_names import short_names


@pytest.mark.parametrize(
    ("names", "letters"),
    [
        (["Alder College node", "Birch", "Cedar"], ["Al", "Bi", "Ce"]),
        (["Harbour", "Hazel", "Birch"], ["Har", "Haz", "Bi"]),
        (["University of Birch", "University of Cedar"], ["UB", "UC"]),
        (["Member 01", "Member 02", "Member 13"], ["M01", "M02", "M13"]),
        (["Ärzte", "ÄRA", "ära"], ["Ärz", "2", "3"]),
        (["TCP:[198.51.100.7]:9729", "Birch", "", "7 Oaks"], ["1", "Bi", "3", "4"]),
        (["Birch", "Birch", "BIRCH"], ["Bih", "Brc", "Brh"]),
        ([], []),
    ],
)
def test_letters(names, letters):
    assert short_names(names) == letters


def test_sixty_of_one_beginning_are_told_apart():
    names = [f"University of {a}{b}ston" for a in "ABCDEFGH" for b in "aeiouwyl"]
    found = short_names(names)
    assert len({one.casefold() for one in found}) == len(names)
    assert all(len(one) <= 3 for one in found)
