"""What rooms above, which this one does not know, hold on to: read off the foreign keys of their models."""

from collections.abc import Iterator

from django.db import connection
from django.db.models import CASCADE, ForeignKey, Model

from apps.titles.models import ListedAu, TitleSet, TitleSetMember


def references(target: type[Model]) -> Iterator[tuple[type[Model], ForeignKey]]:
    """Foreign keys of other rooms and of title sets to ``target``, those of join tables among them."""
    for relation in target._meta.get_fields(include_hidden=True):  # noqa: SLF001
        if not (relation.auto_created and (relation.one_to_many or relation.one_to_one)):
            continue
        model = relation.related_model
        if model._meta.app_label != "titles" or model in (TitleSet, TitleSetMember):  # noqa: SLF001
            yield model, relation.field


def free(alias: str, target: type[Model]) -> str:
    """A condition: no row of another room refers to ``alias``."""
    return " AND ".join(["TRUE", *(f"NOT {_refers(*one, alias)}" for one in references(target))])


def held(alias: str) -> str:
    """A condition: a row of another room that outlives a unit, as an AU selected here does, refers to ``alias``."""
    lasting = (one for one in references(ListedAu) if one[1].remote_field.on_delete is not CASCADE)
    return f"({' OR '.join(['FALSE', *(_refers(*one, alias) for one in lasting)])})"


def _refers(model: type[Model], field: ForeignKey, alias: str) -> str:
    quote = connection.ops.quote_name
    table, column = quote(model._meta.db_table), quote(field.column)  # noqa: SLF001
    return f"EXISTS (SELECT 1 FROM {table} x WHERE x.{column} = {alias}.id)"  # noqa: S608 - names of our models
