"""What a page counts, leaves out or advises is said on it, with the way to the rest."""

import datetime as dt

import pytest
from django.utils import translation

from apps.accounts.choices import Role
from apps.aus.choices import AuState
from apps.aus.models import Au
from apps.common.clock import now
from apps.nodes import alert_rules, home, node, node_trust, node_work
from apps.nodes.models import AuStatus
from apps.nodes.services import counting, refreshing
from apps.permissions.lists import AGREEMENTS
from apps.polls.detail import voters_list
from apps.polls.lists import POLLS
from tests import factories as make
from tests.asking import as_person

pytestmark = pytest.mark.django_db


def shown(client, path: str) -> str:
    return " ".join(client.get(path).content.decode().split())


@pytest.fixture
def certificates(monkeypatch):
    """Our own ends last of four."""
    at = now()
    ends = [(f"peer:{n}", f"Peer {n}", at + dt.timedelta(days=400 + n)) for n in (3, 1, 2)] + [
        (alert_rules.OWN, "Own node", at + dt.timedelta(days=900))
    ]
    monkeypatch.setattr(alert_rules, "certificate_ends", lambda: ends)


def test_our_own_certificate_stands_first_and_what_is_left_out_is_said(client, certificates):
    facts = node_trust.trust_facts()
    terms = [fact.term for fact in facts if "ertificate" in fact.term]
    assert terms == [
        "Certificate of Own node ends",
        "Certificate of Peer 1 ends",
        "Certificate of Peer 2 ends",
        "Certificates",
    ]
    as_person(client)
    page = shown(client, "/node/")
    assert "the first 3 of 4" in page
    assert 'href="/node/?certificates=all"' in page
    every = shown(client, "/node/?certificates=all")
    assert "Certificate of Peer 3 ends" in every
    assert "the first 3 of" not in every


def test_few_certificates_are_all_there_is_to_say(monkeypatch):
    monkeypatch.setattr(alert_rules, "certificate_ends", lambda: [(alert_rules.OWN, "Own node", now())])
    assert [fact.term for fact in node_trust.trust_facts()].count("Certificates") == 0


@pytest.mark.parametrize(("role", "button"), [(Role.LIBRARIAN, True), (Role.READER, False)])
def test_without_a_title_set_nobody_waits_for_the_scan(client, role, button):
    as_person(client, role)
    page = shown(client, "/status/sets/")
    assert "There is no title set" in page
    assert "within minutes" not in page
    assert ('href="/sets/new/"' in page) == button


def test_home_tells_every_reader_who_chose(client):
    au = make.make_au()
    refreshing.refresh(keys=[au.pk])
    counting.count_all()
    as_person(client, Role.READER)
    page = shown(client, "/")
    assert "you chose" not in page
    assert "that this library chose" in page
    numbers = counting.numbers()
    assert "this library chose" in home.summary_line(numbers, 0, 0)
    assert "All archival units (1)" in page


def test_what_home_counts_is_what_its_link_lists(client):
    used, unused = make.make_au(), make.make_au()
    Au.objects.filter(pk=unused.pk).update(state=AuState.DEACTIVATED)
    refreshing.refresh(keys=[used.pk, unused.pk])
    counting.count_all()
    as_person(client, Role.READER)
    number = len(client.get("/aus/").context["list"].items)
    assert number == 2
    assert f"All archival units ({number})" in shown(client, "/")


def test_what_stands_above_is_not_told_again_below(client):
    aus = [make.make_au(title=make.make_title(name)) for name in ("Letters", "Sermons")]
    refreshing.refresh(keys=[au.pk for au in aus])
    assert AuStatus.objects.filter(care__gt=0).count() == 2
    every = [row.au.pk for row in home.care_list().items]
    assert sorted(every) == sorted(au.pk for au in aus)
    left = home.care_list([f"/aus/{aus[0].slug}/", "/aus/?care=yes", "/node/"])
    assert [row.au.pk for row in left.items] == [aus[1].pk]
    as_person(client, Role.LIBRARIAN)
    context = client.get("/").context
    needs = {need.url for need in (*context["needs"], *context["others"])}
    assert not needs & {f"/aus/{row.au.slug}/" for row in context["care"].items}


def test_a_finding_tells_what_helps_as_the_node_does(client):
    silent = make.make_finding("peer-silent", message="It says nothing.")
    strange = make.make_finding("never-heard-of", message="Something.")
    over = make.make_finding("peer-silent", subject="peer:2", message="It says nothing.", resolved_at=now())
    as_person(client)
    page = shown(client, f"/findings/{silent.pk}/")
    assert "What helps" in page
    assert "Ask the people of the other node" in page
    assert "What helps" not in shown(client, f"/findings/{strange.pk}/")
    assert "What helps" not in shown(client, f"/findings/{over.pk}/")


def test_jobs_that_run_and_those_that_wait_are_two_links():
    for state in ("running", "waiting", "waiting"):
        make.make_job(state=state, run_after=now())
    vital = node.vitals({})[1]
    assert (vital.value, vital.url) == ("3", "")
    assert [(part.label, part.url) for part in vital.parts] == [
        ("running 1", "/jobs/?state=running"),
        ("waiting for a worker 2", "/jobs/?due=yes"),
    ]


def test_the_agreement_of_copies_and_that_of_contracts_are_two_words():
    with translation.override("es"):
        copies = [str(one.label) for one in (*POLLS.columns, *voters_list([]).table.columns)]
        contracts = [str(one.label) for one in AGREEMENTS.columns]
    assert copies.count("Concordancia") == 2
    assert "Convenio" in contracts
    assert "Convenio" not in copies
    assert "Concordancia" not in contracts


def test_queues_are_called_by_words():
    make.make_job(queue="crawl")
    with translation.override("es"):
        rows = [str(row) for row in node_work.queues_list().rows]
    row = next(one for one in rows if "crawl" in one)
    assert row.index("recolección") < row.index(">crawl<")
