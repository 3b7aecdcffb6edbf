"""What kind of list some bytes are, whatever they are called: an address has no ending, and endings are wrong."""

import re

from apps.lockss.tdb import is_property_list
from apps.titles.kbart_files import is_kbart

LOOKED_AT = 1 << 16
ZIP, XML, TDB, KBART, PROPERTIES = ".zip", ".xml", ".tdb", ".txt", ".properties"
EXPECTED = "a title database (text, XML or properties), a KBART file, or a ZIP archive of such files"
_ZIPPED = (b"PK\x03\x04", b"PK\x05\x06")
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_PAGE = re.compile(rb"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
# A title database begins with a block, perhaps behind remarks; a flat one with a key.
_TDB = re.compile(rb"(?:\s+|#[^\n]*(?:\n|\Z))*\{")


class UnknownFormError(Exception):
    """No list that is read here; the text says what it looks like and what was expected."""


def form_of(head: bytes) -> str:
    """The ending under which such a list is kept. UnknownFormError, for people."""
    if not head.strip():
        raise UnknownFormError(f"it is empty; expected {EXPECTED}")
    if head.startswith(_ZIPPED):
        return ZIP
    plain = head.replace(b"\0", b"")
    for mark in _MARKS:
        plain = plain.removeprefix(mark)
    plain = plain.lstrip()
    if _PAGE.match(plain) or (plain.startswith(b"<") and _PAGE.search(plain[:2000])):
        raise UnknownFormError(f"it is a web page, perhaps of a sign-in; expected {EXPECTED}")
    if plain.startswith(b"<"):
        return XML
    if is_kbart(head):
        return KBART
    if is_property_list(head):
        return PROPERTIES
    if _TDB.match(plain):
        return TDB
    raise UnknownFormError(f"it is no list that is read here; expected {EXPECTED}")
