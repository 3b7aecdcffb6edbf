"""AUs hashed for a vote as nodes hash them, against OpenSSL's own speed on the same core (performance §7)."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from apps.aus.models import Au
from apps.common import jobs
from apps.common.clock import now
from apps.lockss.lcap.effects import StartHash
from apps.polls.content import HashRun
from apps.repository import services as repository
from apps.repository.captures import Capture
from apps.repository.choices import Origin
from apps.repository.heads import make_head
from tests.bench.corpus import noise, prose
from tests.bench.node import make_au, one_core
from tests.bench.report import Line, openssl_sha1, paired

BASE = "https://example.org/"
BATCH = 500
HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Corpus:
    """``block``: the block size of ``openssl speed`` to compare with; ``goals``: by number of challenges."""

    name: str
    block: int
    goals: dict[int, float]

    def bodies(self) -> Iterator[tuple[str, str, bytes]]:
        """(path, content type, body)"""
        if self.name == "small":
            for n in range(20_000):
                yield f"s/{n}", "text/html", prose(n, 2_000).encode()
            return
        for n in range(120):
            for part in range(5):
                yield f"t/{n}/{part}", "text/html", prose(n * 5 + part, 20_000).encode()
            yield f"b/{n}", "application/pdf", noise(n, 1_000_000)


# The goals of performance §7: files with stored binaries, and what a bare loop reached with small members.
CORPORA = (
    Corpus("mixed", 16_384, {1: 0.65, 6: 0.80}),
    Corpus("small", 2_048, {1: 0.17, 6: 0.35}),
)


def measure(rounds: int) -> Iterator[Line]:
    for corpus in CORPORA:
        au = _store(corpus)
        for challenges, goal in corpus.goals.items():
            name = f"hash {corpus.name}, {challenges} challenge{'s' * (challenges > 1)}, one core"
            reference = f"openssl speed sha1 {corpus.block:,} B"
            try:
                ours, theirs = _compare(au, challenges, corpus.block, rounds)
            except FileNotFoundError:
                yield Line(name, "B/s", None, None, goal, reference, "no openssl")
                continue
            yield Line(name, "B/s", ours, theirs, goal, reference)


def _compare(au: Au, challenges: int, block: int, rounds: int) -> tuple[float, float]:
    with one_core():
        return paired(lambda: _hash(au, challenges), lambda: openssl_sha1(block), rounds)


def _store(corpus: Corpus) -> Au:
    au = make_au(BASE, corpus.name)
    with repository.open_writer(auid=au.auid) as writer:
        for number, capture in enumerate(_captures(corpus.bodies())):
            writer.add(capture)
            if number % BATCH == BATCH - 1:
                writer.commit()
    return au


def _captures(bodies: Iterable[tuple[str, str, bytes]]) -> Iterator[Capture]:
    for path, content_type, body in bodies:
        fields = [
            (b"Content-Type", content_type.encode()),
            (b"Content-Length", b"%d" % len(body)),
        ]
        yield Capture(
            url=BASE + path,
            collected_at=now(),
            origin=Origin.CRAWL,
            body=body,
            head=make_head(200, fields, b"OK"),
        )


def _hash(au: Au, challenges: int) -> float:
    """Bytes of digest input per second, from the request to the last URL in its order."""
    at = int(time.time() * 1000)
    request = StartHash(
        challenges=tuple(bytes([n + 1]) * 20 for n in range(challenges)),
        algorithm="SHA-1",
        modulus=0,
        sample_nonce=b"",
        earliest_start_ms=at,
        latest_finish_ms=at + HOUR_MS,
        slashless=False,
    )
    job = jobs.open_job(kind="bench", subject=f"au:{au.pk}")
    owner = jobs.owner_name()
    held = jobs.claim(job.pk, owner)
    if held is None:
        raise RuntimeError("the job of the measurement could not be claimed")
    begun = time.perf_counter()
    fed = failed = 0
    for hashed in HashRun(au, request, jobs.Context(held, owner)).urls():
        fed += hashed.hashed_bytes
        failed += any(version.error for version in hashed.versions)
    took = time.perf_counter() - begun
    jobs.finish(held, owner)
    if failed or not fed:
        raise RuntimeError(f"{failed} URLs could not be hashed")
    return fed / took
