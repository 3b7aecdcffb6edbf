"""What an AU is and what came of it last, as facts with the page behind each (docs/ui-1x.md)."""

from collections.abc import Mapping

from django.db.models import Subquery
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from apps.accounts.models import User
from apps.aus.choices import AuState
from apps.aus.models import Au, SubscriptionAu
from apps.common.display import count_text, moment, size_text
from apps.common.pages import Fact
from apps.common.parts import status_word
from apps.common.words import Word
from apps.crawls.choices import CrawlKind, CrawlState
from apps.crawls.models import Crawl
from apps.crawls.words import crawl_word, word_of
from apps.delivery.panels import reading
from apps.delivery.sharing import lasting_of_au
from apps.lockss.frontier import CrawlOutcome
from apps.nodes.choices import HOPELESS
from apps.nodes.status import block_label
from apps.permissions.choices import Right
from apps.permissions.services import AgreedTerm
from apps.polls.choices import PollState
from apps.polls.words import poll_word
from apps.repository.models import AuSummary
from apps.repository.names import folder_of
from apps.titles.choices import availability
from apps.titles.words import AVAILABILITY

Text = SafeString | str


def about(
    au: Au,
    summary: AuSummary | None,
    *,
    block: str = "",
    terms: Mapping[Right, AgreedTerm] | None = None,
) -> list[Fact]:
    """All of them, in the order in which a librarian asks. ``block``: what forbids or prevents its collection;
    ``terms``: of the agreements that cover it, where they were read."""
    held = summary is not None and summary.urls > 0
    return [
        *_identity(au),
        _readers(au, terms, held=held),
        *lasting_of_au(au, terms, held=held),
        *_last(au),
        *_next(au, block),
        *_bytes(au, summary),
    ]


def _identity(au: Au) -> list[Fact]:
    parameters = format_html_join(
        SafeString("<br>"), "{} <code>{}</code>", sorted({**au.params, **au.other_params}.items())
    )
    return [
        *_numbers(au),
        *_listed(au),
        Fact(gettext("Chosen"), _chosen(au)),
        Fact(gettext("Plugin"), format_html('<a href="/plugins/{0}/"><code>{0}</code></a>', au.plugin_id)),
        Fact(gettext("Parameters"), parameters or "–"),
    ]


def _numbers(au: Au) -> list[Fact]:
    """By which a librarian knows its title."""
    if au.title is None:
        return []
    pairs = (("ISSN", au.title.issn), (gettext("eISSN"), au.title.eissn))
    return [Fact(term, number) for term, number in pairs if number]


def _readers(au: Au, terms: Mapping[Right, AgreedTerm] | None, *, held: bool) -> Fact:
    """Who may read it, and by which rule."""
    own, others = reading(au, terms, held=held)
    said = format_html('{} <a href="/serving/aus/{}/">{}</a>', own, au.slug, gettext("who said so"))
    return Fact(gettext("Readers"), said, others)


def _listed(au: Au) -> list[Fact]:
    """What the title lists say: years, access, depth, whether the publisher still has it."""
    if au.listed is None:
        return [Fact(gettext("In the lists"), gettext("no title list names it any more"))]
    listed, page = au.listed, f"/titles/au/{au.listed.slug}/"
    facts = [
        (gettext("Year"), listed.year),
        (gettext("Access"), listed.attributes.get("rights", "")),
        (gettext("Depth"), listed.attributes.get("au_coverage_depth", "")),
    ]
    standing = format_html(
        '{} <a href="{}">{}</a>',
        status_word(AVAILABILITY[availability(listed.status)]),
        page,
        gettext("what the lists say of it"),
    )
    return [
        *(Fact(term, str(value)[:200]) for term, value in facts if value),
        Fact(gettext("At the publisher"), standing),
    ]


def _chosen(au: Au) -> Text:
    """When, by whom, and by which rule if it was one."""
    said: Text = moment(au.selected_at)
    rules = SubscriptionAu.objects.filter(listed_au=au.listed_id).order_by("-pk").values("subscription")
    if au.selected_by_id is not None:
        # Both in one query: this page asks many.
        by = User.objects.annotate(rule=Subquery(rules[:1])).get(pk=au.selected_by_id)
        said, rule = format_html("{}, {}", said, gettext("by %s") % by.display_name), by.rule
    else:
        rule = rules.values_list("subscription", flat=True).first()
    if rule is None:
        return said
    return format_html('{}, <a href="/subscriptions/{}/">{}</a>', said, rule, gettext("by a subscription"))


def _last(au: Au) -> list[Fact]:
    crawl, poll = getattr(au, "crawl_status", None), getattr(au, "poll_status", None)
    facts = [Fact(gettext("Last collected"), moment(crawl.last_success_at if crawl else None))]
    if crawl and crawl.last_start_at:
        word = _ended(au, crawl.last_outcome) if crawl.last_outcome else None
        said = _linked(moment(crawl.last_start_at), f"/crawls/?au={au.slug}", gettext("all collections"))
        facts.append(
            Fact(gettext("Last tried"), format_html("{} {}", status_word(word), said) if word else said)
        )
    if poll and (tried := poll.last_start_at or poll.last_end_at):
        word = poll_word(PollState.DONE, poll.last_status) if poll.last_status is not None else None
        said = _linked(moment(tried), f"/polls/?au={au.slug}", gettext("all polls"))
        facts.append(
            Fact(gettext("Last poll"), format_html("{} {}", status_word(word), said) if word else said)
        )
    votes = _linked("", f"/polls/votes/?au={au.slug}", gettext("our votes in polls of others"))
    return [*facts, Fact(gettext("Asked by others"), votes)]


def _ended(au: Au, outcome: str) -> Word:
    """How its last crawl ended; whether anything came, the crawl alone tells."""
    if outcome == CrawlOutcome.FETCH_ERROR:
        done = Crawl.objects.filter(au=au, kind=CrawlKind.NEW_CONTENT, state=CrawlState.DONE, outcome=outcome)
        if last := done.order_by("-id").first():
            return word_of(last)
    return crawl_word(CrawlState.DONE, outcome)


def _linked(said: Text, page: str, label: str) -> SafeString:
    return format_html('{} <a href="{}">{}</a>', said, page, label)


def _next(au: Au, block: str) -> list[Fact]:
    poll = getattr(au, "poll_status", None)
    due: Text = moment(poll.due_at if poll else None)
    if au.state != AuState.SELECTED:
        due = gettext("none: it is deactivated")
    return [_next_collection(au, block), Fact(gettext("Next poll"), due)]


def _next_collection(au: Au, block: str) -> Fact:
    """A date only where something may be collected then."""
    crawl = getattr(au, "crawl_status", None)
    due = moment(crawl.due_at if crawl else None)
    if au.state != AuState.SELECTED:
        return Fact(gettext("Next collection"), gettext("none: it is deactivated"))
    if block in HOPELESS:
        said = gettext("none while this lasts: %s") % block_label(block)
        return Fact(gettext("Next collection"), said)
    if block:
        return Fact(gettext("Publisher asked again"), due, gettext("Collected if its site permits it then."))
    return Fact(gettext("Next collection"), due)


def _bytes(au: Au, summary: AuSummary | None) -> list[Fact]:
    crawl = getattr(au, "crawl_status", None)
    substance = {"yes": gettext("yes"), "no": gettext("no")}.get(
        crawl.substance if crawl else "", gettext("not known")
    )
    on_disk = gettext("%s on disk") % size_text(summary.disk_size) if summary else ""
    facts = [
        Fact(
            gettext("Bytes read again"),
            _linked(
                moment(summary.last_check_at if summary else None),
                f"/checks/?au={au.slug}",
                gettext("all readings"),
            ),
        ),
        Fact(gettext("Bytes read next"), moment(summary.next_check_at if summary else None)),
        Fact(
            gettext("Has substance"),
            substance,
            gettext("Whether it holds more than covers and lists of contents."),
        ),
        Fact(gettext("Stored in"), format_html("<code>{}</code>", folder_of(au.slug)), on_disk),
    ]
    if summary is not None and summary.suspect_versions:
        page = f"/aus/{au.slug}/suspect/"
        number = format_html('<a href="{}">{}</a>', page, count_text(summary.suspect_versions))
        facts.append(Fact(gettext("Damaged or missing versions"), number, gettext("Of any age.")))
    return facts
