"""What people decide about the lines of a list: which title is meant, for this list and the next; and what is not wanted."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext

from apps.accounts.models import User
from apps.accounts.services import audit
from apps.aus.choices import LineState
from apps.aus.errors import HoldingsActError
from apps.aus.holdings.catalogue import years_listed
from apps.aus.models import HoldingsDecision, HoldingsLine, HoldingsUpload
from apps.aus.services.holdings import count_again, locked
from apps.common.clock import now
from apps.lockss.holdings import By, YearRange, compare, ranges_text
from apps.titles.models import ListedAu, Title

SETTLED = ["state", "found_by", "title", "only_aus", "years", "held", "missing"]


def decide_line(
    *,
    line: HoldingsLine,
    version: int,
    title: Title | None,
    user: User,
    years: Sequence[YearRange] | None = None,
) -> int:
    """This title is meant (None: none is), here and wherever a line says the same; how many lines it settled.

    ``years`` are asked for where those of the line are in doubt, and only there: empty, all of them. HoldingsActError
    without them, for an old form, for a line that was not read.
    """
    with transaction.atomic():
        upload = locked(line.upload, version, user=user)
        if not line.key:
            raise HoldingsActError(
                gettext("Line %(line)s could not be read, so nothing can be decided about it.")
                % {"line": line.line}
            )
        if line.readings and title is not None and years is None:
            raise HoldingsActError(gettext("Say which years are meant: those of the line are in doubt."))
        meant = (tuple(years or ()) or None) if line.readings else None
        HoldingsDecision.objects.update_or_create(
            key=line.key,
            defaults={
                "years_said": line.years_said,
                "years": meant,
                "title": title,
                "user": user,
                "input_title": line.input_title,
                "input_publisher": line.input_publisher,
                "identifiers": line.identifiers,
            },
        )
        same = list(upload.lines_read.filter(key=line.key).order_by("pk"))
        listed = years_listed([title.pk])[title.pk] if title is not None else set()
        books = _books(line, title) if title is not None else []
        for one in same:
            if one.readings:
                one.years = meant
            _settle(one, title, listed, books)
        HoldingsLine.objects.bulk_update(same, SETTLED, batch_size=500)
        count_again(upload)
        upload.version += 1
        upload.save()
        audit(
            user=user,
            action="aus.holdings-decide",
            subject=f"{upload.job_subject}:{line.line}",
            after={
                "input": line.input_title,
                "title": title.name if title else None,
                **({"years": ranges_text(meant or ())} if line.readings and title else {}),
            },
        )
        return len(same)


def _books(line: HoldingsLine, title: Title) -> list[int]:
    """The AUs of a series that an ISBN of the line means; the others are not meant."""
    rows = ListedAu.objects.filter(title=title, isbn_keys__overlap=line.identifiers)
    return sorted(rows.values_list("pk", flat=True))


def _settle(line: HoldingsLine, title: Title | None, listed: set[int], books: list[int]) -> None:
    line.state = LineState.MATCHED if title else LineState.UNMATCHED
    line.found_by = str(By.DECISION) if title else ""
    line.title, line.only_aus = title, books
    line.held, line.missing = [], []
    if title is not None and line.years and not books:
        coverage = compare(line.years, listed, now().year)
        line.held, line.missing = list(coverage.held), list(coverage.missing)


def forget_decision(*, decision: HoldingsDecision, user: User) -> None:
    """The next list asks again; lines that were read with it stay as they are."""
    with transaction.atomic():
        row = HoldingsDecision.objects.select_for_update().filter(pk=decision.pk).first()
        if row is None:
            return
        audit(
            user=user,
            action="aus.holdings-forget",
            subject=f"holdings-decision:{row.pk}",
            before={"input": row.input_title, "title": row.title.name if row.title else None},
        )
        row.delete()


def strike_lines(*, upload: HoldingsUpload, lines: QuerySet[HoldingsLine], struck: bool, user: User) -> int:
    """Lines that are not to be selected, or are again; how many changed. It is said of lines, so no form is too old."""
    with transaction.atomic():
        row = HoldingsUpload.objects.select_for_update().get(pk=upload.pk)
        row = locked(row, row.version, user=user)
        changed = lines.filter(upload=row).exclude(struck=struck).update(struck=struck)
        if changed:
            row.version += 1
            row.save(update_fields=["version", "updated_at"])
            audit(
                user=user,
                action="aus.holdings-strike",
                subject=row.job_subject,
                after={"lines": changed, "struck": struck},
            )
        return changed
