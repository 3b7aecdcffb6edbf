"""A publisher's permission: recognised on a page, asked for host by host, kept as evidence (permissions §1–§8)."""

from apps.lockss.permission.page import (
    AccessType,
    Granted,
    Network,
    PageRules,
    PageScanner,
    Refusal,
    Refused,
    Verdict,
    judge_page,
)
from apps.lockss.permission.plugin_checkers import PLUGIN_CHECKERS, RefusalCode, plugin_checkers
from apps.lockss.permission.statements import Checker

__all__ = [
    "PLUGIN_CHECKERS",
    "AccessType",
    "Checker",
    "Granted",
    "Network",
    "PageRules",
    "PageScanner",
    "Refusal",
    "RefusalCode",
    "Refused",
    "Verdict",
    "judge_page",
    "plugin_checkers",
]
