"""Rules about serving, own readers and institutions' proxies: written by a person who saw the newest state."""

import datetime as dt
from dataclasses import asdict, dataclass
from typing import TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.accounts.services import audit
from apps.aus.models import Au
from apps.common.clock import now
from apps.common.text import plain_lines, storable
from apps.delivery.choices import Choice, Flag, WallUnit
from apps.delivery.models import InstitutionProxy, OwnReaderList, ServingRule
from apps.lockss.delivery import AddressList
from apps.permissions.choices import Said
from apps.titles.models import Publisher, Title

LONGEST_LIST = 200_000
LONGEST_NOTE = 20_000
LONGEST_WALL = 30_000
RowT = TypeVar("RowT", bound=models.Model)
Where = Publisher | Title | Au | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a person says at one level; what is left out is not said."""

    choice: Choice | str = ""
    serve: Said | str = Said.NOTHING
    while_available: Said | str = Said.NOTHING
    openly: Said | str = Said.NOTHING
    trigger: Said | str = Said.NOTHING
    open_access: Said | str = Said.NOTHING
    flag: Flag | str = ""
    embargo_until: dt.date | None = None
    wall_length: int | None = None
    wall_unit: WallUnit | str = ""
    note: str = ""


def rule_at(where: Where) -> ServingRule | None:
    """What was said of a publisher, a title, an AU; None: of the network."""
    return ServingRule.objects.select_related("said_by").filter(**_place(where)).first()


def subject_of(where: Where) -> str:
    """What the audit record calls the place."""
    if isinstance(where, Au):
        return f"au:{where.slug}"
    if isinstance(where, Title):
        return f"title:{where.pk}"
    return "network" if where is None else f"publisher:{where.pk}"


def set_rule(*, where: Where, rule: Rule, version: int | None, user: User) -> ServingRule:
    """Say it in place of what was said. ``version``: of the row that the person saw, None: there was none.

    ValidationError where somebody was faster, or the rule cannot be; nothing is written then.
    """
    _check(rule)
    values = asdict(rule) | {"note": storable(plain_lines(rule.note), LONGEST_NOTE)}
    values = {
        name: str(value) if isinstance(value, models.TextChoices) else value for name, value in values.items()
    }
    try:
        with transaction.atomic():
            row = _newest(ServingRule, _place(where), version)
            before = _facts(row) if row.pk else None
            if row.pk and all(getattr(row, name) == value for name, value in values.items()):
                return row
            for name, value in values.items():
                setattr(row, name, value)
            row.said_by, row.said_at = user, now()
            _save(row)
            audit(
                user=user, action="delivery.rule", subject=subject_of(where), before=before, after=_facts(row)
            )
    except IntegrityError as error:
        raise _faster() from error
    return row


def set_own_readers(
    *, included: str, excluded: str, roles: list[str], version: int | None, user: User
) -> OwnReaderList:
    """Both lists as they were typed: what cannot be read in them is told on the page and does no harm to the rest."""
    texts = {"included": _list(included), "excluded": _list(excluded)}
    wrong = sorted(set(roles) - set(Role.values))
    if wrong:
        raise ValidationError({"roles": gettext("There is no role “%s”.") % wrong[0]})
    try:
        with transaction.atomic():
            row = _newest(OwnReaderList, {"only": True}, version)
            before = _facts(row) if row.pk else None
            row.included, row.excluded, row.roles = texts["included"], texts["excluded"], sorted(set(roles))
            _save(row)
            audit(
                user=user, action="delivery.readers", subject="own-readers", before=before, after=_facts(row)
            )
    except IntegrityError as error:
        raise _faster() from error
    return row


def set_proxy(
    *, proxy: InstitutionProxy | None, name: str, addresses: str, note: str, version: int | None, user: User
) -> InstitutionProxy:
    """Enter or change a proxy. An address that cannot be read is refused: nobody would know that it matches none."""
    text = _list(addresses)
    read = AddressList.read(text)
    if read.findings:
        first = read.findings[0]
        said = gettext("Line %(line)d: “%(found)s” is no address or network.")
        raise ValidationError({"addresses": said % {"line": first.line, "found": first.found}})
    if not read.include:
        raise ValidationError({"addresses": gettext("A proxy is known by its addresses; give at least one.")})
    if not name.strip():
        raise ValidationError({"name": gettext("The proxy needs a name.")})
    try:
        with transaction.atomic():
            row = _newest(InstitutionProxy, {"pk": proxy.pk}, version) if proxy else InstitutionProxy()
            before = _facts(row) if row.pk else None
            row.name, row.addresses = storable(name.strip(), 100), text
            row.note = storable(plain_lines(note), LONGEST_NOTE)
            _save(row)
            audit(
                user=user,
                action="delivery.proxy",
                subject=f"proxy:{row.pk}",
                before=before,
                after=_facts(row),
            )
    except IntegrityError as error:
        raise ValidationError({"name": gettext("There is a proxy with this name.")}) from error
    return row


def remove_proxy(*, proxy: InstitutionProxy, user: User) -> None:
    """Its readers are nobody's any more; one that is gone already stays gone."""
    with transaction.atomic():
        row = InstitutionProxy.objects.select_for_update().filter(pk=proxy.pk).first()
        if row is not None:
            audit(user=user, action="delivery.proxy", subject=f"proxy:{row.pk}", before=_facts(row))
            row.delete()


def _place(where: Where) -> dict[str, object]:
    place: dict[str, object] = {"publisher": None, "title": None, "au": None}
    if where is not None:
        place[type(where).__name__.lower()] = where
    return {name if value else f"{name}__isnull": value or True for name, value in place.items()}


def _newest(model: type[RowT], key: dict[str, object], version: int | None) -> RowT:
    """The row, locked, or a new one; ValidationError where it is not the one that the person saw."""
    row = model._default_manager.select_for_update().filter(**key).first()  # noqa: SLF001
    if getattr(row, "version", None) != version:
        raise _faster()
    return row or model(**{name: value for name, value in key.items() if "__" not in name and name != "pk"})


def _save(row: ServingRule | OwnReaderList | InstitutionProxy) -> None:
    row.version += 1
    row.save()


def _faster() -> ValidationError:
    return ValidationError(
        gettext("Somebody has changed this since your page was made. Look at it again; nothing was saved.")
    )


def _check(rule: Rule) -> None:
    wrong: dict[str, str] = {}
    if (rule.wall_length is None) is not (rule.wall_unit == ""):
        wrong["wall_length"] = gettext("A moving wall is a number with its unit: days or months.")
    elif rule.wall_length is not None and not 0 <= rule.wall_length <= LONGEST_WALL:
        wrong["wall_length"] = gettext("Expected 0 to %(most)s.") % {"most": LONGEST_WALL}
    if wrong:
        raise ValidationError(wrong)


def _list(text: str) -> str:
    found = plain_lines(text)
    if len(found) > LONGEST_LIST:
        raise ValidationError(
            gettext("A list may have %(most)s characters at most.") % {"most": LONGEST_LIST}
        )
    return storable(found, LONGEST_LIST)


def _facts(row: models.Model) -> dict[str, object]:
    """For the audit record: what a person can change."""
    names = [field.attname for field in row._meta.concrete_fields]  # noqa: SLF001
    passed = {"id", "version", "created_at", "updated_at", "said_by_id", "said_at", "only"}
    values = {name: getattr(row, name) for name in names if name not in passed}
    return {
        name: value.isoformat() if isinstance(value, dt.date) else value
        for name, value in values.items()
        if value not in (None, "")
    }
