"""What the tables and lists of LOCKSS 1.x refuse; the texts go to programs and their people as they are."""


class TableError(Exception):
    """The table is known and cannot be made of what was asked."""


class NoSuchTable(TableError):  # noqa: N818 - the field's name for it
    """There is no such table here, or nothing with this key in it."""


class ShutTable(TableError):  # noqa: N818 - as above
    """The table is for other roles than the reader has."""


class NoSuchList(Exception):  # noqa: N818 - as above
    """This node keeps no such list of objects."""
