"""Ranges of addresses: every form, and what a malformed entry costs (delivery §10)."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.delivery.addresses import (
    AddressFault,
    AddressList,
    ListKind,
    Membership,
    network_of,
)


@pytest.mark.parametrize(
    ("entry", "inside", "outside"),
    [
        ("192.0.2.7", "192.0.2.7", "192.0.2.8"),
        ("192.0.2.0/24", "192.0.2.255", "192.0.3.0"),
        ("192.0.2.*", "192.0.2.0", "192.0.3.0"),
        ("192.0.*.*", "192.0.255.255", "192.1.0.0"),
        ("192.*.*.*", "192.255.0.1", "193.0.0.0"),
        ("2001:db8::1", "2001:DB8:0::1", "2001:db8::2"),
        ("2001:db8::/32", "2001:db8:ffff::", "2001:db9::"),
        ("0.0.0.0/0", "203.0.113.9", "2001:db8::1"),
    ],
)
def test_every_form_takes_in_what_it_says(entry: str, inside: str, outside: str) -> None:
    both = AddressList.read(f"# ours\n\n  {entry}\t\r\n")
    assert (both.of(inside).membership, both.of(inside).entry) == (Membership.INCLUDED, entry)
    assert both.of(outside).membership is Membership.UNLISTED
    assert both.findings == ()


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ("::ffff:192.0.2.0/120", AddressFault.MAPPED),
        ("::ffff:c000:207", AddressFault.MAPPED),
        ("192.0.2.7/24", AddressFault.OUTSIDE_MASK),
        ("2001:db8::1/32", AddressFault.OUTSIDE_MASK),
        *(
            (text, AddressFault.NO_ADDRESS)
            for text in (
                "192.0.2",
                "192.0.2.0/33",
                "192.0.2.0/-1",
                "192.0.2.0/255.255.255.0",
                "*.*.*.*",
                "*",
                "192.*",
                "192.0.*",
                "192.*.2.*",
                "192.0.2.*.*",
                "256.0.2.*",
                "192.0.02.1",
                "0x7f.1",
                "2130706433",
                "fe80::1%eth0",
                "192.0.2.1 # reading room",
                "192.0.2.1-192.0.2.9",
                "١٩٢.0.2.1",
                "library.example",
                "2001:db8::*",
            )
        ),
    ],
)
def test_what_is_no_entry_is_told_with_its_line(entry: str, fault: AddressFault) -> None:
    assert network_of(entry) is fault
    both = AddressList.read(f"198.51.100.1\n# note\n{entry}\n198.51.100.2")
    told = [(one.kind, one.line, one.found, one.fault) for one in both.findings]
    assert told == [(ListKind.INCLUDE, 3, entry, fault)]
    assert both.findings[0].expected
    assert both.of("198.51.100.1").inside
    assert both.of("198.51.100.2").inside


def test_a_long_entry_is_told_cut() -> None:
    assert AddressList.read("x" * 1_000).findings[0].found == "x" * 100


def test_a_malformed_excluded_entry_closes_the_whole_list() -> None:
    both = AddressList.read("0.0.0.0/0\n::/0", "192.0.2.1\n192.0.2.300")
    assert both.of("198.51.100.1").membership is Membership.CLOSED
    assert both.of("192.0.2.1").membership is Membership.CLOSED
    assert [(one.kind, one.line) for one in both.findings] == [(ListKind.EXCLUDE, 2)]
    assert not both.of("198.51.100.1").inside


def test_what_is_excluded_is_out_although_it_is_included() -> None:
    both = AddressList.read("192.0.2.0/24", "192.0.2.128/25")
    assert both.of("192.0.2.127").inside
    assert both.of("192.0.2.128").membership is Membership.EXCLUDED
    assert both.of("192.0.2.128").entry == "192.0.2.128/25"


@pytest.mark.parametrize("client", ["::ffff:192.0.2.7", "::FFFF:c000:207", "192.0.2.7"])
def test_an_ipv4_client_is_known_in_ipv6_clothes(client: str) -> None:
    assert AddressList.read("192.0.2.7").of(client).inside
    assert AddressList.read("0.0.0.0/0", "192.0.2.7").of(client).membership is Membership.EXCLUDED
    assert AddressList.read("::/0").of(client).membership is Membership.UNLISTED


@pytest.mark.parametrize("client", [None, "", "unknown", "192.0.2", "192.0.2.7:80", "[2001:db8::1]"])
def test_an_address_that_nobody_can_read_is_outside(client: str | None) -> None:
    assert AddressList.read("0.0.0.0/0\n::/0").of(client).membership is Membership.UNREADABLE


def test_a_zone_says_nothing_of_the_address() -> None:
    assert AddressList.read("fe80::/10").of("fe80::1%eth0").inside


ADDRESSES = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6).filter(lambda one: one.ipv4_mapped is None))


@given(ADDRESSES, st.integers(0, 128), ADDRESSES)
def test_a_network_holds_what_its_leading_bits_say(
    start: ipaddress.IPv4Address | ipaddress.IPv6Address,
    length: int,
    client: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    bits = start.max_prefixlen
    length = min(length, bits)
    first = type(start)(int(start) >> (bits - length) << (bits - length))
    if getattr(first, "ipv4_mapped", None) is not None:
        return
    expected = start.version == client.version and int(client) >> (bits - length) == int(first) >> (
        bits - length
    )
    assert AddressList.read(f"{first}/{length}").of(str(client)).inside is expected


@given(st.text(max_size=40), st.text(max_size=40), ADDRESSES)
def test_no_text_breaks_a_list_and_only_an_entry_lets_in(
    include: str, exclude: str, client: ipaddress.IPv4Address | ipaddress.IPv6Address
) -> None:
    both = AddressList.read(include, exclude)
    found = both.of(str(client))
    assert found.inside is False or any(client in entry.network for entry in both.include)
    assert both.closed is any(finding.kind is ListKind.EXCLUDE for finding in both.findings)
