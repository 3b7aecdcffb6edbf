"""Where a form was sent from, as the browser says: its word is anybody's, so only a path of this portal comes of it."""

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from apps.common.text import path_in


def page_of_form(request: HttpRequest) -> str:
    """Path and query of a page of the same scheme and host; empty where nothing fit is said."""
    said = request.headers.get("Referer", "")
    own = f"{request.scheme}://{request.get_host()}/"
    return page_in(said) if said.startswith(own) else ""


def page_in(address: str) -> str:
    """Path and query of an address that somebody sent; empty where they would lead to another host (``//there/x``)."""
    page = path_in(address, query=True)
    return page if url_has_allowed_host_and_scheme(page, None) else ""
