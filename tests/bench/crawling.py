"""A whole crawl of a local site as nodes crawl, without pauses, against wget writing a WARC file (performance §0)."""

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path

from django.conf import settings

from apps.common import jobs
from apps.crawls import services, tasks
from tests.bench.node import make_au
from tests.bench.report import Line, paired
from tests.bench.site import urls_of

PAGES = 3_000
GOAL = 4.0
ROOT = Path(__file__).resolve().parents[2]


def measure(rounds: int) -> Iterator[Line]:
    name, reference = f"crawl of {PAGES:,} pages", "wget --warc-file"
    # Named so that the job's handler is there.
    if not hasattr(tasks, "crawl"):
        raise RuntimeError("no handler for crawls")
    numbers = count(1)
    with _site(PAGES) as base_url:
        if shutil.which("wget") is None:
            yield Line(name, "pages/s", None, None, GOAL, reference, "no wget")
            return
        ours, theirs = paired(
            lambda: PAGES / _crawl(base_url, next(numbers)), lambda: PAGES / _wget(base_url), rounds
        )
    yield Line(name, "pages/s", ours, theirs, GOAL, reference)


@contextmanager
def _site(pages: int) -> Iterator[str]:
    """The base URL of a site served by another process, which this node may ask."""
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.site", str(pages)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    before = settings.NODE
    try:
        assert server.stdout is not None
        host = f"127.0.0.1:{int(server.stdout.readline())}"
        settings.NODE = replace(before, allowed_private_hosts=(host,))
        yield f"http://{host}/"
    finally:
        settings.NODE = before
        server.terminate()
        server.wait()


def _crawl(base_url: str, number: int) -> float:
    """Seconds from opening the crawl to its end; a new AU, so that nothing is held yet."""
    au = make_au(base_url, f"crawl {number}")
    begun = time.perf_counter()
    crawl, job = services.start_crawl(au=au)
    if crawl is None or job is None:
        raise RuntimeError(au.crawl_status.last_reason)
    jobs.run(job.pk)
    took = time.perf_counter() - begun
    crawl.refresh_from_db()
    if (crawl.outcome, crawl.content) != ("complete", urls_of(PAGES)):
        raise RuntimeError(f"the crawl ended {crawl.outcome} with {crawl.content} URLs: {crawl.reason}")
    shutil.rmtree(settings.NODE.content_dir / au.slug[:2] / au.slug)
    return took


def _wget(base_url: str) -> float:
    with tempfile.TemporaryDirectory(dir=settings.NODE.home) as folder:
        command = [
            "wget",
            "--quiet",
            "--recursive",
            "--level=inf",
            "--warc-file=bench",
            f"{base_url}manifest",
        ]
        begun = time.perf_counter()
        subprocess.run(command, cwd=folder, check=False)
        took = time.perf_counter() - begun
        found = sum(1 for file in Path(folder).glob("*/**/*") if file.is_file())
    if found != urls_of(PAGES):
        raise RuntimeError(f"wget brought {found} files")
    return took
