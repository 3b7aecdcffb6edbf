"""JARs taken in: by whom they are signed, what is refused and why, and what changes when signers do."""

import json
from io import StringIO
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from django.core.management import call_command

from apps.accounts.models import AuditEvent
from apps.common import jobs
from apps.common.models import Finding
from apps.plugins import tasks
from apps.plugins.errors import PluginError
from apps.plugins.models import Plugin, PluginJar, TrustedSigner
from apps.plugins.services import (
    add_signers,
    jar_path,
    load_jar,
    load_plugin_folder,
    start_judging,
    withdraw_signer,
)
from tests.accounts.factories import make_person
from tests.lockss.jar_signer import signed_jar, signer, zipped
from tests.plugins.factories import ID, PATH, xml

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("node")]
VECTORS = Path(__file__).parents[1] / "lockss" / "vectors" / "jars"


def pem(name: str = "Test Signer") -> bytes:
    return signer(name)[1].public_bytes(Encoding.PEM)


def trust(name: str = "Test Signer") -> TrustedSigner:
    done = add_signers(data=pem(name), password="", name="network.pem", user=None)
    return (done.added or done.known)[0]


@pytest.fixture
def put(tmp_path):
    def write(data: bytes, name: str = "sample.jar") -> Path:
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return write


def load(path: Path) -> PluginJar:
    return load_jar(path=path, name=path.name, source="by hand")[0]


def test_a_jar_of_a_trusted_signer_is_loaded_and_kept(put):
    trust()
    data = signed_jar({PATH: xml()})
    row, done = load_jar(
        path=put(data), name="sample.jar", source="by hand", user=make_person("nina", "network")
    )
    assert (done.added, done.signature, row.outcome) == ([ID], "trusted", "loaded")
    assert (row.signature, row.signer, row.digest) == ("trusted", "CN=Test Signer", "sha256")
    assert list(row.definitions.values_list("plugin_id", flat=True)) == [ID]
    assert jar_path(row).read_bytes() == data
    assert not Finding.objects.filter(resolved_at=None).exists()
    # The same again is the same.
    again, done = load_jar(path=put(data), name="sample.jar", source="by hand")
    assert (again.pk, done.added, done.unchanged) == (row.pk, [], [ID])
    assert PluginJar.objects.count() == Plugin.objects.count() == 1
    assert AuditEvent.objects.filter(action="plugins.take-jar").count() == 1
    assert len(list(jar_path(row).parent.iterdir())) == 1


@pytest.mark.parametrize(
    ("data", "state"), [(signed_jar({PATH: xml()}), "unknown"), (zipped({PATH: xml()}), "unsigned")]
)
def test_a_strangers_jar_comes_in_with_a_warning_or_not_at_all(node, put, data, state):
    node(plugin_signatures="require")
    with pytest.raises(PluginError, match="trust"):
        load(put(data))
    row = PluginJar.objects.get()
    assert (row.signature, row.outcome) == (state, "refused")
    assert not Plugin.objects.exists()
    assert "Nothing of it was loaded" in Finding.objects.get(resolved_at=None).message
    node(plugin_signatures="warn")
    row = load(put(data))
    assert (row.signature, row.outcome, row.reason) == (state, "loaded", "")
    assert Plugin.objects.get().plugin_id == ID
    assert "was loaded although" in Finding.objects.get(resolved_at=None).message


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("setting", ["warn", "require"])
def test_a_broken_signature_loads_nothing_whatever_the_setting(node, put, setting):
    node(plugin_signatures=setting)
    trust()
    changed = signed_jar({PATH: xml()}, bend=lambda parts: parts.update({PATH: xml(plugin_name="Evil")}))
    with pytest.raises(PluginError, match="was changed after it was signed"):
        load(put(changed))
    added = signed_jar({PATH: xml()}, bend=lambda parts: parts.update({"org/a/More.xml": xml()}))
    with pytest.raises(PluginError, match=r"org/a/More\.xml: it is not signed"):
        load(put(added))
    assert set(PluginJar.objects.values_list("signature", "outcome")) == {("broken", "refused")}
    assert PluginJar.objects.first().problems[0]["entry"] == PATH
    assert not Plugin.objects.exists()
    assert Finding.objects.filter(code="plugin-jar-broken", resolved_at=None).count() == 2


def test_the_networks_own_key_store_is_read_and_trusted(put):
    done = add_signers(
        data=(VECTORS / "trusted.jks").read_bytes(), password="secret1", name="trusted.jks", user=None
    )
    assert {row.alias for row in done.added} == {"rsa", "dsa", "ec", "ca"}
    again = add_signers(data=(VECTORS / "trusted.jks").read_bytes(), password="", name="x", user=None)
    assert (again.added, len(again.known)) == ([], 4)
    row = load(put((VECTORS / "rsa.jar").read_bytes(), "rsa.jar"))
    assert (row.signature, row.signer) == ("trusted", "CN=Plugin Signer,O=Riverside Library")
    assert Plugin.objects.get(plugin_id=ID).name == "Sample"
    with pytest.raises(PluginError, match="password is not right"):
        add_signers(data=(VECTORS / "trusted.jks").read_bytes(), password="no", name="x", user=None)


def test_jars_are_judged_again_when_signers_change(node, put):
    node(plugin_signatures="require")
    with pytest.raises(PluginError):
        load(put(signed_jar({PATH: xml()})))
    row = trust()
    assert tasks.judge_jars is not None
    jobs.run(start_judging().pk)
    assert PluginJar.objects.get().outcome == "loaded"
    assert Plugin.objects.get().plugin_id == ID
    nina = make_person("nina", "network")
    with pytest.raises(PluginError, match="Look again"):
        withdraw_signer(signer=row, version=row.version + 1, user=nina)
    row = withdraw_signer(signer=row, version=row.version, user=nina)
    jobs.run(start_judging().pk)
    jar = PluginJar.objects.get()
    assert (jar.signature, jar.outcome) == ("unknown", "refused")
    # What was loaded stays loaded.
    assert Plugin.objects.get(current=True).plugin_id == ID
    assert trust().withdrawn_at is None
    assert TrustedSigner.objects.count() == 1


@pytest.mark.parametrize("files", [{}, {"a.class": b"x"}])
def test_a_jar_without_any_definition_is_told_and_not_kept(put, tmp_path, files):
    with pytest.raises(PluginError, match=r"empty\.jar holds no definition of a plugin"):
        load_jar(path=put(zipped(files)), name="empty.jar", source="")
    assert not PluginJar.objects.exists()
    assert not Finding.objects.exists()
    assert not list((tmp_path / "media").rglob("*.jar"))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (zipped({f"../{PATH}": xml()}), "leads out"),
        (zipped({PATH: xml()})[:-10], "ZIP file"),
        (zipped({"org/a/Big.xml": b" " * (3 << 20)}), "longer than what is read"),
        (
            zipped({f"org/a/N{n}.xml": b"" for n in range(5_001)}),
            r"5,001 \.xml files; at most 5,000 are read",
        ),
    ],
)
def test_hostile_archives_leave_nothing(put, data, said):
    with pytest.raises(PluginError, match=said):
        load_plugin_folder(put(data))
    assert not Plugin.objects.exists()
    assert PluginJar.objects.get().outcome == "refused"


def run(*words: str) -> tuple[int, str, str]:
    out, err = StringIO(), StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("load_plugins", *words, stdout=out, stderr=err)
    return int(ended.value.code or 0), out.getvalue(), err.getvalue()


def test_the_command_prints_what_it_did_as_json(put, tmp_path):
    good = put(zipped({PATH: xml()}), "good.jar")
    bad = put(signed_jar({PATH: xml()}, bend=lambda parts: parts.pop(PATH)), "bad.jar")
    code, out, err = run(str(good), str(bad), "--output", "JSON")
    first, second = json.loads(out)["places"]
    assert (code, err) == (1, "")
    assert (first["added"], first["signature"], first["refused"]) == ([ID], "unsigned", [])
    assert second["added"] == []
    assert "it is gone" in second["refused"][0]["reason"]
    code, _, _ = run(str(good), "--output", str(tmp_path / "out.json"))
    assert code == 0
    assert json.loads((tmp_path / "out.json").read_text())["places"][0]["unchanged"] == [ID]


def test_the_command_tells_a_jar_without_any_definition(put):
    code, out, err = run(str(put(zipped({}), "empty.zip")))
    assert (code, out) == (1, "0 loaded, 0 here already, 1 refused\n")
    assert "empty.zip holds no definition of a plugin" in err
