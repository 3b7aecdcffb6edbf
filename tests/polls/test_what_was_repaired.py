"""Repairs say what was wrong: bytes that were missing or hashed otherwise, beside the digest that was recorded."""

import pytest

from apps.polls.lists import with_states
from apps.polls.views import REPAIRED
from apps.repository import services as repository
from apps.repository.choices import ArtifactState
from apps.repository.models import Artifact
from tests import factories as make
from tests.asking import as_person

pytestmark = pytest.mark.django_db


@pytest.fixture(params=[ArtifactState.MISSING, ArtifactState.DAMAGED])
def state(request):
    return request.param


@pytest.fixture
def repair(sample, state):
    """The first version was lost or damaged, the very bytes came back."""
    row = sample.repair
    newest = max(repository.history(auid=row.au.auid, url=row.url), key=lambda one: one.version)
    digest = newest.sha256.hex()
    versions = Artifact.objects.filter(au_key=row.au.pk, url=row.url)
    versions.filter(version=1).update(sha256=newest.sha256, state=str(state))
    row.before_sha256 = row.after_sha256 = digest
    row.save()
    return row


def test_side_by_side_the_old_bytes_are_not_the_recorded_digest(client, repair, state):
    as_person(client)
    page = client.get(f"/repairs/{repair.pk}/")
    was, now = page.context["sides"]
    wanted = "missing" if state == ArtifactState.MISSING else "hashed otherwise"
    assert was.lines[0][0] == f"bytes {wanted}; recorded SHA-256 {repair.before_sha256}"
    assert was.lines[0][1]
    assert now.lines[0] == (repair.after_sha256, True)


def test_the_poll_found_it_missing(client, repair, state):
    as_person(client)
    page = client.get(f"/repairs/{repair.pk}/").content.decode()
    missing = state == ArtifactState.MISSING
    assert ("Missing here" in page) is missing
    assert ("Differs here" in page) is not missing


def test_the_lists_say_what_was(client, repair, state):
    as_person(client)
    word = "missing" if state == ArtifactState.MISSING else "hashed otherwise"
    for path in ("/repairs/", f"/polls/{repair.poll_id}/"):
        shown = client.get(path).content.decode()
        assert word in shown, path
    (row,) = with_states([repair])
    cell = next(one for one in REPAIRED.columns if one.key == "before").cell(row)
    assert word in str(cell.html)


def test_what_a_landslide_outvoted_keeps_its_digest(client, sample):
    (row,) = with_states([sample.repair])
    cell = next(one for one in REPAIRED.columns if one.key == "before").cell(row)
    assert sample.repair.before_sha256[:4] in str(cell.html)


def test_a_repair_of_an_au_that_is_not_here_is_told(client, sample):
    lone = make.make_poll(make.make_au(), [make.make_peer()])
    make.make_repair(lone, "http://pub.example/lone")
    as_person(client)
    assert client.get("/repairs/").status_code == 200


def test_repairs_are_narrowed_by_au_and_day(client, sample):
    other = make.make_au("Annals of Nowhere, volume 9")
    poll = make.make_poll(other, [make.make_peer()])
    old = make.make_repair(poll, "http://pub.example/old", ended_at=make.past(make.DAY * 40))
    as_person(client)

    def shown(query):
        return {row.pk for row in client.get(f"/repairs/?{query}").context["list"].items}

    assert shown("q=Nowhere") == {old.pk}
    assert sample.repair.pk in shown("q=Estuarine") - {old.pk}
    day = old.ended_at.date() + make.DAY * 20
    assert old.pk not in shown(f"since={day}")
    assert shown(f"until={day}") == {old.pk}
    assert old.pk in shown("from=publisher")
    assert sample.repair.pk in shown("from=peer") - {old.pk}


def test_pages_of_the_poll_and_the_url_call_it_missing_as_the_repair_does(client, repair, state):
    repair.poll.url_tallies.filter(url_digest=bytes(repair.url_digest)).update(result="Lost")
    as_person(client)
    word = "Missing here" if state == ArtifactState.MISSING else "Differs here"
    pages = {"list": f"/polls/{repair.poll_id}/", "polls": f"/aus/{repair.au.slug}/url/?url={repair.url}"}
    for name, path in pages.items():
        table = client.get(path).context[name]
        found = next(one for one in table.table.columns if one.key in ("result", "found"))
        row = next(one for one in table.table.shown(table.items) if one.tally.url == repair.url)
        assert word in str(found.show(row).html), path


def test_a_poll_with_repairs_says_what_is_before_and_what_after_them(client, sample):
    as_person(client)
    page = client.get(f"/polls/{sample.repair.poll_id}/").content.decode()
    assert "what most voters hold, after the repairs" in page
    assert "as it was before the repairs" in page
    lone = make.make_poll(make.make_au(), [make.make_peer()])
    page = client.get(f"/polls/{lone.pk}/").content.decode()
    assert "the repairs" not in page
