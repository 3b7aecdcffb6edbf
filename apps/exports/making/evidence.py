"""What is known of an AU beside its bytes: who it is, how to begin reading it, and who agreed that it is right."""

from urllib.parse import urlsplit

from django.conf import settings

from apps.aus.definitions import Unmade, definition_of
from apps.aus.models import Au
from apps.exports.making.entries import About
from apps.exports.models import Export
from apps.lockss.packages import Page
from apps.peers.models import Agreement
from apps.polls.models import PollStatus
from apps.repository import services as repository

MOST_PAGES = 100


def about_au(au: Au, export: Export) -> About:
    node = settings.NODE
    return About(
        auid=au.auid,
        slug=au.slug,
        name=au.name,
        title=au.title.name if au.title else "",
        publisher=au.publisher.name if au.publisher else "",
        plugin=au.plugin_id,
        params={str(name): str(value) for name, value in sorted(au.params.items())},
        node=node.name,
        network=node.network_name,
        host=urlsplit(node.public_url).hostname or "",
        at=export.created_at,
    )


def start_pages(au: Au) -> list[Page]:
    """Where a reader begins: the AU's start URLs that are held; where none is, its first pages of HTML."""
    made = definition_of(au)
    starts = [] if isinstance(made, Unmade) else list(made.start_urls)
    found = [repository.find_best(auid=au.auid, url=url) for url in starts]
    pages = [
        Page(one.url, au.name if number == 0 else one.url, one.collected_at)
        for number, one in enumerate(one for one in found if one is not None and one.status is not None)
    ]
    return pages or _first_pages(au)


def _first_pages(au: Au) -> list[Page]:
    some = repository.page(auid=au.auid, limit=10 * MOST_PAGES)
    html = [one for one in some if one.status == 200 and one.content_type.startswith("text/html")]
    return [Page(one.url, one.url, one.collected_at) for one in html if not one.suspect][:MOST_PAGES]


def agreements(au: Au) -> dict[str, object]:
    """The evidence of the audit protocol: the last poll over all URLs, and each peer's last and highest agreement."""
    rows = Agreement.objects.filter(au_key=au.pk).select_related("peer").order_by("peer__identity", "type")
    status = PollStatus.objects.filter(au=au).first()
    ended = status.last_complete_at if status else None
    return {
        "auid": au.auid,
        "last_complete_poll": None
        if status is None or ended is None
        else {
            "ended_at": ended.isoformat(),
            "agreement": status.agreement,
            "agreeing_peers": status.agreeing_peers,
        },
        "peers": [
            {
                "peer": row.peer.identity,
                "name": row.peer.name,
                "type": row.type,
                "last": row.last,
                "last_at": row.last_at.isoformat(),
                "highest": row.highest,
                "highest_at": row.highest_at.isoformat(),
            }
            for row in rows
        ],
    }
