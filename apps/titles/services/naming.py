"""A title list renamed, and one deleted that never came to anything."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from apps.accounts.models import User
from apps.accounts.services import audit
from apps.titles.choices import ImportState
from apps.titles.errors import ListCode, ListError
from apps.titles.models import ListImport, TitleList
from apps.titles.services.starting import check_name, clean_name

# Imports that left nothing in the catalogue, not even for a time.
_NOTHING = (ImportState.PREVIEW, ImportState.DISCARDED, ImportState.FAILED)


def rename_list(*, title_list: TitleList, was: str, name: str, user: User) -> None:
    """``was`` is the name that the form showed: an old form over a newer name is refused. ListError says why."""
    name = clean_name(name)
    try:
        with transaction.atomic():
            row = TitleList.objects.select_for_update().get(pk=title_list.pk)
            if row.name == name:
                return
            if row.name != was:
                raise ListError(
                    ListCode.OLD_FORM,
                    gettext("The list is called %(name)s since that page was made; look at it again.")
                    % {"name": row.name},
                )
            check_name(name, own=row.pk)
            row.name = name
            row.save(update_fields=["name", "updated_at"])
            audit(
                user=user,
                action="titles.rename-list",
                subject=f"title-list:{name}",
                before={"name": was},
                after={"name": name},
            )
    except IntegrityError:
        raise ListError(
            ListCode.NAME_TAKEN, gettext("Another list is called %(name)s.") % {"name": name}
        ) from None


def may_delete(row: TitleList) -> bool:
    """Nothing of it was ever applied, nothing is under way, and no address is followed."""
    address = getattr(row, "address", None)
    if address is not None and address.next_at is not None:
        return False
    return not (
        row.imports.exclude(state__in=_NOTHING).exists() or row.entries.exists() or row.coverages.exists()
    )


def delete_list(*, title_list: TitleList, was: str, user: User) -> None:
    """With its imports, which changed nothing. ListError where something was applied, or it was renamed meanwhile."""
    with transaction.atomic():
        row = TitleList.objects.select_for_update().filter(pk=title_list.pk).first()
        if row is None:
            return
        # Nobody applies one of them meanwhile.
        list(ListImport.objects.select_for_update().filter(title_list=row).values_list("pk", flat=True))
        if row.name != was:
            raise ListError(
                ListCode.OLD_FORM,
                gettext("The list is called %(name)s since that page was made; look at it again.")
                % {"name": row.name},
            )
        if not may_delete(row):
            raise ListError(
                ListCode.WRONG_STATE,
                gettext(
                    "Only a list of which nothing was ever applied, and which follows no address, can be deleted."
                ),
            )
        name = row.name
        row.delete()
        audit(user=user, action="titles.delete-list", subject=f"title-list:{name}", before={"name": name})
