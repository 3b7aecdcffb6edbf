"""What a command found, as JSON. Needs no database: a dry run prints it, too."""

import json
from pathlib import Path

from django.core.management.base import CommandError

HELP = "JSON: print the outcome as JSON; any other word is the file that it is written to"


STANDARD = ("json", "-")


def check_output(output: str | None) -> None:
    """Before anything is done: whether the file can be written that is to say what was done."""
    if not output or output.lower() in STANDARD:
        return
    path = Path(output)
    if path.is_dir():
        raise CommandError(f"{output}: cannot be written: it is a folder", returncode=2)
    if not path.parent.is_dir():
        raise CommandError(f"{output}: cannot be written: there is no folder {path.parent}", returncode=2)


def write_json(data: object, output: str, out) -> None:
    """To ``out`` where ``output`` is the word JSON or a dash, else to the file it names."""
    text = json.dumps(data, ensure_ascii=False, indent=1) + "\n"
    if output.lower() in STANDARD:
        out.write(text)
        return
    try:
        Path(output).write_text(text, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{output}: cannot be written: {error.strerror}", returncode=2) from error
