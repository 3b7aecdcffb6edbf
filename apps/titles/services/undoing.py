"""Takes an applied import back in one act, as long as nothing depends on it; what does is named."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import CASCADE, Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext

from apps.accounts.models import User
from apps.accounts.services import audit
from apps.common.clock import now
from apps.common.jobs import open_job
from apps.common.models import Job
from apps.titles.choices import ImportState
from apps.titles.errors import ListCode, ListError
from apps.titles.models import (
    ImportChange,
    ListedAu,
    ListEntry,
    ListImport,
    Publisher,
    Title,
)
from apps.titles.services import coverage, upsert
from apps.titles.services.catalogue import NAMED
from apps.titles.services.importing import LOCK
from apps.titles.services.preceding import note_preceding
from apps.titles.services.references import free, references

UNDO = "undo-titles"
_standing: dict[str, Callable[[], Q]] = {}
# Lines that are taken back while a person waits; what is more is a job.
AT_ONCE = 2_000
MOST_NAMED = 5
_TOUCHED = """
CREATE TEMPORARY TABLE touched_title ON COMMIT DROP AS
SELECT title_id FROM titles_listedau l JOIN titles_listentry e ON e.listed_au_id = l.id WHERE e.added_by_id = %(id)s
UNION SELECT l.title_id FROM titles_importchange c JOIN titles_listedau l ON l.id = c.listed_au_id
      WHERE c.list_import_id = %(id)s
UNION SELECT (c.before->>'title_id')::bigint FROM titles_importchange c
      WHERE c.list_import_id = %(id)s AND c.before ? 'title_id'
UNION SELECT title_id FROM titles_titlecoverage WHERE added_by_id = %(id)s
UNION SELECT v.title_id FROM titles_importchange c JOIN titles_titlecoverage v ON v.id = c.coverage_id
      WHERE c.list_import_id = %(id)s
UNION SELECT c.title_id FROM titles_importchange c WHERE c.list_import_id = %(id)s AND c.before ? 'publisher_id'
"""
_AUS = f"""
UPDATE titles_listedau l SET {", ".join(f"{c} = r.{c}" for c in upsert.DECIDED)}, changed_at = %(now)s
FROM titles_importchange c CROSS JOIN LATERAL jsonb_populate_record(NULL::titles_listedau, c.before - 'entry') r
WHERE c.list_import_id = %(id)s AND c.listed_au_id = l.id AND c.before IS NOT NULL
"""  # noqa: S608 - our own column names
_ENTRIES = """
UPDATE titles_listentry e SET status = c.before->'entry'->>'status', status2 = c.before->'entry'->>'status2',
    retired_at = (c.before->'entry'->>'retired_at')::timestamptz
FROM titles_importchange c
WHERE c.list_import_id = %(id)s AND c.kind IN ('changed', 'returned') AND e.listed_au_id = c.listed_au_id
AND e.title_list_id = %(list)s AND e.added_by_id IS DISTINCT FROM %(id)s
"""
_RETIRED = """
UPDATE titles_listentry e SET retired_at = NULL FROM titles_importchange c
WHERE c.list_import_id = %(id)s AND c.kind = 'retired' AND e.listed_au_id = c.listed_au_id
AND e.title_list_id = %(list)s
"""
_TITLE_COLUMNS = (*(*NAMED, "kind", "issn", "eissn", "issn_l", "isbn_keys", "attributes", "signatures"),)
_LEFT_PUBLISHERS = """
SELECT DISTINCT t.publisher_id FROM titles_importchange c JOIN titles_title t ON t.id = c.title_id
WHERE c.list_import_id = %(id)s AND c.before ? 'publisher_id'
"""
_TITLES = f"""
UPDATE titles_title t SET {", ".join(f"{c} = r.{c}" for c in _TITLE_COLUMNS)}, updated_at = %(now)s
FROM titles_importchange c, titles_title old, LATERAL jsonb_populate_record(old, c.before) r
WHERE c.list_import_id = %(id)s AND c.title_id = t.id AND old.id = t.id AND c.kind IN ('title', 'noted')
"""  # noqa: S608
# One that a later import took units from is where they go back to when that is undone.
_LEFT_TITLES = """
CREATE TEMPORARY TABLE left_title ON COMMIT DROP AS SELECT t.id FROM titles_title t
WHERE (t.made_by_id = %(id)s OR t.id IN (
    SELECT x.id FROM touched_title h JOIN titles_title x ON x.id = h.title_id
    JOIN titles_listimport i ON i.id = x.made_by_id WHERE i.state = %(undone)s))
AND NOT EXISTS (SELECT 1 FROM titles_listedau l WHERE l.title_id = t.id)
AND NOT EXISTS (SELECT 1 FROM titles_titlecoverage c WHERE c.title_id = t.id)
AND NOT EXISTS (
    SELECT 1 FROM titles_importchange c JOIN titles_listimport i ON i.id = c.list_import_id
    WHERE c.fields ? 'title_id' AND c.before->>'title_id' = t.id::text
    AND i.id <> %(id)s AND i.state = %(done)s)
"""
_NAMED_ANEW = """
SELECT o.id, o.name FROM titles_importchange c JOIN titles_title t ON t.id = c.title_id
JOIN titles_title o ON o.id <> t.id AND o.identity = c.before->>'identity'
    AND o.publisher_id = coalesce((c.before->>'publisher_id')::bigint, t.publisher_id)
WHERE c.list_import_id = %s AND c.before ? 'identity' ORDER BY o.name_key, o.id LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Dependent:
    """What stands in the way: a sentence, and the page behind it."""

    text: str
    url: str = ""


def dependents(row: ListImport) -> list[Dependent]:
    """Up to ``MOST_NAMED`` of each kind; empty: the import can be undone."""
    later = ListImport.objects.filter(title_list=row.title_list, state=ImportState.DONE)
    found = [
        Dependent(f"Import {one.pk} read this list later", f"/lists/imports/{one.pk}/")
        for one in later.filter(finished_at__gt=row.finished_at).order_by("pk")[:MOST_NAMED]
    ]
    found += [
        Dependent(
            f"The list {one.title_list.name} spoke later of the same titles or units: import {one.pk}",
            one_url,
        )
        for one in _others(row)
        if (one_url := f"/lists/imports/{one.pk}/")
    ]
    return [*found, *_named_anew(row), *_users(row)]


def _named_anew(row: ListImport) -> list[Dependent]:
    """Titles that have now the name that one which this import renamed would have again."""
    with connection.cursor() as cursor:
        cursor.execute(_NAMED_ANEW, [row.pk, MOST_NAMED])
        return [
            Dependent(f"Another title is called “{name}” now", f"/titles/{pk}/")
            for pk, name in cursor.fetchall()
        ]


def _users(row: ListImport) -> Iterator[Dependent]:
    rows = users(row)
    for listed in rows.order_by("name_key", "pk")[:MOST_NAMED]:
        yield Dependent(f"“{listed.name}” is selected or preserved here", f"/titles/au/{listed.slug}/")


def stands(label: str, condition: Callable[[], Q]) -> None:
    """A room above says which rows of its model still hold on to a unit; of models that nobody speaks for, all do."""
    _standing[label] = condition


def _others(row: ListImport) -> list[ListImport]:
    """Later imports of other lists that name what this one changed."""
    mine = ImportChange.objects.filter(list_import=row)
    entries = ListEntry.objects.filter(
        Exists(mine.filter(listed_au=OuterRef("listed_au"), before__isnull=False)),
        title_list=OuterRef("title_list"),
    )
    titles = ImportChange.objects.filter(
        Exists(mine.filter(title=OuterRef("title"), coverage=None)),
        list_import=OuterRef("pk"),
        title__isnull=False,
        coverage=None,
    )
    rows = ListImport.objects.filter(state=ImportState.DONE, finished_at__gt=row.finished_at)
    rows = rows.exclude(title_list=row.title_list).filter(Exists(entries) | Exists(titles))
    return list(rows.select_related("title_list").order_by("pk")[:MOST_NAMED])


def users(row: ListImport) -> QuerySet[ListedAu]:
    """Units that rows of the rooms above, which this one does not know, hold on to though they would go or change back.

    What another list names now stays, so that it is in no way.
    """
    entries = ListEntry.objects.filter(listed_au=OuterRef("pk"))
    elsewhere = Exists(entries.filter(retired_at=None).exclude(title_list=row.title_list_id))
    added = Exists(entries.filter(added_by=row)) & ~elsewhere
    changed = ImportChange.objects.filter(listed_au=OuterRef("pk"), list_import=row, before__isnull=False)
    changed = Exists(changed) & ~elsewhere
    found = Q(pk__in=[])
    for model, field in references(ListedAu):
        if field.remote_field.on_delete is CASCADE:
            # A record of an act, not a choice that stands.
            continue
        holds = Q(**{f"{field.name}__in": ListedAu.objects.filter(added)})
        if hasattr(model, "created_at"):
            since = Q(**{f"{field.name}__in": ListedAu.objects.filter(changed)})
            holds |= since & Q(created_at__gt=row.finished_at)
        standing = _standing.get(model._meta.label, Q)()  # noqa: SLF001
        rows = model._default_manager.filter(holds, standing)  # noqa: SLF001
        found |= Q(pk__in=rows.order_by().values(field.name))
    return ListedAu.objects.filter(found)


def start_undo(*, list_import: ListImport, version: int, user: User) -> Job | None:
    """A person wants it undone: at once where it is little, else as a job that the caller wakes.

    ListError when something depends on it, or the form is an old one.
    """
    with transaction.atomic():
        row = _locked(list_import)
        _check(row, version)
        row.state, row.undone_by, row.error = ImportState.UNDOING, user, ""
        row.version += 1
        row.save(update_fields=["state", "undone_by", "error", "version", "updated_at"])
        if row.added + row.changed + row.retired > AT_ONCE or not _is_free_to_write():
            return open_job(kind=UNDO, subject=row.job_subject)
        run_undo(list_import=row)
    return None


def _is_free_to_write() -> bool:
    """Nobody waits in a request for an import that is being written; takes the lock where it is free."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, 1)", [LOCK])
        return cursor.fetchone()[0]


def undo_note(row: ListImport) -> str:
    n = row.added + row.changed + row.retired
    return f"{n:,} line is taken back" if n == 1 else f"{n:,} lines are taken back, all of them at once"


def run_undo(*, list_import: ListImport) -> ListImport:
    """As it was before. Called again after a kill or a second time, it does what is left: all or nothing.

    ListError where something has come to depend on it since a person asked; it stays as it is then.
    """
    if not ListImport.objects.filter(pk=list_import.pk, state=ImportState.UNDOING).exists():
        return ListImport.objects.select_related("title_list").get(pk=list_import.pk)
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s, 1)", [LOCK])
            row = _locked(list_import)
            if row.state != ImportState.UNDOING:
                return row
            _check_free(row)
            return _undo(row)
    except ListError as error:
        rows = ListImport.objects.filter(pk=list_import.pk, state=ImportState.UNDOING)
        rows.update(state=ImportState.DONE, error=f"It was not undone: {error}", version=F("version") + 1)
        raise


def _undo(row: ListImport) -> ListImport:
    at = now()
    given = {"id": row.pk, "list": row.title_list_id, "now": at}
    with connection.cursor() as cursor:
        cursor.execute(_LEFT_PUBLISHERS, given)
        left = [pk for (pk,) in cursor.fetchall()]
        for statement in (_TOUCHED, _AUS, _ENTRIES, _RETIRED, _TITLES):
            cursor.execute(statement, given)
        cursor.execute(
            "CREATE TEMPORARY TABLE left_au ON COMMIT DROP AS SELECT listed_au_id AS id FROM titles_listentry"
            " WHERE added_by_id = %(id)s",
            given,
        )
        cursor.execute("DELETE FROM titles_listentry WHERE added_by_id = %(id)s", given)
        _delete_aus(cursor)
        for statement in coverage.UNDO:
            cursor.execute(statement, given)
    upsert.recount(list_id=row.title_list_id, at=at)
    upsert.recount_publishers(left, at=at)
    _delete_made(row)
    note_preceding()
    row.state, row.undone_at, row.error = ImportState.UNDONE, at, ""
    row.version += 1
    row.save(update_fields=["state", "undone_at", "error", "version", "updated_at"])
    audit(
        user=row.undone_by,
        action="titles.undo-import",
        subject=f"title-list:{row.title_list.name}",
        after={"import": row.pk, "added": row.added, "changed": row.changed, "retired": row.retired},
    )
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE touched_title, left_au")
    return row


def _locked(row: ListImport) -> ListImport:
    rows = ListImport.objects.select_for_update(of=("self",)).select_related("title_list", "undone_by")
    return rows.get(pk=row.pk)


def _check(row: ListImport, version: int) -> None:
    if row.state != ImportState.DONE:
        raise ListError(
            ListCode.WRONG_STATE,
            gettext("Import %(number)s cannot be undone: %(state)s.")
            % {"number": row.pk, "state": row.get_state_display()},
        )
    if row.version != version:
        raise ListError(
            ListCode.OLD_FORM, gettext("The import has changed since that page was made; look at it again.")
        )
    _check_free(row)


def _check_free(row: ListImport) -> None:
    named = dependents(row)
    if named:
        raise ListError(ListCode.DEPENDED_ON, "; ".join(one.text for one in named) + ".")


def _delete_aus(cursor) -> None:
    """Those that no list ever named besides, and that nothing refers to."""
    cursor.execute(
        "DELETE FROM left_au g USING titles_listedau l WHERE l.id = g.id AND NOT ("  # noqa: S608
        "NOT EXISTS (SELECT 1 FROM titles_listentry e WHERE e.listed_au_id = l.id) AND "
        f"{free('l', ListedAu)})"
    )
    cursor.execute("DELETE FROM titles_importchange c USING left_au g WHERE c.listed_au_id = g.id")
    cursor.execute("DELETE FROM titles_listedau l USING left_au g WHERE l.id = g.id")


def _delete_made(row: ListImport) -> None:
    """Titles and publishers that this import named first, or one that was undone before it, and that nobody needs now."""
    given = {"id": row.pk, "undone": ImportState.UNDONE, "done": ImportState.DONE}
    with connection.cursor() as cursor:
        cursor.execute(
            f"{_LEFT_TITLES} AND {free('t', Title)}",
            given,
        )
        cursor.execute("DELETE FROM titles_importchange c USING left_title g WHERE c.title_id = g.id")
        cursor.execute(
            "UPDATE titles_title t SET preceding_id = NULL FROM left_title g WHERE t.preceding_id = g.id"
        )
        cursor.execute("DELETE FROM titles_title t USING left_title g WHERE t.id = g.id")
        cursor.execute(
            "DELETE FROM titles_publisher p WHERE (p.made_by_id = %(id)s OR p.made_by_id IN"  # noqa: S608
            " (SELECT id FROM titles_listimport WHERE state = %(undone)s))"
            " AND NOT EXISTS (SELECT 1 FROM titles_title t WHERE t.publisher_id = p.id)"
            f" AND {free('p', Publisher)}",
            given,
        )
        cursor.execute("DROP TABLE left_title")
