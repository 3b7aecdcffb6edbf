"""``select_aus`` on the command line."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from apps.accounts.models import AuditEvent
from apps.aus.models import Au, Selection
from apps.common.models import Job
from apps.titles.models import Title, TitleSet
from apps.titles.services import Meaning, add_titles, make_set
from tests.aus.factories import load_sample, offer, volumes

pytestmark = pytest.mark.django_db


def run(*words: str) -> tuple[int, str, str]:
    out, err = StringIO(), StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("select_aus", *words, stdout=out, stderr=err)
    return ended.value.code, out.getvalue(), err.getvalue()


@pytest.fixture
def rows():
    load_sample()
    return offer(
        *volumes(60), *volumes(2, "Água e Vida", publisher="Marsh"), *volumes(1, "Notes", status="manifest")
    )


@pytest.mark.parametrize(
    ("words", "number"),
    [
        (["--title", "agua e  VIDA"], 2),
        (["--publisher", "marsh"], 2),
        (["--publisher", "Tidewater Press"], 60),
        (["--all"], 62),
        (["--all", "--unreleased"], 63),
        (["--all", "--list", "Riverside"], 62),
    ],
)
def test_what_is_meant_is_selected(rows, words, number):
    code, out, err = run(*words)
    assert (code, out, err) == (0, f"{number} selected\n", "")
    assert Au.objects.count() == number
    assert Selection.objects.get().user is None
    assert not Job.objects.exists()
    assert AuditEvent.objects.filter(action="aus.select", username="").count() == number + 1


def test_by_number_and_by_auid(rows):
    assert run("--title", str(rows[60].title_id))[1] == "2 selected\n"
    assert run("--auid", rows[0].auid, "--auid", rows[1].auid)[1] == "2 selected\n"
    assert run("--auid", rows[0].auid)[1] == "1 already so\n"


@pytest.fixture
def nursing(rows) -> TitleSet:
    row = make_set(user=None, request_key=None, meaning=Meaning(name="Waters"))
    add_titles(user=None, title_set=row, titles=Title.objects.filter(name="Água e Vida"))
    return row


@pytest.mark.parametrize(
    ("words", "number"),
    [
        (["--title-set", "waters"], 2),
        (["--title-set", "Waters", "--years", "2002-"], 1),
        (["--all", "--years", "2001, 2003 to 2005"], 5),
        (["--publisher", "Tidewater Press", "--years", "until 2003"], 3),
        (["--title", "agua e vida", "--years", "all"], 2),
    ],
)
def test_by_set_and_by_years(rows, nursing, words, number):
    assert run(*words)[1] == f"{number} selected\n"
    assert Au.objects.count() == number
    assert run(*words)[1] == f"{number} already so\n"


def test_out_and_in_again_by_the_same_scopes(rows, nursing):
    run("--all")
    assert run("--title-set", "Waters", "--years", "2001", "--deactivate")[1] == "1 deactivated\n"
    assert Au.objects.get(state="deactivated").listed == rows[60]
    assert run("--title-set", "Waters", "--reactivate")[1] == "1 already so, 1 re-activated\n"
    assert not Au.objects.filter(state="deactivated").exists()
    assert Au.objects.count() == 62


def test_a_dry_run_only_counts(rows, nursing):
    out = StringIO()
    call_command("select_aus", "--title-set", "Waters", "--dry-run", stdout=out)
    assert out.getvalue() == "2 meant, nothing done\n"
    assert not Selection.objects.exists()


def test_what_is_not_possible_is_told_with_exit_one(rows):
    code, out, err = run("--auid", rows[-1].auid)
    assert (code, out) == (1, "1 not possible\n")
    assert "The network has not released it yet" in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--title", "Nothing"], "no title is called Nothing"),
        (["--publisher", "99999"], "no publisher is called 99999"),
        (["--title-set", "Nothing"], "no title set is called Nothing"),
        (["--all", "--years", "20x"], "“20x” is no range"),
        (["--all", "--years", "2004(3)"], "Only years are expected"),
        (["--all", "--years", ""], "Only years are expected"),
        (["--auid", "x|y&z~1"], "no title list names x|y&z~1"),
        (["--all", "--list", "Other"], "no title list is called Other"),
        (["--publisher", "Marsh", "--list", "Empty"], "There is no archival unit"),
    ],
)
def test_what_means_nothing_is_an_error(rows, words, said):
    offer(name="Empty")
    with pytest.raises(CommandError, match=said.replace("|", r"\|")) as ended:
        call_command("select_aus", *words)
    assert ended.value.returncode == 2
