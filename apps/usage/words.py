"""What the page of usage says in words."""

import datetime as dt

from django.utils.dateformat import format as date_format
from django.utils.translation import gettext, ngettext, pgettext

from apps.common.display import count_text, day_text
from apps.common.pages import Fact
from apps.usage.choices import OWN, PROXY, PUBLIC, Reason
from apps.usage.models import UsageLoss, UsageState

DAYS_TOLD = dt.timedelta(days=366)


def month_text(month: dt.date) -> str:
    """``Nov 2026``."""
    return date_format(month, pgettext("form of a date", "M Y"))


def whose(customer: str) -> str:
    """Whose reading rows of this customer are."""
    if customer == OWN:
        return gettext("own readers")
    return gettext("anybody") if customer == PUBLIC else customer.removeprefix(PROXY)


def facts() -> list[Fact]:
    """What is counted."""
    return [
        Fact(
            gettext("Requests"),
            gettext("A preserved full text that somebody opened: a page, a PDF or an EPUB."),
            gettext("Opened again within 30 seconds, it counts once."),
        ),
        Fact(
            gettext("Items"),
            gettext("The same, but each article or chapter once a reader and hour."),
            gettext(
                "A page and a PDF count as one item as far as their addresses tell that they are one: where they differ in "
                "the word for the format alone. Otherwise each is an item."
            ),
        ),
        Fact(gettext("Investigations"), gettext("Full texts and abstracts together.")),
        Fact(
            gettext("By which right"),
            gettext(
                "Open: open access. Free to read: after a trigger event, or opened to everybody. Controlled: all else."
            ),
        ),
        Fact(
            gettext("Not counted"),
            gettext(
                "Pictures and other parts of a page, tables of contents, programs and robots, what the publisher itself "
                "gave, and what is read to look after the copies."
            ),
        ),
        Fact(
            gettext("Of readers"),
            gettext(
                "No address, no browser and no name is written down. Single readings, which lead back to nobody, are "
                "deleted after thirty days at most."
            ),
        ),
        Fact(
            gettext("Months"),
            gettext("In universal time. The running month stands here and, when it is over, in reports."),
        ),
    ]


def since(state: UsageState | None) -> str:
    """One line under the page's title."""
    if state is None:
        return gettext("What readers read of preserved copies, by the rules of COUNTER.")
    return gettext("What readers read of preserved copies, by the rules of COUNTER, since %s.") % day_text(
        state.began_at
    )


def losses(today: dt.date) -> list[str]:
    """What of a year is in no number, a sentence for each reason."""
    rows = UsageLoss.objects.filter(day__gt=today - DAYS_TOLD).values_list("reason", "day", "number")
    found: dict[str, list[tuple[dt.date, int]]] = {}
    for reason, day, number in rows:
        found.setdefault(reason, []).append((day, number))
    return [_lost(Reason(reason), found[reason]) for reason in Reason if reason in found]


def _lost(reason: Reason, days: list[tuple[dt.date, int]]) -> str:
    last, number = max(day for day, _number in days), sum(number for _day, number in days)
    told = {"why": reason.label, "last": day_text(last)}
    if reason is Reason.OFF:
        said = ngettext(
            "On %(n)s day counting was switched off, last on %(last)s.",
            "On %(n)s days counting was switched off, last on %(last)s.",
            len(days),
        )
        return said % {**told, "n": count_text(len(days))}
    said = ngettext(
        "%(n)s delivery is in no number: %(why)s, last on %(last)s.",
        "%(n)s deliveries are in no number: %(why)s, last on %(last)s.",
        number,
    )
    return said % {**told, "n": count_text(number)}
