"""Laws of guessing sizes, of the room in a store, and of the quota as it is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.aus.room import Fit, Room
from apps.aus.sizes import FEW, Basis, Part, Span, combine, spread
from lockss_portal.conf.quota import Quota, read_quota

SPANS = st.tuples(st.integers(0, 10**13), st.integers(0, 10**13)).map(lambda pair: Span(*sorted(pair)))
PARTS = st.lists(
    st.builds(
        Part,
        publisher=st.integers(1, 4),
        basis=st.sampled_from(Basis),
        count=st.integers(1, 500),
        size=SPANS,
        fetches=st.tuples(st.integers(0, 10**5), st.integers(0, 10**5)).map(lambda two: Span(*sorted(two))),
        pause_ms=st.integers(1, 60_000),
        selected=st.booleans(),
    ),
    max_size=8,
)
PARALLEL = st.integers(1, 50)


@given(PARTS, PARALLEL)
def test_every_unit_is_counted_once(parts, parallel):
    found = combine(parts, parallel=parallel)
    assert found.count == sum(part.count for part in parts)
    assert found.count == found.held + sum(found.guessed.values()) + found.unknown
    assert found.known == sum(part.count for part in parts if part.basis is not Basis.UNKNOWN)


@given(PARTS, PARALLEL, st.randoms())
def test_the_order_of_the_parts_says_nothing(parts, parallel, random):
    shuffled = list(parts)
    random.shuffle(shuffled)
    assert combine(shuffled, parallel=parallel) == combine(parts, parallel=parallel)


@given(PARTS, PARTS, PARALLEL)
def test_more_never_takes_less(parts, more, parallel):
    one, both = combine(parts, parallel=parallel), combine([*parts, *more], parallel=parallel)
    assert both.size.low >= one.size.low
    assert both.size.high >= one.size.high
    assert both.seconds.high >= one.seconds.high


@given(PARTS, PARALLEL)
def test_fresh_is_what_nobody_selected(parts, parallel):
    found = combine(parts, parallel=parallel)
    alone = combine([part for part in parts if not part.selected], parallel=parallel)
    assert found.fresh == alone.fresh == alone.size
    assert found.fresh.high <= found.size.high


@given(PARTS, PARALLEL)
def test_more_at_once_is_never_slower(parts, parallel):
    one, many = combine(parts, parallel=parallel), combine(parts, parallel=parallel + 1)
    assert many.seconds.low <= one.seconds.low
    assert many.seconds.high <= one.seconds.high
    assert many.size == one.size


@given(PARTS, PARALLEL)
def test_what_is_here_or_not_known_adds_nothing(parts, parallel):
    told = [part for part in parts if part.basis in (Basis.HELD, Basis.UNKNOWN)]
    found = combine(told, parallel=parallel)
    assert (found.size, found.seconds) == (Span(), Span())


def test_units_of_one_publisher_may_have_to_wait_for_each_other():
    part = Part(1, Basis.TITLE, 10, Span(100, 200), Span(1_000, 2_000), pause_ms=6_000)
    found = combine([part], parallel=4)
    # 1,000 requests six seconds apart, four at once; or 2,000 one after the other.
    assert found.seconds == Span(1_500, 12_000)


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=40))
def test_a_spread_lies_within_what_is_known(sizes):
    found = spread(sizes)
    if len(sizes) < FEW:
        assert (found.low, found.high) == (min(sizes) // 2, max(sizes) * 2)
    else:
        assert found.low in sizes
        assert found.high in sizes
        assert 4 * sum(size <= found.low for size in sizes) >= len(sizes)
        assert 4 * sum(size <= found.high for size in sizes) >= 3 * len(sizes)


def test_nothing_known_makes_no_spread():
    with pytest.raises(ValueError, match="nothing is known"):
        spread([])
    with pytest.raises(ValueError, match="is no span"):
        Span(2, 1)


ROOMS = st.builds(
    Room,
    used=st.integers(0, 10**13),
    limit=st.none() | st.integers(1, 10**13),
    free=st.none() | st.integers(0, 10**13),
    promised=SPANS,
)
ORDER = [Fit.FITS, Fit.TIGHT, Fit.OVER]


@given(ROOMS, SPANS, SPANS)
def test_what_is_larger_never_fits_better(room, size, more):
    if size:
        assert ORDER.index(room.fit(size + more)) >= ORDER.index(room.fit(size))


@given(ROOMS, SPANS)
def test_over_and_tight_mean_what_they_say(room, size):
    fit = room.fit(size)
    if fit is Fit.OVER:
        assert room.promised.low + size.low > room.left
    elif size and room.left is not None:
        assert room.promised.low + size.low <= room.left
        assert (fit is Fit.TIGHT) == (room.promised.high + size.high > room.left)


def test_what_adds_nothing_fits_a_full_store():
    full = Room(used=10, limit=5, free=0)
    assert full.exceeded
    assert full.fit(Span()) is Fit.FITS
    assert full.fit(Span(1, 1)) is Fit.OVER
    assert Room(used=10).fit(Span(10**15, 10**15)) is Fit.FITS


@pytest.mark.parametrize(
    ("text", "quota", "limit"),
    [
        ("4 TB", Quota(size=4 * 10**12), 4 * 10**12),
        ("1.5gb", Quota(size=1_500_000_000), 1_500_000_000),
        ("2 GiB", Quota(size=2 * 1024**3), 2 * 1024**3),
        ("5000", Quota(size=5_000), 5_000),
        ("80 %", Quota(share=80_000), 8_000),
        ("12.5%", Quota(share=12_500), 1_250),
    ],
)
def test_a_quota_is_bytes_or_a_share(text, quota, limit):
    assert read_quota(text) == quota
    assert read_quota(text).limit(10_000) == limit


@pytest.mark.parametrize("text", ["much", "0", "0 %", "101 %", "-5 GB", "5 GB free", "4 TB 80 %", "٤ TB"])
def test_what_is_no_quota_is_refused_with_what_is(text):
    with pytest.raises(ValueError, match="4 TB"):
        read_quota(text)


def test_no_quota_and_a_disk_that_does_not_tell():
    assert read_quota("  ") is None
    assert read_quota("80 %").limit(None) is None
