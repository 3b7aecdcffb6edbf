"""What went wrong, in groups: each of one cause, with its own next act and a link to exactly its rows."""

import datetime as dt
import re
from html import unescape

import pytest

from apps.common.clock import now
from apps.common.models import Finding
from apps.nodes import error_advice, node_errors
from apps.permissions.choices import Reason
from tests import factories as make
from tests.asking import check_reading
from tests.nodes.watching import watched

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def node(settings, tmp_path):
    settings.NODE = watched(tmp_path)


def groups() -> list[str]:
    return [str(row) for row in node_errors.errors_list().rows]


def plain(row: str) -> str:
    return " ".join(re.sub("<[^>]*>", " ", unescape(row)).split())


def rows_behind(client, row: str) -> str:
    """The page that a group's own first link leads to."""
    page = unescape(re.search(r'href="(/(?:findings|jobs)/\?[^"]+)"', row)[1])
    return check_reading(client, page, "nodes/list_page.html")


def test_permission_is_told_by_its_cause_and_helped_by_its_own_act(client):
    for name in ("Northern deed", "Southern deed"):
        make.make_finding("permission-agreement-ended", message=f"The agreement “{name}” ended.")
    make.make_finding("permission-no-statement", message="The page carries no permission statement.")
    ended, bare = groups()
    # Of several, none's own words speak for the others.
    assert "deed" not in plain(ended)
    assert "/permissions/agreements/" in ended
    assert "crawl" not in plain(ended).lower()
    assert "no permission statement" in plain(bare)
    assert "/permissions/blocked/?cause=no-statement" in bare


def test_a_group_whose_rows_all_say_the_same_says_it(client):
    for _ in range(3):
        make.make_finding("permission-no-agreement", message="No signed agreement with Tidewater covers it.")
    assert "Tidewater" in plain(groups()[0])


@pytest.mark.parametrize("reason", [one for one in Reason if one not in (Reason.NONE, Reason.NOT_CHECKED)])
def test_every_cause_of_permission_has_its_own_sentence_and_act(reason):
    said = error_advice.advice(f"permission-{reason}")
    assert said.text
    assert said.url.startswith("/permissions/")
    assert said.headline


def test_a_group_leads_to_exactly_its_findings(client):
    make.make_finding("poll-odd", "polls", message="Odd.")
    make.make_finding("poll-odd", "peer:1", message="Odder.")
    make.make_finding("poll-odd", "peer:2", severity="info", message="A mere note.")
    page = rows_behind(client, groups()[0])
    assert "Odder." in page
    assert "A mere note." not in page


def test_a_group_leads_to_exactly_its_jobs(client):
    for subject in ("au:1", "au:2"):
        make.make_job(
            state="failed", error_code="job-error", error="Broke.", finished_at=now(), subject=subject
        )
    make.make_job(state="failed", error_code="other", error="Broke otherwise.", finished_at=now())
    old = now() - dt.timedelta(days=8)
    make.make_job(state="failed", error_code="job-error", error="Broke long ago.", finished_at=old)
    page = rows_behind(client, next(row for row in groups() if "Broke." in row))
    assert "Broke." in page
    assert "otherwise" not in page
    assert "long ago" not in page


def test_plugins_that_do_not_fit_are_not_helped_by_looking_at_the_crawl():
    make.make_finding("crawl-plugin-error", message="The plugin is not loaded.")
    assert "/plugins/" in groups()[0]
    assert Finding.objects.count() == 1
