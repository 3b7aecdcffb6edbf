"""Acts on one AU that say first what they cost: collecting all of it anew, reading all its bytes,
repairing it, deactivating it."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods

from apps.accounts.access import role_required
from apps.accounts.choices import Role
from apps.aus.models import Au
from apps.aus.services import deactivate_aus
from apps.common import notices
from apps.common.display import count_text
from apps.common.pages import Confirm, confirm_page, is_confirmed
from apps.common.words import Tone
from apps.nodes.errors import ActRefused
from apps.nodes.services import acts, refreshing
from apps.nodes.views_aus import the_au


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.LIBRARIAN)
def crawl_anew(request: HttpRequest, slug: str) -> HttpResponse:
    row = the_au(slug)
    confirm = Confirm(
        title=gettext("Collect all of %s anew?") % row.name,
        happens=gettext(
            "Every page is asked for again, also those that are held: the publisher gets as many requests as the "
            "archival unit has pages, at its own pace."
        ),
        stays=gettext("What is stored stays; a page that has changed becomes a new version."),
        button=gettext("Collect it anew"),
        back=_page(row),
        harmless=True,
    )

    def act() -> str:
        acts.crawl_now(au=row, by=request.user, anew=True)
        return gettext("Every page of %s is asked for again from the next scan on.") % row.name

    return _asked(request, row, confirm, act)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.LIBRARIAN)
def check_now(request: HttpRequest, slug: str) -> HttpResponse:
    row = the_au(slug)
    confirm = Confirm(
        title=gettext("Read all stored bytes of %s?") % row.name,
        happens=gettext(
            "Every stored byte is read and compared with the digest of the day it came. It takes the disk's time; "
            "nobody else is asked."
        ),
        stays=gettext("Nothing is changed; what is damaged is named here and repaired by polls."),
        button=gettext("Check it"),
        back=_page(row),
        harmless=True,
    )

    def act() -> str:
        acts.check_now(au=row, by=request.user)
        return gettext(
            "The stored bytes of %s are read as soon as a worker is free; its story tells what came of it."
        ) % (row.name)

    return _asked(request, row, confirm, act)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.LIBRARIAN)
def repair_now(request: HttpRequest, slug: str) -> HttpResponse:
    row = the_au(slug)
    confirm = Confirm(
        title=gettext("Repair %s?") % row.name,
        happens=gettext(
            "What is damaged or missing here is asked of the publisher, if it permits. Then a poll is called, which "
            "asks the peers for what still differs from most copies."
        ),
        stays=gettext("Damaged versions are kept as evidence."),
        button=gettext("Repair it"),
        back=_page(row),
        harmless=True,
    )

    def act() -> str:
        number = acts.repair_now(au=row, by=request.user)
        said = ngettext(
            "%(n)s URL of %(name)s is asked for.", "%(n)s URLs of %(name)s are asked for.", number
        )
        return said % {"n": count_text(number), "name": row.name}

    return _asked(request, row, confirm, act)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.LIBRARIAN)
def deactivate(request: HttpRequest, slug: str) -> HttpResponse:
    row = the_au(slug)
    confirm = Confirm(
        title=gettext("Deactivate %s?") % row.name,
        happens=gettext(
            "It is no longer collected, proved or repaired, and no longer counted among what this library keeps."
        ),
        stays=gettext("What is stored stays, and it can be re-activated at any time."),
        button=gettext("Deactivate"),
        back=_page(row),
    )
    if not is_confirmed(request):
        return confirm_page(request, confirm)
    deactivate_aus(user=request.user, au_keys=[row.pk])
    refreshing.refresh(keys=[row.pk])
    said = gettext("%s is no longer collected or proved. What is stored stays.") % row.name
    notices.leave(request, said, undo=f"/aus/{slug}/reactivate/")
    return HttpResponseRedirect(_page(row))


def _asked(request: HttpRequest, row: Au, confirm: Confirm, act: Callable[[], str]) -> HttpResponse:
    if not is_confirmed(request):
        return confirm_page(request, confirm)
    try:
        notices.leave(request, act())
    except ActRefused as error:
        notices.leave(request, error.message, tone=Tone.CARE)
    return HttpResponseRedirect(_page(row))


def _page(row: Au) -> str:
    return f"/aus/{row.slug}/"
