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
)
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
