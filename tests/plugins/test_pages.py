"""The plugins' pages, loading and overriding, as the right person, the wrong one and nobody."""

import io
import re
import zipfile
from io import StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.core.management.base import CommandError

from apps.accounts.models import AuditEvent
from apps.common.clock import now
from apps.plugins.models import Plugin, PluginUse
from apps.plugins.services import load_plugin_files
from lockss_portal.demo import prepare
from tests.accounts.factories import make_person
from tests.plugins.factories import ID, PATH, child, xml

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_admin(client):
    client.force_login(make_person("nina", "network"))
    return client


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def jar(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def load(client, data: bytes, name: str):
    return client.post("/plugins/load/", {"file": SimpleUploadedFile(name, data)}, follow=True)


def test_who_may_read_and_who_may_load(client):
    load_plugin_files([(PATH, xml(au_url_normalizer="com.example.Unknown"))])
    pages, acts = ["/plugins/", f"/plugins/{ID}/"], ["/plugins/load/", f"/plugins/{ID}/override/"]
    for address in pages:
        assert client.get(address)["Location"].startswith("/accounts/sign-in/")
    for address in acts:
        assert client.post(address)["Location"].startswith("/accounts/sign-in/")
    for role in ("reader", "reports", "librarian"):
        client.force_login(make_person(role, role))
        for address in pages:
            response = client.get(address)
            assert response.status_code == 200
            assert '<form method="post"' not in response.content.decode()
        for address in acts:
            assert client.post(address).status_code == 403
    client.force_login(make_person("sys", "system"))
    assert 'type="file"' in client.get("/plugins/").content.decode()
    assert "Collect all the same" in text(client.get(f"/plugins/{ID}/"))


def test_a_jar_is_loaded_and_told(as_admin):
    files = {PATH: xml(), "org/a/Broken.xml": b"<map>", "org/lockss/plugin/Sample.class": b"\xca\xfe"}
    said = text(load(as_admin, jar(files), "sample.jar"))
    assert "1 plugin was loaded, 0 were here already." in said
    assert "Not loaded: org/a/Broken.xml" in said
    row = Plugin.objects.get()
    assert (row.plugin_id, row.source) == (ID, "sample.jar")
    said = text(load(as_admin, jar({PATH: xml()}), "sample.jar"))
    assert "0 plugins were loaded, 1 was here already." in said


def test_a_lone_file_that_names_itself_is_loaded(as_admin):
    load(as_admin, xml(plugin_identifier=ID), "Sample.xml")
    assert Plugin.objects.get().plugin_id == ID


@pytest.mark.parametrize(
    ("data", "name", "said"),
    [
        (b"no zip", "sample.jar", "no ZIP file"),
        (jar({"../Evil.xml": xml(), PATH: xml()}), "sample.jar", "leads out of the archive"),
        (xml(plugin_identifier="org.other.Name"), "Sample.xml", "which package it belongs to cannot be told"),
        (jar({}), "sample.zip", "sample.zip holds no definition of a plugin"),
        (jar({"org/a/A.class": b"x"}), "sample.jar", "sample.jar holds no definition of a plugin"),
        (b"x", "sample.exe", "Expected a .jar, .zip or .xml file."),
    ],
)
def test_what_cannot_be_loaded_is_refused_with_its_reason(as_admin, data, name, said):
    response = load(as_admin, data, name)
    assert response.status_code == 422
    assert said in text(response)
    assert not Plugin.objects.exists()


def test_the_list_says_what_each_can_do(as_admin):
    load_plugin_files(
        [
            (PATH, xml()),
            ("org/a/NoVote.xml", child(**{"text/html_filter_factory": "com.example.Filter"})),
            ("org/a/NoCrawl.xml", child(au_url_normalizer="com.example.Normalizer")),
            ("org/a/Unsafe.xml", child(au_login_page_checker="com.example.Login")),
            ("org/a/Orphan.xml", child("org.a.Nobody")),
        ]
    )
    response = as_admin.get("/plugins/")
    rows = {row.plugin_id.rpartition(".")[2]: row for row in response.context["list"].items}
    assert (rows["Sample"].can_collect, rows["Sample"].can_poll) == (True, True)
    assert (rows["NoVote"].can_collect, rows["NoVote"].can_poll) == (True, False)
    assert (rows["NoCrawl"].can_collect, rows["NoCrawl"].collect_overridable) == (False, True)
    assert (rows["Unsafe"].can_collect, rows["Unsafe"].collect_overridable) == (False, False)
    assert not rows["Orphan"].usable
    assert "Unusable" in text(response)
    assert len(as_admin.get("/plugins/?collect=yes").context["list"].items) == 2
    assert len(as_admin.get("/plugins/?q=NoCr").context["list"].items) == 1
    said = text(as_admin.get("/plugins/org.a.Unsafe/"))
    assert "com.example.Login" in said
    assert "Never without it" in said
    assert "Collect all the same" not in said
    said = text(as_admin.get("/plugins/org.a.Orphan/"))
    assert "parent org.a.Nobody not found" in said


def test_the_page_tells_parameters_parents_and_versions(as_admin):
    load_plugin_files(
        [(PATH, xml()), ("org/a/Child.xml", child(plugin_version="7", plugin_name="The Child"))]
    )
    said = text(as_admin.get("/plugins/org.a.Child/"))
    assert "The Child" in said
    assert f"Inherits from {ID}" in said
    assert "base_url" in said
    assert "Part of the identity" in said
    assert as_admin.get("/plugins/org.a.Nobody/").status_code == 404


def override_form(response) -> dict[str, str]:
    """Hidden fields of the one form that lets a plugin collect or not, as a browser would send them."""
    page = response.content.decode()
    found = re.search(r"<form[^>]*>(?:(?!</form>).)*name=\"allow\".*?</form>", page, re.DOTALL)
    assert found, page
    pairs = re.findall(r'name="([^"]+)" value="([^"]*)"', found[0])
    return {name: value for name, value in pairs if name != "csrfmiddlewaretoken"}


def test_overriding_is_asked_about_once_more(as_admin):
    load_plugin_files([(PATH, xml(au_url_normalizer="com.example.Unknown"))])
    shown = override_form(as_admin.get(f"/plugins/{ID}/"))
    response = as_admin.post(f"/plugins/{ID}/override/", shown)
    assert "com.example.Unknown: URLs would be stored under other names" in text(response)
    assert not Plugin.objects.get().collect_override
    confirmed = override_form(response)
    assert confirmed == {**shown, "confirmed": "yes"}
    for _ in range(2):
        response = as_admin.post(f"/plugins/{ID}/override/", confirmed, follow=True)
        assert "Allowed by hand" in text(response)
        assert Plugin.objects.get().can_collect
    assert AuditEvent.objects.filter(action="plugins.override-collecting").count() == 1
    back = override_form(response)
    for _ in range(2):
        response = as_admin.post(f"/plugins/{ID}/override/", back, follow=True)
        assert "is no longer collected." in text(response)
        assert not Plugin.objects.get().can_collect
    assert AuditEvent.objects.filter(action="plugins.override-collecting").count() == 2


def test_an_override_is_of_the_version_that_was_shown(as_admin):
    load_plugin_files([(PATH, xml(au_url_normalizer="com.example.Unknown"))])
    shown = override_form(as_admin.get(f"/plugins/{ID}/")) | {"confirmed": "yes"}
    load_plugin_files([(PATH, xml(au_url_normalizer="com.example.Other", plugin_version="2"))])
    said = text(as_admin.post(f"/plugins/{ID}/override/", shown, follow=True))
    assert "Another version of this plugin is in use since the page was shown." in said
    newer = Plugin.objects.get(current=True)
    for bad in (
        {},
        {"allow": "maybe", "text": newer.sha256},
        {"allow": "yes"},
        {"allow": "yes", "text": "x"},
    ):
        said = text(as_admin.post(f"/plugins/{ID}/override/", {"confirmed": "yes", **bad}, follow=True))
        assert "did not say whether the plugin may collect" in said
    assert not Plugin.objects.filter(collect_override=True).exists()


def test_text_of_a_publisher_is_escaped(as_admin):
    evil = "<script>alert(1)</script>"
    load_plugin_files(
        [(PATH, xml(plugin_name=evil, plugin_version=evil, plugin_status=evil, no_such_key=evil))]
    )
    for address in ("/plugins/", f"/plugins/{ID}/"):
        assert evil not in as_admin.get(address).content.decode()


def test_the_command_loads_folders_and_says_what_it_refused(tmp_path):
    (tmp_path / "org/lockss/plugin").mkdir(parents=True)
    (tmp_path / PATH).write_bytes(xml())
    (tmp_path / "org/Bad.xml").write_bytes(b"<x/>")
    out, err = StringIO(), StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("load_plugins", str(tmp_path), stdout=out, stderr=err)
    assert ended.value.code == 1
    assert out.getvalue() == "1 loaded, 0 here already, 1 refused\n"
    assert err.getvalue().startswith("org/Bad.xml: ")
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("load_plugins", str(tmp_path / "nothing"))


def test_the_sample_publishers_definition_can_do_everything_that_matters():
    with pytest.raises(SystemExit) as ended:
        call_command("load_plugins", str(prepare.PLUGINS), stdout=StringIO())
    assert ended.value.code == 0
    row = Plugin.objects.get()
    assert row.plugin_id == "org.lockss.portal.sample.SamplePublisherPlugin"
    assert (row.usable, row.can_collect, row.can_poll, row.findings) == (True, True, True, [])


def test_what_is_kept_of_a_plugin_is_read_in_spanish(as_admin):
    load_plugin_files(
        [
            (PATH, xml()),
            ("org/a/Unsafe.xml", child(au_login_page_checker="com.example.Login")),
            ("org/a/Orphan.xml", child("org.a.Nobody")),
        ]
    )
    spanish = {"HTTP_ACCEPT_LANGUAGE": "es"}
    assert "páginas de inicio de sesión se tomarían por contenido" in text(
        as_admin.get("/plugins/org.a.Unsafe/", **spanish)
    )
    assert "no se encontró el padre org.a.Nobody" in text(as_admin.get("/plugins/org.a.Orphan/", **spanish))
    kept = Plugin.objects.get(plugin_id="org.a.Orphan").findings
    assert "parent org.a.Nobody not found" in [one["message"] for one in kept]


def test_pages_of_what_is_not_here_do_not_hedge(as_admin):
    assert "No plugin is loaded yet" in text(as_admin.get("/plugins/missing/"))
    assert "No title list was read yet" in text(as_admin.get("/plugins/not-loaded/"))
    Plugin.objects.create(plugin_id="org.example.Here", sha256="0" * 64, xml=b"")
    PluginUse.objects.create(plugin_id="org.example.Here", loaded=True, listed=3, counted_at=now())
    assert "Everything that the loaded plugins name is here." in text(as_admin.get("/plugins/missing/"))
    assert "Every plugin that a title list names is loaded." in text(as_admin.get("/plugins/not-loaded/"))
