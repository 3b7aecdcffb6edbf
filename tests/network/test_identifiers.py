"""Identifiers of institutions, as their registries write them."""

import pytest

from apps.network.identifiers import COUNTRIES, country, isil, ror


@pytest.mark.parametrize(
    "text", ["013meh722", "https://ror.org/013meh722", " HTTPS://ROR.org/013MEH722/ ", "ror.org/013meh722"]
)
def test_one_organisation_however_it_is_written(text):
    assert ror(text) == "013meh722"


@pytest.mark.parametrize(
    "text", ["013meh723", "013meh72", "113meh722", "01imeh722", "https://example.org/013meh722", "x"]
)
def test_what_is_no_ror(text):
    with pytest.raises(ValueError):
        ror(text)


@pytest.mark.parametrize("text", ["DE-12", "US-InU-Mu", "OCLC-DLC", "FR-751131015", "IT-RM0267", ""])
def test_an_isil(text):
    assert isil(text) == text


@pytest.mark.parametrize("text", ["DE12", "DE-", "de-12", "DE-123456789012", "ABCDE-1", "DE-1 2"])
def test_what_is_no_isil(text):
    with pytest.raises(ValueError):
        isil(text)


def test_a_country():
    assert (country(" de "), country("")) == ("DE", "")
    assert (len(COUNTRIES), country("ge")) == (249, "GE")
    # Two letters are not enough: these are no country's, and the last is what people write for GB.
    for text in ("DEU", "1A", "Ü1", "XX", "ZZ", "Germany", "UK"):
        with pytest.raises(ValueError):
            country(text)
