"""What a library's list would select: worked out, handed to a colleague, and done in one act."""

from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext

from apps.accounts.models import User
from apps.accounts.services import audit
from apps.aus.choices import AuState, HoldingsState
from apps.aus.errors import HoldingsActError
from apps.aus.models import Au, HoldingsUpload
from apps.aus.services.acts import Act, select_aus
from apps.aus.services.holdings import locked
from apps.common.clock import now
from apps.titles.choices import RELEASED
from apps.titles.models import ListedAu

LONGEST_NOTE = 2_000
# An AU of several years is meant when one of them is. A line without years means all of its title.
MEANS = """CASE
    WHEN cardinality(l.only_aus) > 0 THEN a.id = ANY(l.only_aus)
    WHEN l.years IS NULL THEN true
    ELSE l.years && int4range(a.first_year::int, greatest(a.first_year, a.last_year)::int, '[]')
        AND a.first_year IS NOT NULL END
"""
OF_LINES = f"""
FROM aus_holdingsline l JOIN titles_listedau a ON a.title_id = l.title_id
WHERE l.upload_id = %s AND l.state = 'matched' AND NOT l.struck AND {MEANS}
"""
_MEANT = f"SELECT a.id {OF_LINES}"
_MARKED = """
id::text || CASE WHEN EXISTS (SELECT 1 FROM aus_au x WHERE x.listed_id = id AND x.state = %s) THEN '!' ELSE '' END
"""
_STOPPED = f"""
SELECT l.id, count(*) {OF_LINES} AND a.status = ANY(%s)
AND EXISTS (SELECT 1 FROM aus_au x WHERE x.listed_id = a.id AND x.state = %s) GROUP BY l.id
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Proposal:
    """``mark`` tells one set of AUs from another, and which of them were deactivated: an act is of what was shown."""

    aus: int
    titles: int
    already: int
    mark: str


def meant_by(upload: HoldingsUpload) -> QuerySet[ListedAu]:
    """The AUs on offer that its matched lines mean, those struck left out."""
    return ListedAu.objects.filter(pk__in=RawSQL(_MEANT, [upload.pk]), status__in=RELEASED)  # noqa: S611 - a constant


def reactivated_by(upload: HoldingsUpload) -> QuerySet[ListedAu]:
    """Of these, what people deactivated: selecting brings it back."""
    stopped = Au.objects.filter(state=AuState.DEACTIVATED, listed=OuterRef("pk"))
    return meant_by(upload).filter(Exists(stopped))


def reactivated_lines(upload: HoldingsUpload) -> dict[int, int]:
    """How many deactivated AUs each line brings back, by the number of its row; lines that bring none are left out."""
    with connection.cursor() as cursor:
        cursor.execute(_STOPPED, [upload.pk, list(RELEASED), AuState.DEACTIVATED])
        return dict(cursor.fetchall())


def proposal_of(upload: HoldingsUpload) -> Proposal:
    query, parameters = meant_by(upload).order_by().values("pk", "title_id").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*), count(DISTINCT title_id), md5(coalesce(string_agg({_MARKED}, ',' ORDER BY id), ''))"  # noqa: S608 - made by the query itself
            f" FROM ({query}) AS meant(id, title_id)",
            [AuState.DEACTIVATED, *parameters],
        )
        aus, titles, mark = cursor.fetchone()
    already = Au.objects.filter(listed__in=meant_by(upload).values("pk"), state=AuState.SELECTED).count()
    return Proposal(aus, titles, already, mark)


def hand_over(*, upload: HoldingsUpload, version: int, to: User, note: str, user: User) -> None:
    """A colleague looks at the proposal, strikes lines and confirms it."""
    with transaction.atomic():
        row = locked(upload, version, user=user)
        if row.state != HoldingsState.READY:
            raise HoldingsActError(gettext("The list was not read, so there is nothing to hand over."))
        row.handed_to, row.handed_by, row.handed_at = to, user, now()
        row.handed_note = note[:LONGEST_NOTE]
        row.version += 1
        row.save()
        audit(
            user=user,
            action="aus.holdings-hand",
            subject=row.job_subject,
            after={"to": to.username, "note": note},
        )


def take_back(*, upload: HoldingsUpload, version: int, user: User) -> None:
    with transaction.atomic():
        row = locked(upload, version, user=user)
        before = row.handed_to.username if row.handed_to else None
        row.handed_to = row.handed_by = row.handed_at = None
        row.handed_note = ""
        row.version += 1
        row.save()
        audit(user=user, action="aus.holdings-take-back", subject=row.job_subject, before={"to": before})


def select_proposed(
    *, upload: HoldingsUpload, version: int, mark: str, user: User, at_once: int = 50
) -> Act | None:
    """Select exactly the set with this ``mark``. None: this very proposal was selected before.

    HoldingsActError when it has changed since it was shown, or waits for somebody else.
    """
    with transaction.atomic():
        fresh = HoldingsUpload.objects.select_for_update().get(pk=upload.pk)
        if fresh.selection_id is not None:
            return None
        row = locked(upload, version, user=user)
        if row.handed_to_id not in (None, user.pk):
            raise HoldingsActError(
                gettext("The proposal waits for %(name)s.") % {"name": row.handed_to.display_name}
            )
        if proposal_of(row).mark != mark:
            raise HoldingsActError(
                gettext(
                    "What the list proposes has changed since that page was made, because title lists, decisions or acts did. "
                    "Look at it again."
                )
            )
        act = select_aus(
            user=user,
            listed=meant_by(row),
            scope={"kind": "holdings", "ids": [row.pk]},
            at_once=at_once,
        )
        row.selection = act.selection
        row.version += 1
        row.save(update_fields=["selection", "version", "updated_at"])
        return act
