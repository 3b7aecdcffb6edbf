"""More rows than memory should hold: the order is that of a list that was sorted whole, whatever the pieces."""

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from apps.kbart.making import sorting
from apps.kbart.making.sorting import Sorter

TEXT = st.text(max_size=6)
ROWS = st.lists(st.tuples(TEXT, st.tuples(TEXT, TEXT)), max_size=60)


@given(ROWS, st.sampled_from([1, 300, 2_000, 10**9]))
def test_pieces_of_any_size_give_one_order(rows, piece):
    with Sorter(piece=piece) as sorter:
        for key, values in rows:
            sorter.add(key, values)
        assert len(sorter) == len(rows)
        # Equal keys keep the order in which they came.
        assert list(sorter.merged()) == [values for _, values in sorted(rows, key=lambda pair: pair[0])]


def test_never_more_files_than_a_process_may_open(monkeypatch):
    monkeypatch.setattr(sorting, "MOST_PIECES", 3)
    with Sorter(piece=1) as sorter:
        for number in range(40):
            sorter.add(f"{number % 7}", (str(number),))
            assert len(sorter._files) <= 3
        found = [int(values[0]) for values in sorter.merged()]
    assert found == sorted(range(40), key=lambda number: number % 7)


def grown(number: int) -> int:
    """Bytes that sorting so many rows takes at most."""
    tracemalloc.start()
    try:
        with Sorter(piece=1_000_000) as sorter:
            for at in range(number):
                sorter.add(f"{at * 7919 % number:08d}", (f"title {at}", "x" * 100))
            assert sum(1 for _ in sorter.merged()) == number
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_rows():
    few, many = grown(8_000), grown(48_000)
    assert many < few * 1.6
