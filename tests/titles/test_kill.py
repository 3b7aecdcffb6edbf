"""kill -9 at any moment of a command that imports: all of the list or nothing, told on its row, and done again the same."""

import datetime as dt
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from apps.common import jobs
from apps.common.clock import now
from apps.common.models import Job
from apps.titles import services, tasks
from apps.titles.choices import UNDER_WAY, ImportState
from apps.titles.models import ListedAu, ListEntry, ListImport, Publisher, Title, TitleCoverage, TitleList
from tests.titles.test_pages import TDB

KBART = (
    "publication_title\tprint_identifier\tonline_identifier\tdate_first_issue_online\tnum_first_vol_online\t"
    "date_last_issue_online\tnum_last_vol_online\ttitle_url\ttitle_id\tcoverage_depth\tpublisher_name\n"
    "Journal of Estuarine Studies\t1234-5679\t\t2001\t1\t2004\t4\thttp://tide.example/jes\tjes\tfulltext\tTidewater Press\n"
    "Estuary Letters\t\t\t2010\t1\t\t\thttp://tide.example/el\tel\tfulltext\tTidewater Press\n"
)
# Files by the command that reads them; no ending tells what the second is.
FILES = {"import_tdb": ("tide.tdb", TDB), "import_kbart": ("tide.kbart-2026", KBART)}
LIST = "Riverside"
BEGIN = {"import_tdb": services.import_tdb_folder, "import_kbart": services.import_kbart_file}


def run(*arguments: str) -> subprocess.CompletedProcess:
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "lockss_portal.testing"}
    database = str(connection.settings_dict["NAME"])
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.titles.killed_import", database, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


def applied() -> dict[str, list]:
    """What a list decides, without what differs from one import to the next."""
    return {
        "publishers": sorted(Publisher.objects.values_list("name", flat=True)),
        "titles": sorted(Title.objects.values_list("name", "issn", "eissn", "publisher__name")),
        "aus": sorted(ListedAu.objects.values_list("auid", "name", "year", "status")),
        "entries": ListEntry.objects.count(),
        "lines": sorted(
            map(str, TitleCoverage.objects.values_list("title__name", "first_date", "last_volume"))
        ),
    }


def put(folder: Path, command: str) -> Path:
    name, text = FILES[command]
    path = folder / name
    path.write_text(text)
    return path


def words(command: str, path: Path) -> tuple[int, dict[str, list]]:
    """How many words a whole run says, and its rows; nothing of it stays."""
    done = run("0", command, str(path), "--list", LIST)
    assert done.returncode in (0, 1), done.stderr
    whole = applied()
    assert whole["titles"]
    for model in (TitleCoverage, ListEntry, ListedAu, Title, Publisher, ListImport, TitleList, Job):
        model.objects.all().delete()
    return int(done.stdout.split()[-1]), whole


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("command", FILES)
@pytest.mark.parametrize("seed", range(3))
def test_a_command_killed_at_any_moment_did_all_or_nothing_and_is_repeated(tmp_path, command, seed):
    path = put(tmp_path, command)
    said, whole = words(command, path)
    nothing = applied()
    assert nothing != whole
    picks = random.Random(f"{command} {seed}")
    for moment in (picks.randint(said // 2, said), picks.randint(1, said // 2)):
        done = run(str(moment), command, str(path), "--list", LIST)
        # The progress is written by the clock: a word more or less.
        assert done.returncode == -9 or moment > said - 3, (moment, done.stderr)
        assert applied() in (nothing, whole), moment
        nothing = applied()
    # What each kill left has a job: nobody has to wait a day for its end.
    left = list(ListImport.objects.filter(state__in=UNDER_WAY))
    assert all(Job.objects.filter(subject=row.job_subject).exists() for row in left)
    Job.objects.update(lease_until=now() - dt.timedelta(seconds=1))
    if seed % 2:
        again = BEGIN[command](path=path, list_name=LIST)
        assert again.state == ImportState.DONE
        for row in left:
            row.refresh_from_db()
            assert row.state == ImportState.FAILED
            assert f"Import {again.pk} read the list instead" in row.error
    else:
        go_on()
        BEGIN[command](path=path, list_name=LIST)
    assert applied() == whole
    assert not ListImport.objects.filter(state__in=UNDER_WAY).exists()
    # One that was killed behind its commit is only noted as done.
    go_on()
    assert applied() == whole


def go_on() -> None:
    """What beat and a worker do."""
    assert tasks.import_titles
    for job in jobs.requeue():
        assert jobs.run(job.pk) == "done"
    services.close_lost()


@pytest.mark.django_db
def test_what_was_killed_is_not_read_after_a_later_list(tmp_path):
    """Its lease had not ended when the command was given again, for a newer edition in another place."""
    older = put(tmp_path, "import_tdb")
    row = services.import_tdb_folder(path=older, list_name=LIST)
    ListEntry.objects.all().delete()
    ListImport.objects.filter(pk=row.pk).update(state=ImportState.RUNNING)
    newer = tmp_path / "newer.tdb"
    newer.write_text(TDB.replace("Volume 2 ; 2", "Volume Two ; 2"))
    later = services.import_tdb_folder(path=newer, list_name=LIST)
    Job.objects.filter(subject=row.job_subject).update(
        state="running", lease_until=now() - dt.timedelta(seconds=1)
    )
    whole = applied()
    for job in jobs.requeue():
        assert jobs.run(job.pk) == "done"
    row.refresh_from_db()
    assert row.state == ImportState.FAILED
    assert f"Import {later.pk} read the list later" in row.error
    assert applied() == whole
