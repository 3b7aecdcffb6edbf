"""Whether a page of the portal would let a person in: asked before a link to it is offered."""

from functools import lru_cache
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import Resolver404, resolve

from apps.common.pages import Link


@lru_cache(maxsize=1024)
def _roles_at(path: str, urlconf: str) -> tuple[str, ...]:
    """Asked of the view itself, which names its roles (``required_roles``); none where there is no page."""
    try:
        return tuple(getattr(resolve(path, urlconf).func, "required_roles", ()))
    except Resolver404:
        return ()


def may_open(user, url: str) -> bool:
    """By role; ``user`` may be nobody, who opens only what asks for no role."""
    roles = _roles_at(urlsplit(url).path, settings.ROOT_URLCONF)
    return not roles or (user is not None and user.is_authenticated and user.has_role(*roles))


def opened_by(user, link: Link) -> Link:
    """The link, or its words alone for a person whom its page would turn away."""
    return link if not link.url or may_open(user, link.url) else Link(link.label, "")
