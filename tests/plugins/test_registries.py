"""Plugin registries over real HTTP: read, read again, permitted or not, and every way in which one can fail."""

import datetime as dt

import pytest

from apps.common import jobs
from apps.common.clock import now
from apps.common.models import Finding, Job
from apps.lockss.permission.statements import CLOCKSS_STATEMENTS, LOCKSS_STATEMENTS, Checker
from apps.plugins import tasks
from apps.plugins.errors import PluginError
from apps.plugins.models import Plugin, PluginJar, PluginRegistry, RegistryFile
from apps.plugins.services import add_registry, due_registries, end_registry, load_plugin_files
from tests.accounts.factories import make_person
from tests.lockss.jar_signer import signed_jar, zipped
from tests.plugins.factories import ID, PATH, xml
from tests.simulators.hostile_server import hostile_server_thread
from tests.simulators.publisher import Reply, Script, Twist, page

pytestmark = [pytest.mark.django_db]
STATEMENT = LOCKSS_STATEMENTS[Checker.STATEMENT]
JAR = "application/java-archive"


def index(*links: str, statement: str = STATEMENT, marks: tuple = ()) -> Reply:
    items = "".join(f'<li><a href="{link}">{link}</a></li>' for link in links)
    return page(f"<html><body><p>{statement}</p><ul>{items}</ul></body></html>", *marks)


def jar(data: bytes, etag: str = "") -> Reply:
    headers = (("Content-Type", JAR), *((("ETag", etag),) if etag else ()))
    return Reply(body=data, headers=headers)


def conditional(reply: Reply, etag: str):
    """The reply, or 304 for whoever has this one already."""

    def answer(asked) -> Reply:
        if f"If-None-Match: {etag}".encode() in asked.head:
            return Reply(304, headers=(("ETag", etag),))
        return Reply(reply.status, reply.body, (*reply.headers, ("ETag", etag)))

    return answer


@pytest.fixture
def script():
    return Script()


@pytest.fixture
def server(script, node):
    with hostile_server_thread(script) as running:
        node(allowed_private_hosts=(running.endpoint,))
        running.node = node
        yield running


@pytest.fixture
def nina(db):
    return make_person("nina", "network")


def follow(server, nina, **more) -> PluginRegistry:
    given = {"url": server.url("/plugins/index.html"), "name": "Riverside", "needs_permission": True}
    row, job = add_registry(user=nina, **{**given, **more})
    return run(row, job)


def run(row: PluginRegistry, job: Job | None = None) -> PluginRegistry:
    assert tasks.registry is not None
    if job is None:
        PluginRegistry.objects.filter(pk=row.pk).update(next_at=now())
        (job,) = due_registries()
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error) == ("done", "")
    row.refresh_from_db()
    return row


def test_a_registry_is_read_and_its_definitions_come_in(server, script, nina):
    script.on(
        "/plugins/index.html", index("Sample.jar", "sub/Other.jar", "notes.txt", "http://else.example/x.jar")
    )
    script.on("/plugins/Sample.jar", jar(zipped({PATH: xml()})))
    script.on("/plugins/sub/Other.jar", jar(signed_jar({"org/a/Other.xml": xml(plugin_name="Other")})))
    row = follow(server, nina)
    assert (row.state, row.reason, row.failures) == ("good", "", 0)
    assert STATEMENT in row.statement
    assert row.next_at > now() + dt.timedelta(hours=23)
    assert {plugin.plugin_id for plugin in Plugin.objects.filter(current=True)} == {ID, "org.a.Other"}
    files = {file.url.rpartition("/")[2]: file for file in row.files.select_related("jar")}
    assert set(files) == {"Sample.jar", "Other.jar"}
    assert files["Other.jar"].jar.signature == "unknown"
    assert Plugin.objects.get(plugin_id=ID).source == server.url("/plugins/Sample.jar")
    # No byte goes to the host that the page only names.
    assert {asked.host for asked in script.asked} == {"127.0.0.1"}


def test_what_has_not_changed_is_not_sent_again(server, script, nina):
    script.on("/plugins/index.html", conditional(index("Sample.jar"), '"p1"'))
    script.on("/plugins/Sample.jar", conditional(jar(zipped({PATH: xml()})), '"j1"'))
    row = follow(server, nina)
    script.asked.clear()
    row = run(row)
    assert row.state == "good"
    assert script.paths == ["/plugins/index.html", "/plugins/Sample.jar"]
    assert all(b"If-None-Match" in asked.head for asked in script.asked)
    assert PluginJar.objects.count() == 1
    # A newer JAR under the same name comes in although the page is the same.
    script.on("/plugins/Sample.jar", conditional(jar(zipped({PATH: xml(plugin_version="2")})), '"j2"'))
    run(row)
    assert Plugin.objects.get(plugin_id=ID, current=True).version == "2"
    assert RegistryFile.objects.get().etag == '"j2"'
    assert PluginJar.objects.count() == 2


def test_a_jar_that_leaves_the_page_is_marked_and_stays_loaded(server, script, nina):
    script.on("/plugins/index.html", index("Sample.jar"))
    script.on("/plugins/Sample.jar", jar(zipped({PATH: xml()})))
    row = follow(server, nina)
    script.on("/plugins/index.html", index())
    row = run(row)
    assert row.files.get().state == "gone"
    assert Plugin.objects.get(current=True).plugin_id == ID
    script.on("/plugins/index.html", index("Sample.jar"))
    assert run(row).files.get().state == "loaded"


def test_without_a_statement_nothing_is_fetched_unless_none_is_demanded(server, script, nina):
    script.on("/plugins/index.html", index("Sample.jar", statement="All rights reserved."))
    script.on("/plugins/Sample.jar", jar(zipped({PATH: xml()})))
    row = follow(server, nina)
    assert (row.state, row.files.count()) == ("not-permitted", 0)
    assert script.paths == ["/plugins/index.html"]
    assert "permission statement" in Finding.objects.get(resolved_at=None).message
    nothing = end_registry(registry=row, version=row.version, user=nina)
    assert (nothing.state, nothing.next_at) == ("ended", None)
    row = follow(server, nina, needs_permission=False)
    assert (row.state, row.statement) == ("good", "")
    assert Plugin.objects.get().plugin_id == ID
    assert not Finding.objects.filter(code="plugin-registry-failed", resolved_at=None).exists()


def test_another_networks_statement_is_one_too(server, script, nina):
    script.on("/plugins/index.html", index(statement=CLOCKSS_STATEMENTS[Checker.STATEMENT]))
    assert follow(server, nina).state == "good"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Reply(404), "HTTP 404"),
        (Reply(500), "HTTP 500"),
        (Reply(304), "HTTP 304"),
        (Reply(302, headers=(("Location", "http://else.example/"),)), "leads to http://else.example/"),
        (
            Reply(302, headers=(("Location", "http://u:SECRET@else.example/a@b"),)),
            "leads to http://else.example/a@b.",
        ),
        (Reply(302, headers=(("Location", "//SECRET@else.example/"),)), "leads to //else.example/."),
        (Reply(302, headers=(("Location", "/a@b.jar"),)), "leads to /a@b.jar."),
        (Reply(body=b"x" * (5 << 20)), "longer than what is read"),
        (Reply(body=b"<p>cut", twist=Twist.SHORT_LENGTH), "cut off"),
        (Reply(twist=Twist.GARBAGE), "could not be read"),
        (Reply(body=b"x", headers=(("Content-Encoding", "gzip"),)), "could not be read"),
        (index(*(f"{n}.jar" for n in range(1_001))), "1,001 JARs"),
    ],
)
def test_a_page_that_cannot_be_had_is_a_state_with_its_reason_and_next_try(
    server, script, nina, answer, said
):
    script.on("/plugins/index.html", answer)
    row = follow(server, nina)
    assert (row.state, row.failures) == ("failed", 1)
    assert said in row.reason
    assert now() < row.next_at < now() + dt.timedelta(seconds=901)
    assert said in Finding.objects.get(code="plugin-registry-failed", resolved_at=None).message
    row = run(row)
    assert row.failures == 2
    assert row.next_at > now() + dt.timedelta(seconds=1_700)
    script.on("/plugins/index.html", index())
    row = run(row)
    assert (row.state, row.failures, row.reason) == ("good", 0, "")
    assert not Finding.objects.filter(resolved_at=None).exists()


def test_an_address_that_is_not_public_is_not_asked(server, script, nina):
    server.node(allowed_private_hosts=())
    row = follow(server, nina)
    assert "not public" in row.reason
    assert script.asked == []


def test_one_bad_jar_does_not_keep_the_others_out(server, script, nina):
    script.on("/plugins/index.html", index("Bad.jar", "Gone.jar", "Broken.jar", "Sample.jar"))
    script.on("/plugins/Bad.jar", jar(b"no jar at all"))
    changed = signed_jar({PATH: xml()}, bend=lambda parts: parts.update({PATH: b"<map/>"}))
    script.on("/plugins/Broken.jar", jar(changed))
    script.on("/plugins/Sample.jar", jar(zipped({PATH: xml()})))
    row = follow(server, nina)
    found = {file.url.rpartition("/")[2]: file for file in row.files.all()}
    assert {name: file.state for name, file in found.items()} == {
        "Bad.jar": "refused",
        "Gone.jar": "failed",
        "Broken.jar": "refused",
        "Sample.jar": "loaded",
    }
    assert "changed after it was signed" in found["Broken.jar"].reason
    assert "HTTP 404" in found["Gone.jar"].reason
    assert (row.state, row.failures) == ("partly", 1)
    assert Plugin.objects.get(current=True).plugin_id == ID
    # What failed is asked for again sooner, and then all is well but for what is refused.
    script.on("/plugins/Gone.jar", jar(zipped({"org/a/Late.xml": xml()})))
    row = run(row)
    assert Plugin.objects.filter(plugin_id="org.a.Late").exists()
    assert (row.state, row.failures) == ("partly", 0)


def test_a_reading_that_was_killed_goes_on(server, script, nina, monkeypatch):
    script.on("/plugins/index.html", index("Sample.jar", "Other.jar"))
    script.on("/plugins/Sample.jar", jar(zipped({PATH: xml()})))
    script.on("/plugins/Other.jar", jar(zipped({"org/a/Other.xml": xml()})))
    row, job = add_registry(url=server.url("/plugins/index.html"), name="", needs_permission=True, user=nina)

    class Killed(BaseException):
        pass

    from apps.plugins import reading

    whole = reading._read_file

    def dies(file):
        if file.url.endswith("Other.jar"):
            raise Killed
        whole(file)

    monkeypatch.setattr(reading, "_read_file", dies)
    with pytest.raises(Killed):
        jobs.run(job.pk)
    monkeypatch.setattr(reading, "_read_file", whole)
    assert sorted(row.files.values_list("state", flat=True)) == ["loaded", "waiting"]
    Job.objects.filter(pk=job.pk).update(lease_until=now() - dt.timedelta(seconds=1))
    jobs.run(job.pk)
    assert set(row.files.values_list("state", flat=True)) == {"loaded"}
    assert Plugin.objects.count() == 2


def test_entering_twice_is_one_and_a_followed_address_is_told(server, nina):
    import uuid

    key = uuid.uuid4()
    given = {"url": server.url("/a"), "name": "A", "needs_permission": True, "user": nina, "request_key": key}
    first, job = add_registry(**given)
    second, same = add_registry(**given)
    assert (first.pk, job.pk) == (second.pk, same.pk)
    with pytest.raises(PluginError, match="followed already, as “A”"):
        add_registry(**{**given, "request_key": uuid.uuid4()})
    for bad in ("ftp://a.example/", "javascript:alert(1)", "http://", "", "http://a.example/" + "x" * 3000):
        with pytest.raises(PluginError, match="Expected an address"):
            add_registry(**{**given, "url": bad, "request_key": None})
    with pytest.raises(PluginError, match="Look again"):
        end_registry(registry=first, version=first.version + 1, user=nina)


def test_one_that_was_ended_is_never_due(server, script, nina):
    script.on("/plugins/index.html", index())
    row = follow(server, nina)
    PluginRegistry.objects.filter(pk=row.pk).update(next_at=now())
    (job,) = due_registries()
    row.refresh_from_db()
    end_registry(registry=row, version=row.version, user=nina)
    script.asked.clear()
    jobs.run(job.pk)
    row.refresh_from_db()
    assert (row.state, script.asked) == ("ended", [])
    assert due_registries() == []


def test_a_jar_without_a_definition_is_refused_with_its_reason(server, script, nina):
    script.on("/plugins/index.html", index("a.jar"))
    script.on("/plugins/a.jar", jar(zipped({"a.class": b"x"})))
    row = follow(server, nina)
    file = row.files.get()
    assert (row.state, file.state, file.jar) == ("partly", "refused", None)
    assert "a.jar holds no definition of a plugin" in file.reason


@pytest.mark.parametrize("who", ["nina:SECRET@", "SECRET@", "@", ":SECRET@"])
def test_an_address_with_a_password_is_not_kept(nina, who):
    with pytest.raises(PluginError, match="everybody here could read it") as refused:
        add_registry(url=f"http://{who}plugins.example/", name="", needs_permission=True, user=nina)
    assert "SECRET" not in str(refused.value)
    assert not PluginRegistry.objects.exists()
    assert not Job.objects.exists()


def test_a_password_in_a_link_is_not_kept(server, script, nina):
    """It is never sent either; the file is the one without it."""
    link = server.url("/plugins/tide.jar")
    script.on("/plugins/index.html", index(link.replace("://", "://user:SECRET@"), link))
    script.on("/plugins/tide.jar", jar(signed_jar({PATH: xml()})))
    row = follow(server, nina)
    (file,) = row.files.all()
    assert (file.url, file.state, row.links) == (link, "loaded", [link])
    kept = [
        *PluginJar.objects.values_list("source", flat=True),
        *Plugin.objects.values_list("source", flat=True),
    ]
    assert "SECRET" not in str(kept)
    # What an older version kept goes with the next reading.
    RegistryFile.objects.create(registry=row, url=link.replace("://", "://user:SECRET@"))
    run(row)
    assert [one.url for one in row.files.all()] == [link]


@pytest.mark.parametrize("format", ["", "csv", "tsv", "json"])
def test_what_an_older_version_kept_of_a_password_is_shown_nowhere(client, nina, format):  # noqa: A002
    address = "https://user:SECRET@plugins.example/"
    row = PluginRegistry.objects.create(url=address, name=address, links=[f"{address}tide.jar"])
    given = {"sha256": "0" * 64, "name": "tide.jar", "size": 1, "judged_at": now(), "signature": "unknown"}
    made = PluginJar.objects.create(**given, source=f"{address}tide.jar", outcome="loaded")
    RegistryFile.objects.create(registry=row, url=f"{address}tide.jar", jar=made)
    load_plugin_files([(PATH, xml())], source=f"{address}tide.jar")
    plugin = Plugin.objects.get()
    made.definitions.add(plugin)
    client.force_login(nina)
    for path in (
        "/plugins/registries/",
        f"/plugins/registries/{row.pk}/",
        "/plugins/jars/",
        f"/plugins/jars/{made.pk}/",
        f"/plugins/{plugin.plugin_id}/",
        "/plugins/",
    ):
        shown = client.get(path, {"format": format} if format else {})
        said = b"".join(shown) if shown.streaming else shown.content
        assert b"SECRET" not in said, path
        if path in ("/plugins/registries/", "/plugins/jars/"):
            assert "https://…@plugins.example/" in said.decode(), path
