"""What people decide about the lines of a list: which title is meant, for this list and the next; and what is not wanted."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext

from apps.accounts.models import User
from apps.accounts.services import audit
from apps.aus.choices import LineState
from apps.aus.errors import HoldingsActError
from apps.aus.holdings.catalogue import covered
from apps.aus.models import HoldingsDecision, HoldingsLine, HoldingsUpload
from apps.aus.services.holdings import count_again, locked
from apps.common.clock import now
from apps.lockss.holdings import By, compare
from apps.titles.models import ListedAu, Title

SETTLED = ["state", "found_by", "title", "only_aus", "held", "missing"]


def decide_line(*, line: HoldingsLine, version: int, title: Title | None, user: User) -> int:
    """This title is meant (None: none is), here and wherever a line says the same; how many lines it settled."""
    with transaction.atomic():
        upload = locked(line.upload, version, user=user)
        if not line.key:
            raise HoldingsActError(
                gettext("Line %(line)s could not be read, so nothing can be decided about it.")
                % {"line": line.line}
            )
        HoldingsDecision.objects.update_or_create(
            key=line.key,
            defaults={
                "title": title,
                "user": user,
                "input_title": line.input_title,
                "input_publisher": line.input_publisher,
                "identifiers": line.identifiers,
            },
        )
        same = list(upload.lines_read.filter(key=line.key).order_by("pk"))
        listed = years_listed(title) if title is not None else set()
        for one in same:
            _settle(one, title, listed)
        HoldingsLine.objects.bulk_update(same, SETTLED, batch_size=500)
        count_again(upload)
        upload.version += 1
        upload.save()
        audit(
            user=user,
            action="aus.holdings-decide",
            subject=f"{upload.job_subject}:{line.line}",
            after={"input": line.input_title, "title": title.name if title else None},
        )
        return len(same)


def _settle(line: HoldingsLine, title: Title | None, listed: set[int]) -> None:
    line.state = LineState.MATCHED if title else LineState.UNMATCHED
    line.found_by = str(By.DECISION) if title else ""
    line.title, line.only_aus = title, []
    line.held, line.missing = [], []
    if title is not None and line.years:
        coverage = compare(line.years, listed, now().year)
        line.held, line.missing = list(coverage.held), list(coverage.missing)


def years_listed(title: Title) -> set[int]:
    """The years that the title lists name of a title."""
    rows = ListedAu.objects.filter(title=title, first_year__isnull=False).exclude(status="")
    return {
        year for first, last in rows.values_list("first_year", "last_year") for year in covered(first, last)
    }


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
