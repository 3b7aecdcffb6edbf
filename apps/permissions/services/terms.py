"""What an agreement says, as a person enters it; and what cannot be, told with its field."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db.models import Manager
from django.utils.translation import gettext

from apps.common.display import day_text
from apps.common.text import plain_lines, storable
from apps.permissions.choices import AgreementState, Renewal, Right, Said, ScopeKind
from apps.permissions.models import PublisherAgreement
from apps.titles.models import ListedAu, Publisher, Title

LONGEST_TEXT = 20_000
LONGEST_TERM_DAYS = 3_660
LONGEST_TERM_MONTHS = 1_200
FIRST_DAY = dt.date(1900, 1, 1)
LAST_DAY = dt.date(2200, 12, 31)
MOST_NETWORKS = 100
LONGEST_NETWORK = 300
# As they stand in the row, word for word.
_PLAIN = (
    "name",
    "starts",
    "ends",
    "scope",
    "trigger_text",
    "renewal",
    "renewal_months",
    "notice_days",
    "remind_days",
    "clause",
    "opening",
    "notes",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """A right that ``rights`` leaves out is not spoken of; what is not signed yet may be without a first day; no ``platforms`` or ``networks`` are all of them."""

    name: str
    starts: dt.date | None
    ends: dt.date | None = None
    scope: ScopeKind = ScopeKind.PUBLISHER
    titles: Sequence[Title] = ()
    listed_aus: Sequence[ListedAu] = ()
    platforms: Sequence[str] = ()
    networks: Sequence[str] = ()
    rights: Mapping[Right, Said] = field(default_factory=dict)
    trigger_text: str = ""
    renewal: Renewal = Renewal.NONE
    renewal_months: int = 12
    notice_days: int = 0
    remind_days: int = 90
    clause: str = ""
    opening: str = ""
    notes: str = ""


def check(terms: Terms) -> None:
    """ValidationError: each fault with the name of its field."""
    wrong: dict[str, str] = {}
    if not terms.name.strip():
        wrong["name"] = gettext("The agreement needs a name.")
    if terms.ends is not None and terms.starts is not None and terms.ends < terms.starts:
        wrong["ends"] = gettext("The agreement would end on %(ends)s before it begins on %(starts)s.") % {
            "ends": day_text(terms.ends),
            "starts": day_text(terms.starts),
        }
    if terms.scope == ScopeKind.TITLES and not terms.titles:
        wrong["titles"] = gettext("Name at least one title, or let the agreement cover the publisher.")
    if terms.scope == ScopeKind.AUS and not terms.listed_aus:
        wrong["listed_aus"] = gettext("Name at least one AU, or let the agreement cover the publisher.")
    if terms.ends is None and terms.renewal != Renewal.NONE:
        wrong["renewal"] = gettext(
            "What has no last day is not renewed. Give a last day, or choose “not renewed”."
        )
    if not 1 <= terms.renewal_months <= LONGEST_TERM_MONTHS:
        wrong["renewal_months"] = gettext("Expected 1 to %(most)s months.") % {"most": LONGEST_TERM_MONTHS}
    for name in ("notice_days", "remind_days"):
        if not 0 <= getattr(terms, name) <= LONGEST_TERM_DAYS:
            wrong[name] = gettext("Expected 0 to %(most)s days.") % {"most": LONGEST_TERM_DAYS}
    wrong |= _wrong_days(terms) | _wrong_networks(terms.networks)
    if wrong:
        raise ValidationError(wrong)


def check_signed(starts: dt.date | None, state: str) -> None:
    """ValidationError for what is signed and does not say since when it holds."""
    if starts is None and state in (AgreementState.SIGNED, AgreementState.LAPSED):
        raise ValidationError(
            {"starts": gettext("What is signed needs its first day; a draft may be without one.")}
        )


def wrong_day(day: dt.date) -> str:
    """Why an agreement has no such day; empty: it may."""
    if FIRST_DAY <= day <= LAST_DAY:
        return ""
    return gettext("Expected a day from %(first)s to %(last)s; this is %(day)s.") % {
        "first": FIRST_DAY.year,
        "last": LAST_DAY.year,
        "day": day_text(day),
    }


def _wrong_days(terms: Terms) -> dict[str, str]:
    days = {"starts": terms.starts, "ends": terms.ends}
    return {name: said for name, day in days.items() if day and (said := wrong_day(day))}


def _wrong_networks(names: Sequence[str]) -> dict[str, str]:
    if len(names) > MOST_NETWORKS:
        return {
            "networks": gettext("At most %(most)s networks can be named; these are %(names)s.")
            % {"most": MOST_NETWORKS, "names": len(names)}
        }
    for name in names:
        if len(name) > LONGEST_NETWORK:
            said = gettext(
                "“%(name)s…” is too long: a network's name may have %(most)s characters at most."
            ) % {"name": name[:40], "most": LONGEST_NETWORK}
            return {"networks": said}
    return {}


def put(row: PublisherAgreement, publisher: Publisher, terms: Terms) -> None:
    """The terms into the row and what it names; the row is saved."""
    row.publisher = publisher
    for name in _PLAIN:
        setattr(row, name, _kept(getattr(terms, name)))
    row.platforms = sorted(set(terms.platforms))
    row.networks = sorted(set(terms.networks))
    for right in Right:
        setattr(row, right, terms.rights.get(right, Said.NOTHING))
    row.save()
    titles, listed_aus = _named(terms)
    row.titles.set(titles)
    row.listed_aus.set(listed_aus)


def says(row: PublisherAgreement, publisher: Publisher, terms: Terms) -> bool:
    """Whether the row already holds these terms."""
    plain = all(_plain(getattr(row, name)) == _plain(_kept(getattr(terms, name))) for name in _PLAIN)
    rights = all(getattr(row, right) == terms.rights.get(right, Said.NOTHING) for right in Right)
    places = (row.platforms, row.networks) == (sorted(set(terms.platforms)), sorted(set(terms.networks)))
    titles, listed_aus = _named(terms)
    named = _ids(row.titles) == {one.pk for one in titles} and _ids(row.listed_aus) == {
        one.pk for one in listed_aus
    }
    return plain and rights and places and named and row.publisher_id == publisher.pk


def _named(terms: Terms) -> tuple[Sequence[Title], Sequence[ListedAu]]:
    """Titles and AUs, as far as the scope speaks of them."""
    return (
        terms.titles if terms.scope == ScopeKind.TITLES else (),
        terms.listed_aus if terms.scope == ScopeKind.AUS else (),
    )


def _ids(rows: Manager) -> set[int]:
    return set(rows.values_list("pk", flat=True))


def facts(row: PublisherAgreement) -> dict:
    """For the audit record: everything that a person can change."""
    found: dict = {
        "publisher": row.publisher.name,
        "state": row.state,
        **{name: _plain(getattr(row, name)) for name in _PLAIN},
        **{day: _plain(getattr(row, day)) for day in ("sent_on", "signed_on", "closed_on")},
        "platforms": row.platforms,
        "networks": row.networks,
        "rights": {str(right): said for right in Right if (said := getattr(row, right))},
        "titles": sorted(row.titles.values_list("pk", flat=True)) if row.pk else [],
        "listed_aus": sorted(row.listed_aus.values_list("pk", flat=True)) if row.pk else [],
    }
    return found | {"renews": row.renews_id} if row.renews_id else found


def _kept(value: object) -> object:
    return storable(plain_lines(value), LONGEST_TEXT) if isinstance(value, str) else value


def _plain(value: object) -> object:
    """Older rows have the ends of lines that a browser sent; the text is the same."""
    if isinstance(value, dt.date):
        return value.isoformat()
    return plain_lines(value) if isinstance(value, str) else value
