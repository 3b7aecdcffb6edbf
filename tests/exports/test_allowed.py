"""Who may export what: the verdict of serving decides, an auditor has what is hidden, and the moment counts."""

import pytest

from apps.accounts.choices import Role
from apps.common import jobs
from apps.common.choices import JobState
from apps.delivery.choices import Choice
from apps.delivery.models import ServingRule
from apps.exports import allowed, services, tasks
from apps.exports.errors import ExportRefused
from apps.exports.models import ExportFinding
from apps.lockss.packages import ExportOptions
from tests.accounts.factories import make_person
from tests.delivery.places import rule
from tests.exports.conftest import files_of


def ask(node, user):
    assert tasks is not None, "the job's handler is there"
    return services.ask_export(aus=[node.au, node.other], what="x", options=ExportOptions(), user=user)


@pytest.fixture
def librarian(db):
    return make_person("lib", Role.LIBRARIAN)


def test_what_is_hidden_is_left_out_for_a_librarian_and_told(node, librarian):
    rule(au=node.au, choice=Choice.DARK)
    row, job = ask(node, librarian)
    assert not row.is_audit
    assert jobs.run(job.pk) == JobState.DONE
    assert [one.unit.au for one in ExportFinding.objects.filter(export=row, code="hidden")] == [node.au]
    (path,) = files_of(row)
    assert node.other.slug in path.name


@pytest.mark.parametrize("role", [Role.NETWORK, Role.SYSTEM])
def test_an_auditor_has_it_all(node, role):
    rule(au=node.au, choice=Choice.DARK)
    row, job = ask(node, make_person("net", role))
    assert row.is_audit
    assert jobs.run(job.pk) == JobState.DONE
    assert len(files_of(row)) == 2


def test_where_all_is_hidden_nothing_is_begun(node, librarian):
    ServingRule.objects.update(choice=Choice.DARK)
    with pytest.raises(ExportRefused) as told:
        ask(node, librarian)
    assert told.value.code == "export-hidden"


def test_what_was_hidden_meanwhile_is_not_written(node, librarian):
    row, job = ask(node, librarian)
    rule(au=node.au, choice=Choice.DARK)
    assert jobs.run(job.pk) == JobState.DONE
    assert len(files_of(row)) == 1


def test_an_auditor_who_is_none_any_more_has_what_others_have(node):
    auditor = make_person("net", Role.NETWORK)
    rule(au=node.au, choice=Choice.DARK)
    row, job = ask(node, auditor)
    auditor.roles = [Role.LIBRARIAN]
    auditor.save()
    assert jobs.run(job.pk) == JobState.DONE
    assert len(files_of(row)) == 1
    assert allowed.hidden_from(auditor, [node.au.pk], auditor=True) == {node.au.pk}


def test_an_au_that_nobody_knows_is_hidden(node, librarian):
    assert allowed.hidden_from(librarian, [10**9], auditor=False) == {10**9}
