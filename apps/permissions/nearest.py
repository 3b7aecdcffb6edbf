"""What on a publisher's page is nearly a statement, told where the page is told of: the one word that has to change."""

from functools import lru_cache

from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from apps.common.stored import in_english
from apps.lockss.permission import Network, try_page
from apps.permissions.advice import Told, told
from apps.permissions.choices import Reason
from apps.permissions.models import Evidence
from apps.permissions.trying import Tried, as_json


def nearest_of(pk: int) -> SafeString | str:
    """Kind and marked words of the nearest miss on the page of an evidence that grants nothing; "" where none is near.

    What a page said never changes, so it is judged once for each language.
    """
    return _nearest(pk, get_language(), settings.NODE.permission_statement)


def near_kind(row: Evidence) -> str:
    """Kind of the nearest miss, in English for a sentence that a row keeps; "" where none is near."""
    with in_english():
        near = _told(row, settings.NODE.permission_statement)
    return near[0].title if near else ""


@lru_cache(maxsize=256)
def _nearest(pk: int, _language: str | None, network: str) -> SafeString | str:
    row = Evidence.objects.filter(pk=pk, granted=False, reason=Reason.NO_STATEMENT).first()
    near = _told(row, network) if row is not None else []
    if not near:
        return ""
    return format_html("{}: {}", near[0].title, near[0].words) if near[0].words else near[0].title


def _told(row: Evidence, network: str) -> list[Told]:
    if row.page is None:
        return []
    heads = {str(pair[0]).lower(): str(pair[1]) for pair in row.response_headers if len(pair) == 2}
    trial = try_page(
        bytes(row.page),
        Network(network),
        content_type=heads.get("content-type"),
        content_encoding=heads.get("content-encoding"),
        asked=row.url,
        final_url=row.final_url,
        status=row.status,
    )
    return told(as_json(Tried(row.url, trial), Network(network)))
