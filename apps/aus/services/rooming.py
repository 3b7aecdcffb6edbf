"""The quota of the store: what is left, what a choice would do to it, and the findings when it is exceeded."""

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext, gettext_noop

from apps.aus.errors import SelectionCode, SelectionError
from apps.aus.models import StoreSpace
from apps.aus.room import Fit, Room
from apps.aus.services.estimating import estimate
from apps.aus.services.prospects import collectable
from apps.aus.sizes import Estimate, Span
from apps.common.choices import Severity
from apps.common.display import size_text
from apps.common.findings import record_finding, resolve_findings
from apps.common.models import Finding
from apps.common.stored import in_english, remember
from apps.titles.models import ListedAu

OVER_QUOTA, NO_ROOM = "store-over-quota", "store-no-room"
SUBJECT = "store:content"
REFUSES = "refuse"
# What findings keep of it.
remember(
    gettext_noop("It would add at least %(adds)s. %(left)s"),
    gettext_noop("The store holds %(used)s already; its quota is %(limit)s."),
    gettext_noop("Of the store's quota of %(limit)s, %(left)s are left."),
    gettext_noop("On the store's disk %s are free."),
    gettext_noop(
        "What is selected on this node and not here yet, of these titles or others, takes at least %s."
    ),
    gettext_noop("The store holds %(used)s; its quota is %(limit)s. Nothing was deleted or stopped."),
    gettext_noop("What is selected and not collected yet will come to more than the store has room for. %s"),
    gettext_noop("Nothing was selected."),
)


def room() -> Room | None:
    """As last measured; None before the first time."""
    row = StoreSpace.objects.filter(pk=str(settings.NODE.content_dir)).first()
    if row is None:
        return None
    quota = settings.NODE.quota
    return Room(
        used=row.used,
        limit=quota.limit(row.disk_total) if quota else None,
        free=row.disk_free,
        promised=Span(row.promised_low, row.promised_high),
        measured_at=row.measured_at,
    )


def fit_of(found: Estimate, store: Room | None) -> Fit:
    return Fit.UNMEASURED if store is None else store.fit(found.fresh)


def refuse_over_quota(listed: QuerySet[ListedAu]) -> None:
    """SelectionError where the node refuses what surely exceeds its store; does nothing where it only warns."""
    if settings.NODE.over_quota != REFUSES:
        return
    found, store = estimate(collectable(listed, unreleased=True)), room()
    if store is not None and fit_of(found, store) is Fit.OVER:
        raise SelectionError(SelectionCode.NO_ROOM, over_text(found, store))


def over_text(found: Estimate, store: Room) -> str:
    """``It would add at least 2.1 GB. Of the store's quota of 4 TB, 1.5 GB are left.``"""
    said = gettext("It would add at least %(adds)s. %(left)s") % {
        "adds": size_text(found.fresh.low),
        "left": left_text(store),
    }
    return " ".join((said, gettext("Nothing was selected."))) if settings.NODE.over_quota == REFUSES else said


def left_text(store: Room) -> str:
    """What is left, of what, and what of it is promised."""
    if store.exceeded:
        said = gettext("The store holds %(used)s already; its quota is %(limit)s.") % {
            "used": size_text(store.used),
            "limit": size_text(store.limit),
        }
    elif store.limit is not None and store.left == store.limit - store.used:
        said = gettext("Of the store's quota of %(limit)s, %(left)s are left.") % {
            "limit": size_text(store.limit),
            "left": size_text(store.left),
        }
    else:
        said = gettext("On the store's disk %s are free.") % size_text(store.left)
    if store.promised:
        coming = gettext(
            "What is selected on this node and not here yet, of these titles or others, takes at least %s."
        )
        said += " " + coming % size_text(store.promised.low)
    return said


def judge_store() -> None:
    """Note what is wrong with the store's room, or that it is well again."""
    store = room()
    if store is None:
        return
    with in_english():
        _judge(store)


def _judge(store: Room) -> None:
    if store.exceeded:
        said = gettext(
            "The store holds %(used)s; its quota is %(limit)s. Nothing was deleted or stopped."
        ) % {
            "used": size_text(store.used),
            "limit": size_text(store.limit),
        }
        _note(OVER_QUOTA, said)
    else:
        resolve_findings(subject=SUBJECT, codes=[OVER_QUOTA])
    if not store.exceeded and store.overpromised:
        said = gettext(
            "What is selected and not collected yet will come to more than the store has room for. %s"
        )
        _note(NO_ROOM, said % left_text(store))
    else:
        resolve_findings(subject=SUBJECT, codes=[NO_ROOM])


def _note(code: str, message: str) -> None:
    """Once for each wording: the same measure again is nothing new."""
    open_ones = Finding.objects.filter(code=code, subject=SUBJECT, resolved_at=None, message=message)
    if not open_ones.exists():
        record_finding(
            code=code, subject=SUBJECT, severity=Severity.WARNING, message=message, app="aus", place="/node/"
        )
