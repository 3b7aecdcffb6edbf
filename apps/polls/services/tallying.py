"""Counts the votes of a poll, in a job: rows for URLs with dissent, wishes for repairs, one event."""

from django.conf import settings
from django.db import transaction

from apps.aus.definitions import poll_ability
from apps.aus.models import Au
from apps.common.models import Job
from apps.common.text import storable
from apps.lockss.lcap.effects import TallyReady
from apps.lockss.lcap.poller_events import TallyDone
from apps.lockss.lcap.poller_state import PollPhase
from apps.lockss.lcap.repair_policy import RepairAction, RepairFacts, RepairWish, repair_wish
from apps.lockss.lcap.sampling import Sampler
from apps.lockss.lcap.tally import Tally
from apps.lockss.lcap.tally import UrlTally as CoreTally
from apps.polls import blobs, draws, store, values
from apps.polls.config import poll_config
from apps.polls.models import Poll, UrlTally
from apps.polls.services import pollers

BATCH = 500


def tally(*, poll_id: int, ctx) -> list[Job]:
    """Walk all blocks once. Done again after a kill, it replaces its rows and reports the same."""
    poll = Poll.objects.select_related("au").get(pk=poll_id)
    if poll.tally_request is None or poll.ended_at is not None:
        return []
    state = store.load_poller(poll).poll
    if state.phase is not PollPhase.TALLYING:
        # Counted already: the rows hold what repairs have changed since.
        return []
    request = values.load(poll.tally_request, TallyReady)
    ability = poll_ability(poll.au)
    sampler = None
    if state.setup.sampled:
        sampler = Sampler(state.setup.sample_nonce, state.setup.modulus, state.setup.hash_algorithm)
    walk = Tally(
        blobs.read_hashes(request.blocks_ref),
        [blobs.read_votes(ref) for ref in request.votes],
        request.rules,
        in_sample=sampler.includes if sampler else None,
        weight_of=ability.weight_of if ability.weighted else None,
    )
    config = poll_config()
    # One more than is allowed tells the poll that some were left; a wholly lost AU must not fill the memory.
    wishes: list[RepairWish] = []
    wanted = 0
    with transaction.atomic():
        UrlTally.objects.filter(poll=poll).delete()
        rows: list[UrlTally] = []
        for row in walk.rows():
            rows.append(_row(poll, row))
            if len(rows) >= BATCH:
                UrlTally.objects.bulk_create(rows)
                rows.clear()
                ctx.check()
            if wanted <= config.max_repairs or config.max_repairs < 0:
                wish = _wish(poll.au, row, request)
                wanted += wish.action is RepairAction.REPAIR
                wishes.append(wish)
        UrlTally.objects.bulk_create(rows)
        return pollers.advance(poll_id=poll_id, event=TallyDone(walk.summary(), tuple(wishes)))


def _row(poll: Poll, row: CoreTally) -> UrlTally:
    return UrlTally(
        poll=poll,
        url_digest=store.url_digest(row.url),
        url=storable(row.url, store.MAX_URL),
        row=values.dump(row),
        result=row.result,
        final_result=row.result,
        agreed=row.counts.agreed,
        disagreed=row.counts.votes - row.counts.agreed - row.counts.neither,
    )


def _wish(au: Au, row: CoreTally, request: TallyReady) -> RepairWish:
    if storable(row.url, store.MAX_URL) != row.url:
        # No store could keep a copy under such a name, nor could a publisher be asked for it.
        return RepairWish(row.url, RepairAction.REPORT, row.result)
    ability = poll_ability(au)
    facts = RepairFacts(
        publisher_up=settings.NODE.repair_from_publisher and not ability.publisher_down,
        deletes_extra=ability.deletes_extra,
        min_replicas=ability.min_replicas,
        peer_repair_if_missing=ability.peer_repair_if_missing(row.url),
        publisher_when_too_close=ability.publisher_when_too_close,
    )
    return repair_wish(row, request.participants, request.rules, facts, poll_config(), draws.draws())
