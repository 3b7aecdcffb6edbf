"""The only writers of title sets. Every change is recorded; a set that something uses stays."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, fields

from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import ProtectedError, QuerySet
from django.utils.translation import gettext

from apps.accounts.models import User
from apps.accounts.services import audit
from apps.titles.choices import SetKind
from apps.titles.errors import SetCode, SetError
from apps.titles.models import Publisher, Title, TitleSet, TitleSetMember, TitleSetPart
from apps.titles.staging import name_key

# "SETS" in ASCII. Two people who put sets into each other at once would make a circle.
LOCK = 0x53455453
MOST_NAMED = 5
_LEADS_TO = """
WITH RECURSIVE edge(holder, part) AS (
    SELECT holder_id, part_id FROM titles_titlesetpart
    UNION ALL SELECT id, within_id FROM titles_titleset WHERE within_id IS NOT NULL
), reached(id) AS (
    SELECT unnest(%(from)s::bigint[]) UNION SELECT edge.part FROM edge JOIN reached ON edge.holder = reached.id
) SELECT 1 FROM reached WHERE id = %(to)s
"""
_ADD = """
INSERT INTO titles_titlesetmember (title_set_id, title_id)
SELECT %s, chosen.id FROM ({query}) AS chosen(id) ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a set says; which of it counts depends on its kind."""

    name: str
    kind: str = SetKind.HAND
    publisher: Publisher | None = None
    tag_key: str = ""
    tag_value: str = ""
    query: str = ""
    within: TitleSet | None = None
    note: str = ""
    parts: tuple[TitleSet, ...] = ()

    def columns(self) -> dict[str, object]:
        own = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "parts"}
        return {**own, "name_key": name_key(self.name)}

    def told(self) -> dict[str, object]:
        """For the audit record."""
        return {
            "name": self.name,
            "kind": self.kind,
            "publisher": self.publisher.name if self.publisher else "",
            "tag": f"{self.tag_key}={self.tag_value}" if self.tag_key else "",
            "query": self.query,
            "within": self.within.name if self.within else "",
            "holds": [one.name for one in self.parts],
        }


def make_set(*, user: User | None, request_key: uuid.UUID | None, meaning: Meaning) -> TitleSet:
    """The set of this form, made when there is none. SetError: the name is taken."""
    with transaction.atomic():
        _alone()
        found = TitleSet.objects.filter(request_key=request_key).first() if request_key else None
        if found is not None:
            return found
        _check_name(meaning, None)
        _check_there(meaning)
        row = TitleSet.objects.create(user=user, request_key=request_key, **meaning.columns())
        _hold(row, meaning.parts)
        audit(user=user, action="titles.set-new", subject=row.audit_subject, after=meaning.told())
        return row


def change_set(*, user: User | None, title_set: TitleSet, version: int, meaning: Meaning) -> TitleSet:
    """SetError: the form is an old one, the name is taken, or the set would hold itself."""
    with transaction.atomic():
        _alone()
        row = _current(title_set, version)
        if meaning.kind != row.kind:
            raise SetError(
                SetCode.OTHER_KIND,
                gettext("“%(name)s” cannot become another kind of set.") % {"name": row.name},
            )
        before = meaning_of(row).told()
        _check_name(meaning, row.pk)
        _check_there(meaning)
        _check_circle(row, [*meaning.parts, *([meaning.within] if meaning.within else [])])
        for name, value in meaning.columns().items():
            setattr(row, name, value)
        row.version += 1
        row.save()
        _hold(row, meaning.parts)
        audit(
            user=user,
            action="titles.set-change",
            subject=row.audit_subject,
            before=before,
            after=meaning.told(),
        )
        return row


def meaning_of(row: TitleSet) -> Meaning:
    parts = TitleSet.objects.filter(holders__holder=row).order_by("name_key", "pk")
    own = {one.name: getattr(row, one.name) for one in fields(Meaning) if one.name != "parts"}
    return Meaning(**own, parts=tuple(parts))


def delete_set(*, user: User | None, title_set: TitleSet, version: int) -> None:
    """Only the set: titles, and what was selected of them, stay. SetError: something uses it."""
    with transaction.atomic():
        _alone()
        row = _current(title_set, version)
        told, subject = meaning_of(row).told(), row.audit_subject
        try:
            with transaction.atomic():
                row.delete()
        except ProtectedError as error:
            raise SetError(SetCode.IN_USE, _users(row, error)) from None
        audit(user=user, action="titles.set-delete", subject=subject, before=told)


def add_titles(*, user: User | None, title_set: TitleSet, titles: QuerySet[Title]) -> int:
    """How many were not in it by hand before."""
    with transaction.atomic():
        row = _by_hand(title_set)
        try:
            query, parameters = titles.order_by().values("pk").query.sql_with_params()
        except EmptyResultSet:
            return 0
        with connection.cursor() as cursor:
            cursor.execute(_ADD.format(query=query), [row.pk, *parameters])
            number = cursor.rowcount
        _note(user, row, "titles.set-add", number)
        return number


def remove_titles(*, user: User | None, title_set: TitleSet, titles: QuerySet[Title]) -> int:
    """How many were in it by hand. What is selected of them stays selected."""
    with transaction.atomic():
        row = _by_hand(title_set)
        number, _ = TitleSetMember.objects.filter(
            title_set=row, title__in=titles.order_by().values("pk")
        ).delete()
        _note(user, row, "titles.set-remove", number)
        return number


def _note(user: User | None, row: TitleSet, action: str, number: int) -> None:
    if number:
        row.version += 1
        row.save(update_fields=["version", "updated_at"])
        audit(user=user, action=action, subject=row.audit_subject, after={"name": row.name, "titles": number})


def _by_hand(title_set: TitleSet) -> TitleSet:
    row = TitleSet.objects.select_for_update(of=("self",)).filter(pk=title_set.pk).first()
    if row is None:
        raise SetError(
            SetCode.GONE, gettext("The set “%(name)s” is not there any more.") % {"name": title_set.name}
        )
    if row.kind != SetKind.HAND:
        raise SetError(
            SetCode.OTHER_KIND,
            gettext("“%(name)s” is not made by hand: %(kind)s decides it.")
            % {"name": row.name, "kind": row.get_kind_display()},
        )
    return row


def _alone() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, 1)", [LOCK])


def _current(title_set: TitleSet, version: int) -> TitleSet:
    row = TitleSet.objects.select_for_update(of=("self",)).filter(pk=title_set.pk).first()
    if row is None:
        raise SetError(
            SetCode.GONE, gettext("The set “%(name)s” is not there any more.") % {"name": title_set.name}
        )
    if row.version != version:
        raise SetError(
            SetCode.OLD_FORM, gettext("The set has changed since that page was made; look at it again.")
        )
    return row


def _check_name(meaning: Meaning, own: int | None) -> None:
    if TitleSet.objects.filter(name_key=name_key(meaning.name)).exclude(pk=own).exists():
        raise SetError(
            SetCode.NAME_TAKEN, gettext("There is a set called “%(name)s” already.") % {"name": meaning.name}
        )


def _check_circle(row: TitleSet, wanted: Iterable[TitleSet]) -> None:
    for one in wanted:
        with connection.cursor() as cursor:
            cursor.execute(_LEADS_TO, {"from": [one.pk], "to": row.pk})
            if cursor.fetchone():
                said = gettext("A set cannot hold itself, so this would be a circle.")
                if one.pk != row.pk:
                    said = gettext("“%(holder)s” holds “%(held)s”, so this would be a circle.") % {
                        "holder": one.name,
                        "held": row.name,
                    }
                raise SetError(SetCode.CIRCLE, said)


def _hold(row: TitleSet, parts: Iterable[TitleSet]) -> None:
    wanted = {one.pk for one in parts}
    TitleSetPart.objects.filter(holder=row).exclude(part__in=wanted).delete()
    TitleSetPart.objects.bulk_create(
        [TitleSetPart(holder=row, part_id=pk) for pk in sorted(wanted)], ignore_conflicts=True
    )


def _check_there(meaning: Meaning) -> None:
    """A form may name a set that somebody deleted meanwhile; the constraint would tell only at the end."""
    named = {one.pk: one.name for one in [*meaning.parts, *([meaning.within] if meaning.within else [])]}
    there = set(TitleSet.objects.filter(pk__in=named).values_list("pk", flat=True))
    for pk, name in named.items():
        if pk not in there:
            raise SetError(
                SetCode.GONE, gettext("The set “%(name)s” is not there any more.") % {"name": name}
            )


def _users(row: TitleSet, error: ProtectedError) -> str:
    held = TitleSet.objects.filter(parts__part=row) | TitleSet.objects.filter(within=row)
    named = [gettext("the set “%s”") % one.name for one in held.distinct().order_by("pk")[:MOST_NAMED]]
    others = [one for one in error.protected_objects if not isinstance(one, TitleSet | TitleSetPart)]
    named += [str(one) for one in others[: MOST_NAMED - len(named)]]
    return gettext("“%(name)s” is used: %(users)s. Change that first.") % {
        "name": row.name,
        "users": ", ".join(named),
    }
