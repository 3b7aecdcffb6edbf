"""Which room of the content host an address belongs to, and the answers that take no room."""

from dataclasses import replace

from apps.common.clock import now
from apps.delivery import addresses, pages, passes
from apps.delivery.about import about
from apps.delivery.addresses import Asked
from apps.delivery.asked_words import words_of
from apps.delivery.bodies import Answer
from apps.delivery.counting import count_content
from apps.delivery.lasting import lasting
from apps.delivery.pages import Said
from apps.delivery.passes import Right
from apps.delivery.passing import Passed
from apps.delivery.replaying import replayed
from apps.delivery.request import Front, Request
from apps.delivery.rights import (
    asker_for,
    auditor_for,
    goes_by_publisher,
    portal_way,
    serve_address,
    sign_in_way,
    without_leave,
)
from apps.delivery.rooms import Host
from apps.delivery.serve_content import serve_content
from apps.delivery.serving import Absent, Broken, Moved, Outcome, auid_of, held_url, known_au, serve
from apps.delivery.spoken import speaking, spoken
from apps.delivery.triggered_pages import is_triggered, triggered
from apps.lockss.delivery import Surface, Verdict
from apps.lockss.openurl import OpenUrlFinding
from apps.lockss.replay import AskError, parse_lasting, parse_replay, parse_serve_content

Given = Answer | Passed | Said


async def routed(request: Request, host: Host) -> Given:
    """The answer to whatever was asked, in the reader's language."""
    host = speaking(host, request.language)
    link = parse_lasting(request.target)
    if isinstance(link, AskError) and request.target in ("/go", "/go/"):
        return spoken(request.language, lambda: pages.go(request.before))
    if isinstance(link, AskError | OpenUrlFinding):
        return _unread(request, link)
    if link is not None:
        return await lasting(request, link, host)
    if is_triggered(request.target):
        return await host.in_thread(lambda: triggered(request))
    wanted = parse_serve_content(request.target)
    if isinstance(wanted, AskError | OpenUrlFinding):
        return _unread(request, wanted)
    if wanted is not None:
        return await serve_content(request, wanted, host)
    asked = addresses.parse(request.target)
    if asked is not None:
        return await host.in_thread(lambda: _stored(request, asked, host))
    version = parse_replay(request.target)
    if isinstance(version, AskError):
        return _unread(request, version)
    if version is not None:
        return await host.in_thread(lambda: replayed(request, version, host))
    return spoken(request.language, lambda: pages.no_address(request.before))


def _unread(request: Request, fault: AskError | OpenUrlFinding) -> Said:
    return spoken(request.language, lambda: pages.bad_request(*words_of(fault)))


def admit(front: Front, request: Request) -> Said:
    """With a ticket of the portal to the page itself; with one that is no good to the portal, which asks who is there."""
    proof = passes.proven(Right.TICKET, front.ticket)
    if proof is not None:
        client = passes.client_of(request.address)
        key = passes.grant(Right.PASS, proof.slug, client, roles=proof.roles, carer=proof.carer)
        return pages.moved(f"/t/{key}{front.rest}")
    asked = addresses.parse(front.rest)
    if asked is not None:
        return pages.moved(addresses.portal_url(asked))
    slug = passes.slug_of(front.ticket)
    return pages.moved(portal_way(slug, front.rest) if slug else sign_in_way(front.rest))


# --- A stored version by its AU


def _stored(request: Request, asked: Asked, host: Host) -> Answer | Said:
    own = request.own_slug == asked.slug
    verdict = _verdict(request, asked, host, own=own)
    shown = verdict is not None and verdict.listed
    if not shown and not own:
        # The portal asks who is there; so it goes for what is not here as well.
        return pages.moved(addresses.portal_url(asked))
    if not shown:
        return pages.absent(asked.slug, asked.url, signed_in=bool(request.roles))
    named = asked.version is not None
    if goes_by_publisher(verdict, asked.url, host, named=named) and (url := held_url(asked)):
        auid = auid_of(asked.slug) or ""
        return pages.moved(request.before + serve_address(url, auid, as_collected=named))
    answer = _said(request, asked, serve(asked, request.given, body=request.wants_body))
    if isinstance(answer, Said):
        return answer
    if verdict is not None and (known := known_au(asked.slug)):
        count_content(request, known[0], answer.of, verdict, answer.status, raw=True)
    if own or verdict.free:
        return answer
    return replace(answer, fields=without_leave(answer.fields))


def _verdict(request: Request, asked: Asked, host: Host, *, own: bool) -> Verdict | None:
    """That of this moment, whatever it was when the pass was given."""
    known = known_au(asked.slug)
    if known is None:
        return None
    asker = asker_for(request, host.rooms) if own else host.rooms.asker_of(Surface.CONTENT, request.address)
    # Who looks after the copy wants the copy, whatever readers meet.
    askers = [*([carer] if own and (carer := auditor_for(request, host.rooms)) else []), asker]
    moment = now()
    for one in askers:
        verdict = host.rooms.verdicts(one, [known[0]], moment).get(known[0])
        if verdict is not None and verdict.listed:
            return verdict
    return None


def _said(request: Request, asked: Asked, outcome: Outcome) -> Answer | Said:
    key = request.key if request.proof else ""
    match outcome:
        case Moved():
            return pages.moved(addresses.path_of(asked.slug, None, addresses.spell(outcome.url), key=key))
        case Broken():
            known = known_au(asked.slug)
            story = about(request, known[0], asked.slug, outcome.url) if known else ""
            return pages.broken(asked, outcome, key, story)
        case Absent():
            return pages.absent(asked.slug, asked.url, signed_in=bool(request.roles))
        case _:
            return outcome
