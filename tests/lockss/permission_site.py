"""A publisher that answers rounds of permission from a table."""

from apps.lockss.fetch import FetchResult
from apps.lockss.frontier import Copy, Site
from apps.lockss.permission import (
    Answer,
    AskKind,
    Evidence,
    Granted,
    HostPolicy,
    HostStatus,
    HostTable,
    PermissionEffect,
    PermissionOutcome,
    PermissionPolicy,
    PermissionRound,
    Refused,
    StorePage,
    judge_page,
)
from tests.lockss.fetch_results import NOW, answered

GRANT = judge_page(b"LOCKSS system has permission to collect, preserve, and serve this Archival Unit")
NOTHING = judge_page(b"<p>Welcome")
OK, BAD, FAIL = HostStatus.OK, HostStatus.NOT_OK, HostStatus.FETCH_FAILED


def resolve(base: str, link: str) -> str | None:
    from urllib.parse import urljoin

    name = urljoin(base, link)
    return name if name.startswith(("http://", "https://")) else None


def site(*outside: str, login: str | None = None) -> Site:
    return Site(
        resolve,
        resolve,
        included=lambda url: not any(text in url for text in outside),
        login=lambda url: login is not None and login in url,
    )


class Publisher:
    """Answers a round from a table: a verdict, a fetch result, or why nothing came."""

    def __init__(self, table: dict[str, object]) -> None:
        self.table = table
        self.asked: list[str] = []
        self.effects: list[PermissionEffect] = []

    def run(self, permission: PermissionRound) -> PermissionRound:
        while (ask := permission.next_request()) is not None:
            assert permission.next_request() is ask
            self.asked.append(ask.url)
            assert len(self.asked) < 100
            answer = self.table.get(ask.url, answered(404))
            if isinstance(answer, list):
                answer = answer.pop(0) if len(answer) > 1 else answer[0]
            if isinstance(answer, Granted | Refused):
                answer = Answer(answered(200), None if ask.kind is AskKind.PROBE else answer)
            elif isinstance(answer, FetchResult):
                answer = Answer(answer, NOTHING)
            self.effects += permission.on_result(answer, NOW)
        return permission

    @property
    def stored(self) -> list[tuple[Copy, ...]]:
        return [effect.copies for effect in self.effects if isinstance(effect, StorePage)]

    @property
    def evidence(self) -> list[tuple[str, HostStatus]]:
        return [(effect.url, effect.status) for effect in self.effects if isinstance(effect, Evidence)]


def start(
    urls: list[str],
    table: dict[str, object],
    where: Site | None = None,
    hosts: HostPolicy | None = None,
    policy: PermissionPolicy | None = None,
) -> tuple[PermissionRound, Publisher, HostTable]:
    host_table = HostTable(hosts)
    publisher = Publisher(table)
    permission = publisher.run(PermissionRound(urls, where or site(), host_table, policy))
    return permission, publisher, host_table


A, A2, B = "http://a.org/p", "http://a.org/p2", "http://b.org/p"
ENDS = PermissionOutcome
