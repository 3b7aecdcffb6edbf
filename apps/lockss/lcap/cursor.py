"""Walking a sorted stream of blocks without trusting that it is sorted (lcap-v3 §3.8, §5.5, §6.2)."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Generic, TypeVar

from apps.lockss.errors import PeerError
from apps.lockss.lcap.errors import MessageCode, MessageError
from apps.lockss.lcap.hashing import HashedUrl
from apps.lockss.lcap.messages import VoteBlock
from apps.lockss.lcap.order import order_key

Block = TypeVar("Block", VoteBlock, HashedUrl)


class Cursor(Generic[Block]):
    """The block at hand, its sort key, and the fault that ended the stream early, if one did.

    ``slashless``: names are compared without one trailing slash, as revision 5 knows them, and ``x`` and
    ``x/`` become one block (lcap-v3 §5.6). The block keeps the name that its owner knows it by.
    One block of lookahead is all that is held.
    """

    def __init__(self, blocks: Iterable[Block], *, slashless: bool = False) -> None:
        self._blocks: Iterator[Block] = iter(blocks)
        self._slashless = slashless
        self.fault: PeerError | None = None
        self.block: Block | None = None
        self.key = b""
        # The block read ahead, its key as its owner names it, and its key as it is compared.
        self._ahead: Block | None = None
        self._own_key: bytes | None = None
        self._ahead_key = b""
        self._read()
        self.advance()

    def advance(self) -> None:
        """Go to the next block; ``block`` is None at the end and after a fault."""
        block = self._ahead
        if block is not None:
            self.key = self._ahead_key
            self._read()
            while self._slashless and self._ahead is not None and self._ahead_key == self.key:
                block = replace(block, versions=block.versions + self._ahead.versions)
                self._read()
        self.block = block

    def _read(self) -> None:
        """Read one block ahead, if it is there and in order. A fault ends the stream for good."""
        self._ahead = None
        if self.fault is not None:
            return
        try:
            block = next(self._blocks, None)
        except PeerError as error:
            self.fault = error
            return
        if block is None:
            return
        key = order_key(block.url)
        if self._own_key is not None and key <= self._own_key:
            self.fault = MessageError(MessageCode.BAD_BLOCK, f"{block.url[:80]!r} is out of order")
            return
        self._own_key = self._ahead_key = key
        if self._slashless and block.url.endswith("/"):
            # Taking the slash off keeps the order: x/ sorts right behind x.
            self._ahead_key = order_key(block.url[:-1])
        self._ahead = block
