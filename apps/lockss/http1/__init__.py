"""Heads of HTTP/1.1 as a proxy's listener meets and writes them: strict in what is read, careful in what is sent."""

from apps.lockss.http1.reading import HeadReader
from apps.lockss.http1.target import RequestTarget, TargetForm
from apps.lockss.http1.values import HeadCode, HeadLimits, HeadRefusal, RequestHead
from apps.lockss.http1.writing import Body, Dropped, WrittenHead, write_head

__all__ = [
    "Body",
    "Dropped",
    "HeadCode",
    "HeadLimits",
    "HeadReader",
    "HeadRefusal",
    "RequestHead",
    "RequestTarget",
    "TargetForm",
    "WrittenHead",
    "write_head",
]
