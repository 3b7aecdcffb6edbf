"""What pages of the portal offer to open and to give to others: a preserved page as readers get it, and its lasting link."""

from collections.abc import Mapping
from urllib.parse import quote

from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from apps.aus.models import Au
from apps.common.pages import Fact
from apps.delivery.addresses import LONGEST_QUOTED, delivery_url
from apps.delivery.models import Article
from apps.delivery.services.told import verdicts_on
from apps.lockss.delivery import Access
from apps.lockss.replay import lasting_path, lasting_path_of_doi
from apps.permissions.choices import Right
from apps.permissions.services import AgreedTerm
from apps.repository.names import url_digest


def reading_url(au: Au, url: str) -> str:
    """Our copy as a reader gets it: with its links leading to preserved pages, its publisher not asked.

    A path of the portal, which asks who is there; of a URL that is too long for that the copy as it was collected.
    """
    served = f"/ServeContent?url={quote(url, safe=':/')}&auid={quote(au.auid, safe='')}&noproxy=1"
    at = quote(served, safe="")
    return f"/aus/{au.slug}/open/?at={at}" if len(at) <= LONGEST_QUOTED else delivery_url(au, url)


def lasting_of_au(
    au: Au, terms: Mapping[Right, AgreedTerm] | None = None, *, held: bool = True
) -> list[Fact]:
    """The link to where an AU begins, which was read ``with_said``; nothing where it begins nowhere, or where no reader
    may follow it. ``held``: whether there is a copy to lead to."""
    starts = au.__dict__["said_starts"]
    if not starts or not _may_be_followed(au, terms):
        return []
    return [_fact(au, lasting_path(starts[0]), held=held)]


def lasting_of_url(au: Au, url: str) -> list[Fact]:
    """The links to a page: by its address, and by its DOI where it names one."""
    if not _may_be_followed(au, None):
        return []
    facts = [_fact(au, lasting_path(url))]
    doi = Article.objects.filter(au=au, url_digest=url_digest(url)).values_list("doi", flat=True).first()
    if doi:
        facts.append(_fact(au, lasting_path_of_doi(doi), gettext("The same by its DOI")))
    return facts


def lasting_fact(path: str, term: str = "") -> Fact:
    """The same where nobody is led to where it leads now."""
    return Fact(term or gettext("Link that goes on working"), _shown(path), _help())


def _fact(au: Au, path: str, term: str = "", *, held: bool = True) -> Fact:
    sign = "&" if "?" in path else "?"
    now = f"/aus/{au.slug}/open/?at={quote(f'{path}{sign}choices=1', safe='')}"
    text = format_html('{} <a href="{}">{}</a>', _shown(path), now, gettext("where it leads now"))
    return Fact(term or gettext("Link that goes on working"), text, _help() if held else _help_alone())


def _shown(path: str) -> SafeString:
    """Whole and in the typewriter face, to be copied."""
    return format_html("<code>{}</code>", settings.NODE.content_url + path)


def _help() -> str:
    return gettext("It leads to the publisher while it delivers, and to the preserved copy when it fails.")


def _help_alone() -> str:
    return gettext("It leads to the publisher while it delivers. No copy is held here yet to lead to.")


def _may_be_followed(au: Au, terms: Mapping[Right, AgreedTerm] | None) -> bool:
    own, _others = verdicts_on(au, terms=terms)
    return own.access is not Access.HIDDEN
