"""What an import did, as data for programs: the commands print it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.management.base import CommandError

from apps.titles.errors import ListError
from apps.titles.json_output import write_json
from apps.titles.models import ListImport


@contextmanager
def done_or_told(path: Path) -> Iterator[None]:
    """What keeps an import from being done, as one sentence and exit code 2."""
    try:
        yield
    except ListError as error:
        raise CommandError(str(error), returncode=2) from error
    except OSError as error:
        raise CommandError(f"{path}: cannot be read: {error.strerror}", returncode=2) from error
    except KeyboardInterrupt:
        raise CommandError("stopped by hand; nothing was changed", returncode=2) from None


COUNTS = ("files", "added", "changed", "unchanged", "retired", "titles_changed", "finding_count")
PLACE = ("code", "severity", "file", "line", "column", "entry", "message")


def outcome(row: ListImport) -> dict[str, object]:
    findings = row.findings.order_by("pk").values(*PLACE)
    counts = {name: getattr(row, name) for name in COUNTS}
    return {
        "import": row.pk,
        "list": row.title_list.name,
        "state": row.state,
        **counts,
        "findings": list(findings),
    }


def end(row: ListImport, output: str | None, out, noun: str) -> None:
    """Tell what was done and leave with 1 where something was left out, else 0."""
    if output:
        write_json(outcome(row), output, out)
    else:
        out.write(
            f"{row.added} {noun} added, {row.changed} changed, {row.unchanged} unchanged, {row.retired} retired, "
            f"{row.finding_count} findings\n"
        )
    sys.exit(1 if row.findings.filter(severity="error").exists() else 0)
