"""The decision table of the content proxy and of the audit proxy (delivery §4.3–4.5, rulings C1, C3–C7)."""

from apps.lockss.delivery.asking import (
    Answer,
    Asked,
    Failure,
    HostDownAction,
    Mark,
    Named,
    PassOn,
    Refuse,
    Row,
    Source,
    Step,
    Terminate,
)
from apps.lockss.delivery.common_table import (
    ask,
    by_readers_condition,
    is_content,
    marks_of,
    may_contact,
    serve,
)
from apps.lockss.delivery.missing import Listing
from apps.lockss.delivery.readers import Surface
from apps.lockss.delivery.verdict import Access, PublisherFlag

_TIME_OUTS = frozenset({Failure.CONNECT_TIMEOUT, Failure.STALL})


def begin(asked: Asked) -> Step:
    """The rows before the publisher is asked, top to bottom."""
    if asked.method in asked.settings.forbidden_methods:
        return Refuse(Row.METHOD, 403)
    if asked.method == "CONNECT":
        ends = asked.settings.terminate_tls and asked.stem_held and asked.access is not Access.HIDDEN
        return Terminate(Row.TUNNEL) if ends else Refuse(Row.TUNNEL, 403)
    audit = asked.surface is Surface.AUDIT
    if asked.named is Named.UNKNOWN or (asked.named is Named.KNOWN and asked.access is Access.HIDDEN):
        return Refuse(Row.UNKNOWN_AU, 412)
    if asked.access is Access.HIDDEN:
        return Refuse(Row.HIDDEN, 404 if audit else 403)
    if not asked.reads:
        forwards = asked.settings.open_forwarding and may_contact(asked)
        return ask(asked) if forwards else Refuse(Row.METHOD, 403)
    if not asked.in_au and not audit:
        forwards = asked.settings.open_forwarding and may_contact(asked)
        return ask(asked) if forwards else Refuse(Row.NO_AU, 403)
    if asked.source is Source.REPAIR and not asked.peer_agreed:
        return Refuse(Row.REPAIR, 403)
    return _audit(asked) if audit else _content(asked)


def _audit(asked: Asked) -> Step:
    """Our copy or none: there is no way out."""
    if asked.holds:
        return serve(asked, Row.CACHE_ONLY)
    listing = _candidates(asked) if asked.settings.audit_index else Listing.NONE
    return Refuse(Row.CACHE_ONLY, 404, listing)


def _content(asked: Asked) -> Step:
    has = asked.holds
    if asked.never or asked.source in {Source.CACHE, Source.REPAIR}:
        return serve(asked, Row.CACHE_ONLY) if has else Refuse(Row.CACHE_ONLY, 404)
    if has and asked.host_down:
        return serve(asked, Row.HOST_DOWN)
    publishers = asked.source is Source.PUBLISHER
    if asked.access is Access.OPEN:
        return _without_publisher(asked, Row.OPEN)
    refuses = asked.settings.host_down_action is HostDownAction.REFUSE
    if not has and not publishers and asked.host_down and refuses:
        return Refuse(Row.HOST_DOWN, 504, _candidates(asked))
    if asked.publisher is PublisherFlag.NEVER:
        return _without_publisher(asked, Row.PUBLISHER_GONE)
    if has and asked.recent:
        return serve(asked, Row.RECENT)
    return ask(asked)


def _without_publisher(asked: Asked, row: Row) -> Step:
    """The publisher is not asked: what is open needs it not, and one that is gone for good has it not."""
    if asked.source is Source.PUBLISHER:
        return Refuse(Row.PUBLISHER_ONLY, 504)
    return serve(asked, row) if asked.holds else Refuse(row, 404, _candidates(asked))


def after(asked: Asked, answer: Answer) -> Step:
    """The rows after the publisher's answer."""
    has = asked.holds
    if answer.failure is not None:
        return _failed(asked, answer.failure)
    if not asked.reads or is_content(answer, pages_judged=has):
        return PassOn(Row.ANSWERED)
    if by_readers_condition(asked, answer):
        return PassOn(Row.READERS_CONDITION)
    if has:
        return serve(asked, Row.NO_CONTENT, frozenset({Mark.RECENT}))
    as_it_is = answer.status in {200, 203, 304} or answer.status in asked.settings.without_index
    return PassOn(Row.NO_CONTENT, index=not as_it_is and asked.candidates)


def _failed(asked: Asked, failure: Failure) -> Step:
    marks = marks_of(failure)
    if asked.holds:
        return serve(asked, Row.FAILED, marks)
    match failure:
        case Failure.QUEUE_FULL:
            return Refuse(Row.BUSY, 503, retry_after=asked.settings.retry_after)
        case Failure.FORBIDDEN_ADDRESS:
            status = 403
        case _:
            status = 504 if failure in _TIME_OUTS else 502
    return Refuse(Row.FAILED, status, _candidates(asked), marks=marks)


def _candidates(asked: Asked) -> Listing:
    return Listing.HOST if asked.candidates else Listing.NONE
