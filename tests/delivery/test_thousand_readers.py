"""Many readers at once at the content host and the proxy while the node crawls: no answer but theirs or that of a limit.

200 readers in the suite; ``READERS=1000`` (``make many-readers``) is what the node is made for.
"""

import asyncio
import os
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection

from apps.common import jobs
from apps.crawls import services, tasks
from apps.delivery.models import OwnReaderList
from apps.delivery.services import kept
from apps.repository import services as repository
from tests.crawls.conftest import au, node, publisher
from tests.delivery.places import held, rule
from tests.repository.factories import capture, noise

__all__ = ["au", "node", "publisher"]
pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
ROOT = Path(__file__).resolve().parents[2]
PROCESS = [sys.executable, "-m", "tests.delivery.serving_process"]
READERS = int(os.environ.get("READERS", "200"))
EACH = 4
# A limit of one client is not what is tried here: as many addresses as readers ask from at home.
PER_ADDRESS = 15
SITE = "http://pub.example"
BODIES = {
    "/a": b"<html><p>" + b"tide " * 4_000 + b"</p></html>",
    "/b.pdf": noise(300_000),
    "/c.css": b"p{color:red}" * 100,
}
LIMITS = {429, 503}
MOST_MORE = 64 << 20


@pytest.fixture
def preserved(au, node):
    """What is read, of an AU that own readers may see; the other AU is crawled meanwhile."""
    kept.forget()
    OwnReaderList.objects.create(included="127.0.0.0/8")
    found = held(f"{SITE}/none")
    captures = [
        capture(
            SITE + path,
            body,
            kind={"/a": "text/html", "/b.pdf": "application/pdf", "/c.css": "text/css"}[path],
        )
        for path, body in BODIES.items()
    ]
    repository.add_captures(auid=found.auid, captures=captures)
    rule(au=found, choice="light")
    return found


@contextmanager
def serving(kind: str, folder: Path) -> Iterator[tuple[int, int]]:
    """Port and process number of a process that serves."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(READERS)
        port = listener.getsockname()[1]
        process = subprocess.Popen(
            [
                *PROCESS,
                kind,
                str(connection.settings_dict["NAME"]),
                os.fspath(folder),
                str(listener.fileno()),
            ],
            cwd=ROOT,
            env=os.environ | {"DJANGO_SETTINGS_MODULE": "lockss_portal.testing"},
            pass_fds=[listener.fileno()],
        )
        try:
            yield port, process.pid
        finally:
            process.terminate()
            process.wait(20)


def in_use(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) * 1024


class Crowd:
    """Readers, each with a connection of her own, from addresses of this machine."""

    def __init__(self, kind: str, port: int) -> None:
        self.kind, self.port = kind, port
        self.statuses: Counter[int] = Counter()
        self.wrong: list[str] = []

    def run(self, readers: int, *, each: int = EACH) -> None:
        async def all_of_them() -> None:
            await asyncio.gather(*(self._reader(number, each) for number in range(readers)))

        asyncio.run(all_of_them())

    def question(self, path: str) -> bytes:
        if self.kind == "proxy":
            target, host = SITE + path, "pub.example"
        else:
            target, host = f"/ServeContent?url={SITE}{path}&norewrite=1", f"localhost:{self.port}"
        return f"GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()

    async def _reader(self, number: int, each: int) -> None:
        address = f"127.0.{1 + number // PER_ADDRESS // 200}.{1 + number // PER_ADDRESS % 200}"
        try:
            lines, writer = await asyncio.open_connection("127.0.0.1", self.port, local_addr=(address, 0))
        except OSError as error:
            self.wrong.append(f"reader {number} was not let in: {error}")
            return
        try:
            for turn in range(each):
                path = list(BODIES)[(number + turn) % len(BODIES)]
                if not await self._ask(lines, writer, path):
                    return
        except (OSError, asyncio.IncompleteReadError) as error:
            self.wrong.append(f"reader {number}: {error!r}")
        finally:
            writer.close()

    async def _ask(self, lines, writer, path: str) -> bool:
        """Whether the connection goes on."""
        writer.write(self.question(path))
        head = (await lines.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        status = int(head[9:12])
        self.statuses[status] += 1
        fields = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
        if status in LIMITS:
            return False
        body = await lines.readexactly(int(fields["content-length"]))
        if status == 200 and body != BODIES[path]:
            self.wrong.append(f"{path}: another body of {len(body)} bytes")
        if status not in {200, *LIMITS}:
            self.wrong.append(f"{path}: {status} {body[:200]!r}")
        return fields.get("connection") != "close"


@pytest.mark.parametrize("kind", ["content", "proxy"])
def test_readers_at_once_while_the_node_crawls(preserved, au, publisher, tmp_path, kind):
    assert tasks.crawl is not None
    with serving(kind, tmp_path) as (port, pid):
        crowd = Crowd(kind, port)
        # As many as a quiet day has, so that what is made once is made.
        crowd.run(40)
        before, highest, crawled = in_use(pid), 0, 0
        readers = threading.Thread(target=crowd.run, args=(READERS,))
        readers.start()
        while readers.is_alive():
            crawl, job = services.start_crawl(au=au)
            jobs.run(job.pk)
            crawl.refresh_from_db()
            crawled += crawl.fetched
            highest = max(highest, in_use(pid))
        readers.join()
        again = Crowd(kind, port)
        again.run(40)
        after = in_use(pid)
    assert crowd.wrong == []
    assert crawled, "a crawl ran meanwhile"
    assert crowd.statuses[200] >= 40 * EACH
    assert set(crowd.statuses) <= {200, *LIMITS}
    assert max(highest, after) - before < MOST_MORE
    assert (again.wrong, set(again.statuses)) == ([], {200}), "it serves on"
    print(kind, READERS, dict(crowd.statuses), f"memory {before >> 20} → {max(highest, after) >> 20} MiB")
