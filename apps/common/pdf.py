"""PDF from a template of ours and data of anybody's.

The template is Typst, the data reaches it as JSON in ``sys.inputs.data`` and stays data: no word of it is ever read as
code. A template sees its own folder and nothing else, and may import no package, so nothing is fetched. The result is
tagged for screen readers, and PDF/UA where the fonts of this machine hold every character.
"""

import datetime as dt
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

STANDARD = "ua-1"


class PdfError(Exception):
    """The template and the data do not fit; a defect of ours, never of what a person wrote."""


def make_pdf(
    template: Path, data: Mapping[str, object], made_at: dt.datetime, *, apart: bool = False
) -> bytes:
    """The same template, data and moment give the same bytes on the same machine.

    ``apart``: in a process of its own. The typesetter remembers its last ten documents, so a worker that makes large
    ones would keep ten times the memory of one.
    """
    told = json.dumps(data, ensure_ascii=False)
    if apart:
        return _made_apart(template, told, made_at)
    return _made(template, told, int(made_at.timestamp()))


def _made_apart(template: Path, told: str, made_at: dt.datetime) -> bytes:
    command = [sys.executable, "-P", __file__, str(template), str(int(made_at.timestamp()))]
    # Half of a pair of signs can stand in a name; JSON's escapes carry it.
    done = subprocess.run(
        command, input=told.encode("utf-8", "surrogatepass"), capture_output=True, check=False
    )
    if done.returncode:
        said = (
            done.stderr.decode("utf-8", "replace").strip() or f"the typesetter ended with {done.returncode}"
        )
        raise PdfError(f"{template.name}: {said}")
    return done.stdout


def _made(template: Path, told: str, made_at: int) -> bytes:
    # 80 MB that most processes never need.
    import typst  # noqa: PLC0415

    source = template.read_bytes()
    if b'"@' in source:
        raise PdfError(f"{template.name} imports a package")
    given = {"data": told}

    def compiled(standards: list[str]) -> bytes:
        return typst.compile(
            source,
            root=str(template.parent),
            sys_inputs=given,
            timestamp=made_at,
            pdf_standards=standards,
        )

    try:
        return compiled([STANDARD])
    except typst.TypstError:
        # A character that no font here has makes the strict form impossible; the page itself is still wanted.
        pass
    try:
        return compiled([])
    except typst.TypstError as error:
        raise PdfError(f"{template.name}: {error.message}") from error


if __name__ == "__main__":
    try:
        made = _made(
            Path(sys.argv[1]), sys.stdin.buffer.read().decode("utf-8", "surrogatepass"), int(sys.argv[2])
        )
    except PdfError as error:
        sys.exit(str(error))
    sys.stdout.buffer.write(made)
