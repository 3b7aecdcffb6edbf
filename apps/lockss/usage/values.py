"""Words of the COUNTER Code of Practice, Release 5.1, as far as a node of preserved content needs them."""

from enum import StrEnum


class Metric(StrEnum):
    """What is counted, in the order of the Code's tables. Titles are counted for books alone."""

    TOTAL_ITEM_INVESTIGATIONS = "Total_Item_Investigations"
    TOTAL_ITEM_REQUESTS = "Total_Item_Requests"
    UNIQUE_ITEM_INVESTIGATIONS = "Unique_Item_Investigations"
    UNIQUE_ITEM_REQUESTS = "Unique_Item_Requests"
    UNIQUE_TITLE_INVESTIGATIONS = "Unique_Title_Investigations"
    UNIQUE_TITLE_REQUESTS = "Unique_Title_Requests"


class AccessType(StrEnum):
    """By which right an item was read."""

    CONTROLLED = "Controlled"
    OPEN = "Open"
    FREE_TO_READ = "Free_To_Read"


class DataType(StrEnum):
    """What a title is."""

    JOURNAL = "Journal"
    BOOK = "Book"
    CONFERENCE = "Conference"
    OTHER = "Other"


class Kind(StrEnum):
    """What a delivered copy was to its reader.

    ``FULL`` is a request and an investigation, ``ABSTRACT`` an investigation. ``OTHER`` is about no one item (tables of
    contents, start pages), ``PART`` belongs to another page; neither is counted.
    """

    FULL = "full"
    ABSTRACT = "abstract"
    OTHER = "other"
    PART = "part"

    @property
    def counts(self) -> bool:
        return self in (Kind.FULL, Kind.ABSTRACT)


UNKNOWN_YEAR = "0001"
"""The Code's year of publication where nobody knows it."""
WORLD = "0000000000000000"
"""The Code's customer for all usage, whoever's it was."""
