"""Effort proofs: 20 bytes that nobody has verified since protocol revision 3 (lcap-v3 §4.8).

They are drawn from the nonce of the dialogue, so that a message made twice, before and after a crash, is
the same message.
"""

import hashlib

from apps.lockss.lcap.messages import Opcode


def effort_proof(nonce: bytes, opcode: Opcode) -> bytes:
    """20 bytes for one message of a dialogue."""
    return hashlib.sha1(b"effort" + bytes([opcode.value]) + nonce, usedforsecurity=False).digest()
