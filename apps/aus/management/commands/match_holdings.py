"""A library's own list against the catalogue, without uploading it."""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.aus.holdings.catalogue import Judged, Matcher
from apps.aus.holdings.files import source_of
from apps.aus.models import HoldingsUpload
from apps.aus.services.holdings import understand
from apps.aus.understood import years_said
from apps.common.clock import now
from apps.lockss.holdings import NEEDED, Candidate, Entry, HoldingsError, Layout, State, entries

REMEMBERED = "The columns are as somebody set them on the pages for a list with the same head."


class Command(BaseCommand):
    help = (
        "Match a list of holdings (KBART, CSV, TSV, XLSX) with the titles of this node. "
        "Example: match_holdings subscriptions.xlsx --output JSON. Exit code 0: every line was matched; "
        "1: some lines are ambiguous, not matched or cannot be read; 2: the file is no list."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="the list; its kind is found by looking")
        parser.add_argument(
            "--output",
            type=str.upper,
            choices=("TEXT", "JSON"),
            default="TEXT",
            help="JSON: a list of {line, input_title, state, title, candidates, warnings}",
        )

    def handle(self, *, file: Path, output: str, **_) -> None:
        counts: Counter[State] = Counter()
        judged = _counted(self._judged(file), counts)
        if output == "JSON":
            self._json(judged)
        else:
            for one in judged:
                self.stdout.write(_sentence(one))
            said = ", ".join(f"{counts[state]} {state}" for state in State)
            self.stdout.write(said)
        sys.exit(1 if counts[State.AMBIGUOUS] or counts[State.UNMATCHED] else 0)

    def _judged(self, file: Path) -> Iterator[Judged]:
        try:
            if not file.is_file():
                raise CommandError(f"{file}: no such file", returncode=2)
            source, row = source_of(file), HoldingsUpload(file_name=file.name)
            layout = understand(row, source)
            if not any(field in row.columns for field in NEEDED):
                raise CommandError(f"{file}: no column is called title, ISSN or ISBN", returncode=2)
            if row.by_hand:
                self.stderr.write(REMEMBERED)
            year = now().year
            matched = dated = 0
            for one in Matcher(year).judge(_entries(source, layout(), year)):
                if one.match.state is State.MATCHED:
                    matched, dated = matched + 1, dated + bool(one.entry.years)
                yield one
            if said := years_said(row, yearless=lambda: bool(matched and not dated)):
                self.stderr.write(said)
        except (HoldingsError, OSError) as error:
            raise CommandError(f"{file}: {error}", returncode=2) from None

    def _json(self, judged: Iterator[Judged]) -> None:
        """One line for each, so that a long list is never held."""
        before = "["
        for one in judged:
            self.stdout.write(before + "\n" + json.dumps(_told(one), ensure_ascii=False), ending="")
            before = ","
        self.stdout.write("[]" if before == "[" else "\n]")


def _entries(source, layout: Layout, year: int) -> Iterator[Entry]:
    return entries(source.lines(), layout, year)


def _counted(judged: Iterator[Judged], counts: Counter[State]) -> Iterator[Judged]:
    for one in judged:
        counts[one.match.state] += 1
        yield one


def _told(one: Judged) -> dict:
    chosen = one.match.chosen
    return {
        "line": one.entry.line,
        "input_title": one.entry.title,
        "state": str(one.match.state),
        "title": chosen.offer.name if chosen else None,
        "candidates": [_candidate(candidate) for candidate in one.match.candidates],
        "warnings": [note.text for note in one.notes],
    }


def _candidate(candidate: Candidate) -> dict:
    offer = candidate.offer
    return {
        "id": offer.id,
        "title": offer.name,
        "publisher": offer.publisher,
        "issns": sorted(offer.issns),
        "by": str(candidate.by),
        "score": candidate.score,
    }


def _sentence(one: Judged) -> str:
    chosen = one.match.chosen
    means = chosen.offer.name if chosen else " or ".join(c.offer.name for c in one.match.candidates)
    named = one.entry.title or ", ".join((*one.entry.issns, *one.entry.isbns))
    parts = [
        f"line {one.entry.line}: {one.match.state}: {named}",
        means,
        " ".join(note.text for note in one.notes),
    ]
    return " | ".join(part for part in parts if part)
