"""How reading is counted: the rules of the COUNTER Code of Practice, Release 5.1, as far as a node needs them.

Pure: what left (``kinds``, ``robots``), who is told apart from whom (``items``), numbers of it (``tally``), and the
reports of those numbers (``reports``, ``tabular``, ``sushi``). See docs/usage.md.
"""

from apps.lockss.usage.items import digest_of, item_of, session_of
from apps.lockss.usage.kinds import is_ahead, is_reading, kind_of
from apps.lockss.usage.robots import is_robot
from apps.lockss.usage.tally import Place, Reading, change, tally
from apps.lockss.usage.values import UNKNOWN_YEAR, WORLD, AccessType, DataType, Kind, Metric

__all__ = [
    "UNKNOWN_YEAR",
    "WORLD",
    "AccessType",
    "DataType",
    "Kind",
    "Metric",
    "Place",
    "Reading",
    "change",
    "digest_of",
    "is_ahead",
    "is_reading",
    "is_robot",
    "item_of",
    "kind_of",
    "session_of",
    "tally",
]
