"""The content host's decision table (delivery §2.2, rulings C1, C4, C6, C7)."""

from apps.lockss.delivery.asking import (
    Answer,
    Ask,
    Asked,
    Failure,
    FollowRedirects,
    HostDownAction,
    Mark,
    Missing,
    Named,
    PassOn,
    Pool,
    Refuse,
    Row,
    Step,
)
from apps.lockss.delivery.common_table import (
    REDIRECTS,
    ask,
    by_readers_condition,
    is_content,
    marks_of,
    serve,
)
from apps.lockss.delivery.missing import MissingAnswer, PublisherState, missing
from apps.lockss.delivery.verdict import Access, PublisherFlag


def begin(asked: Asked) -> Step:
    """The rows before the publisher is asked, top to bottom."""
    if not asked.reads:
        return Refuse(Row.METHOD, 405)
    if asked.service_worker:
        return Refuse(Row.SERVICE_WORKER, 403)
    if asked.named is Named.UNKNOWN or (asked.named is Named.KNOWN and asked.access is Access.HIDDEN):
        return Refuse(Row.UNKNOWN_AU, 404)
    if asked.access is Access.HIDDEN:
        return Refuse(Row.HIDDEN, 404)
    if not asked.in_au:
        return _missing(asked, Row.NO_AU, PublisherState.UNKNOWN)
    has = asked.holds
    if asked.version:
        return serve(asked, Row.VERSION) if has else Refuse(Row.VERSION, 404)
    if asked.never or asked.publisher is not PublisherFlag.UP:
        row = Row.CACHE_ONLY if asked.never else Row.PUBLISHER_GONE
        return serve(asked, row) if has else _missing(asked, row, PublisherState.KNOWN_DOWN)
    if asked.access is Access.OPEN:
        return serve(asked, Row.OPEN) if has else _missing(asked, Row.OPEN, PublisherState.KNOWN_DOWN)
    if has and asked.host_down:
        return serve(asked, Row.HOST_DOWN)
    if has and asked.recent:
        return serve(asked, Row.RECENT)
    if asked.host_down and asked.settings.host_down_action is HostDownAction.REFUSE:
        return _missing(asked, Row.HOST_DOWN, PublisherState.RECENTLY_DOWN)
    return ask(asked)


def after(asked: Asked, answer: Answer) -> Step:
    """The rows after the publisher's answer."""
    has = asked.holds
    if answer.failure is Failure.QUEUE_FULL and not has:
        return Refuse(Row.BUSY, 503, retry_after=asked.settings.retry_after)
    if answer.failure is not None:
        marks = marks_of(answer.failure)
        if has:
            return serve(asked, Row.FAILED, marks)
        state = PublisherState.KNOWN_DOWN
        return Missing(Row.FAILED, state, _answer(asked, state), marks)
    if answer.status in REDIRECTS and _follows(asked, answer):
        return _follow(asked)
    if is_content(answer, pages_judged=True):
        return PassOn(Row.ANSWERED)
    if by_readers_condition(asked, answer):
        return PassOn(Row.READERS_CONDITION)
    if has:
        return serve(asked, Row.NO_CONTENT, frozenset({Mark.RECENT}))
    return _missing(asked, Row.NO_CONTENT, PublisherState.UNKNOWN)


def _follows(asked: Asked, answer: Answer) -> bool:
    wanted = asked.settings.follow_redirects
    if wanted is FollowRedirects.NEVER or (wanted is FollowRedirects.MISSING and asked.holds):
        return False
    return answer.target_held and answer.hops < asked.settings.most_redirects


def _follow(asked: Asked) -> Ask:
    """Another resource: no condition that speaks of this one goes along."""
    first = ask(asked)
    pool = Pool.QUICK if asked.holds else first.pool
    return Ask(Row.REDIRECT, pool, first.connect, first.head, first.data, follow=True)


def _missing(asked: Asked, row: Row, state: PublisherState) -> Missing:
    return Missing(row, state, _answer(asked, state))


def _answer(asked: Asked, state: PublisherState) -> MissingAnswer:
    return missing(asked.settings.missing_action, state, never=asked.never, stem_held=asked.stem_held)
