"""The story of one URL of an AU: versions, heads, what polls found, who else holds it."""

import hashlib
from collections.abc import Mapping

from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from apps.accounts.access import role_required
from apps.aus.models import Au
from apps.common.display import count_text, moment, moment_text, size_text
from apps.common.lists import Column, Page, cells, small_list
from apps.common.pages import Action, Empty, Fact, Head
from apps.common.parts import status_word
from apps.common.stored import retold
from apps.crawls.choices import UrlState
from apps.crawls.models import Crawl, CrawlUrl
from apps.crawls.words import URLS, url_reason
from apps.delivery.addresses import delivery_url
from apps.delivery.sharing import lasting_of_url, reading_url
from apps.exports.allowed import EXPORTERS
from apps.lockss.lcap.verdict import UrlResult
from apps.nodes.imported import SCHEME, came_from
from apps.nodes.views_aus import the_au, trail_of
from apps.nodes.views_content import state_cell
from apps.nodes.words import STORED
from apps.polls.choices import RepairState
from apps.polls.filtered import filtered_sentence
from apps.polls.lists import url_page, with_missing
from apps.polls.models import Repair, UrlTally
from apps.polls.words import REPAIRS, RESULTS
from apps.repository import services as repository
from apps.repository.choices import Fact as Beside
from apps.repository.errors import ContentError
from apps.repository.heads import Head as StoredHead
from apps.repository.models import UrlHolder
from apps.repository.values import StoredArtifact

LAST = 20


@require_safe
@role_required()
def url(request: HttpRequest, slug: str) -> HttpResponse:
    row, name = the_au(slug), request.GET.get("url", "")
    versions = repository.history(auid=row.auid, url=name) if name else []
    tallies = _tallies(row, name)
    if not versions and not tallies:
        raise Http404
    head = Head(
        _last_part(name),
        name,
        code=True,
        trail=trail_of(row),
        actions=_ways(row, name) if versions else [],
    )
    facts, heads = _told(request, row, versions[0]) if versions else ([], [])
    context = {
        "au": row,
        "head": head,
        "facts": [*lasting_of_url(row, name), *facts] if versions else [],
        "versions": _versions(row, versions),
        "heads": heads,
        "polls": _polls(tallies),
        "filtered": filtered_sentence(row, versions[0].content_type or "") if versions else "",
        "repairs": _repairs(row, name),
        "asked": _asked(row, name),
        "elsewhere": _elsewhere(row, name),
    }
    return TemplateResponse(request, "nodes/url.html", context)


def _ways(au: Au, name: str) -> list[Action]:
    """As readers get it, and as an auditor wants it."""
    return [
        Action(pgettext("button", "Open"), reading_url(au, name), primary=True),
        Action(gettext("As collected, byte for byte"), delivery_url(au, name)),
    ]


def _last_part(url: str) -> str:
    """What people call a page by: the end of its path, else all of it."""
    path = url.partition("?")[0].rstrip("/")
    return path.rpartition("/")[2] or url


def _told(request: HttpRequest, au: Au, newest: StoredArtifact) -> tuple[list[Fact], list[Fact]]:
    """What is known of it, and its answer's fields with what was kept beside them."""
    try:
        head, beside = repository.head(newest), dict(repository.facts(newest))
    except ContentError as error:
        unread = Fact(gettext("Not readable"), retold(error.message))
        return _facts(newest, str(newest.origin.label)), [unread]
    place, links = str(beside.get(Beside.ORIGIN_REF, "")), request.user.has_role(*EXPORTERS)
    came = came_from(au, place, links=links)
    if came:
        # It is said in words beside; the place inside the package is for the curious.
        del beside[Beside.ORIGIN_REF]
        beside[gettext("Place in the package")] = place.removeprefix(SCHEME)
    return _facts(newest, came or str(newest.origin.label)), _heads(head, beside)


def _facts(newest: StoredArtifact, came: str) -> list[Fact]:
    facts = [
        Fact(gettext("State"), status_word(STORED[newest.state])),
        Fact(gettext("Size"), size_text(newest.size), _bytes(newest.size)),
        Fact(gettext("Type"), newest.content_type or "–"),
        Fact("SHA-256", format_html("<code>{}</code>", newest.sha256.hex())),
        Fact(gettext("Collected"), moment(newest.collected_at)),
        Fact(
            gettext("Last confirmed"),
            moment(newest.confirmed_at),
            gettext("Its source gave these very bytes again.")
            if newest.confirmed_at > newest.collected_at
            else gettext("Its source has not given them again since they came."),
        ),
        Fact(gettext("Read again"), moment(newest.last_good_check)),
        Fact(gettext("Came"), came),
    ]
    if newest.redirected_to:
        facts.append(Fact(gettext("Led to"), format_html("<code>{}</code>", newest.redirected_to)))
    if newest.place:
        place = f"{newest.place.file}, {count_text(newest.place.offset)}"
        facts.append(Fact(gettext("Stored in"), format_html("<code>{}</code>", place)))
    return facts


def _bytes(size: int) -> str:
    return gettext("%s bytes") % count_text(size) if size >= 1000 else ""


def _heads(head: StoredHead | None, facts: Mapping[str, object]) -> list[Fact]:
    found = [Fact("HTTP", f"{head.status} {head.reason.decode('latin-1')}")] if head else []
    found += [Fact(k.decode("latin-1"), v.decode("latin-1")) for k, v in (head.fields if head else ())]
    return found + [Fact(str(k), str(v)) for k, v in sorted(facts.items())]


def _versions(au: Au, versions: list[StoredArtifact]) -> Page:
    return small_list(
        "versions",
        gettext("Versions"),
        (
            Column(
                "version",
                _("Version"),
                lambda v: cells.link(str(v.version), delivery_url(au, v.url, v.version)),
            ),
            Column("state", _("State"), lambda v: state_cell(v.state)),
            Column("size", _("Size"), lambda v: cells.size(v.size), numeric=True),
            Column("digest", _("SHA-256"), lambda v: cells.code(v.sha256.hex()[:16] + "…"), priority=2),
            Column("origin", _("Came"), lambda v: str(v.origin.label), priority=2),
            Column("collected", _("Collected"), lambda v: cells.moment(v.collected_at), priority=3),
        ),
        versions,
    )


def _tallies(au: Au, name: str) -> list[UrlTally]:
    rows = UrlTally.objects.filter(poll__au=au, url_digest=_digest(name)).select_related("poll")
    return list(
        rows.defer("row", "poll__state", "poll__hash_request", "poll__tally_request").order_by("-poll_id")[
            :LAST
        ]
    )


def _polls(tallies: list[UrlTally]) -> Page:
    return small_list(
        "url-polls",
        gettext("What polls found"),
        (
            Column(
                "poll",
                _("Poll"),
                lambda row: cells.link(
                    moment_text(row.tally.poll.created_at), f"/polls/{row.tally.poll_id}/"
                ),
            ),
            Column("found", _("Found"), lambda row: cells.status(RESULTS[row.found])),
            Column(
                "after",
                _("After repair"),
                lambda row: str(RESULTS[UrlResult(row.tally.final_result)].label),
                priority=2,
            ),
            Column("with", _("With us"), lambda row: cells.count(row.tally.agreed), numeric=True),
            Column("other", _("Otherwise"), lambda row: cells.count(row.tally.disagreed), numeric=True),
        ),
        with_missing(tallies),
        empty=Empty(
            gettext("Nobody ever dissented"),
            gettext("Only polls in which somebody differs about it are noted."),
        ),
    )


def _repairs(au: Au, name: str) -> list[Fact]:
    rows = Repair.objects.filter(au=au, url_digest=_digest(name)).order_by("-id")[:LAST]
    return [
        Fact(
            moment_text(one.created_at),
            format_html(
                '{} <a href="/repairs/{}/">{}</a>',
                status_word(REPAIRS[RepairState(one.phase)]),
                one.pk,
                gettext("side by side"),
            ),
        )
        for one in rows
    ]


def _asked(au: Au, name: str) -> list[Fact]:
    """What became of it in the last crawls."""
    crawls = Crawl.objects.filter(au=au).order_by("-id").values_list("pk", flat=True)[:LAST]
    rows = CrawlUrl.objects.filter(crawl__in=list(crawls), url_digest=_digest(name)).select_related("crawl")
    found = sorted(rows, key=lambda one: -one.crawl_id)
    return [
        Fact(
            moment_text(one.crawl.started_at or one.crawl.created_at),
            format_html(
                '{} <a href="/crawls/{}/">{}</a>',
                status_word(URLS[UrlState(one.state)]),
                one.crawl_id,
                gettext("the collection"),
            ),
            url_reason(one.outcome) or retold(one.message),
        )
        for one in found
    ]


def _elsewhere(au: Au, name: str) -> list[Fact]:
    """Other AUs here that hold it; of many the first ones, because a style sheet may be in thousands."""
    held = UrlHolder.objects.filter(url_digest=_digest(name)).exclude(au_key=au.pk).order_by("au_key")
    versions = dict(held.values_list("au_key", "version")[:LAST])
    others = Au.objects.filter(pk__in=versions).order_by("name_key", "pk")
    return [
        Fact(
            gettext("version %d") % versions[one.pk],
            format_html('<a href="{}">{}</a>', url_page(one.slug, name), one.name),
        )
        for one in others
    ]


def _digest(name: str) -> bytes:
    return hashlib.sha256(name.encode("utf-8", "replace")).digest()
