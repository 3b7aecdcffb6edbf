"""What readers wait for: answers while the node crawls and polls, and the first byte of the middle of a long body."""

import http.client
import os
import signal
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

from django.conf import settings
from django.db import connections

from apps.common.clock import now
from apps.common.models import Job
from apps.repository import services as repository
from apps.repository.captures import Capture
from apps.repository.choices import Origin
from apps.repository.heads import make_head
from lockss_portal.worker import GIVE_WAY
from tests.bench import delivering
from tests.bench.corpus import noise
from tests.bench.delivering import SECONDS, SITE, run
from tests.bench.report import Line

# At most three times as long with the node at work.
BUSY = 1 / 3
LONG, PIECE = 1 << 30, 8 << 20
# The middle is found where it lies, not by reading up to it.
MIDDLE = 0.5
ASKED = 30


def measure(rounds: int) -> Iterator[Line]:
    _au, stamp = delivering.filled()
    with tempfile.TemporaryDirectory(dir=settings.NODE.home) as folder:
        yield _busy(Path(folder), stamp, rounds)
        yield _middle(Path(folder), stamp)


def _busy(folder: Path, stamp: str, rounds: int) -> Line:
    file = folder / "targets"
    names = [name for name, _kind, _body in delivering.site()]
    file.write_text("\n".join(f"/all/{stamp}mp_/{SITE}{name}" for name in names), "utf-8")
    with_work, without = [], []
    with delivering.served() as port:
        run(port, file, 0)
        for _ in range(rounds):
            without.append(run(port, file, SECONDS)["p99"])
            with _at_work(_crawl), _at_work(_poll):
                with_work.append(run(port, file, SECONDS)["p99"])
    ours, alone = statistics.median(with_work), statistics.median(without)
    print(f"    99 of 100 answers within {ours:.1f} ms with a crawl and a poll, {alone:.1f} ms without")
    return Line(
        "answers beside crawl and poll", "/s at p99", 1e3 / ours, 1e3 / alone, BUSY, "the same without"
    )


@contextmanager
def _at_work(work: Callable[[], None]) -> Iterator[None]:
    """``work`` again and again in a process of its own."""
    connections.close_all()
    process = get_context("fork").Process(target=_forever, args=(work,))
    process.start()
    # The measured seconds begin in its middle.
    time.sleep(1)
    try:
        yield
    finally:
        # With the server of the crawled site.
        os.killpg(process.pid, signal.SIGKILL)
        process.join()


def _forever(work: Callable[[], None]) -> None:
    os.setsid()
    # As nodes' workers do it.
    os.nice(GIVE_WAY)
    while True:
        work()


def _crawl() -> None:
    from tests.bench import crawling

    with crawling._site(crawling.PAGES) as base_url:
        crawling._crawl(base_url, time.monotonic_ns())


def _poll() -> None:
    """The work of a vote: all bytes of the AU, hashed with two nonces."""
    from tests.bench import hashing

    # Of a round that was cut off.
    Job.objects.filter(kind="bench").delete()
    hashing._hash(delivering.filled()[0], 2)


def _middle(folder: Path, stamp: str) -> Line:
    """First bytes of ranges at the beginning and in the middle of a body of 1 GB."""
    url = f"{SITE}long.bin"
    body = folder / "long"
    with body.open("wb") as out:
        for number in range(LONG // PIECE):
            out.write(noise(number, PIECE))
    au = delivering.filled()[0]
    with body.open("rb") as given:
        head = make_head(200, [(b"Content-Type", b"application/octet-stream")], b"OK")
        request = b"GET /long.bin HTTP/1.1\r\nHost: pub.example\r\n\r\n"
        one = Capture(
            url=url, collected_at=now(), origin=Origin.CRAWL, body=given, head=head, request=request
        )
        repository.add_captures(auid=au.auid, captures=[one])
    body.unlink()
    target = f"/all/{stamp}id_/{url}"
    with delivering.served() as port:
        _first(port, target, 0)
        pairs = [(_first(port, target, LONG // 2 + n), _first(port, target, n)) for n in range(ASKED)]
    middle, begin = (statistics.median(pair[n] for pair in pairs) for n in (0, 1))
    return Line("first byte in the middle of 1 GB", "/s", 1 / middle, 1 / begin, MIDDLE, "its first byte")


def _first(port: int, target: str, start: int) -> float:
    """Seconds until the first byte of the body is there."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    begun = time.perf_counter()
    line.request("GET", target, headers={"Host": f"localhost:{port}", "Range": f"bytes={start}-"})
    answer = line.getresponse()
    if answer.status == 302:
        # To the exact moment.
        target = answer.headers["Location"]
        line.close()
        return _first(port, target, start)
    if answer.status != 206 or len(answer.read(1)) != 1:
        raise ValueError(f"{target}: {answer.status}")
    took = time.perf_counter() - begun
    line.close()
    return took
