"""Pages of JARs, signers, registries and newer versions, as the right person, the wrong one and nobody."""

import re
import uuid

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.accounts.choices import Role
from apps.common.models import Job
from apps.plugins.models import Plugin, PluginJar, PluginRegistry, Trial, TrialDifference, TrustedSigner
from apps.plugins.services import add_registry, add_signers, load_plugin_files
from tests.accounts.factories import make_person
from tests.asking import as_person, check_acting, check_reading
from tests.lockss.jar_signer import signed_jar, signer, zipped
from tests.plugins.factories import ID, PATH, xml

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("node")]
EVIL = "<script>alert(1)</script>"
NETWORK = [Role.NETWORK]


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def pem(name: str = "Test Signer") -> bytes:
    return signer(name)[1].public_bytes(Encoding.PEM)


@pytest.fixture
def nina(db):
    return make_person("nina", "network")


def upload(client, data: bytes, name: str = "sample.jar"):
    return client.post("/plugins/load/", {"file": SimpleUploadedFile(name, data)}, follow=True)


def test_a_jar_tells_who_signed_it_and_what_is_wrong(client, nina):
    client.force_login(nina)
    said = text(upload(client, signed_jar({PATH: xml()})))
    assert "1 plugin was loaded" in said
    assert "The JAR is signed by somebody unknown." in said
    response = upload(
        client, signed_jar({PATH: xml()}, bend=lambda p: p.update({PATH: b"<map/>"})), "bad.jar"
    )
    assert response.status_code == 422
    assert "was changed after it was signed" in text(response)
    good, bad = PluginJar.objects.order_by("pk")
    page = check_reading(client, f"/plugins/jars/{good.pk}/", "plugins/jar.html")
    assert "Signed by a stranger" in page
    assert f'href="/plugins/{ID}/"' in page
    assert "Download it" not in page
    page = check_reading(client, f"/plugins/jars/{bad.pk}/", "plugins/jar.html")
    assert "Nothing of it was loaded" in page
    page = check_reading(client, "/plugins/jars/", "plugins/list_page.html")
    assert "bad.jar" in page
    assert len(client.get("/plugins/jars/?signature=broken").context["list"].items) == 1
    assert client.get("/plugins/jars/?signature=odd").status_code == 400
    assert client.get(f"/plugins/jars/{good.pk}/file/").status_code == 403
    client.force_login(nina)
    assert b"".join(client.get(f"/plugins/jars/{good.pk}/file/").streaming_content)[:2] == b"PK"
    assert "sample.jar" in text(client.get(f"/plugins/{ID}/"))


def test_where_signatures_are_required_a_lone_file_is_refused(client, nina, node):
    node(plugin_signatures="require")
    client.force_login(nina)
    response = upload(client, xml(plugin_identifier=ID), "Sample.xml")
    assert response.status_code == 422
    assert "carries no signature" in text(response)
    response = upload(client, zipped({PATH: xml()}))
    assert "it is not signed" in text(response)
    assert not Plugin.objects.exists()


def add_keystore(client, data: bytes, password: str = ""):
    file = SimpleUploadedFile("network.jks", data)
    return client.post("/plugins/signers/add/", {"file": file, "password": password}, follow=True)


def test_signers_are_entered_shown_and_withdrawn(client, nina):
    check_acting(client, "/plugins/signers/add/", NETWORK)
    client.force_login(nina)
    said = text(add_keystore(client, pem()))
    assert "1 signer is trusted from now on, 0 were trusted already." in said
    assert Job.objects.get(kind="judge-plugin-jars").state == "waiting"
    assert "0 signers are trusted from now on, 1 was trusted already." in text(add_keystore(client, pem()))
    response = add_keystore(client, b"no key store")
    assert response.status_code == 422
    assert "no key store" in text(response)
    for bad in (pem()[:200], pem().replace(b"MII", b"AAA"), pem().replace(b"MII", b"!!!"), b"-----BEGIN"):
        response = add_keystore(client, bad)
        assert response.status_code == 422
        assert "The certificates of this PEM file cannot be read" in text(response)
        assert not re.search("ParseError|cryptography", text(response))
    row = TrustedSigner.objects.get()
    own = f"/plugins/signers/{row.pk}/"
    page = check_reading(client, own, "plugins/signer.html")
    assert row.fingerprint in page
    assert "Trust it no longer" not in page
    assert "Test Signer" in check_reading(client, "/plugins/signers/", "plugins/signers.html")
    check_acting(client, f"{own}withdraw/", NETWORK, {"version": row.version})
    client.force_login(nina)
    asked = client.post(f"{own}withdraw/", {"version": row.version})
    assert "Withdraw the trust" in text(asked)
    row.refresh_from_db()
    assert row.withdrawn_at is None
    said = text(client.post(f"{own}withdraw/", {"version": row.version + 5, "confirmed": "yes"}, follow=True))
    assert "Look again" in said
    client.post(f"{own}withdraw/", {"version": row.version, "confirmed": "yes"})
    row.refresh_from_db()
    assert row.withdrawn_at is not None
    client.post(f"{own}withdraw/", {"version": "x"})
    assert client.post("/plugins/signers/999/withdraw/").status_code == 404


def test_registries_are_entered_once_and_ended_by_the_newest_form(client, nina):
    data = {
        "url": "http://plugins.example/",
        "name": "Riverside",
        "needs_permission": "on",
        "request_key": uuid.uuid4(),
    }
    check_acting(client, "/plugins/registries/add/", NETWORK, data)
    client.force_login(nina)
    for _ in range(2):
        response = client.post("/plugins/registries/add/", data)
        assert response["Location"] == f"/plugins/registries/{PluginRegistry.objects.get().pk}/"
    again = client.post("/plugins/registries/add/", {**data, "request_key": uuid.uuid4()})
    assert again.status_code == 422
    assert "followed already" in text(again)
    bad = client.post("/plugins/registries/add/", {**data, "url": "file:///etc/passwd"})
    assert "Expected an address" in text(bad)
    secret = client.post("/plugins/registries/add/", {**data, "url": "http://nina:SECRET@plugins.example/"})
    assert secret.status_code == 422
    assert "An address with a user name or password is not kept: everybody here could read it." in text(
        secret
    )
    row = PluginRegistry.objects.get()
    assert Job.objects.get(kind="plugin-registry").subject == row.job_subject
    own = f"/plugins/registries/{row.pk}/"
    page = check_reading(client, own, "plugins/registry.html")
    assert "Follow it no longer" not in page
    assert "It is being read." in page
    assert "Riverside" in check_reading(client, "/plugins/registries/", "plugins/registries.html")
    part = client.get(own, headers={"HX-Request": "true", "HX-Target": "registry"})
    assert "<html" not in part.content.decode()
    check_acting(client, f"{own}read/", NETWORK)
    check_acting(client, f"{own}end/", NETWORK, {"version": row.version})
    client.force_login(nina)
    assert "Follow it no longer" in text(client.post(f"{own}end/", {"version": row.version}))
    client.post(f"{own}end/", {"version": row.version + 1, "confirmed": "yes"})
    row.refresh_from_db()
    assert row.state != "ended"
    client.post(f"{own}end/", {"version": row.version, "confirmed": "yes"})
    row.refresh_from_db()
    assert row.state == "ended"
    assert "Enter its address again" in text(client.post(f"{own}read/", follow=True))


@pytest.fixture
def waiting(db):
    """Version 2 differs and waits for a person."""
    load_plugin_files([(PATH, xml())])
    old = Plugin.objects.get()
    new = Plugin.objects.create(
        plugin_id=ID,
        version="2",
        version_number=2,
        sha256="2" * 64,
        xml=xml(plugin_version="2"),
        current=False,
    )
    trial = Trial.objects.create(
        plugin=new, against=old, state="different", difference_count=1, aus=1, urls=3, version=1
    )
    TrialDifference.objects.create(
        trial=trial,
        kind="rules",
        au_name="Tidal 1",
        au_slug="0" * 20,
        subject="http://a.example/1",
        before="collected",
        after="not collected",
    )
    return trial


def test_a_newer_version_is_decided_by_the_right_person_about_what_was_shown(client, nina, waiting):
    own = f"/plugins/trials/{waiting.pk}/"
    page = check_reading(client, own, "plugins/trial.html")
    assert "http://a.example/1" in page
    assert "Use this version" not in page
    assert "Sample" in check_reading(client, "/plugins/trials/", "plugins/list_page.html")
    assert "has arrived and is not in use" in check_reading(client, f"/plugins/{ID}/")
    check_acting(client, f"{own}decide/", NETWORK, {"version": 1, "wish": "use"})
    check_acting(client, f"{own}again/", NETWORK)
    client.force_login(nina)
    assert "Use this version" in text(client.get(own))
    for form in ({"version": 1}, {"version": 1, "wish": "perhaps"}, {"wish": "use"}):
        assert "did not say" in text(client.post(f"{own}decide/", form, follow=True))
    assert "Look at it again" in text(
        client.post(f"{own}decide/", {"version": 0, "wish": "use"}, follow=True)
    )
    said = text(client.post(f"{own}decide/", {"version": 1, "wish": "keep-out"}, follow=True))
    assert "Version 2 is kept out." in said
    # The back button: the old form again.
    assert "Look at it again" in text(
        client.post(f"{own}decide/", {"version": 1, "wish": "use"}, follow=True)
    )
    client.post(f"{own}again/")
    waiting.refresh_from_db()
    assert (waiting.state, Job.objects.filter(subject=waiting.job_subject).count()) == ("waiting", 1)
    page = client.get(own)
    assert "Being tried" in text(page)
    assert "hx-trigger" in page.content.decode()


def test_two_versions_are_shown_key_by_key(client, waiting):
    address = f"/plugins/{ID}/compare/?version={waiting.plugin_id}"
    page = check_reading(client, address, "plugins/compare.html")
    assert "1 key differs" in page
    assert "plugin_version" in page
    assert "au_start_url" not in page
    as_person(client)
    same = client.get(f"/plugins/{ID}/compare/?version={waiting.plugin_id}&with={waiting.plugin_id}")
    assert "say the same" in text(same)
    for query in ("", "?version=x", "?version=1&with=y"):
        assert client.get(f"/plugins/{ID}/compare/{query}").status_code in (400, 404)
    assert client.get(f"/plugins/{ID}/compare/").status_code == 400
    assert client.get(f"/plugins/{ID}/compare/?version=99999999").status_code == 404
    assert client.get("/plugins/org.a.Nobody/compare/?version=1").status_code == 404


def test_a_definition_says_how_it_collects(client):
    load_plugin_files([(PATH, xml(au_crawlrules=('1,"^%s%s/", base_url, journal', '2,"[.]css$"')))])
    as_person(client)
    page = client.get(f"/plugins/{ID}/")
    said = text(page)
    assert "{base_url}{journal}/{volume}/" in said
    assert "Collect what matches" in said
    assert "Leave out what matches" in said
    assert "^{base_url}{journal}/" in said


def test_texts_of_others_are_escaped(client, nina):
    add_signers(data=pem(f"CN {EVIL}"), password="", name=EVIL, user=None)
    add_registry(url=f"http://a.example/?{EVIL}", name=EVIL, needs_permission=True, user=nina)
    load_plugin_files([(PATH, xml(plugin_name=EVIL, au_crawlrules=(f'1,"{EVIL}"',), plugin_notes=EVIL))])
    newer = Plugin.objects.create(
        plugin_id=ID, version=EVIL, sha256="3" * 64, xml=xml(plugin_version=EVIL, au_name=EVIL), current=False
    )
    trial = Trial.objects.create(plugin=newer, state="different", reason=EVIL)
    client.force_login(nina)
    bad = signed_jar({f"{EVIL.replace('/', '')}.xml": b"x"}, bend=lambda p: p.update({"a<b>.xml": b""}))
    upload(client, bad, f"{EVIL.replace('/', '')}.jar")
    jar = PluginJar.objects.get()
    addresses = ["/plugins/", f"/plugins/{ID}/", f"/plugins/{ID}/compare/?version={newer.pk}"]
    addresses += ["/plugins/signers/", f"/plugins/signers/{TrustedSigner.objects.get().pk}/"]
    addresses += ["/plugins/registries/", f"/plugins/registries/{PluginRegistry.objects.get().pk}/"]
    addresses += [
        "/plugins/trials/",
        f"/plugins/trials/{trial.pk}/",
        "/plugins/jars/",
        f"/plugins/jars/{jar.pk}/",
    ]
    for address in addresses:
        page = client.get(address).content.decode()
        assert EVIL not in page, address
        assert "<script>alert" not in page, address
        assert "a<b>" not in page, address
