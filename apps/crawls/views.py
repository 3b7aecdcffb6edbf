"""Collections: all of them, and one with its URLs while it runs and afterwards."""

from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext, ngettext, pgettext
from django.views.decorators.http import require_safe

from apps.accounts.access import role_required
from apps.accounts.choices import Role
from apps.common.clock import now
from apps.common.display import count_text, duration_text, moment, moment_text, size_text
from apps.common.htmx import for_htmx
from apps.common.lists import show_list
from apps.common.pages import Action, Fact, Head, Link, Vital
from apps.common.parts import status_word
from apps.common.stored import retold
from apps.crawls.choices import CrawlKind, CrawlState
from apps.crawls.lists import CRAWLS, bar, frontier_of, took
from apps.crawls.models import Crawl
from apps.crawls.words import nothing_came, word_of
from apps.permissions.models import Evidence

# A larger frontier is shown as it lies in its index; to sort it would take seconds.
SORTED_UP_TO = 50_000


@require_safe
@role_required()
def crawls(request: HttpRequest) -> HttpResponse:
    head = Head(
        gettext("Crawls"),
        gettext(
            "What was asked of publishers, and what came. Each archival unit is collected anew now and then."
        ),
    )
    rows = Crawl.objects.select_related("au", "job")
    return show_list(
        request, table=CRAWLS, rows=rows, template="nodes/list_page.html", context={"head": head}
    )


@require_safe
@role_required()
@for_htmx({"crawl-now": "crawls/now.html"})
def crawl(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Crawl.objects.select_related("au", "job"), pk=pk)
    context = {
        "crawl": row,
        "head": _head(request, row),
        "word": word_of(row),
        "bar": bar(row),
        "vitals": _vitals(row),
        "facts": _facts(row),
    }
    table = frontier_of(row)
    if row.queued > SORTED_UP_TO:
        table = replace(table, sort="")
    urls = row.frontier.select_related("crawl__au")
    return show_list(request, table=table, rows=urls, template="crawls/crawl.html", context=context)


def _head(request: HttpRequest, row: Crawl) -> Head:
    may_stop = row.state != CrawlState.DONE and row.job is not None and request.user.has_role(Role.SYSTEM)
    actions = [Action(gettext("Stop"), f"/jobs/{row.job.pk}/cancel/", post=True)] if may_stop else []
    kind = gettext("Repair") if row.kind == CrawlKind.REPAIR else pgettext("crawl", "Collection")
    return Head(
        gettext("%(kind)s of %(when)s")
        % {"kind": kind, "when": moment_text(row.started_at or row.created_at)},
        trail=[Link(gettext("Crawls"), "/crawls/"), Link(row.au.name, f"/aus/{row.au.slug}/")],
        actions=actions,
    )


def _vitals(row: Crawl) -> list[Vital]:
    trouble = row.failed + row.cut
    base = f"/crawls/{row.pk}/?state="
    return [
        Vital(
            count_text(row.content),
            ngettext("URL has content now", "URLs have content now", row.content),
            f"/crawls/{row.pk}/?came=yes",
        ),
        Vital(count_text(row.stored), gettext("new or changed, %s") % size_text(row.bytes), base + "fetched"),
        Vital(count_text(row.excluded), gettext("outside the platform's rules"), base + "excluded"),
        _permission_page(row)
        if nothing_came(row)
        else Vital(
            count_text(trouble),
            ngettext("failed or cut; %s link leads nowhere", "failed or cut; %s links lead nowhere", row.dead)
            % count_text(row.dead),
            base + ("failed" if row.failed or not row.cut else "cut"),
        ),
    ]


def _permission_page(row: Crawl) -> Vital:
    """What failed of a crawl that ended with its permission page, and the answer that is kept of it."""
    kept = Evidence.objects.filter(au=row.au_id, granted=False, read_at__lte=row.finished_at or now())
    last = kept.order_by("-read_at").values_list("pk", flat=True).first()
    page = f"/permissions/evidence/{last}/" if last else f"/aus/{row.au.slug}/"
    return Vital("1", gettext("permission page could not be had; nothing else was asked for"), page)


def _ended(row: Crawl) -> list[Fact]:
    if row.finished_at is None:
        return []
    return [
        Fact(gettext("Ended"), moment(row.finished_at)),
        Fact(gettext("Took"), duration_text(took(row))),
    ]


def _facts(row: Crawl) -> list[Fact]:
    facts = [
        Fact(gettext("State"), status_word(word_of(row))),
        Fact(gettext("Began"), moment(row.started_at)),
        *_ended(row),
        Fact(
            gettext("Requests"),
            count_text(row.fetched),
            gettext("Everything that was asked, with permission pages, hops of redirects and second tries."),
        ),
        Fact(gettext("URLs fetched"), count_text(row.stored + row.unchanged)),
        Fact(gettext("New or changed"), count_text(row.stored)),
        Fact(gettext("Unchanged"), count_text(row.unchanged)),
        Fact(gettext("Known URLs"), count_text(row.queued)),
    ]
    if row.reason:
        facts.insert(1, Fact(gettext("Why"), retold(row.reason)))
    if row.refetch_depth is not None:
        facts.append(Fact(gettext("Asked for again"), gettext("every page, also those held already")))
    if row.poll_key:
        facts.append(Fact(gettext("Asked for by"), gettext("a poll that found URLs wrong here")))
    return facts
