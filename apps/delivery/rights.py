"""Who a request's reader is, which copy she gets, and where she is sent when the portal has to say who she is."""

import datetime as dt
from urllib.parse import quote

from django.conf import settings

from apps.delivery.addresses import LONGEST_QUOTED, Asked, portal_url
from apps.delivery.headers import Fields
from apps.delivery.passes import Right, client_of, grant
from apps.delivery.request import Request
from apps.delivery.rooms import Host, Rooms
from apps.delivery.values import Asker, Copy, Found
from apps.lockss.delivery import Access, Reason, Surface, Verdict


def asker_for(request: Request, rooms: Rooms) -> Asker:
    """By her address, and by what her pass proves."""
    return rooms.asker_of(Surface.CONTENT, request.address, roles=sorted(request.roles))


def auditor_for(request: Request, rooms: Rooms) -> Asker | None:
    """Who looks after the copy, for the AU of the pass alone; None for readers."""
    if request.proof is None or not request.proof.carer:
        return None
    return rooms.asker_of(Surface.AUDIT, request.address, roles=sorted(request.roles), auditor=True)


def chosen(found: Found, own_slug: str) -> Copy | None:
    """The copy to show: that of the AU for which the reader has a pass before others that are as good."""
    best = found.best
    if best is None or best.slug == own_slug:
        return best
    own = next((one for one in found.others if one.slug == own_slug), None)
    if own is None or (best.good and not own.good) or (own.artifact is None and best.artifact is not None):
        return best
    return own


def goes_by_publisher(verdict: Verdict, url: str, host: Host, *, named: bool) -> bool:
    """Whether a copy may not be given before its publisher failed: then the way goes by ``ServeContent``, which asks.

    Under gray that is so for a URL. ``named``: who names a version or a moment wants what was collected, which nobody
    else has (delivery §2.1, §3.4); only a publisher's own refusal stands against that.
    """
    if verdict.access is not Access.GRAY or (named and not verdict.publisher_first):
        return False
    gone = verdict.reason in {Reason.PUBLISHER_DOWN, Reason.PUBLISHER_NEVER} or host.publisher is None
    return not (gone or host.record.is_down(url) or host.record.is_recent(url))


def serve_address(url: str, auid: str = "", *, as_collected: bool = False) -> str:
    """The canonical address of a URL, without pass."""
    named = f"&auid={quote(auid, safe='')}" if auid else ""
    return f"/ServeContent?url={quote(url, safe=':/')}{named}" + ("&norewrite=1" if as_collected else "")


def needs_pass(copy: Copy, request: Request, rooms: Rooms, moment: dt.datetime) -> bool:
    """Whether it is the reader's role alone that lets her see this AU, and her pass is good for another one."""
    if not request.roles or copy.slug == request.own_slug:
        return False
    return not may_see(copy.au_pk, request, rooms, moment)


def is_shared(request: Request, copy: Copy) -> bool:
    """Whether any page may read the answer: what is everybody's, and what stands behind a pass that nobody can guess.

    What the reader's address alone opens must not be read by pages of strangers in her browser (ruling C10).
    """
    return copy.verdict.free or request.proof is not None


def before_links(request: Request, copy: Copy) -> str:
    """What links of this page begin with. A reader who is known by her address gets a pass that gives no more than
    that: fonts and the like of a sandboxed page are loaded as another origin's, and may be only behind one."""
    if is_shared(request, copy):
        return request.before
    return f"/t/{grant(Right.PASS, copy.slug, client_of(request.address))}"


def without_leave(fields: Fields) -> Fields:
    """The same, for pages of this host alone."""
    return [pair for pair in fields if pair[0] != "Access-Control-Allow-Origin"]


def may_see(au_pk: int, request: Request, rooms: Rooms, moment: dt.datetime) -> bool:
    """Whether anybody may who asks from this address."""
    nobody = rooms.asker_of(Surface.CONTENT, request.address)
    verdict = rooms.verdicts(nobody, [au_pk], moment).get(au_pk)
    return verdict is not None and verdict.access is not Access.HIDDEN


def portal_way(slug: str, target: str, url: str = "") -> str:
    """The portal's address that asks who is there, and sends back to ``target`` with a ticket for the AU."""
    at = quote(target, safe="")
    if len(at) <= LONGEST_QUOTED:
        return f"{settings.NODE.public_url}/aus/{slug}/open/?at={at}"
    # Too long for it: then to the copy itself, by its digest.
    return portal_url(Asked(slug, None, url)) if url else f"{settings.NODE.public_url}/aus/{slug}/"


def way_back(slug: str, target: str) -> str:
    """The same inside the portal."""
    return f"/aus/{slug}/open/?at={quote(target, safe='')}"


def sign_in_way(target: str) -> str:
    """The same where nobody knows yet which AU it will be."""
    at = quote(target, safe="")
    return f"{settings.NODE.public_url}/open/" + (f"?at={at}" if len(at) <= LONGEST_QUOTED else "")
