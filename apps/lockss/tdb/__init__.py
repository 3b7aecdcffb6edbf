"""Title databases: the text language, its XML form, questions about both, and the original tools' table (tdb.md)."""

from apps.lockss.tdb.errors import Severity, TdbCode, TdbFinding
from apps.lockss.tdb.fields import STATUS_SETS, Place
from apps.lockss.tdb.model import TdbAu, TdbFile, TdbPublisher, TdbTitle
from apps.lockss.tdb.parser import parse_tdb
from apps.lockss.tdb.propertylist import is_property_list, parse_property_list
from apps.lockss.tdb.query import Query, QueryCode, QueryError, parse_query
from apps.lockss.tdb.tsv import COLUMNS, tsv_line
from apps.lockss.tdb.xmlconditions import NodeFacts
from apps.lockss.tdb.xmldb import parse_title_db_xml
from apps.lockss.tdb.xmlwriting import title_db_xml

__all__ = [
    "COLUMNS",
    "STATUS_SETS",
    "NodeFacts",
    "Place",
    "Query",
    "QueryCode",
    "QueryError",
    "Severity",
    "TdbAu",
    "TdbCode",
    "TdbFile",
    "TdbFinding",
    "TdbPublisher",
    "TdbTitle",
    "is_property_list",
    "parse_property_list",
    "parse_query",
    "parse_tdb",
    "parse_title_db_xml",
    "title_db_xml",
    "tsv_line",
]
