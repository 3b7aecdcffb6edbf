"""What every ``ContentStore`` does, whatever stands behind it: run against files with PostgreSQL, and against memory.

Subclasses give a ``lab``: the store, and the two things a disk can do to a version.
"""

import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from apps.lockss.lcap.order import order_key
from apps.repository.captures import Capture
from apps.repository.choices import AddOutcome, ArtifactState, CheckOutcome, Fact, Order, Origin
from apps.repository.errors import CaptureCode, ContentCode, ContentError, StoreCode, StoreError
from apps.repository.store import ContentStore
from apps.repository.values import Holder, StoredArtifact

AUID = "org|lockss|plugin|Sample&base_url~http%3A%2F%2Fpub%2Eexample%2F&year~2021"
OTHER = "org|lockss|plugin|Sample&base_url~http%3A%2F%2Fpub%2Eexample%2F&year~2022"
AT = dt.datetime(2026, 11, 21, 6, 12, 30, 123456, tzinfo=dt.UTC)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\nX-Odd: \xff\r\n\r\n"
A, B, C = "http://pub.example/a", "http://pub.example/a/b", "http://pub.example/a-c"
BODIES = {A: b"<p>a</p>" * 900, B: b"", C: bytes(range(256)) * 600}


def capture(url: str = A, body: bytes | None = None, **changes: object) -> Capture:
    given: dict[str, object] = {"origin": Origin.CRAWL, "collected_at": AT, "head": HEAD}
    return Capture(url=url, body=BODIES[url] if body is None else body, **given | changes)


@dataclass(frozen=True, slots=True)
class Lab:
    store: ContentStore
    damage: Callable[[StoredArtifact], None]
    lose: Callable[[StoredArtifact], None]

    def read(self, artifact: StoredArtifact) -> bytes:
        with self.store.open_body(artifact) as body:
            return body.read()

    def state(self, url: str = A) -> str:
        return self.store.find(auid=AUID, url=url).state


class ContentStoreContract:
    @pytest.fixture
    def lab(self) -> Lab:
        raise NotImplementedError

    @pytest.fixture
    def full(self, lab) -> Lab:
        lab.store.add_captures(auid=AUID, captures=[capture(url) for url in BODIES])
        return lab

    def test_bytes_come_back_with_what_is_known_of_them(self, full):
        for url, body in BODIES.items():
            found = full.store.find(auid=AUID, url=url)
            assert full.read(found) == body
            assert (found.size, found.sha256) == (len(body), hashlib.sha256(body).digest())
            assert (found.content_type, found.content_encoding, found.status) == ("text/html", "gzip", 200)
            assert (found.collected_at, found.origin, found.version) == (AT, Origin.CRAWL, 1)
            assert (found.state, found.is_current, found.redirected_to) == (ArtifactState.GOOD, True, None)
            assert full.store.head(found).first("x-odd") == "\xff"

    def test_nothing_is_found_before_its_commit(self, lab):
        with lab.store.open_writer(auid=AUID) as writer:
            writer.add(capture())
            assert lab.store.find(auid=AUID, url=A) is None
            assert writer.commit() == 1
            assert lab.store.find(auid=AUID, url=A) is not None
            assert writer.commit() == 0

    def test_what_was_not_committed_is_taken_back(self, lab):
        with pytest.raises(KeyError), lab.store.open_writer(auid=AUID) as writer:  # noqa: PT012
            writer.add(capture())
            raise KeyError
        assert lab.store.find(auid=AUID, url=A) is None
        with lab.store.open_writer(auid=AUID) as writer:
            writer.add(capture(body=b"wrong"))
            writer.rollback()
            writer.add(capture(body=b"right"))
        assert lab.read(lab.store.find(auid=AUID, url=A)) == b"right"
        assert lab.store.find(auid=AUID, url=A).version == 1

    def test_what_is_held_counts_the_batch_and_forgets_what_was_taken_back(self, full):
        new = A + "/new"
        with full.store.open_writer(auid=AUID) as writer:
            assert writer.held([A, new]) == {A}
            writer.add(capture(url=new, body=b"wrong"))
            assert writer.held([A, new]) == {A, new}
            writer.rollback()
            assert writer.held([new]) == set()
            assert writer.add(capture(url=new, body=b"right")).outcome is AddOutcome.NEW
            writer.commit()
            assert writer.held([new]) == {new}
            again = writer.add(capture(url=new, body=b"other"))
        assert again.artifact.version == 2

    def test_a_url_that_was_absent_and_added_gets_its_next_version(self, full):
        new = A + "/new"
        with full.store.open_writer(auid=AUID) as writer:
            assert writer.held([new]) == set()
            versions = [
                writer.add(capture(url=new, body=body)).artifact.version for body in (b"1", b"22", b"22")
            ]
            writer.commit()
            versions.append(writer.add(capture(url=new, body=b"333")).artifact.version)
        assert versions == [1, 2, 2, 3]

    def test_one_writer_at_a_time(self, lab):
        with lab.store.open_writer(auid=AUID):
            with lab.store.open_writer(auid=OTHER):
                pass
            with pytest.raises(StoreError) as error:
                self.open_at_once(lab.store)
            assert error.value.code == StoreCode.BUSY

    def open_at_once(self, store) -> None:
        with store.open_writer(auid=AUID):
            pass

    def test_equal_bytes_are_no_version(self, full):
        later = AT + dt.timedelta(days=1)
        (added,) = full.store.add_captures(auid=AUID, captures=[capture(collected_at=later)])
        assert added.outcome is AddOutcome.UNCHANGED
        (found,) = full.store.history(auid=AUID, url=A)
        assert (found.collected_at, found.confirmed_at) == (AT, later)

    def test_other_bytes_are_the_next_version(self, full):
        for body in (b"2", b"3", BODIES[A]):
            full.store.add_captures(auid=AUID, captures=[capture(body=body)])
        found = full.store.history(auid=AUID, url=A)
        assert [(f.version, f.is_current) for f in found] == [(4, True), (3, False), (2, False), (1, False)]
        assert [full.read(f) for f in found] == [BODIES[A], b"3", b"2", BODIES[A]]
        assert full.store.find(auid=AUID, url=A, version=2) == found[2]
        assert full.store.find(auid=AUID, url=A, version=5) is None

    def test_versions_within_one_batch(self, lab):
        added = lab.store.add_captures(
            auid=AUID, captures=[capture(body=b"1"), capture(body=b"1"), capture(body=b"2")]
        )
        assert [a.outcome for a in added] == [AddOutcome.NEW, AddOutcome.UNCHANGED, AddOutcome.NEW]
        assert [f.version for f in lab.store.history(auid=AUID, url=A)] == [2, 1]

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"url": ""}, CaptureCode.NAME_EMPTY),
            ({"url": "http://a/\0"}, CaptureCode.NAME_NUL),
            ({"url": "http://a/\udcff"}, CaptureCode.NAME_NOT_UNICODE),
            ({"url": "h" * 65_537}, CaptureCode.NAME_TOO_LONG),
            ({"head": b"no head"}, CaptureCode.HEAD_UNUSABLE),
            ({"sha256": bytes(32)}, CaptureCode.DIGEST_MISMATCH),
            ({"collected_at": AT.replace(tzinfo=None)}, CaptureCode.DATE_WITHOUT_ZONE),
        ],
    )
    def test_a_bad_capture_costs_itself(self, lab, change, code):
        bad, good = lab.store.add_captures(auid=AUID, captures=[replace(capture(), **change), capture(B)])
        assert (bad.outcome, bad.fault.code) == (AddOutcome.REJECTED, code)
        assert good.outcome is AddOutcome.NEW

    def test_a_name_of_64_kb(self, lab):
        name = "http://pub.example/" + "x" * (65_536 - 19)
        lab.store.add_captures(auid=AUID, captures=[capture(name, b"x"), capture(B)])
        assert lab.read(lab.store.find(auid=AUID, url=name)) == b"x"
        assert [a.url for a in lab.store.newest(auid=AUID)] == [B, name]

    def test_orders(self, full):
        names = [a.url for a in full.store.newest(auid=AUID)]
        assert names == sorted(BODIES, key=order_key) == [A, B, C]
        assert [a.url for a in full.store.newest(auid=AUID, order=Order.NAME)] == [A, C, B]
        assert [a.url for a in full.store.newest(auid=AUID, order=Order.FILE)] == list(BODIES)
        assert [a.url for a in full.store.newest(auid=AUID, after=A)] == [B, C]
        assert [a.url for a in full.store.newest(auid=AUID, order=Order.NAME, after=C)] == [B]
        assert [v.url for v in full.store.versions(auid=AUID, after=B)] == [C]

    def test_newest_tells_the_newest_whatever_its_state(self, full):
        full.store.add_captures(auid=AUID, captures=[capture(body=b"2")])
        full.damage(full.store.find(auid=AUID, url=A))
        full.store.check_au(auid=AUID)
        found = {a.url: (a.version, a.state) for a in full.store.newest(auid=AUID)}
        assert found[A] == (2, ArtifactState.DAMAGED)

    def test_votes_leave_suspect_versions_out_before_they_count(self, full):
        for number in range(2, 9):
            full.store.add_captures(auid=AUID, captures=[capture(body=b"%d" % number)])
        full.damage(full.store.find(auid=AUID, url=A, version=7))
        full.damage(full.store.find(auid=AUID, url=C))
        full.store.check_au(auid=AUID)
        found = {v.url: [a.version for a in v.versions] for v in full.store.versions(auid=AUID)}
        assert found == {A: [8, 6, 5, 4, 3], B: [1], C: []}
        assert [len(v.versions) for v in full.store.versions(auid=AUID, limit=1)] == [1, 1, 0]

    def test_holders(self, full):
        full.store.add_captures(auid=OTHER, captures=[capture(body=b"1"), capture(body=b"2")])
        assert full.store.holders(url=A) == [Holder(AUID, 1), Holder(OTHER, 2)]
        assert full.store.holders(url="http://nowhere/") == []

    def test_summary(self, full):
        full.store.add_captures(auid=AUID, captures=[capture(body=b"22")])
        summary = full.store.summary(auid=AUID)
        total = sum(map(len, BODIES.values()))
        assert (summary.urls, summary.versions) == (3, 4)
        assert (summary.size, summary.current_size) == (total + 2, total - len(BODIES[A]) + 2)
        assert full.store.summary(auid="nobody").urls == 0

    def test_facts_and_redirects(self, lab):
        facts = {Fact.PERMISSION: "seen\r\nat noon", Fact.SENT_AS: "/%C3%A9", "own": ' "x'}
        lab.store.add_captures(auid=AUID, captures=[capture(facts=facts, redirected_to=B)])
        found = lab.store.find(auid=AUID, url=A)
        assert lab.store.facts(found) == {str(name): value for name, value in facts.items()}
        assert found.redirected_to == B

    def test_what_did_not_come_by_http_has_no_head(self, lab):
        lab.store.add_captures(auid=AUID, captures=[capture(head=b"", content_type="application/pdf")])
        found = lab.store.find(auid=AUID, url=A)
        assert (lab.store.head(found), found.status, found.content_type) == (None, None, "application/pdf")

    @pytest.mark.parametrize(
        ("start", "stop"), [(0, 1), (0, 10**9), (100, 200), (7_199, 7_201), (9_000, 9_001)]
    )
    @pytest.mark.parametrize("url", [A, C])
    def test_ranges(self, full, url, start, stop):
        with full.store.open_range(full.store.find(auid=AUID, url=url), start, stop) as body:
            assert body.read() == BODIES[url][start:stop]

    def test_damage_is_told_by_the_end_of_the_stream_and_by_a_check(self, full):
        full.damage(full.store.find(auid=AUID, url=A))
        with pytest.raises(ContentError) as error:
            full.read(full.store.find(auid=AUID, url=A))
        assert error.value.code == ContentCode.DAMAGED
        report = full.store.check_au(auid=AUID)
        assert (report.outcome, report.good, report.damaged) == (CheckOutcome.DAMAGED, 2, 1)
        assert (full.state(A), full.state(B)) == (ArtifactState.DAMAGED, ArtifactState.GOOD)
        assert full.store.summary(auid=AUID).damaged == 1
        assert report.findings

    def test_what_is_gone_is_missing(self, full):
        full.lose(full.store.find(auid=AUID, url=A))
        with pytest.raises(ContentError) as error:
            full.read(full.store.find(auid=AUID, url=A))
        assert error.value.code == ContentCode.MISSING
        report = full.store.check_au(auid=AUID)
        assert report.outcome is CheckOutcome.MISSING
        assert full.state() == ArtifactState.MISSING

    def test_only_good_moves_the_date_and_no_check_changes_a_digest(self, full):
        before = full.store.find(auid=AUID, url=A)
        full.store.check_au(auid=AUID)
        checked = full.store.find(auid=AUID, url=A)
        assert checked.last_good_check is not None
        full.damage(checked)
        full.store.check_au(auid=AUID)
        after = full.store.find(auid=AUID, url=A)
        assert (after.last_good_check, after.sha256) == (checked.last_good_check, before.sha256)

    @pytest.mark.parametrize("origin", [Origin.REPAIR_PEER, Origin.REPAIR_PUBLISHER])
    def test_a_repair_with_the_bytes_that_were_lost_is_a_new_version(self, full, origin):
        """Damage need not be known: a repair looks before it believes that it is not needed."""
        full.damage(full.store.find(auid=AUID, url=A))
        (added,) = full.store.add_captures(auid=AUID, captures=[capture(origin=origin)])
        assert (added.outcome, added.artifact.version) == (AddOutcome.NEW, 2)
        assert full.read(full.store.find(auid=AUID, url=A)) == BODIES[A]
        assert full.store.find(auid=AUID, url=A, version=1).state is ArtifactState.DAMAGED
        (again,) = full.store.add_captures(auid=AUID, captures=[capture(origin=origin)])
        assert again.outcome is AddOutcome.UNCHANGED

    def test_a_crawl_mends_what_is_known_to_be_lost(self, full):
        full.lose(full.store.find(auid=AUID, url=A))
        full.store.check_au(auid=AUID)
        (added,) = full.store.add_captures(auid=AUID, captures=[capture()])
        assert added.outcome is AddOutcome.NEW
        assert full.state() == ArtifactState.GOOD
        assert full.store.summary(auid=AUID).missing == 0
