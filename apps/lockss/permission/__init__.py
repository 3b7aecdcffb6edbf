"""A publisher's permission: recognised on a page, asked for host by host, kept as evidence (permissions §1–§8)."""

from apps.lockss.permission.asking import (
    Answer,
    AskKind,
    Evidence,
    PermissionAsk,
    PermissionEffect,
    PermissionMessage,
    PermissionOutcome,
    PermissionPolicy,
    Stopped,
    StorePage,
    Subscription,
)
from apps.lockss.permission.elsewhere import is_sign_in
from apps.lockss.permission.hosts import AskPage, GrantSource, HostPolicy, HostRecord, HostStatus, HostTable
from apps.lockss.permission.manifest import ManifestVolume, manifest_page
from apps.lockss.permission.near import Near, NearKind, WordPair, WordState
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
from apps.lockss.permission.round import PermissionRound
from apps.lockss.permission.statements import Checker
from apps.lockss.permission.tester import Trial, try_page

__all__ = [
    "PLUGIN_CHECKERS",
    "AccessType",
    "Answer",
    "AskKind",
    "AskPage",
    "Checker",
    "Evidence",
    "GrantSource",
    "Granted",
    "HostPolicy",
    "HostRecord",
    "HostStatus",
    "HostTable",
    "ManifestVolume",
    "Near",
    "NearKind",
    "Network",
    "PageRules",
    "PageScanner",
    "PermissionAsk",
    "PermissionEffect",
    "PermissionMessage",
    "PermissionOutcome",
    "PermissionPolicy",
    "PermissionRound",
    "Refusal",
    "RefusalCode",
    "Refused",
    "Stopped",
    "StorePage",
    "Subscription",
    "Trial",
    "Verdict",
    "WordPair",
    "WordState",
    "is_sign_in",
    "judge_page",
    "manifest_page",
    "plugin_checkers",
    "try_page",
]
