"""Lines of reports as rows, and triggers that write down which titles changed, in the transaction that changes them."""

from django.db import migrations, models

_OF_AU = "SELECT l.title_id FROM {rows} r JOIN titles_listedau l ON l.id = r.{key}"
_OF_STATUS = "SELECT l.title_id FROM {rows} r JOIN aus_au a ON a.key_id = r.au_id JOIN titles_listedau l ON l.id = a.listed_id"
# Table, its key, how its rows lead to titles, the columns that lines depend on (none: all of them).
WATCHED = (
    ("titles_listedau", "id", "SELECT r.title_id FROM {rows} r", ()),
    (
        "titles_title",
        "id",
        "SELECT r.id FROM {rows} r",
        ("name", "publisher_id", "kind", "issn", "eissn", "issn_l"),
    ),
    ("titles_publisher", "id", "SELECT t.id FROM {rows} r JOIN titles_title t ON t.publisher_id = r.id", ("name",)),
    ("aus_au", "key_id", _OF_AU.replace("{key}", "listed_id"), ("state", "listed_id")),
    ("crawls_crawlstatus", "au_id", _OF_STATUS, ("last_success_at IS NULL",)),
    ("polls_pollstatus", "au_id", _OF_STATUS, ("agreement", "agreeing_peers", "last_complete_at")),
)


def _triggers():
    for table, key, titles, columns in WATCHED:
        name = f"kbart_{table}"
        new, old = titles.format(rows="after_rows"), titles.format(rows="before_rows")
        both = f"{new} UNION {old}"
        if columns:
            told = ", ".join(f"(b.{one})" for one in columns), ", ".join(f"(a.{one})" for one in columns)
            differ = (
                f"(SELECT {{side}}.* FROM before_rows b JOIN after_rows a USING ({key})"
                f" WHERE ({told[0]}) IS DISTINCT FROM ({told[1]}))"
            )
            both = " UNION ".join(titles.format(rows=differ.format(side=side)) for side in ("a", "b"))
        for act, rows, tables in (
            ("insert", new, "NEW TABLE AS after_rows"),
            ("update", both, "OLD TABLE AS before_rows NEW TABLE AS after_rows"),
            ("delete", old, "OLD TABLE AS before_rows"),
        ):
            yield f"{name}_{act}", table, act, rows, tables


def _forward():
    for name, table, act, rows, tables in _triggers():
        yield (
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$\nBEGIN\n"
            f"    INSERT INTO kbart_changedtitle (title) SELECT DISTINCT title FROM ({rows}) found (title);\n"
            f"    RETURN NULL;\nEND $$;\n"
            f"CREATE TRIGGER {name} AFTER {act.upper()} ON {table} REFERENCING {tables}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION {name}();\n"
        )


def _backward():
    for name, table, *_ in _triggers():
        yield f"DROP TRIGGER {name} ON {table};\nDROP FUNCTION {name}();\n"


class Migration(migrations.Migration):

    dependencies = [
        ('kbart', '0001_editions_keys_and_checks'),
        ('aus', '0007_by_state'),
        ('crawls', '0004_refetch_depth'),
        ('polls', '0003_by_proof'),
        ('titles', '0007_covering_indexes'),
    ]

    operations = [
        migrations.CreateModel(
            name='ChangedTitle',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='LinesState',
            fields=[
                ('scope', models.CharField(max_length=9, primary_key=True, serialize=False)),
                ('basis', models.TextField(help_text='what all lines rest on beside the rows: settings, year, rules')),
                ('at', models.DateTimeField(help_text='proofs were judged as of then')),
                ('made_to', models.BigIntegerField(help_text='titles up to this number are made; empty: all', null=True)),
            ],
        ),
        migrations.CreateModel(
            name='ReportDoubt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('scope', models.CharField(max_length=9)),
                ('title', models.BigIntegerField()),
                ('place', models.PositiveIntegerField()),
                ('publisher', models.BigIntegerField()),
                ('told', models.JSONField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('scope', 'title', 'place'), name='kbart_doubt_place')],
            },
        ),
        migrations.CreateModel(
            name='ReportLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('scope', models.CharField(max_length=9)),
                ('title', models.BigIntegerField()),
                ('place', models.PositiveIntegerField(help_text='among the lines of its title')),
                ('publisher', models.BigIntegerField()),
                ('head', models.BinaryField(help_text='how its key begins: what an index can hold')),
                ('key', models.BinaryField(help_text='bytes in whose order lines stand in the file')),
                ('with_id', models.BooleanField(help_text='an ISSN or ISBN stands in it')),
                ('text', models.TextField(help_text='the 25 columns with tabs between them, no line feed')),
            ],
            options={
                'indexes': [models.Index(fields=['scope', 'head'], name='kbart_lines_in_order'), models.Index(fields=['scope', 'publisher', 'head'], name='kbart_lines_of_publisher')],
                'constraints': [models.UniqueConstraint(fields=('scope', 'title', 'place'), name='kbart_line_place')],
            },
        ),
        migrations.RunSQL("".join(_forward()), "".join(_backward())),
    ]
