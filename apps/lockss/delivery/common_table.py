"""What both tables share: how the publisher is asked, what of its answers counts, what a failure means."""

from apps.lockss.delivery.asking import (
    NO_MARKS,
    Answer,
    Ask,
    Asked,
    Failure,
    Mark,
    Marks,
    PageKind,
    Pool,
    Refuse,
    Row,
    Serve,
    Source,
)
from apps.lockss.delivery.conditions import Sent, Validator, to_proxy, to_publisher
from apps.lockss.delivery.readers import Surface
from apps.lockss.delivery.verdict import Access, PublisherFlag

REDIRECTS = frozenset({301, 302, 303, 307, 308})
# With a body of the publisher's own that is no less than ours, or with none (rulings C4).
_PAGES = frozenset({200, 203})
_PARTS = frozenset({204, 206})
# A host that takes the connection and says nothing keeps readers waiting like one that is not there (rulings C6).
_MARKS_DOWN = frozenset({Failure.CONNECT_TIMEOUT, Failure.STALL, Failure.REFUSED, Failure.DNS})


def serve(asked: Asked, row: Row, marks: Marks = NO_MARKS) -> Serve | Refuse:
    """Our copy; never as the script of a service worker, which would outlive the outage."""
    return Refuse(Row.SERVICE_WORKER, 403, marks=marks) if asked.service_worker else Serve(row, marks)


def sent(asked: Asked) -> Sent:
    """The reader's conditions as they go to the publisher."""
    own = asked.last_modified if asked.holds else None
    if asked.surface is Surface.CONTENT:
        return to_publisher(asked.conditions, own, asked.now, held=asked.holds, rewriting=asked.rewriting)
    return to_proxy(asked.conditions, own, asked.now)


def ask(asked: Asked) -> Ask:
    """With a copy in hand nobody waits long; without one up to ``unheld`` seconds in all (rulings C6)."""
    bounds = asked.settings
    quick = asked.holds or (asked.host_down and asked.reads)
    return Ask(
        Row.ASK,
        Pool.QUICK if quick else Pool.NORMAL,
        connect=bounds.connect,
        head=bounds.race if asked.holds else bounds.unheld,
        data=bounds.quick_data if quick else bounds.normal_data,
        fields=sent(asked).fields,
    )


def marks_of(failure: Failure) -> Marks:
    return frozenset({Mark.HOST_DOWN}) if failure in _MARKS_DOWN else NO_MARKS


def may_contact(asked: Asked) -> bool:
    """Whether any row of any table may lead to the publisher: not for the audit proxy, what is hidden or open."""
    return (
        asked.surface is Surface.PROXY
        and asked.access is Access.GRAY
        and not asked.never
        and asked.publisher is not PublisherFlag.NEVER
        and asked.source not in {Source.CACHE, Source.REPAIR}
    )


def is_content(answer: Answer, *, pages_judged: bool) -> bool:
    """Whether the answer is content: a page that is one, as far as pages are judged, or a part, or nothing at all."""
    if answer.status in _PAGES:
        return answer.page is PageKind.SOUND or not pages_judged
    return answer.status in _PARTS


def by_readers_condition(asked: Asked, answer: Answer) -> bool:
    """Whether the reader's own validator, precondition or range made this status. A redirect's target was asked
    without any."""
    if answer.hops:
        return False
    told = sent(asked)
    match answer.status:
        case 304:
            return told.validator is Validator.READER
        case 412:
            return told.precondition
        case 416:
            return told.ranged
        case _:
            return False
