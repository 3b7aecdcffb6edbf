"""Rows as the parts of an XLSX workbook (ECMA-376): texts in place, no formulas, no shared strings.

Every cell is text by its type and by its format, and what begins like a formula is marked as a person's apostrophe would
mark it (``quotePrefix``): it is shown as it is and stays text when somebody edits or copies it.
"""

import re
from collections.abc import Iterable, Sequence

from apps.lockss.kbart.people import disarmed

# Limits of the format, for a sheet and for a cell (counted in UTF-16 units).
MOST_ROWS = 1_048_576
LONGEST_CELL = 32_767
CUT = "…"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
# Not allowed in XML 1.0, nor is half of a surrogate pair; an escape of the format's own (_x0041_) would be undone.
_BAD = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_SPECIAL = re.compile(r"[&<>\r]|[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]|_x")
TEXT, QUOTED, HEAD = 1, 2, 3
SHEET_BEGIN = (
    f'{_XML}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" '
    'activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetData>'
)
SHEET_PLAIN = f'{_XML}<worksheet xmlns="{_MAIN}"><sheetData>'
SHEET_END = "</sheetData></worksheet>"
_EMPTY = "<c/>"


def row_xml(values: Iterable[str], style: int = TEXT) -> str:
    """One row; empty values are empty cells."""
    return "<row>" + "".join(_cell(value, style) if value else _EMPTY for value in values) + "</row>"


def _cell(value: str, style: int) -> str:
    if style == TEXT and disarmed(value) is not value:
        style = QUOTED
    return f'<c t="inlineStr" s="{style}"><is><t xml:space="preserve">{escaped(value)}</t></is></c>'


def escaped(value: str) -> str:
    """Fit for a cell; what is longer than a cell may be ends in an ellipsis."""
    # An astral sign counts twice, so half of the limit is safe without counting.
    if len(value) > LONGEST_CELL // 2 and units(value) > LONGEST_CELL:
        value = _shortened(value)
    if _SPECIAL.search(value) is None:
        return value
    value = _ESCAPE.sub("_x005F_", _BAD.sub("\ufffd", value))
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "_x000D_")


def units(value: str) -> int:
    """Length in UTF-16 units."""
    return len(value) + sum(sign > "\uffff" for sign in value)


def _shortened(value: str) -> str:
    left = LONGEST_CELL - len(CUT)
    for place, sign in enumerate(value):
        left -= 2 if sign > "\uffff" else 1
        if left < 0:
            return value[:place] + CUT
    return value


def parts(sheets: Sequence[str]) -> dict[str, str]:
    """Everything of the workbook but its sheets: name in the archive → text. ``sheets``: their names."""
    numbers = range(1, len(sheets) + 1)
    named = "".join(
        f'<sheet name="{escaped(name)}" sheetId="{n}" r:id="rId{n}"/>'
        for n, name in zip(numbers, sheets, strict=True)
    )
    related = "".join(
        f'<Relationship Id="rId{n}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in numbers
    )
    overrides = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_TYPE}.worksheet+xml"/>'
        for n in numbers
    )
    styles = len(sheets) + 1
    return {
        "[Content_Types].xml": f'{_XML}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" '
        f'ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>{overrides}</Types>',
        "_rels/.rels": f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{named}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{related}<Relationship '
        f'Id="rId{styles}" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'{_XML}<styleSheet xmlns="{_MAIN}"><fonts count="2"><font><sz val="11"/><name val="Calibri"/>'
        '</font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill '
        'patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1">'
        '<border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" '
        'fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="4"><xf numFmtId="0" fontId="0" fillId="0" '
        'borderId="0" xfId="0"/><xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
        '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" quotePrefix="1"/>'
        '<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/></cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
    }
