"""The lines of all children: one readable log in the terminal, and a rotated file per process."""

import logging
import os
import sys
import time
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TextIO

# A line longer than this is shown in pieces.
LONGEST_LINE = 16 * 1024
PIECE = 64 * 1024
COLOURS = (36, 33, 32, 35, 34, 31)


class Printer:
    """``12:30:01 web      | text``; colours on a terminal only, and not with NO_COLOR set."""

    def __init__(self, names: list[str], out: TextIO = sys.stdout) -> None:
        self.width = max(len(name) for name in [*names, "up"])
        self.out = out
        coloured = out.isatty() and "NO_COLOR" not in os.environ
        self.colours = dict(zip(names, COLOURS * len(names), strict=False)) if coloured else {}

    def line(self, name: str, text: str) -> None:
        head = f"{time.strftime('%H:%M:%S')} {name:<{self.width}} |"
        if colour := self.colours.get(name):
            head = f"\x1b[{colour}m{head}\x1b[0m"
        try:
            self.out.write(f"{head} {text}\n")
            self.out.flush()
        except (OSError, ValueError):
            # The terminal is gone; the files go on.
            self.out = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - for the rest of our life


class LineFile:
    """A rotated log file, each line with its UTC time."""

    def __init__(self, path: Path, max_bytes: int, backups: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.handler = RotatingFileHandler(path, maxBytes=max_bytes, backupCount=backups, encoding="utf-8")
        self.handler.setFormatter(logging.Formatter("%(message)s"))

    def line(self, text: str) -> None:
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        self.handler.emit(logging.LogRecord("", logging.INFO, "", 0, f"{stamp} {text}", None, None))

    def close(self) -> None:
        self.handler.close()


class Lines:
    """Bytes from a pipe into lines; invalid UTF-8 and control characters are made visible."""

    def __init__(self) -> None:
        self.rest = b""

    def feed(self, data: bytes) -> list[str]:
        *lines, self.rest = (self.rest + data).split(b"\n")
        while len(self.rest) > LONGEST_LINE:
            lines.append(self.rest[:LONGEST_LINE])
            self.rest = self.rest[LONGEST_LINE:]
        return [shown(line) for line in lines if line.strip()]

    def end(self) -> list[str]:
        rest, self.rest = self.rest, b""
        return [shown(rest)] if rest.strip() else []


def shown(line: bytes) -> str:
    """What others sent may stand in a log line: no escape sequence reaches the terminal."""
    text = line.decode("utf-8", errors="backslashreplace").rstrip()
    return "".join(c if c.isprintable() or c == "\t" else f"\\x{ord(c):02x}" for c in text)
