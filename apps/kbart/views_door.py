"""Where ``title_url`` of the files leads (ruling 1): ``<public address>/title/<id>``, for whoever follows it from a catalogue.

Staff get the portal's page of the title. Others get what they may have: the public page where the node shows one, else
the content host's answer to an OpenURL of the title, else the sign-in.
"""

from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_safe

from apps.accounts.addresses import exact_address
from apps.aus.choices import AuState
from apps.aus.models import Au
from apps.common.clock import now
from apps.delivery.node_rooms import node_rooms
from apps.delivery.targets import base
from apps.lockss.delivery import Surface
from apps.nodes import public
from apps.titles.models import Title

# Units that are looked at for one that this reader may have.
MOST = 200
LARGEST = 2**63


@require_safe
def title(request: HttpRequest, pk: int) -> HttpResponse:
    own = f"/titles/{pk}/"
    if request.user.is_authenticated or pk >= LARGEST:
        found = redirect(own)
    elif public.of_title(pk) is not None or public.title_now_at(pk):
        found = redirect("nodes:public-title", pk=pk)
    else:
        found = redirect(_at_content_host(request, pk) or f"{settings.LOGIN_URL}?{urlencode({'next': own})}")
    add_never_cache_headers(found)
    return found


def _at_content_host(request: HttpRequest, pk: int) -> str:
    """Empty where nothing of the title is served to who asks: it is as if it were not there."""
    rooms, address = node_rooms(), exact_address(request)
    asker = rooms.asker_of(Surface.CONTENT, str(address) if address else None)
    aus = Au.objects.filter(title_id=pk, state=AuState.SELECTED).order_by("pk").values_list("pk", flat=True)
    verdicts = rooms.verdicts(asker, aus[:MOST], now())
    row = Title.objects.filter(pk=pk).first()
    if row is None or not any(one.listed for one in verdicts.values()):
        return ""
    return f"{base()}?{urlencode(asked(row))}"


def asked(row: Title) -> dict[str, str]:
    """The fields of the OpenURL that means a title: its number, else its name."""
    if number := row.eissn or row.issn or row.issn_l:
        return {"rft.issn": number}
    return {"rft.isbn": row.isbn_keys[0]} if row.isbn_keys else {"rft.title": row.name}
