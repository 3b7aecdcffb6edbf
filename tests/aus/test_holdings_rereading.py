"""A list is read again: what was struck stays struck, however often a worker is killed while it reads."""

import pytest

from apps.aus import services
from apps.aus.choices import HoldingsState
from apps.aus.models import HoldingsUpload
from apps.aus.services import holdings
from apps.common import jobs
from apps.common.models import Job
from apps.lockss.holdings import Field
from tests.aus import test_holdings
from tests.aus.test_holdings import read

pytestmark = pytest.mark.django_db
own_media, titles = test_holdings.own_media, test_holdings.titles


class Killed(BaseException):
    """As a signal: nothing of the reading handles it."""


@pytest.fixture
def struck(titles):
    """A list with line 3 struck."""
    row = read()
    services.strike_lines(upload=row, lines=row.lines_read.filter(line=3), struck=True, user=row.user)
    return row


def struck_lines(row) -> list[int]:
    return list(row.lines_read.filter(struck=True).values_list("line", flat=True))


def killed_reading(row, monkeypatch, after: int) -> None:
    """The worker dies when so many lines are there."""
    with monkeypatch.context() as patched:
        patched.setattr(holdings, "WRITTEN_AT_ONCE", 1)

        def progress(done: int) -> None:
            if done >= after:
                raise Killed

        with pytest.raises(Killed):
            services.read_holdings(upload_id=row.pk, progress=progress)


def killed_before_reading(row, monkeypatch) -> None:
    def die(*_):
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(holdings, "_read", die)
        with pytest.raises(Killed):
            services.read_holdings(upload_id=row.pk)


@pytest.mark.parametrize("kills", [[0], [1], [0, 1], [2, 0, 0, 4]])
def test_struck_lines_outlive_kills(struck, monkeypatch, kills):
    for after in kills:
        if after:
            killed_reading(struck, monkeypatch, after)
        else:
            killed_before_reading(struck, monkeypatch)
    struck.refresh_from_db()
    assert struck.state == HoldingsState.READING
    row = services.read_holdings(upload_id=struck.pk)
    assert (row.state, row.lines, struck_lines(row)) == (HoldingsState.READY, 5, [3])
    # What is taken in again after that is not struck at the next reading.
    services.strike_lines(upload=row, lines=row.lines_read.all(), struck=False, user=row.user)
    assert struck_lines(services.read_holdings(upload_id=row.pk)) == []


def test_struck_lines_outlive_a_reading_that_fails(struck):
    """Said of the wrong line: no line stands below. Said rightly again, line 3 is not wanted still."""
    for head, state in ((60, HoldingsState.FAILED), (2, HoldingsState.READY)):
        struck.refresh_from_db()
        job = services.set_columns(
            upload=struck,
            version=struck.version,
            columns={Field.TITLE: 0, Field.PUBLISHER: 1, Field.ISSN: 2},
            head_line=head,
            user=struck.user,
        )
        jobs.run(job.pk)
        struck.refresh_from_db()
        assert struck.state == state
    assert struck_lines(struck) == [3]


def test_struck_lines_outlive_a_reading_that_was_given_up(struck):
    HoldingsUpload.objects.filter(pk=struck.pk).update(state=HoldingsState.WAITING)
    Job.objects.filter(subject=struck.job_subject).update(state="cancelled")
    assert services.close_lost_readings() == 1
    assert struck_lines(services.read_holdings(upload_id=struck.pk)) == [3]
