"""The block hasher: one pass over content, one digest per challenge beside the plain one (lcap-v3 §5.1–§5.3).

A nonced hash is H(challenge ‖ hash stream), the plain hash H(hash stream); the URL is not hashed. A voter
has one challenge, or two in a symmetric poll; a poller has one per participant, symmetric ones after them.
The cost is the reading of the content once and the hashing of it (challenges + 1) times. hashlib releases
the interpreter's lock while it works on the pieces.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from apps.lockss.errors import ContentError
from apps.lockss.lcap.algorithms import DEFAULT_ALLOWED, digest_factory
from apps.lockss.lcap.messages import BlockVersion, VoteBlock

MAX_VERSIONS = 5
# Large enough that a call costs nothing beside its hashing, small enough to stay in the cache of a core
# while every digest goes over it.
_SMALLEST, _LARGEST = 16_384, 65_536


@dataclass(frozen=True, slots=True)
class VersionContent:
    """One stored version: ``chunks`` is its hash stream, ``stored_length`` the bytes in the store.

    Iterating may raise ContentError or OSError: the version is then hashed as far as it went and marked.
    """

    chunks: Iterable[bytes]
    stored_length: int = 0


@dataclass(frozen=True, slots=True)
class HashedVersion:
    """``nonced`` has one digest per challenge, in their order. ``failure`` says why ``error`` is set."""

    plain: bytes
    nonced: tuple[bytes, ...]
    filtered_length: int
    unfiltered_length: int
    failure: str = ""

    @property
    def error(self) -> bool:
        return bool(self.failure)


@dataclass(frozen=True, slots=True)
class HashedUrl:
    """All hashes of a URL, versions newest first; ``hashed_bytes`` counts what all digests were fed."""

    url: str
    versions: tuple[HashedVersion, ...]
    hashed_bytes: int

    def block(self, challenge: int = 0) -> VoteBlock:
        """The vote block for the challenge at this index."""
        return VoteBlock(
            self.url,
            tuple(
                BlockVersion(
                    plain_hash=version.plain,
                    nonced_hash=version.nonced[challenge],
                    filtered_length=version.filtered_length,
                    unfiltered_length=version.unfiltered_length,
                    error=version.error,
                )
                for version in self.versions
            ),
        )


class BlockHasher:
    """Hashes URLs for a fixed list of challenges.

    HashError for an algorithm that is not in ``allowed``. At most ``max_versions`` newest versions of a
    URL are looked at; suspect ones must have been left out before (lcap-v3 §5.1).
    """

    def __init__(
        self,
        challenges: Sequence[bytes],
        algorithm: str,
        max_versions: int = MAX_VERSIONS,
        allowed: frozenset[str] = DEFAULT_ALLOWED,
    ) -> None:
        make = digest_factory(algorithm, allowed)
        self._max_versions = max_versions
        # The plain digest is the one with an empty challenge.
        self._seeded = [make() for _ in range(len(challenges) + 1)]
        self._seed_bytes = sum(len(challenge) for challenge in challenges)
        for digest, challenge in zip(self._seeded[1:], challenges, strict=True):
            digest.update(challenge)

    def hash_url(self, url: str, versions: Iterable[VersionContent]) -> HashedUrl:
        """``versions`` newest first; an iterator is drawn on only as far as needed."""
        hashed: list[HashedVersion] = []
        fed = 0
        if self._max_versions > 0:
            for content in versions:
                version = self._hash_version(content)
                hashed.append(version)
                fed += self._seed_bytes + version.filtered_length * len(self._seeded)
                if len(hashed) == self._max_versions:
                    break
        return HashedUrl(url, tuple(hashed), fed)

    def hash_urls(self, urls: Iterable[tuple[str, Iterable[VersionContent]]]) -> Iterator[HashedUrl]:
        """One result per URL, in the order given, which for votes is that of ``order.order_key``."""
        for url, versions in urls:
            yield self.hash_url(url, versions)

    def _hash_version(self, content: VersionContent) -> HashedVersion:
        digests = [seeded.copy() for seeded in self._seeded]
        updates: list[Callable[[bytes | memoryview], None]] = [digest.update for digest in digests]
        length = 0
        pieces = _Pieces(content.chunks)
        for piece in pieces:
            length += len(piece)
            for update in updates:
                update(piece)
        plain, *nonced = (digest.digest() for digest in digests)
        return HashedVersion(plain, tuple(nonced), length, content.stored_length, pieces.failure)


class _Pieces:
    """Chunks joined or cut to the sizes that hash well; ends early, with ``failure`` set, where reading fails."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = chunks
        self.failure = ""

    def __iter__(self) -> Iterator[bytes | memoryview]:
        small: list[bytes] = []
        held = 0
        try:
            for chunk in self._chunks:
                if not small and len(chunk) >= _SMALLEST:
                    yield from _cut(chunk)
                    continue
                small.append(chunk)
                held += len(chunk)
                if held >= _SMALLEST:
                    yield from _cut(b"".join(small))
                    small, held = [], 0
        except (ContentError, OSError) as error:
            self.failure = str(error) or type(error).__name__
        if small:
            # What was read before a failure is hashed too: peers see the digests of a broken version.
            yield b"".join(small)


def _cut(chunk: bytes) -> Iterator[bytes | memoryview]:
    if len(chunk) <= _LARGEST:
        yield chunk
        return
    view = memoryview(chunk)
    for start in range(0, len(chunk), _LARGEST):
        yield view[start : start + _LARGEST]


def voter_challenges(poller_nonce: bytes, voter_nonce: bytes, voter_nonce2: bytes = b"") -> tuple[bytes, ...]:
    """What a voter hashes with: its challenge, then in a symmetric poll (``voter_nonce2`` set) that one."""
    challenge = poller_nonce + voter_nonce
    return (challenge, poller_nonce + voter_nonce2) if voter_nonce2 else (challenge,)
