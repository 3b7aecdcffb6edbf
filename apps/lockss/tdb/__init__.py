"""Title databases: the text language, its XML form, and the table that the original tools print (tdb.md)."""

from apps.lockss.tdb.errors import Severity, TdbCode, TdbFinding
from apps.lockss.tdb.model import TdbAu, TdbFile, TdbPublisher, TdbTitle
from apps.lockss.tdb.parser import parse_tdb
from apps.lockss.tdb.tsv import COLUMNS, tsv_line
from apps.lockss.tdb.xmlconditions import NodeFacts
from apps.lockss.tdb.xmldb import parse_title_db_xml

__all__ = [
    "COLUMNS",
    "NodeFacts",
    "Severity",
    "TdbAu",
    "TdbCode",
    "TdbFile",
    "TdbFinding",
    "TdbPublisher",
    "TdbTitle",
    "parse_tdb",
    "parse_title_db_xml",
    "tsv_line",
]
