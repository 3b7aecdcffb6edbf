"""Finds pip as a wheel where Python came without ``ensurepip``. Standard library only; used by bootstrap.py.

Looked for, in this order: the folder of wheels that Debian's pip brings, pip's ``find-links`` folders, and the
index that pip's own settings name (PIP_INDEX_URL or pip.conf). The index is read as PEP 503 says.
"""

import configparser
import hashlib
import html.parser
import os
import re
import ssl
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

SYSTEM_WHEELS = Path("/usr/share/python-wheels")
CONFIGURATIONS = ("/etc/pip.conf", "/etc/xdg/pip/pip.conf", "~/.pip/pip.conf", "~/.config/pip/pip.conf")
NAME = re.compile(r"pip-(\d+(?:\.\d+)*)-py3-none-any\.whl")
LONGEST_PAGE = 16 * 1024 * 1024
LONGEST_WHEEL = 32 * 1024 * 1024
TIMEOUT_S = 60


class NoWheelError(Exception):
    """The text says what was missing."""


def fetch(folder: Path) -> Path:
    """A pip wheel on this machine; one from the index is stored in ``folder``."""
    for place in (SYSTEM_WHEELS, *local_links()):
        if found := newest([str(file) for file in place.glob("pip-*.whl")]):
            return Path(found)
    index = setting("index-url")
    if not index:
        raise NoWheelError("There is no pip here, and no package index is configured.")
    try:
        return download(index, folder)
    except (OSError, ValueError) as error:
        raise NoWheelError(
            f"There is no pip here, and the configured index did not give it ({error})."
        ) from error


def download(index: str, folder: Path) -> Path:
    page = index.rstrip("/") + "/pip/"
    links = Links()
    links.feed(read(page, LONGEST_PAGE).decode("utf-8", "replace"))
    chosen = newest(links.found)
    if chosen is None:
        raise NoWheelError(f"There is no pip wheel at {page}.")
    address, _, mark = urllib.parse.urljoin(page, chosen).partition("#")
    data = read(address, LONGEST_WHEEL)
    name, _, wanted = mark.partition("=")
    if name == "sha256" and hashlib.sha256(data).hexdigest() != wanted:
        raise NoWheelError(f"{address} is damaged: its digest differs from the index.")
    target = folder / urllib.parse.unquote(address.rpartition("/")[2])
    target.write_bytes(data)
    return target


def newest(links: list[str]) -> str | None:
    """The link to the highest final version."""
    found = [(tuple(map(int, m[1].split("."))), link) for link in links if (m := NAME.search(link))]
    return max(found)[1] if found else None


def setting(name: str) -> str:
    """One of pip's settings: its variable before the user's file before the machine's."""
    if value := os.environ.get("PIP_" + name.upper().replace("-", "_")):
        return value.strip()
    files = [Path(name).expanduser() for name in CONFIGURATIONS]
    if extra := os.environ.get("PIP_CONFIG_FILE"):
        files.append(Path(extra))
    parser = configparser.RawConfigParser()
    parser.read(files, encoding="utf-8")
    return parser.get("global", name, fallback="").strip()


def local_links() -> list[Path]:
    words = setting("find-links").split()
    return [Path(word.removeprefix("file://")) for word in words if not word.startswith(("http:", "https:"))]


def read(address: str, limit: int) -> bytes:
    context = ssl.create_default_context(cafile=setting("cert") or None)
    with urllib.request.urlopen(address, timeout=TIMEOUT_S, context=context) as answer:
        data = answer.read(limit + 1)
    if len(data) > limit:
        raise ValueError(f"{address} is longer than {limit} bytes")
    return data


class Links(html.parser.HTMLParser):
    """The addresses of a page's links."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found += [value for name, value in attrs if name == "href" and value]
