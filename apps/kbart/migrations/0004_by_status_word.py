"""A unit is preserved as long as its status word says so, so lines change with the word, too."""

from importlib import import_module

from django.db import migrations

_OF_STATUS = import_module("apps.kbart.migrations.0002_lines")._OF_STATUS  # noqa: SLF001
TABLE, KEY, COLUMNS = "nodes_austatus", "au_id", ("word", "agreeing")


def _triggers():
    new, old = _OF_STATUS.format(rows="after_rows", key=KEY), _OF_STATUS.format(rows="before_rows", key=KEY)
    told = [", ".join(f"({side}.{one})" for one in COLUMNS) for side in "ba"]
    differ = (
        f"(SELECT a.* FROM before_rows b JOIN after_rows a USING ({KEY})"
        f" WHERE ({told[0]}) IS DISTINCT FROM ({told[1]}))"
    )
    for act, rows, tables in (
        ("insert", new, "NEW TABLE AS after_rows"),
        ("update", _OF_STATUS.format(rows=differ, key=KEY), "OLD TABLE AS before_rows NEW TABLE AS after_rows"),
        ("delete", old, "OLD TABLE AS before_rows"),
    ):
        yield f"kbart_{TABLE}_{act}", act, rows, tables


def _forward():
    # Lines that were made by the rule of before are made anew.
    yield "DELETE FROM kbart_linesstate;\n"
    for name, act, rows, tables in _triggers():
        yield (
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$\nBEGIN\n"
            f"    INSERT INTO kbart_changedtitle (title) SELECT DISTINCT title FROM ({rows}) found (title);\n"
            f"    RETURN NULL;\nEND $$;\n"
            f"CREATE TRIGGER {name} AFTER {act.upper()} ON {TABLE} REFERENCING {tables}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION {name}();\n"
        )


def _backward():
    for name, *_ in _triggers():
        yield f"DROP TRIGGER {name} ON {TABLE};\nDROP FUNCTION {name}();\n"


class Migration(migrations.Migration):

    dependencies = [
        ('kbart', '0003_preceding_titles'),
        ('nodes', '0012_unsettled'),
    ]

    operations = [migrations.RunSQL("".join(_forward()), "".join(_backward()))]
