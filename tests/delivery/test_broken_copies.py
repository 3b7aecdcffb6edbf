"""A copy that turns out broken: the next AU that holds the same URL is tried before an error is told."""

import pytest

from apps.lockss.delivery import Failure
from apps.repository import services as repository
from apps.repository.models import Artifact
from tests.delivery.asked import ARTICLE, SITE
from tests.delivery.conftest import AUID, SLUG, flip_a_byte, page, pass_for, second_au
from tests.delivery.simulated import GRAY, HIDDEN, LIGHT, OPEN
from tests.repository.factories import AT

pytestmark = pytest.mark.django_db
THEIRS = b"<html><title>Theirs</title></html>"
STAMP = AT.strftime("%Y%m%d%H%M%S")


@pytest.fixture
def other(reader, rooms):
    """Another AU that holds the same article, with a page of its own."""
    found = second_au("http://zzz.example/", auid="zzz|other", name="The other unit")
    rooms.policies[found.auid] = OPEN
    repository.add_captures(auid=found.auid, captures=[page(ARTICLE, THEIRS, "text/html")])
    return found


def served(url: str) -> str:
    return f"/ServeContent?url={url}"


def test_the_next_holders_copy_and_the_damage_is_a_row(reader, other):
    flip_a_byte(ARTICLE)
    got = reader(served(ARTICLE))
    assert got.status == 200
    assert b"<title>Theirs</title>" in got.body
    assert got.headers["x-lockss-from-auid"] == other.auid
    assert b"from The other unit." in got.body, "the line says whose copy it is"
    assert Artifact.objects.get(url=ARTICLE, au_key__auid=AUID).state == "damaged"
    assert reader(served(ARTICLE), method="HEAD").headers["x-lockss-from-auid"] == other.auid


def test_an_au_that_is_named_answers_for_itself(reader, other):
    flip_a_byte(ARTICLE)
    assert reader(f"{served(ARTICLE)}&auid={AUID.replace('%', '%25').replace('&', '%26')}").status == 502
    flip_a_byte(f"{SITE}/f.bin")
    assert reader(f"/{SLUG}/-/{SITE}/f.bin").status == 502


def test_where_all_are_broken_the_first_is_told(reader, other, monkeypatch):
    flip_a_byte(ARTICLE)
    repository.check_au(auid=AUID)
    file = repository.find(auid=other.auid, url=ARTICLE).place.file
    (repository.root() / file).unlink()
    got = reader(served(ARTICLE))
    assert got.status == 502
    assert b"This copy is missing" in got.body


@pytest.mark.parametrize(("policy", "status"), [(HIDDEN, 502), (GRAY, 502), (LIGHT, 200)])
def test_nobody_gets_by_damage_what_a_rule_withholds(reader, rooms, other, policy, status):
    """A copy whose publisher comes first does not stand in for one that is always given."""
    rooms.policies[other.auid] = policy
    flip_a_byte(ARTICLE)
    assert reader(served(ARTICLE)).status == status


def test_behind_a_publisher_that_failed_a_gray_copy_stands_in(reader, rooms, publisher, other):
    publisher({}, {"pub.example": Failure.DNS})
    rooms.policies[other.auid] = GRAY
    flip_a_byte(ARTICLE)
    assert b"Theirs" in reader(served(ARTICLE)).body


def test_a_pass_for_one_au_does_not_open_another_by_damage(ask, reader, rooms, other):
    rooms.addresses.clear()
    flip_a_byte(ARTICLE)
    assert ask(f"/t/{pass_for()}{served(ARTICLE)}").status == 502
    rooms.openly.add(other.auid)
    repository.add_captures(auid=AUID, captures=[page(f"{SITE}/n", b"<p>n", "text/html")])
    assert b"Theirs" in ask(f"/t/{pass_for()}{served(ARTICLE)}").body


def test_a_copy_known_as_damaged_is_not_taken_before_a_good_one(ask, reader, rooms, other):
    """Also where the reader's pass is for its AU."""
    rooms.addresses.clear()
    rooms.openly.add(other.auid)
    flip_a_byte(ARTICLE)
    repository.check_au(auid=AUID)
    assert b"Theirs" in ask(f"/t/{pass_for()}{served(ARTICLE)}").body


def test_replay_gives_the_same_bytes_of_another_au(reader, rooms, other):
    same = b"<html><title>Twin</title></html>"
    for auid in (AUID, other.auid):
        repository.add_captures(auid=auid, captures=[page(f"{SITE}/twin", same, "text/html")])
    flip_a_byte(f"{SITE}/twin")
    got = reader(f"/all/{STAMP}id_/{SITE}/twin")
    assert (got.status, got.body) == (200, same)
    assert got.headers["x-lockss-from-auid"] == other.auid
    flip_a_byte(ARTICLE)
    first = reader(f"/all/{STAMP}id_/{ARTICLE}")
    assert (first.status, b"Theirs" in first.body) == (502, False), "other bytes are another version"


def test_a_lasting_link_reaches_the_good_copy(reader, rooms, publisher, other):
    publisher({}, {"pub.example": Failure.REFUSED})
    rooms.policies[other.auid] = GRAY
    flip_a_byte(ARTICLE)
    got = reader(f"/go?url={ARTICLE}")
    assert got.headers["x-lockss-fallback"] == "copy; why=refused"
    assert b"Theirs" in reader(got.headers["location"]).body
