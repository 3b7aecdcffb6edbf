"""Sentences of an AU's story, with their links."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from apps.accounts.models import User
from apps.aus.choices import SelectionOutcome
from apps.common.display import count_text
from apps.common.stored import retold
from apps.common.text import shortened
from apps.permissions.models import Evidence
from apps.polls.choices import RepairState
from apps.polls.lists import short
from apps.polls.models import Repair
from apps.repository.choices import CheckOutcome
from apps.repository.models import FixityCheck

ACTS = (SelectionOutcome.SELECTED, SelectionOutcome.REACTIVATED, SelectionOutcome.DEACTIVATED)
MOST_FINDINGS = 3


def link_to(page: str, said: str) -> SafeString:
    return format_html('<a href="{}">{}</a>', page, shortened(said))


def url_link(slug: str, url: str) -> SafeString:
    """A URL of an AU by the end of its path, leading to its own page."""
    path = url.partition("://")[2].partition("/")[2] or url
    shown = path if len(path) <= 60 else "…" + path[-59:]
    return link_to(f"/aus/{slug}/url/?{urlencode({'url': url})}", f"/{shown}" if path != url else shown)


def selection_sentence(
    outcome: str, user: User | None, lists: Sequence[str], scope: Mapping[str, object] | None = None
) -> str:
    """``scope`` of the act: what a subscription did is not called the work of a person."""
    who = user.display_name if user else gettext("the node")
    if scope and scope.get("kind") == "subscription" and outcome != SelectionOutcome.DEACTIVATED:
        return link_to(
            f"/subscriptions/{scope['ids'][0]}/", gettext("Selected by a subscription of %s.") % who
        )
    if outcome == SelectionOutcome.DEACTIVATED:
        return gettext("Deactivated by %s. What is stored stays.") % who
    if outcome == SelectionOutcome.REACTIVATED:
        return gettext("Re-activated by %s.") % who
    if lists:
        names = ", ".join(gettext("“%s”") % name for name in lists)
        return gettext("Selected by %(who)s from the title list %(lists)s.") % {"who": who, "lists": names}
    return gettext("Selected by %s.") % who


def evidence_sentence(row: Evidence) -> SafeString:
    came = row.status is not None
    page = link_to(
        f"/permissions/evidence/{row.pk}/",
        gettext("the page as it stood") if came else gettext("what was asked"),
    )
    if not came:
        said = gettext("The permission page on %s could not be reached:") % row.host
    elif row.granted:
        said = gettext("Permission found on %s:") % row.host
    elif row.status != 200:
        said = gettext("The permission page on %(host)s answered %(status)d:")
        said = said % {"host": row.host, "status": row.status}
    else:
        said = gettext("No permission on %s:") % row.host
    return format_html("{} {}.", said, page)


def repair_sentence(row: Repair, source: str) -> tuple[SafeString, str]:
    """Text and detail of a repair that has ended."""
    url = url_link(row.au.slug, row.url)
    page = link_to(f"/repairs/{row.pk}/", gettext("side by side"))
    if row.phase != RepairState.REPAIRED:
        text = format_html(gettext("{} could not be repaired: nobody who was asked had the right copy."), url)
        return format_html("{} {}", text, page), ""
    text = format_html(gettext("Repaired {} from {}:"), url, source)
    before, after = short(row.before_sha256), short(row.after_sha256)
    if before == after:
        # What was damaged is back as it had been collected.
        digests = gettext("Its bytes are again those collected, %s") % after
    else:
        digests = gettext("%(before)s became %(after)s") % {"before": before, "after": after}
    return format_html("{} {}.", text, page), digests


def check_sentence(row: FixityCheck, slug: str) -> tuple[SafeString, SafeString | str]:
    """Text and detail of one reading of all stored bytes."""
    page = f"/checks/?au={slug}"
    if row.outcome == CheckOutcome.GOOD:
        said = ngettext(
            "%s stored version was read and is as it was written.",
            "All %s stored versions were read and are as they were written.",
            row.good,
        )
        return link_to(page, said % count_text(row.good)), ""
    parts = []
    for number, phrase in (
        (row.damaged, gettext("%s damaged")),
        (row.missing, gettext("%s missing")),
        (row.not_checkable, gettext("%s could not be read")),
    ):
        if number:
            parts.append(phrase % count_text(number))
    places = format_html_join(
        ", ", "<code>{}</code>", [(retold(str(one[1])),) for one in row.findings[:MOST_FINDINGS]]
    )
    return link_to(page, gettext("Stored versions were read: %s.") % ", ".join(parts)), places
