"""Replay of 1,000 URLs over sockets at 8 connections: this node's content host against pywb (performance §2).

The host runs in a process of its own as nodes run it; pywb under gunicorn with gevent and two processes, from an
environment of its own, over the same WARC files. Each body is asked for once before anything is measured.
"""

import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import cache
from multiprocessing import get_context
from pathlib import Path

from django.conf import settings
from django.db import connections

from apps.aus.models import Au
from apps.common.clock import now
from apps.delivery.models import ServingRule
from apps.delivery.services.sites import read_sites_of
from apps.repository import services as repository
from apps.repository.captures import Capture
from apps.repository.choices import Origin
from apps.repository.heads import make_head
from lockss_portal.conf.schema import Node
from tests.bench.corpus import noise, prose
from tests.bench.node import make_au
from tests.bench.report import Line

ROOT = Path(__file__).resolve().parents[2]
SITE = "http://pub.example/"
PAGES, SHEETS, PICTURES = 700, 150, 150
CONNECTIONS, SECONDS = 8, 2.0
# Exactly what was measured with when the goal was set.
PYWB = ("pywb==2.10.0", "gunicorn==27.0.1", "gevent==26.9.0", "setuptools==65.5.0", "packaging==24.2")
RAW, REWRITTEN, KEPT = 4.0, 1.0, 3.0


def measure(rounds: int) -> Iterator[Line]:
    au, stamp = filled()
    folder = Path(tempfile.mkdtemp(dir=settings.NODE.home))
    names = [name for name, _kind, _body in site()]
    texts = names[: PAGES + SHEETS]
    try:
        with _pywb(folder, au.slug) as theirs:
            if isinstance(theirs, str):
                for name, goal in (("raw", RAW), ("rewritten, cold", REWRITTEN), ("rewritten, kept", KEPT)):
                    yield Line(f"replay {name}, at 8", "answers/s", None, None, goal, "pywb", theirs)
                return
            yield from _lines(folder, stamp, names, texts, theirs, rounds)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _lines(
    folder: Path, stamp: str, names: list[str], texts: list[str], theirs: int, rounds: int
) -> Iterator[Line]:
    def targets(name: str, collection: str, flag: str, wanted: list[str]) -> Path:
        file = folder / name
        file.write_text("\n".join(f"/{collection}/{stamp}{flag}/{SITE}{one}" for one in wanted), "utf-8")
        return file

    warm = targets("warm", "all", "id_", [name for name in names if name not in texts])
    raw, raw_too = targets("raw", "all", "id_", names), targets("raw-too", "bench", "id_", names)
    made, made_too = targets("made", "all", "mp_", texts), targets("made-too", "bench", "mp_", texts)
    found: dict[str, list[tuple[float, float]]] = {"raw": [], "cold": [], "kept": []}
    for file, port in ((raw_too, theirs), (made_too, theirs)):
        run(port, file, 0)
    for _ in range(rounds):
        with served() as ours:
            # As pywb by now, the processes have answered before; none of what follows.
            run(ours, warm, 0)
            found["cold"].append((run(ours, made, 0)["rate"], run(theirs, made_too, 0)["rate"]))
            found["kept"].append((run(ours, made, SECONDS)["rate"], run(theirs, made_too, SECONDS)["rate"]))
            run(ours, raw, 0)
            found["raw"].append((run(ours, raw, SECONDS)["rate"], run(theirs, raw_too, SECONDS)["rate"]))
    for name, key, goal in (
        ("raw", "raw", RAW),
        ("rewritten, cold", "cold", REWRITTEN),
        ("rewritten, kept", "kept", KEPT),
    ):
        a, b = (statistics.median(one[n] for one in found[key]) for n in (0, 1))
        yield Line(f"replay {name}, at 8", "answers/s", a, b, goal, "pywb")


def site() -> Iterator[tuple[str, str, bytes]]:
    """Name, type and body: pages of 20 kB with 40 links, sheets of 2 kB, pictures of 30 kB."""
    for number in range(PAGES):
        links = "".join(f'<p><a href="/p{(number + n) % PAGES}.html">{n}</a></p>' for n in range(40))
        text = prose(number, 20_000 - len(links))
        yield f"p{number}.html", "text/html; charset=utf-8", f"<html><body>{links}<p>{text}</p>".encode()
    for number in range(SHEETS):
        sheet = "".join(f".c{n} {{ background: url(/i{n}.jpg) }}\n" for n in range(50)) + f"/* {number} */"
        yield f"s{number}.css", "text/css", sheet.encode()
    for number in range(PICTURES):
        yield f"i{number}.jpg", "image/jpeg", noise(number, 30_000)


@cache
def filled() -> tuple[Au, str]:
    """The AU, and the moment of its versions as 14 digits."""
    au, at = make_au(SITE, "replay"), now().replace(microsecond=0)
    captures = [
        Capture(
            url=SITE + name,
            collected_at=at,
            origin=Origin.CRAWL,
            body=body,
            head=make_head(200, [(b"Content-Type", kind.encode())], b"OK"),
            request=b"GET / HTTP/1.1\r\nHost: pub.example\r\n\r\n",
        )
        for name, kind, body in site()
    ]
    for begin in range(0, len(captures), 200):
        repository.add_captures(auid=au.auid, captures=captures[begin : begin + 200])
    read_sites_of([au])
    # To anybody, whether the publisher is there or not: nobody else is asked.
    ServingRule.objects.create(
        au=au, choice="light", serve="yes", while_available="yes", openly="yes", said_at=at
    )
    return au, f"{at:%Y%m%d%H%M%S}"


@contextmanager
def in_process(serve: Callable[[socket.socket], None], changed: Callable[[int], Node]) -> Iterator[int]:
    """The port at which ``serve`` answers in a process of its own, with the settings that ``changed`` makes for it."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    before = settings.NODE
    settings.NODE = changed(port)
    connections.close_all()
    process = get_context("fork").Process(target=serve, args=(listener,))
    process.start()
    listener.close()
    try:
        wait_for(port)
        yield port
    finally:
        settings.NODE = before
        process.terminate()
        process.join()


def served() -> AbstractContextManager[int]:
    """A content host that shows everything."""
    return in_process(_serve, lambda port: replace(settings.NODE, content_url=f"http://localhost:{port}"))


def _serve(listener: socket.socket) -> None:
    import uvicorn

    from apps.delivery.content import app
    from apps.delivery.strict_http import config
    from lockss_portal import garbage
    from lockss_portal.siblings import run_siblings

    garbage.settle(garbage.BODIES)
    asked = config(app, log_level="critical")
    run_siblings(settings.NODE.content_processes, lambda: uvicorn.Server(asked).run(sockets=[listener]))


@contextmanager
def _pywb(folder: Path, slug: str) -> Iterator[int | str]:
    """The port of pywb over the AU's files, or why there is none."""
    try:
        programs = _environment()
    except (OSError, subprocess.CalledProcessError) as error:
        yield f"no pywb: {error}"
        return
    files = sorted((settings.NODE.content_dir / slug[:2] / slug).glob("*.warc.gz"))
    quiet = {"cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run([programs / "wb-manager", "init", "bench"], check=True, **quiet)
    subprocess.run([programs / "wb-manager", "add", "bench", *files], check=True, **quiet)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [programs / "gunicorn", "-w", "2", "-k", "gevent", "-b", f"127.0.0.1:{port}"]
    process = subprocess.Popen([*command, "pywb.apps.wayback:application"], **quiet)
    try:
        wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def _environment() -> Path:
    """Made once, beside what else the measurements write."""
    place = ROOT / "var" / "bench-pywb"
    if not (place / "made").exists():
        venv.create(place, with_pip=True, clear=True)
        install = [place / "bin" / "python", "-m", "pip", "install", "--quiet", *PYWB]
        subprocess.run(install, check=True, capture_output=True)
        (place / "made").touch()
    return place / "bin"


def wait_for(port: int) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def run(port: int, file: Path, seconds: float) -> dict[str, float]:
    """What the generator saw; 0 seconds: each target once. ValueError where an answer was wrong."""
    command = [sys.executable, "-m", "tests.bench.generator", "127.0.0.1", str(port), str(CONNECTIONS)]
    done = subprocess.run(
        [*command, str(seconds), str(file)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout)
    if found["wrong"] or not found["answers"]:
        raise ValueError(f"{file.name}: {found}")
    if os.environ.get("BENCH_TOLD"):
        print("   ", file.name, found, flush=True)
    return found
