"""What of a reader's request reaches the publisher, and how a request that has been here is known."""

from apps.delivery.publisher import is_loop, own_name, reader_fields
from apps.delivery.publisher.fields import MOST_HOPS, sendable

GIVEN = [
    ("Accept", "text/html"),
    ("ACCEPT-LANGUAGE", "es"),
    ("User-Agent", "Mozilla"),
    ("Accept-Encoding", "br, gzip;q=0.5"),
    ("Cookie", "a=b"),
    ("Authorization", "Basic x"),
    ("Proxy-Authorization", "Basic y"),
    ("Referer", "http://portal/"),
    ("X-Forwarded-For", "192.0.2.9"),
    ("Via", "1.1 squid"),
    ("X-Lockss-Auid", "a"),
]


def test_the_short_list() -> None:
    assert reader_fields(GIVEN, "me") == [
        ("Accept", "text/html"),
        ("Accept-Language", "es"),
        ("User-Agent", "Mozilla"),
        ("Accept-Encoding", "gzip"),
        ("Via", "1.1 squid, 1.1 me (LOCKSS-Portal/0.1)"),
    ]


def test_what_a_caller_adds_on_purpose() -> None:
    found = dict(reader_fields(GIVEN, "me", referer="http://pub/", address="192.0.2.1", cookies=True))
    assert (found["Referer"], found["X-Forwarded-For"], found["Cookie"]) == (
        "http://pub/",
        "192.0.2.1",
        "a=b",
    )


def test_a_reader_that_does_not_decode_gets_it_plain() -> None:
    assert ("Accept-Encoding", "identity") in reader_fields([], "me")
    assert ("Accept-Encoding", "gzip, br") in reader_fields([], "me", codings="gzip, br")


def test_loops() -> None:
    via = reader_fields(GIVEN, own_name())[-1][1]
    assert is_loop([via], own_name())
    assert is_loop(["1.0 a", via.upper()], own_name())
    assert is_loop([f"HTTP/1.1 {own_name()}"], own_name())
    assert not is_loop(["1.1 squid (x)", "1.1 other, 1.1 third"], own_name())
    assert not is_loop([], own_name())
    assert not is_loop([f"1.1 squid ({own_name()})"], own_name())
    assert is_loop([", ".join(["1.1 a"] * (MOST_HOPS + 1))], own_name())


def test_values_are_one_clean_line_or_dropped() -> None:
    bad = ["a\r\nb", "a\nb", "a\x00", "a\x7f", "ä€", "x" * 9_000, ""]
    assert sendable([("Accept", value) for value in bad]) == []
    assert sendable([("accept", "caf\xe9\t")]) == [("accept", "caf\xe9\t")]
