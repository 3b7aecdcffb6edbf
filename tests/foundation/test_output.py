"""Lines of children: whole however they arrive, harmless to a terminal, rotated in their files."""

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockss_portal.supervisor.output import LONGEST_LINE, LineFile, Lines, Printer, shown


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Gone(io.StringIO):
    def write(self, text: str) -> int:
        raise BrokenPipeError


@given(st.lists(st.binary(max_size=30), max_size=20))
def test_any_split_gives_the_same_lines(pieces: list[bytes]) -> None:
    whole, split = Lines(), Lines()
    expected = whole.feed(b"".join(pieces)) + whole.end()
    found = [line for piece in pieces for line in split.feed(piece)] + split.end()
    assert found == expected


def test_a_line_without_end_comes_in_pieces() -> None:
    lines = Lines()
    found = [line for _ in range(100) for line in lines.feed(b"x" * 1000)]
    assert [len(line) for line in found] == [LONGEST_LINE] * (100_000 // LONGEST_LINE)
    assert len(lines.rest) < LONGEST_LINE


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"plain", "plain"),
        ("Zürich ✓".encode(), "Zürich ✓"),
        (b"\x1b[31mred\x07", "\\x1b[31mred\\x07"),
        (b"bad \xff byte", "bad \\xff byte"),
        (b"a\tb \r", "a\tb"),
        ("\u202eevil".encode(), "\\x202eevil"),
    ],
)
def test_nothing_reaches_the_terminal_raw(raw: bytes, text: str) -> None:
    assert shown(raw) == text


@given(st.binary(max_size=100))
def test_shown_is_printable(raw: bytes) -> None:
    assert all(c.isprintable() or c == "\t" for c in shown(raw))


def test_names_are_aligned_and_coloured_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    plain, terminal = io.StringIO(), Terminal()
    for out in (plain, terminal):
        printer = Printer(["web", "postgres"], out)
        printer.line("web", "a")
        printer.line("postgres", "b")
    assert [line[8:] for line in plain.getvalue().splitlines()] == [" web      | a", " postgres | b"]
    assert terminal.getvalue().count("\x1b[0m") == 2
    monkeypatch.setenv("NO_COLOR", "1")
    without = Terminal()
    Printer(["web"], without).line("web", "a")
    assert "\x1b" not in without.getvalue()


def test_a_terminal_that_is_gone_stops_nothing() -> None:
    printer = Printer(["web"], Gone())
    printer.line("web", "a")
    printer.line("web", "b")
    printer.out.close()


def test_files_are_rotated(tmp_path: Path) -> None:
    file = LineFile(tmp_path / "log" / "web.log", max_bytes=500, backups=2)
    for number in range(100):
        file.line(f"line {number}")
    file.close()
    files = sorted(tmp_path.glob("log/*"))
    assert [f.name for f in files] == ["web.log", "web.log.1", "web.log.2"]
    assert all(f.stat().st_size <= 500 for f in files)
    assert files[0].read_text().splitlines()[-1].endswith("Z line 99")
