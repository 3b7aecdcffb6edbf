"""The line of a title says which one it continues, so it changes with that."""

from importlib import import_module

from django.db import migrations

WATCHED = import_module("apps.kbart.migrations.0002_lines").WATCHED
TITLES = next(one for one in WATCHED if one[0] == "titles_title")


def _function(*more: str) -> str:
    """Of the trigger on changed titles, with the columns that lines depend on."""
    table, key, titles, columns = TITLES
    told = [", ".join(f"({side}.{one})" for one in (*columns, *more)) for side in "ba"]
    differ = (
        f"(SELECT {{side}}.* FROM before_rows b JOIN after_rows a USING ({key})"
        f" WHERE ({told[0]}) IS DISTINCT FROM ({told[1]}))"
    )
    both = " UNION ".join(titles.format(rows=differ.format(side=side)) for side in "ab")
    return (
        f"CREATE OR REPLACE FUNCTION kbart_{table}_update() RETURNS trigger LANGUAGE plpgsql AS $$\nBEGIN\n"
        f"    INSERT INTO kbart_changedtitle (title) SELECT DISTINCT title FROM ({both}) found (title);\n"
        f"    RETURN NULL;\nEND $$;\n"
    )


class Migration(migrations.Migration):

    dependencies = [
        ('kbart', '0002_lines'),
        ('titles', '0010_titles_renamed'),
    ]

    operations = [migrations.RunSQL(_function("preceding_id"), _function())]
