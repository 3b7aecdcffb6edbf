"""What readers ask of the content host, by the forms of LOCKSS 1.x and of web archives (delivery §2.1, §3.2). Pure."""

from apps.lockss.replay.asked import AskCode, AskError, is_http, spellings
from apps.lockss.replay.lasting import lasting_path, lasting_path_of_doi, parse_lasting
from apps.lockss.replay.replay import (
    EVERYTHING,
    Modifier,
    Replay,
    ReplayForm,
    TimeMapKind,
    is_collection,
    parse_replay,
)
from apps.lockss.replay.servecontent import Form, ServeContent, parse_serve_content

__all__ = [
    "EVERYTHING",
    "AskCode",
    "AskError",
    "Form",
    "Modifier",
    "Replay",
    "ReplayForm",
    "ServeContent",
    "TimeMapKind",
    "is_collection",
    "is_http",
    "lasting_path",
    "lasting_path_of_doi",
    "parse_lasting",
    "parse_replay",
    "parse_serve_content",
    "spellings",
]
