"""Where this reader is told more of what she reads: a page that she may see, never a form to sign in."""

from urllib.parse import quote

from django.conf import settings

from apps.aus.choices import AuState
from apps.aus.models import Au
from apps.delivery.request import Request


def about(request: Request, au: int, slug: str, url: str = "") -> str:
    """The portal's page of an AU, with ``url`` of that page of it, for who is signed in; for others the AU's page for
    everybody where this node has one; else empty. ``au``: its number. May ask the database: in threads."""
    portal = settings.NODE.public_url
    if request.roles:
        return f"{portal}/aus/{slug}/" + (f"url/?url={quote(url, safe='')}" if url else "")
    told = settings.NODE.public_status and Au.objects.filter(pk=au, state=AuState.SELECTED).exists()
    return f"{portal}/public/aus/{slug}/" if told else ""
