"""What a command found, as JSON. Needs no database: a dry run prints it, too."""

import json
from pathlib import Path

from django.core.management.base import CommandError

HELP = "JSON: print the outcome as JSON; any other word is the file that it is written to"


def write_json(data: object, output: str, out) -> None:
    """To ``out`` where ``output`` is the word JSON or a dash, else to the file it names."""
    text = json.dumps(data, ensure_ascii=False, indent=1) + "\n"
    if output.lower() in ("json", "-"):
        out.write(text)
        return
    try:
        Path(output).write_text(text, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{output}: cannot be written: {error.strerror}", returncode=2) from error
