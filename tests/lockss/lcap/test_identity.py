"""Peer identities: every spelling that deployed nodes take, one canonical text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.lcap.errors import MessageCode, MessageError
from apps.lockss.lcap.identity import PeerId
from apps.lockss.strategies_lcap import peer_ids


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("TCP:[127.0.0.1]:9729", "TCP:[127.0.0.1]:9729"),
        ("tcp:[127.0.0.1]:9729", "TCP:[127.0.0.1]:9729"),
        ("xTCP:[127.0.0.1]:09729", "TCP:[127.0.0.1]:9729"),
        ("TCP:[127.0.0.1]:9729 trailing", "TCP:[127.0.0.1]:9729"),
        ("TCP:[010.000.2.003]:0", "TCP:[10.0.2.3]:0"),
        ("TCP:[127.1]:65535", "TCP:[127.0.0.1]:65535"),
        ("TCP:[::1]:9729", "TCP:[0:0:0:0:0:0:0:1]:9729"),
        ("TCP:[2001:DB8::AbC]:1", "TCP:[2001:db8:0:0:0:0:0:abc]:1"),
        ("TCP:[::ffff:10.0.0.1]:1", "TCP:[10.0.0.1]:1"),
    ],
)
def test_normalised(text, canonical):
    assert str(PeerId.parse(text)) == canonical
    assert PeerId.parse(text) == PeerId.parse(canonical)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "127.0.0.1",
        "TCP:127.0.0.1:9729",
        "TCP:[127.0.0.1]9729",
        "TCP:[127.0.0.1]:",
        "TCP:[127.0.0.1]:65536",
        "TCP:[127.0.0.1]:" + "9" * 30,
        "TCP:[]:9729",
        "TCP:[256.0.0.1]:9729",
        "TCP:[1.2.3.4.5]:9729",
        "TCP:[1..2]:9729",
        "TCP:[abc]:9729",
        "TCP:[peer.example.org]:9729",
        "TCP:[::1::]:9729",
        "TCP:[:]:9729",
        "TCP:[٣.0.0.1]:9729",
        "TCP:[1.2.3.4]:٣",
        "UDP:[127.0.0.1]:9729",
        "TCP:[4294967296]:1",
    ],
)
def test_refused(text):
    with pytest.raises(MessageError) as caught:
        PeerId.parse(text)
    assert caught.value.code is MessageCode.BAD_IDENTITY


@given(peer_ids())
def test_canonical_text_names_the_same_peer(peer):
    assert PeerId.parse(str(peer)) == peer
    assert str(PeerId.parse(str(peer).lower())) == str(peer)


@given(st.text() | st.text(alphabet="TCPtcp:[]0123456789abf.: "))
def test_any_text_is_a_peer_or_a_fault(text):
    try:
        peer = PeerId.parse(text)
    except MessageError:
        return
    assert PeerId.parse(str(peer)) == peer
