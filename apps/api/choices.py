"""The numbers and names that the status tables of LOCKSS 1.x use; they are not for people."""

from enum import IntEnum


class Kind(IntEnum):
    """Of a column's values, by the numbers that stand in the XML."""

    INT = 0
    FLOAT = 1
    PERCENT = 2
    INTERVAL = 3
    STRING = 4
    ADDRESS = 5
    DATE = 6
    AGREEMENT = 7


NAMESPACE = "http://lockss.org/statusui"
FORMATS = ("html", "xml", "text", "csv")
# A display string is for people (1), a raw value for programs that compute (2).
DISPLAY, RAW = 1, 2
