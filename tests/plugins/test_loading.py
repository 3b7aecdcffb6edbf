"""Definitions taken in: each text once, highest version current, abilities judged with their parents."""

import threading
import zipfile

import pytest
from django.db import connections

from apps.accounts.models import AuditEvent
from apps.common.models import Finding
from apps.plugins.errors import PluginError
from apps.plugins.models import Plugin
from apps.plugins.services import (
    abilities_for,
    definition_for,
    load_plugin_files,
    load_plugin_folder,
    override_collecting,
)
from tests.accounts.factories import make_person
from tests.plugins.factories import ID, PATH, child, xml
from tests.shared import DATA, needs_shared

pytestmark = pytest.mark.django_db
CHILD_PATH = "org/lockss/plugin/Child.xml"
CHILD = "org.lockss.plugin.Child"


def current(plugin_id: str = ID) -> Plugin:
    return Plugin.objects.get(plugin_id=plugin_id, current=True)


def test_a_definition_goes_in_once():
    done = load_plugin_files([(PATH, xml())], source="here")
    assert (done.added, done.unchanged, done.refused) == ([ID], [], [])
    row = current()
    assert (row.name, row.version, row.version_number, row.source) == ("Sample", "1", 1, "here")
    assert (row.usable, row.can_collect, row.can_poll) == (True, True, True)
    assert bytes(row.xml) == xml()
    done = load_plugin_files([(PATH, xml())])
    assert (done.added, done.unchanged) == ([], [ID])
    assert Plugin.objects.count() == 1
    assert AuditEvent.objects.filter(action="plugins.load").count() == 1


def test_the_highest_version_counts_whatever_comes_last():
    load_plugin_files([(PATH, xml(plugin_version="9"))])
    load_plugin_files([(PATH, xml(plugin_version="10"))])
    load_plugin_files([(PATH, xml(plugin_version="2"))])
    assert current().version == "10"
    assert Plugin.objects.filter(plugin_id=ID).count() == 3
    assert definition_for(ID).identification.version == "10"


def test_of_equal_versions_the_one_loaded_last_counts():
    first, second = xml(plugin_name="First"), xml(plugin_name="Second")
    load_plugin_files([(PATH, first)])
    load_plugin_files([(PATH, second)])
    assert current().name == "Second"
    load_plugin_files([(PATH, first)])
    assert current().name == "First"
    assert definition_for(ID).name == "First"


def test_a_child_is_judged_with_its_parent_and_again_when_that_comes():
    load_plugin_files([(CHILD_PATH, child(plugin_name="Child"))])
    row = current(CHILD)
    assert (row.usable, row.can_collect) == (False, False)
    assert row.findings[0]["code"] == "definition-parent-missing"
    assert f"parent {ID} not found" in abilities_for(CHILD).problem
    load_plugin_files([(PATH, xml())])
    row = current(CHILD)
    assert (row.usable, row.can_collect, row.parent_id) == (True, True, ID)
    # And again when the parent loses what both need.
    load_plugin_files([(PATH, xml(plugin_version="2", au_url_normalizer="com.example.Unknown"))])
    row = current(CHILD)
    assert (row.can_collect, row.collect_overridable) == (False, True)
    assert "Unknown" in abilities_for(CHILD).why_not_collect


def test_what_is_no_definition_is_told_and_the_rest_goes_in():
    bad = [
        ("org/a/Broken.xml", b"<map><entry>"),
        ("org/a/Old.xml", b"<Elements/>"),
        ("org/a/Other.xml", b"<map><entry><string>x</string><string>y</string></entry></map>"),
        ("org/a/Bomb.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><map/>'),
        (".xml", xml()),
        ("org/a/Long.xml", b" " * (3 << 20)),
    ]
    done = load_plugin_files([*bad, (PATH, xml())])
    assert done.added == [ID]
    assert [path for path, _ in done.refused] == [path for path, _ in bad]
    assert "none of a plugin's" in dict(done.refused)["org/a/Other.xml"]
    assert "1:14" in dict(done.refused)["org/a/Broken.xml"] or ":1:" in dict(done.refused)["org/a/Broken.xml"]
    assert Finding.objects.filter(code="plugin-file-refused", resolved_at=None).count() == len(bad)
    load_plugin_files([("org/a/Broken.xml", xml())])
    assert not Finding.objects.filter(subject="plugin:org.a.Broken", resolved_at=None).exists()


def test_a_plugin_that_nobody_loaded_is_not_usable():
    found = abilities_for("needs.plugin")
    assert not found.loaded
    assert found.why_not_collect == "Its plugin needs.plugin is not loaded on this node."
    assert found.why_not_poll == found.why_not_collect
    assert not definition_for("needs.plugin").usable


def test_a_loop_of_parents_ends():
    load_plugin_files([(PATH, child(CHILD)), (CHILD_PATH, child(ID))])
    assert not current().usable
    assert "definition-parent-loop" in {finding["code"] for finding in current().findings}


def test_a_folder_gives_ids_by_path_and_links_out_of_it_are_not_followed(tmp_path):
    root, outside = tmp_path / "plugins", tmp_path / "outside"
    (root / "org/lockss/plugin").mkdir(parents=True)
    (root / PATH).write_bytes(xml())
    outside.mkdir()
    (outside / "Evil.xml").write_bytes(xml())
    (root / "org/lockss/plugin/Evil.xml").symlink_to(outside / "Evil.xml")
    assert load_plugin_folder(root).added == [ID]


def test_a_jar_is_read_without_unpacking(tmp_path):
    jar = tmp_path / "plugin.jar"
    with zipfile.ZipFile(jar, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\n")
        out.writestr("org/lockss/plugin/Sample.class", b"\xca\xfe\xba\xbe")
        out.writestr(PATH, xml())
    assert load_plugin_folder(jar).added == [ID]
    assert [p.name for p in tmp_path.iterdir()] == ["plugin.jar"]


def test_a_jar_that_leads_outside_loads_nothing(tmp_path):
    jar = tmp_path / "evil.jar"
    with zipfile.ZipFile(jar, "w") as out:
        out.writestr(PATH, xml())
        out.writestr("../../Evil.xml", xml())
    with pytest.raises(PluginError, match="leads out"):
        load_plugin_folder(jar)
    assert not Plugin.objects.exists()


def test_a_single_file_is_placed_by_its_own_identifier(tmp_path):
    file = tmp_path / "Sample.xml"
    file.write_bytes(xml(plugin_identifier=ID))
    assert load_plugin_folder(file).added == [ID]
    other = tmp_path / "Else.xml"
    other.write_bytes(xml(plugin_identifier=ID))
    with pytest.raises(PluginError, match="which package"):
        load_plugin_folder(other)
    with pytest.raises(PluginError, match="cannot be read"):
        load_plugin_folder(tmp_path / "nothing")


def test_a_person_may_override_what_is_not_about_safety():
    network = make_person("nina", "network")
    load_plugin_files([(PATH, xml(au_url_normalizer="com.example.Unknown"))])
    row = override_collecting(plugin=current(), allowed=True, user=network)
    assert row.can_collect
    assert abilities_for(ID).can_collect
    event = AuditEvent.objects.get(action="plugins.override-collecting")
    assert (event.username, event.before, event.after) == (
        "nina",
        {"allowed": False},
        {"allowed": True, "version": "1"},
    )
    # A newer version asks anew.
    load_plugin_files([(PATH, xml(plugin_version="2", au_url_normalizer="com.example.Unknown"))])
    assert not abilities_for(ID).can_collect
    row = override_collecting(plugin=current(), allowed=True, user=network)
    row = override_collecting(plugin=row, allowed=False, user=network)
    assert not row.can_collect


def test_nobody_may_override_a_missing_login_check():
    load_plugin_files([(PATH, xml(au_login_page_checker="com.example.Login"))])
    with pytest.raises(PluginError, match="nobody may"):
        override_collecting(plugin=current(), allowed=True, user=make_person("nina", "network"))
    assert not abilities_for(ID).can_collect


@pytest.mark.django_db(transaction=True)
def test_many_who_load_at_once_leave_one_current():
    errors = []

    def work(version: int) -> None:
        try:
            load_plugin_files([(PATH, xml(plugin_version=str(version))), (CHILD_PATH, child())])
        except Exception as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(1, 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert current().version == "5"
    assert Plugin.objects.filter(plugin_id=CHILD).count() == 1


@needs_shared
def test_every_shared_plugin_loads_or_says_what_is_missing():
    done = load_plugin_folder(DATA / "plugins")
    assert len(done.added) == len(list((DATA / "plugins").rglob("*.xml"))) - len(done.refused)
    rows = list(Plugin.objects.filter(current=True))
    assert len(rows) == len(done.added) > 100
    for row in rows:
        found = abilities_for(row.plugin_id)
        assert row.usable == found.core.usable
        assert row.usable or any(finding["severity"] == "error" for finding in row.findings)
        assert row.can_collect or row.reasons or not row.usable
        assert bool(found.why_not_collect) != row.can_collect
        assert bool(found.why_not_poll) != row.can_poll
    print(f"{len(rows)} loaded, {sum(r.can_collect for r in rows)} can collect")
