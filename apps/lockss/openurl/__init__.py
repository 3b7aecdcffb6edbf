"""OpenURL and COinS read, and resolved against what a node holds (delivery §7, metadata §5). Pure: rows come in."""

from apps.lockss.openurl.candidate import Candidate, Kind
from apps.lockss.openurl.choose import Level, Resolved, choose, is_another
from apps.lockss.openurl.codes import bici_of, sici_of
from apps.lockss.openurl.model import Genre, ItemCode, OpenUrl, OpenUrlCode, OpenUrlFinding
from apps.lockss.openurl.parse import parse_openurl
from apps.lockss.openurl.plan import By, LookUp, resolve, steps
from apps.lockss.openurl.targets import Target, asks_for_title, title_targets, unit_targets
from apps.lockss.openurl.text import LONGEST

__all__ = [
    "LONGEST",
    "By",
    "Candidate",
    "Genre",
    "ItemCode",
    "Kind",
    "Level",
    "LookUp",
    "OpenUrl",
    "OpenUrlCode",
    "OpenUrlFinding",
    "Resolved",
    "Target",
    "asks_for_title",
    "bici_of",
    "choose",
    "is_another",
    "parse_openurl",
    "resolve",
    "sici_of",
    "steps",
    "title_targets",
    "unit_targets",
]
