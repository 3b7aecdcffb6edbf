"""Which title a line means."""

from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.holdings import By, Entry, HoldingsCode, Offer, State, match, plain_title

NATURE = Offer(1, "Nature", "Tide", frozenset({"0028-0836"}))
MARSH = Offer(2, "The Marsh & the Sea", "Marsh Verlag GmbH")
OTHER = Offer(3, "Nature", "Harbour", frozenset({"1476-4687"}))
BOOK = Offer(4, "Tide Tables", "Tide", by_isbn=(40, 41))


def test_an_identifier_decides_where_the_title_is_not_quite_another():
    for title in ("", "Nature Weekly"):
        done = match(Entry(2, title, issns=("0028-0836",)), [MARSH, NATURE])
        assert (done.state, done.chosen.offer, done.chosen.by) == (State.MATCHED, NATURE, By.IDENTIFIER)
        assert done.notes == ()
    assert match(Entry(2, "Nature", issns=("0028-0836",)), [NATURE, OTHER]).chosen.offer == NATURE
    assert match(Entry(2, "Band 3", isbns=("9783161484100",)), [BOOK]).chosen.offer.by_isbn == (40, 41)


def test_two_titles_of_one_identifier_are_told_apart_by_publisher_and_name():
    twin = Offer(5, "Nature Letters", "Harbour", frozenset({"0028-0836"}))
    assert match(Entry(2, "Nature X", issns=("0028-0836",)), [NATURE, twin]).state is State.AMBIGUOUS
    assert match(Entry(2, "Nature L", "Harbour", issns=("0028-0836",)), [NATURE, twin]).chosen.offer == twin
    assert match(Entry(2, "Nature", issns=("0028-0836",)), [NATURE, twin]).chosen.offer == NATURE


def test_two_identifiers_of_two_titles_are_for_people():
    done = match(Entry(2, "Nature", "", ("0028-0836", "1476-4687")), [NATURE, OTHER])
    assert (done.state, len(done.candidates)) == (State.AMBIGUOUS, 2)


def test_title_and_publisher_match_as_people_write_them():
    done = match(Entry(2, "Marsh and the sea", "Marsh"), [MARSH])
    assert (done.state, done.chosen.by, done.notes) == (State.MATCHED, By.TITLE, ())


def test_a_title_alone_matches_with_a_warning_and_another_publisher_does_not():
    done = match(Entry(2, "The Marsh & the Sea"), [MARSH])
    assert (done.state, done.notes[0].code) == (State.MATCHED, HoldingsCode.BY_TITLE_ALONE)
    assert match(Entry(2, "The Marsh & the Sea", "Tidewater"), [MARSH]).state is State.AMBIGUOUS
    assert match(Entry(2, "Nature"), [NATURE, OTHER]).state is State.AMBIGUOUS
    assert match(Entry(2, "Nature", "Harbour"), [NATURE, OTHER]).chosen.offer == OTHER


def test_the_same_title_with_another_issn_is_for_people():
    assert match(Entry(2, "Nature", "Tide", ("0140-6736",)), [NATURE]).state is State.AMBIGUOUS


def test_a_misspelt_title_is_for_people_and_a_strange_one_is_unmatched():
    done = match(Entry(2, "The Marsch and the See"), [MARSH])
    assert (done.state, done.candidates[0].by) == (State.AMBIGUOUS, By.NEAR)
    assert match(Entry(2, "Annals of Rust"), [MARSH, NATURE]).state is State.UNMATCHED


def test_what_a_person_decided_wins():
    done = match(Entry(2, "Nature", issns=("0028-0836",)), [NATURE, OTHER], 3)
    assert (done.state, done.chosen.offer, done.chosen.by) == (State.MATCHED, OTHER, By.DECISION)


def test_titles_are_compared_without_marks_signs_and_articles():
    assert plain_title("L'Été & après!") == plain_title("ete and APRES")
    assert plain_title("物理学報 A") != plain_title("化学報 A")
    assert plain_title("The") == "the"


names = st.sampled_from(["Nature", "The Nature", "Marsh", "Marsch", "Tide", "物理"])
numbers = st.sampled_from(["0028-0836", "1476-4687", "0140-6736"])
offers = st.builds(
    Offer,
    st.integers(1, 9),
    names,
    st.sampled_from(["Tide", "Harbour Press", ""]),
    st.frozensets(numbers, max_size=2),
)
lines = st.builds(
    Entry,
    st.just(2),
    names,
    st.sampled_from(["", "Tide", "Harbour"]),
    st.lists(numbers, max_size=2).map(tuple),
)


@given(
    lines, st.lists(offers, max_size=6, unique_by=lambda offer: offer.id), st.randoms(use_true_random=False)
)
def test_the_order_of_the_catalogue_changes_nothing(entry, found, chance):
    mixed = list(found)
    chance.shuffle(mixed)
    done = match(entry, found)
    assert match(entry, mixed) == done
    assert (done.state is State.MATCHED) == (done.chosen is not None)
    if done.chosen is not None:
        assert done.chosen.by is not By.NEAR
        assert done.chosen in done.candidates
    assert (done.state is State.UNMATCHED) == (not done.candidates)
