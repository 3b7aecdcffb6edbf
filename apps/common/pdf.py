"""PDF from a template of ours and data of anybody's.

The template is Typst, the data reaches it as JSON in ``sys.inputs.data`` and stays data: no word of it is ever read as
code. A template sees its own folder and nothing else, and may import no package, so nothing is fetched. The result is
tagged for screen readers, and PDF/UA where the fonts of this machine hold every character.
"""

import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path

STANDARD = "ua-1"


class PdfError(Exception):
    """The template and the data do not fit; a defect of ours, never of what a person wrote."""


def make_pdf(template: Path, data: Mapping[str, object], made_at: dt.datetime) -> bytes:
    """The same template, data and moment give the same bytes on the same machine."""
    # 80 MB that most processes never need.
    import typst  # noqa: PLC0415

    source = template.read_bytes()
    if b'"@' in source:
        raise PdfError(f"{template.name} imports a package")
    given = {"data": json.dumps(data, ensure_ascii=False)}

    def compiled(standards: list[str]) -> bytes:
        return typst.compile(
            source,
            root=str(template.parent),
            sys_inputs=given,
            timestamp=int(made_at.timestamp()),
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
