"""Every address as every role and as nobody, generated from the URL table."""

import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.urls import URLResolver, get_resolver, reverse

from apps.accounts.choices import Role
from apps.accounts.services import make_link, note_step
from apps.aus.models import CollectionRecord, HoldingsDecision, HoldingsLine, HoldingsUpload, Subscription
from apps.common.clock import now
from apps.delivery.models import InstitutionProxy, TriggerEvent
from apps.exports.models import Export, Package, PackageImport
from apps.kbart.models import Check, Edition, FeedToken, Series
from apps.network.models import Member
from apps.nodes.models import Alert
from apps.nodes.services import yearly
from apps.permissions.models import PageTrial
from apps.plugins.models import Plugin, PluginJar, PluginRegistry, Trial, TrustedSigner
from apps.titles.choices import SetKind
from apps.titles.models import ListAddress, ListImport, Title, TitleList, TitleSet
from tests.accounts.factories import make_person, make_session, make_token
from tests.addresses import open_to_status, written
from tests.aus.factories import load_sample as load_definitions

SIGN_IN = "/accounts/sign-in/"
# Where an address names a row: model by the beginning of the route; of two that fit the first.
ROWS = {
    "public/aus/": "aus.Au",
    "public/titles/": "titles.Title",
    "report/": "nodes.YearReport",
    "status/publishers/": "titles.Publisher",
    "status/titles/": "titles.Title",
    "status/sets/": "titles.TitleSet",
    "titles/au/": "titles.ListedAu",
    "aus/": "aus.Au",
    "titles/": "titles.Title",
    "title/": "titles.Title",
    "publishers/": "titles.Publisher",
    "sets/": "titles.TitleSet",
    "selections/": "aus.Selection",
    "holdings/decisions/": "aus.HoldingsDecision",
    "holdings/": "aus.HoldingsUpload",
    "subscriptions/": "aus.Subscription",
    "collections/": "aus.CollectionRecord",
    "lists/imports/": "titles.ListImport",
    "lists/": "titles.TitleList",
    "plugins/jars/": "plugins.PluginJar",
    "plugins/signers/": "plugins.TrustedSigner",
    "plugins/registries/": "plugins.PluginRegistry",
    "plugins/trials/": "plugins.Trial",
    "plugins/": "plugins.Plugin",
    "permissions/agreements/": "permissions.PublisherAgreement",
    "permissions/test/": "permissions.PageTrial",
    "permissions/reminders/": "permissions.AgreementReminder",
    "permissions/evidence/": "permissions.Evidence",
    "serving/aus/": "aus.Au",
    "serving/titles/": "titles.Title",
    "serving/publishers/": "titles.Publisher",
    "serving/proxies/": "delivery.InstitutionProxy",
    "serving/triggers/": "delivery.TriggerEvent",
    "crawls/": "crawls.Crawl",
    "exports/": "exports.Export",
    "imports/packages/": "exports.Package",
    "imports/": "exports.PackageImport",
    "reports/kbart/series/": "kbart.Series",
    "reports/kbart/editions/": "kbart.Edition",
    "reports/kbart/keys/": "kbart.FeedToken",
    "reports/kbart/check/": "kbart.Check",
    "kbart/": "kbart.Series",
    "polls/votes/": "polls.Vote",
    "polls/": "polls.Poll",
    "repairs/": "polls.Repair",
    "jobs/": "common.Job",
    "findings/": "common.Finding",
    "alerts/": "nodes.Alert",
    "peers/": "peers.Peer",
    "network/members/": "network.Member",
    "network/contacts/": "network.MemberContact",
    "network/nodes/": "network.MemberNode",
    "network/agreements/": "network.Membership",
    "network/decisions/": "network.Decision",
    "network/papers/": "network.Paper",
    "accounts/people/": "accounts.User",
    "first-steps/": "accounts.SetupStep",
    "me/tokens/": "accounts.ApiToken",
    "me/sessions/": "accounts.PortalSession",
    "me/factors/": "mfa.Authenticator",
    "me/identity/": "socialaccount.SocialAccount",
    "accounts/link/": "accounts.OneTimeLink",
    "accounts/audit/": "accounts.AuditEvent",
}
# And where it names a second one: model and field.
SECOND = {
    "line": ("aus.HoldingsLine", "pk"),
    "file": ("exports.ExportFile", "pk"),
    "party": ("permissions.AgreementParty", "pk"),
    "document": ("permissions.AgreementDocument", "pk"),
    "token": ("accounts.ApiToken", "pk"),
    "session": ("accounts.PortalSession", "number"),
    "factor": ("mfa.Authenticator", "pk"),
    "identity": ("socialaccount.SocialAccount", "pk"),
    "text": ("accounts.OneTimeLink", "digest"),
    "number": ("permissions.AgreementLetter", "number"),
}
METHODS = ("get", "post")
# ``<int:pk>`` of a route, ``(?P<slug>`` of a pattern.
_ARGUMENT = re.compile(r"<(?:[a-z]+:)?([a-z_]+)>")
# May answer 404 to those who may: no first person is wanted any more, no debugging, nothing stored, no URL named,
# no list named.
NOT_THERE = {
    "accounts:setup",
    "common:gallery",
    "permissions:document",
    "peers:own-certificate",
    "plugins:jar-file",
    "nodes:url",
    # Its row is there, its bytes are not.
    "exports:file",
    "kbart:check",
    "kbart:feed",
    # Of somebody else.
    "me:token-revoke",
    "me:session-end",
    "me:factor-remove",
    "me:identity-release",
    # Used or never made; no identity provider.
    "accounts:link",
    "accounts:sso",
    "accounts:sso-back",
    "me:identity-bind",
    "api:list-objects",
    # Closed unless the node's setting opens them.
    "nodes:public-title",
    "nodes:public-title-badge",
    "nodes:public-au",
    "nodes:public-au-badge",
    "network:paper",
}
# Open to nobody in particular, with a door of their own for programs: a token without their scope is refused.
PROGRAMS = {"kbart:feeds", "kbart:feed"}
# Asked by a form, as clients of 1.x do; they change nothing.
ASKED_BY_FORM = {"api:daemon-status", "api:list-objects"}


@dataclass(frozen=True)
class Address:
    name: str
    route: str
    view: object


def addresses(patterns: list, space: str = "", before: str = "") -> Iterator[Address]:
    for one in patterns:
        route = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from addresses(one.url_patterns, one.namespace or space, route)
        else:
            name = f"{space}:{one.name}" if one.name else route
            yield Address(name, route.replace("^", ""), one.callback)


ALL = list(addresses(get_resolver().url_patterns))
RULES = written()
BY_STATUS = open_to_status()


def test_every_page_has_a_rule_and_every_rule_a_page():
    names = [one.name for one in ALL]
    assert len(names) == len(set(names)), "two addresses of one name"
    assert set(names) == set(RULES)


@pytest.mark.parametrize("address", ALL, ids=lambda one: one.name)
def test_the_view_says_who_may_see_it(address):
    """Nobody is let in by a view that forgot to say so, and nobody by one that says too much."""
    rule = RULES[address.name]
    roles = getattr(address.view, "required_roles", None)
    if rule is None:
        assert roles is None
        return
    assert roles is not None, "no role_required"
    assert (frozenset(roles) | {Role.SYSTEM} if roles else frozenset(Role)) == rule


@pytest.fixture(scope="module")
def paths(sample, django_db_blocker) -> dict[str, str]:
    """Name → path with the key of a row that is there; the rows go with those of the sample."""
    with django_db_blocker.unblock():
        make_more(sample)
        return {one.name: path_of(one) for one in ALL}


def make_more(sample) -> None:
    """The rows that the sample has none of."""
    load_definitions()
    add_to_plugins()
    publisher = sample.au.publisher
    Subscription.objects.create(user=sample.user, token="1", publisher=publisher, ranges="2020-")
    InstitutionProxy.objects.create(name="ezproxy", addresses="192.0.2.1")
    TriggerEvent.objects.create(
        title=Title.objects.first(),
        reason="closed",
        since=now().date(),
        proposed_name="ann",
        proposed_at=now(),
    )
    TitleSet.objects.create(name="Ours", name_key="ours", kind=SetKind.HAND)
    CollectionRecord.objects.create(
        name="A", name_key="a", institution="B", institution_key="b", risk="low", risk_rank=2
    )
    upload = HoldingsUpload.objects.create(
        user=sample.user, file_name="list.csv", stored_path="", sha256="", size=1, state="ready"
    )
    HoldingsLine.objects.create(upload=upload, line=2, state="unmatched", key="1")
    HoldingsDecision.objects.create(user=sample.user, key="1")
    first = TitleList.objects.order_by("pk").first()
    ListImport.objects.create(title_list=first, finished_at=now())
    ListAddress.objects.create(title_list=first, url="http://lists.example/tide.tdb")
    add_to_agreement(sample.agreement)
    # Open, so that nobody is somebody who may fetch it.
    series = Series.objects.create(label="A", slug="a", part="preserved", is_open=True)
    Edition.objects.create(series=series)
    export = Export.objects.create(what="A", options={"format": "warc"})
    export.files.create(kind="file", name="a.warc.gz", size=1, sha256="0" * 64)
    add_to_imports()
    FeedToken.objects.create(label="A", key="kb-1", digest="0" * 64)
    Check.objects.create(user=sample.user, file_name="a.txt", sha256="0" * 64, size=1)
    make_token(sample.user, "status")
    make_session(sample.user)
    make_link(person=sample.user, by=sample.user)
    note_step(name="storage", by=sample.user)
    Authenticator.objects.create(user=sample.user, type=Authenticator.Type.RECOVERY_CODES, data={})
    SocialAccount.objects.create(user=sample.user, provider="oidc", uid="1")
    Alert.objects.create(
        kind="clock-off",
        subject="clock",
        severity="warning",
        message="-",
        raised_at=now(),
        last_seen_at=now(),
    )
    yearly.make(year=yearly.this_year())
    add_to_network()
    PageTrial.objects.create(
        asked_by="1", open_door=True, asked_at=now(), network="lockss", url="http://p.example/"
    )


def add_to_imports() -> None:
    """A package, whose file lies in the folder, and what became of another one."""
    folder = Path(settings.NODE.import_dir)
    folder.mkdir()
    (folder / "tides.warc.gz").write_bytes(b"-")
    Package.objects.create(name="tides.warc.gz", size=1, modified_at=now())
    row = PackageImport.objects.create(name="marsh.wacz", size=1, state="done", findings=1, taken_at=now())
    row.finding_rows.create(code="package-broken", place="marsh.wacz", found="it is empty")


def add_to_plugins() -> None:
    """A JAR, a signer, a registry and a trial."""
    at, digest = now(), "0" * 64
    PluginJar.objects.create(
        sha256=digest, size=1, name="a.jar", signature="unsigned", outcome="loaded", judged_at=at
    )
    TrustedSigner.objects.create(
        fingerprint=digest, subject="A", issuer="A", not_before=at, not_after=at, der=b"-"
    )
    PluginRegistry.objects.create(name="Riverside", url="http://lists.example/plugins/")
    Trial.objects.create(plugin=Plugin.objects.first())


def add_to_network() -> None:
    """A member with one of everything."""
    at, day = now(), now().date()
    row = Member.objects.create(name="Alder", name_key="alder", applied_on=day)
    row.contacts.create(role="technical", name="Ann")
    row.nodes.create(identity="TCP:[192.0.2.9]:9729")
    row.memberships.create(name="Charter", starts=day)
    row.decisions.create(kind="other", decided_on=day, body="Board", text="So be it.", entered_at=at)
    row.papers.create(name="signed.pdf", path="none", sha256="0" * 64, size=1, added_at=at)


def add_to_agreement(row) -> None:
    """A party, a document, a reminder and a letter."""
    row.parties.create(name="Host Ltd")
    row.documents.create(name="signed.pdf", path="none", sha256="0" * 64, size=1, added_at=now())
    row.reminders.create(kind="ends", due_on=row.ends, made_at=now())
    letter = {"lang": "en", "subject": "Letter", "email": "", "salutation": "", "opening": [], "closing": []}
    part = {"title": "", "lines": []}
    letter |= dict.fromkeys(("covers", "permits", "forbids", "clause", "signatures"), part)
    row.letters.create(
        number=1, sent_on=row.starts, content=letter, pdf=b"%PDF-", pdf_sha256="0" * 64, added_at=now()
    )


def path_of(address: Address) -> str:
    model = next((name for start, name in ROWS.items() if address.route.startswith(start)), None)
    if "<" not in address.route:
        return "/" + address.route.replace("$", "")
    row = apps.get_model(model).objects.order_by("pk").first()
    assert row is not None, f"{address.name}: no {model} in the sample"
    given = {}
    for name in _ARGUMENT.findall(address.route):
        given[name] = second(name) if name in SECOND else getattr(row, name)
    return reverse(address.name, kwargs=given)


def second(name: str) -> object:
    model, field = SECOND[name]
    return getattr(apps.get_model(model).objects.order_by("pk").first(), field)


@pytest.mark.parametrize("role", [None, *Role], ids=lambda role: role or "nobody")
def test_as(role, paths, client, db):
    """Who may gets an answer of the page; who may not is sent away, by whatever method; nothing breaks."""
    if role:
        client.force_login(make_person("somebody", role))
    # What a request does to the session is taken back with all else; what it does to cookies, here.
    signed_in = deepcopy(client.cookies)
    wrong = []
    for name, path in paths.items():
        for method in METHODS:
            client.cookies = deepcopy(signed_in)
            with transaction.atomic():
                answer = getattr(client, method)(path)
                transaction.set_rollback(True)
            if not fits(name, role, answer):
                where = answer.headers.get("Location", "")
                wrong.append(f"{method} {path} ({name}): {answer.status_code} {where}")
    assert not wrong, "\n".join(wrong)


def fits(name: str, role: Role | None, answer) -> bool:
    """405 says nothing about anybody: no view is asked."""
    status, rule = answer.status_code, RULES[name]
    sent = status == 302 and answer["Location"].startswith(SIGN_IN)
    if status == 405:
        return True
    if rule is None:
        return status < 400 or status == 422 or (status == 404 and name in NOT_THERE)
    if role is None:
        # What programs ask says how they may come in.
        return sent or (status == 401 and "WWW-Authenticate" in answer)
    if role not in rule:
        return status == 403
    return not sent and status < 500 and status not in (401, 403) and (status != 404 or name in NOT_THERE)


@pytest.mark.parametrize("role", Role, ids=str)
def test_with_a_token(role, paths, client, db):
    """The scope of status reads what everybody here may see, and nothing else; what is refused is JSON, no page."""
    text = make_token(make_person("somebody", role), "status")
    wrong = []
    for name, path in paths.items():
        for method in ("get", "head", "post"):
            client.cookies.clear()
            with transaction.atomic():
                answer = getattr(client, method)(path, headers={"Authorization": f"Bearer {text}"})
                transaction.set_rollback(True)
            if not fits_token(name, method, answer):
                where = answer.headers.get("Location", answer.headers.get("Content-Type"))
                wrong.append(f"{method} {path} ({name}): {answer.status_code} {where} {list(answer.cookies)}")
    assert not wrong, "\n".join(wrong)


def fits_token(name: str, method: str, answer) -> bool:
    status = answer.status_code
    if status == 405:
        return True
    if RULES[name] is None:
        return fits(name, None, answer) or (name in PROGRAMS and status == 403)
    if name in BY_STATUS and (method != "post" or name in ASKED_BY_FORM):
        return fits(name, Role.READER, answer) and not answer.cookies
    return status == 403 and answer["Content-Type"] == "application/json" and not answer.cookies


@pytest.mark.parametrize(
    "path", ["/aus/?format=csv", "/polls/?format=json", "/network/", "/status/publishers/?format=csv"]
)
def test_a_token_that_is_no_good_is_told_so(path, client, db):
    person = make_person("somebody", Role.READER)
    for text, status in (
        ("lpt_no", 401),
        (make_token(person, "content"), 403),
        (make_token(person, "status"), 200),
    ):
        answer = client.get(path, headers={"Authorization": f"Bearer {text}"})
        assert answer.status_code == status, text
        if status != 200:
            assert set(answer.json()) == {"code", "detail"}
