"""Real title lists as KBART: every title is reported, or said not to be, and our own judge finds no grave fault."""

import hashlib
from datetime import date

import pytest

from apps.lockss.kbart import (
    CoveredAu,
    CoveredTitle,
    Edition,
    Holding,
    KbartCode,
    Kind,
    Scope,
    Terms,
    check_file,
    encode,
    file_name,
    report,
    title_rows,
)
from apps.lockss.kbart.spans import years_of
from apps.lockss.tdb import parse_tdb
from tests.shared import DATA, needs_shared

VOLUMES = ("volume_name", "volume_str", "volume")
ISSUES = ("issue", "num_issue_range", "issue_set", "issue_no", "issues", "issue_no.", "issue_dir")
NETWORKS = sorted(path.name for path in (DATA / "tdb").iterdir()) if DATA.is_dir() else ["none"]
# What lists lack, a file cannot have; one real name of 2017 is mojibake already.
LACKS = {KbartCode.NO_IDENTIFIER, KbartCode.NO_FIRST_DATE, KbartCode.MOJIBAKE}
# Volumes that are told apart where years run on.
FINER = LACKS | {KbartCode.SAME_KEY, KbartCode.OVERLAP, KbartCode.SPLIT}


def digest(*parts):
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:20]


def first(params, keys):
    return next((params[key] for key in keys if params.get(key)), "")


def covered(au):
    params = au.params
    return CoveredAu(
        name=au.name,
        id=digest(au.auid),
        year=au.get("year") or params.get("year", ""),
        volume=au.get("volume") or first(params, VOLUMES),
        issue=au.attrs.get("issue") or first(params, ISSUES),
        isbn=au.get("isbn"),
        eisbn=au.get("eisbn"),
        depth=au.attrs.get("au_coverage_depth", ""),
        open_access=au.get("rights") == "openaccess",
    )


def holdings(network):
    """The titles of a network by publisher and name, each AUID once."""
    grouped = {}
    for file in sorted((DATA / "tdb" / network).rglob("*.tdb")):
        for au in parse_tdb(file.read_bytes()).aus:
            key = (au.title.publisher.name, au.title.name)
            grouped.setdefault(key, {}).setdefault(au.auid, au)
    for (publisher, name), own in grouped.items():
        told = next(iter(own.values())).title
        title = CoveredTitle(
            id=digest(publisher, name),
            name=name,
            publisher=publisher,
            kind=Kind(told.type) if told.type in list(Kind) else Kind.JOURNAL,
            issn=told.get("issn"),
            eissn=told.get("eissn"),
            issn_l=told.get("issnl"),
        )
        yield Holding(title, tuple(covered(au) for auid, au in own.items() if auid))


def whole_years_missing(holding):
    """How often a whole year is missing among the years that the AUs of a serial name."""
    spans = [years_of(au.year, 2026) for au in holding.aus]
    gaps, until = 0, None
    for first_year, last_year in sorted(span for span in spans if span):
        gaps += until is not None and first_year - until > 1
        until = max(last_year, until or 0)
    return gaps


@needs_shared
@pytest.mark.parametrize("network", NETWORKS)
def test_a_serial_has_hardly_more_rows_than_years_are_missing(network):
    """A journal that begins to count anew has one more; two numberings, misprints and volumes 0 make none."""
    too_many = {}
    for holding in holdings(network):
        made = title_rows(holding, Terms("https://lockss.example.org", 2026, Scope.AVAILABLE))
        serial = [row for row in made.rows if row.publication_type == "serial"]
        if len(serial) > whole_years_missing(holding) + 2:
            too_many[holding.title.name] = len(serial)
    assert too_many == {}


@needs_shared
def test_a_journal_on_two_platforms_is_told_by_its_years():
    name = "Canadian Journal of Learning and Technology"
    (journal,) = (one for one in holdings("coppulpln") if one.title.name == name)
    own = tuple(au for au in journal.aus if au.year <= "2016")
    made = title_rows(Holding(journal.title, own), Terms("https://lockss.example.org", 2026, Scope.AVAILABLE))
    spans = [(row.date_first_issue_online, row.date_last_issue_online) for row in made.rows]
    assert spans == [("1986", "1999"), ("2002", "2016")]


@needs_shared
@pytest.mark.parametrize("edition", Edition)
@pytest.mark.parametrize("network", NETWORKS)
def test_every_title_is_reported_or_said_not_to_be(network, edition):
    given = list(holdings(network))
    made = report(given, Terms("https://lockss.example.org", 2026, Scope.AVAILABLE, edition))
    told = {row.title_id for row in made.rows} | {row.parent_publication_title_id for row in made.rows}
    books = {au.id: holding.title.id for holding in given for au in holding.aus}
    told |= {books[row.title_id] for row in made.rows if row.title_id in books}
    left_out = {finding.entry for finding in made.findings if finding.grave}
    missing = [
        holding.title.name
        for holding in given
        if holding.aus and holding.title.id not in told and holding.title.name not in left_out
    ]
    assert given
    assert missing == []
    name = file_name("Example", date(2026, 11, 26))
    found = check_file(encode(made.rows), name=name)
    assert [finding for finding in found if finding.grave] == []
    assert {finding.code for finding in found} <= (LACKS if edition is Edition.KBART else FINER)
