"""A newer version of a plugin, tried on stored pages before it is used: the whole way, with a real store."""

import datetime as dt
from dataclasses import replace

import pytest

from apps.accounts.models import AuditEvent
from apps.aus import tasks
from apps.aus.models import Au
from apps.aus.services import run_trial
from apps.common import jobs
from apps.common.clock import now
from apps.common.models import Finding, Job
from apps.lockss.auid import make_auid, slug_of
from apps.plugins.errors import PluginError
from apps.plugins.models import Plugin, Trial
from apps.plugins.services import abilities_for, decide_trial, load_plugin_files, try_again
from apps.repository.services import add_captures, ensure_au_key
from tests.accounts.factories import make_person
from tests.plugins.factories import ID, PARAMS, PATH, child, xml
from tests.repository.factories import capture

pytestmark = pytest.mark.django_db(transaction=True)
BASE = "http://tide.example/"
FILTER = {"text/html_filter_factory": "org.lockss.portal.sample.SampleHtmlHashFilterFactory"}
CHILD, CHILD_PATH = "org.lockss.plugin.Child", "org/lockss/plugin/Child.xml"


@pytest.fixture(autouse=True)
def node(settings, tmp_path):
    settings.NODE = replace(
        settings.NODE,
        content_dir=tmp_path / "content",
        media_dir=tmp_path / "media",
        spool_dir=tmp_path / "spool",
    )

    def change(**more):
        settings.NODE = replace(settings.NODE, **more)

    return change


def make_au(volume: int = 1, plugin: str = ID, *, pages: int = 3) -> Au:
    params = {"base_url": BASE, "journal": "tidal", "volume": str(volume)}
    auid = make_auid(plugin, params)
    au = Au.objects.create(
        key=ensure_au_key(auid=auid),
        auid=auid,
        slug=slug_of(auid),
        plugin_id=plugin,
        params=params,
        name=f"Tidal {volume}",
        name_key=f"tidal {volume}",
        selected_at=now(),
    )
    if pages:
        captures = [
            capture(f"{BASE}tidal/{volume}/{page}.html", f"<p>page {page}</p>".encode())
            for page in range(pages)
        ]
        add_captures(auid=auid, captures=captures)
    return au


def arrive(path: str = PATH, text: bytes | None = None, **changes) -> Trial:
    """A second version comes; the trial that it waits for."""
    done = load_plugin_files([(path, text or xml(plugin_version="2", **changes))])
    assert done.waiting
    return Trial.objects.get(state="waiting")


def tried(trial: Trial) -> Trial:
    assert tasks.try_plugin is not None
    job = Job.objects.get(kind="plugin-trial", subject=trial.job_subject, state="waiting")
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error) == ("done", "")
    trial.refresh_from_db()
    return trial


def in_use(plugin_id: str = ID) -> str:
    return Plugin.objects.get(plugin_id=plugin_id, current=True).version


def kinds(trial: Trial) -> set[str]:
    return set(trial.differences.values_list("kind", flat=True))


@pytest.fixture
def first():
    load_plugin_files([(PATH, xml())])


def test_without_a_stored_page_it_is_used_at_once(first):
    make_au(pages=0)
    done = load_plugin_files([(PATH, xml(plugin_version="2"))])
    assert (done.waiting, in_use(), Trial.objects.count()) == ([], "2", 0)


def test_one_that_changes_nothing_is_used_by_itself(first):
    make_au()
    trial = arrive(plugin_notes="New words for people.")
    assert in_use() == "1"
    trial = tried(trial)
    assert (trial.state, trial.aus, trial.urls, trial.difference_count) == ("used", 1, 3, 0)
    assert in_use() == "2"
    assert not Finding.objects.filter(resolved_at=None).exists()
    # Done again, it stays as it is.
    assert run_trial(trial=trial, progress=lambda *_: None).state == "used"


def test_where_a_person_is_to_be_asked_it_waits_although_nothing_differs(first, node):
    node(plugin_trial="ask")
    make_au()
    trial = tried(arrive())
    assert (trial.state, in_use()) == ("same", "1")
    assert "waits for somebody" in Finding.objects.get(resolved_at=None).message
    nina = make_person("nina", "network")
    decide_trial(trial=trial, version=trial.version, use=True, user=nina)
    assert in_use() == "2"
    assert not Finding.objects.filter(resolved_at=None).exists()
    assert AuditEvent.objects.filter(action="plugins.load", user=nina).count() == 1


@pytest.mark.parametrize(
    ("changes", "kind", "subject", "after"),
    [
        (
            {"au_crawlrules": ('1,"^%s%s/%d/[01]", base_url, journal, volume',)},
            "rules",
            "2.html",
            "not collected",
        ),
        ({"au_start_url": '"%s%s/%d/start", base_url, journal, volume'}, "start", "/1/start", "there"),
        ({"au_permission_url": '"%slockss.html", base_url'}, "permission", "lockss.html", "there"),
        ({"au_exclude_urls_from_polls_pattern": '"1[.]html"'}, "voted", "1.html", "not voted on"),
        ({"au_additional_url_stems": '"http://cdn.example/"'}, "stems", "cdn.example", "there"),
        ({"au_url_normalizer": "org.lockss.plugin.BaseUrlHttpHttpsUrlNormalizer"}, None, "", ""),
        ({"text/html_filter_factory": "com.example.Nobody"}, "filter", "0.html", "needs com.example.Nobody"),
        (
            {"text/html_filter_factory": "com.example.Nobody"},
            "ability",
            "vote",
            "no: needs com.example.Nobody",
        ),
        ({"au_login_page_checker": "com.example.Login"}, "ability", "collect", "no: needs com.example.Login"),
    ],
)
def test_what_differs_is_told_and_waits_for_a_person(first, changes, kind, subject, after):
    make_au()
    trial = tried(arrive(**changes))
    if kind is None:
        assert (trial.state, trial.difference_count) == ("used", 0)
        return
    assert (trial.state, in_use()) == ("different", "1")
    told = trial.differences.filter(kind=kind, subject__contains=subject)
    assert after in told.first().after
    assert told.first().au_name == "Tidal 1"
    assert trial.difference_count == trial.differences.count()
    # Loaded again it still waits: the same text is not tried twice.
    assert load_plugin_files([(PATH, xml(plugin_version="2", **changes))]).waiting == []
    assert in_use() == "1"


def test_a_filter_is_compared_by_the_bytes_it_leaves():
    load_plugin_files([(PATH, xml(**FILTER))])
    au = make_au(pages=0)
    pages = {
        "plain": b"<p>as ever</p>",
        "counter": b"<p>as ever</p><!-- volatile -->12<!-- /volatile -->",
    }
    add_captures(
        auid=au.auid, captures=[capture(f"{BASE}tidal/1/{name}", body) for name, body in pages.items()]
    )
    trial = tried(arrive(**{"text/html_filter_factory": None}))
    assert [row.subject for row in trial.differences.filter(kind="filter")] == [f"{BASE}tidal/1/counter"]


def test_pages_that_would_have_other_names_are_told(first):
    au = make_au(pages=0)
    add_captures(
        auid=au.auid, captures=[capture(f"https://tide.example/tidal/1/{n}", b"x") for n in range(2)]
    )
    trial = tried(arrive(au_url_normalizer="org.lockss.plugin.BaseUrlHttpHttpsUrlNormalizer"))
    assert trial.state == "different"
    row = trial.differences.filter(kind="names").first()
    assert (row.before, row.after) == ("https://tide.example/tidal/1/0", "http://tide.example/tidal/1/0")


PARAMS_WITH_YEAR = PARAMS.replace(
    "</list>",
    (
        "<org.lockss.daemon.ConfigParamDescr><key>year</key><type>4</type></org.lockss.daemon.ConfigParamDescr></list>"
    ),
)
PARAMS_WITHOUT_JOURNAL = PARAMS.replace(
    "<key>journal</key><type>1</type>", ("<key>journal</key><type>1</type><definitional>false</definitional>")
)


@pytest.mark.parametrize(
    ("params", "said"),
    [
        (PARAMS_WITHOUT_JOURNAL, "its AUID would change from"),
        (PARAMS_WITH_YEAR, "asks for the parameter year"),
    ],
)
def test_a_change_of_identity_is_refused_for_good(first, params, said):
    # The AU that would change need not be one that is tried.
    make_au(1)
    make_au(2, pages=0)
    trial = tried(arrive(text=xml(plugin_version="2").replace(PARAMS.encode(), params.encode())))
    assert (trial.state, in_use()) == ("refused", "1")
    assert said in trial.reason
    told = Finding.objects.get(code="plugin-version-waits").message
    assert said in told
    assert ".." not in told
    assert told.endswith(". The version in use stays.")
    with pytest.raises(PluginError, match=said[:20]):
        decide_trial(trial=trial, version=trial.version, use=True, user=make_person("nina", "network"))
    assert in_use() == "1"


def test_a_definition_that_is_broken_is_refused(first):
    make_au()
    trial = tried(arrive(au_start_url='"%sx", nobody_declared'))
    assert trial.state == "refused"
    assert "could not be used with it" in trial.reason


def test_a_parents_newer_version_is_tried_on_its_childrens_pages(first):
    load_plugin_files([(CHILD_PATH, child(plugin_name="Child"))])
    make_au(plugin=CHILD)
    trial = tried(arrive(au_crawlrules=('1,"^%snothing/", base_url',)))
    assert (trial.state, in_use()) == ("different", "1")
    nina = make_person("nina", "network")
    decide_trial(trial=trial, version=trial.version, use=True, user=nina)
    assert in_use() == "2"
    assert abilities_for(CHILD).definition.chain[1].version == "2"


def test_a_decision_is_about_what_was_shown(first):
    make_au()
    trial = tried(arrive(au_start_url='"%sother/", base_url'))
    nina = make_person("nina", "network")
    kept = decide_trial(trial=trial, version=trial.version, use=False, user=nina)
    assert (kept.state, in_use()) == ("kept-out", "1")
    with pytest.raises(PluginError, match="Look at it again"):
        decide_trial(trial=trial, version=trial.version, use=True, user=nina)
    decide_trial(trial=trial, version=kept.version, use=True, user=nina)
    assert in_use() == "2"
    with pytest.raises(PluginError, match="in use already"):
        try_again(trial=trial)


def test_an_older_one_that_waits_is_passed_over_by_a_newer(first):
    make_au()
    second = tried(arrive(au_start_url='"%sother/", base_url'))
    assert second.state == "different"
    load_plugin_files([(PATH, xml(plugin_version="3"))])
    third = tried(Trial.objects.get(state="waiting"))
    assert (third.state, in_use()) == ("used", "3")
    second.refresh_from_db()
    assert second.state == "passed"


def test_a_trial_that_was_killed_begins_again(first, monkeypatch):
    from apps.aus.services import plugin_trials

    make_au()
    trial = arrive(au_start_url='"%sother/", base_url')
    job = Job.objects.get(subject=trial.job_subject)

    class Killed(BaseException):
        pass

    def dies(*_):
        raise Killed

    whole = plugin_trials.compare
    monkeypatch.setattr(plugin_trials, "compare", dies)
    with pytest.raises(Killed):
        jobs.run(job.pk)
    monkeypatch.setattr(plugin_trials, "compare", whole)
    trial.refresh_from_db()
    assert (trial.state, trial.differences.count()) == ("waiting", 0)
    Job.objects.filter(pk=job.pk).update(lease_until=now() - dt.timedelta(seconds=1))
    jobs.run(job.pk)
    trial.refresh_from_db()
    assert trial.state == "different"
    assert {row.kind for row in trial.differences.all()} >= {"start"}


def test_only_a_sample_is_tried_from_first_to_last(first, node):
    node(plugin_trial_urls=4, plugin_trial_aus=1)
    make_au(1, pages=9)
    make_au(2, pages=2)
    trial = tried(arrive())
    assert (trial.aus, trial.urls) == (1, 3)
