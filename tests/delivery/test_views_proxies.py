"""The portal's pages about its proxies: the lines name only what their reader may have; certificate; audit."""

import csv
import io
import json
from dataclasses import replace

import pytest
from cryptography import x509
from django.conf import settings as node_settings

from apps.accounts.choices import Role
from apps.delivery.models import OwnReaderList
from apps.delivery.proxy.lines import MOST_AUS
from apps.delivery.services import kept
from apps.titles.choices import SetKind
from apps.titles.models import TitleSet
from apps.titles.models_sets import TitleSetMember
from tests.accounts.factories import make_person, make_token
from tests.delivery.places import held, rule
from tests.factories import make_au, make_title
from tests.repository.factories import use_store

pytestmark = pytest.mark.django_db
FORMS = ("pac", "ezproxy", "squid-file", "squid", "json", "csv")


@pytest.fixture(autouse=True)
def node(db, settings, tmp_path):
    use_store(settings, tmp_path / "content", network_name="")
    settings.NODE = replace(
        node_settings.NODE,
        keys_dir=tmp_path / "keys",
        proxy_listen="0.0.0.0:3128",
        proxy_address="proxy.example:3128",
        audit_listen="0.0.0.0:3129",
        audit_address="proxy.example:3129",
    )
    kept.forget()


@pytest.fixture
def librarian(client):
    person = make_person("lena", Role.LIBRARIAN)
    client.force_login(person)
    return person


def at(site: str, **more: object):
    """An AU on this site."""
    return held(params={"base_url": f"http://{site}/", "volume_name": "1"}, **more)


def lines(client, form: str = "json", **query: str) -> str:
    answer = client.get("/proxies/lines/", {"as": form, **query})
    assert answer.status_code == 200
    return answer.getvalue().decode()


def sites(client, **query: str) -> list[str]:
    return [row["host"] for row in json.loads(lines(client, **query))]


def test_every_form_names_the_site_and_the_proxy(client, librarian):
    at("journals.example", name="Estuaries, 1")
    for form in FORMS:
        text = lines(client, form)
        assert "journals.example" in text
        assert ("proxy.example" in text) is (form not in ("json", "csv"))
    assert next(csv.DictReader(io.StringIO(lines(client, "csv"))))["names"] == "Estuaries, 1"
    assert "PROXY proxy.example:3128; DIRECT" in lines(client, "pac")
    assert "DIRECT; PROXY proxy.example:3128" in lines(client, "pac", direct="1")


def test_what_is_hidden_from_the_reader_is_in_no_line(client, librarian):
    at("light.example", name="Light")
    rule(au=at("dark.example", name="Dark"), choice="dark")
    shared = [at("shared.example", name=f"Shared {n}") for n in range(2)]
    rule(au=shared[0], choice="dark")
    for form in FORMS:
        text = lines(client, form)
        assert "dark.example" not in text
        assert "Dark" not in text
        assert "Shared 0" not in text
        assert "Shared 1" in text
    assert json.loads(lines(client))[1]["au_count"] == 1


def test_whoever_is_no_own_reader_gets_the_sites_that_are_open_to_all(client):
    OwnReaderList.objects.create(roles=[str(Role.LIBRARIAN)])
    at("gray.example")
    rule(au=at("open.example"), choice="light", open_access="yes")
    client.force_login(make_person("rita", Role.READER))
    assert sites(client) == ["open.example"]
    client.force_login(make_person("lena", Role.LIBRARIAN))
    assert sites(client) == ["gray.example", "open.example"]


def test_a_site_whose_first_aus_are_all_hidden_is_named_for_the_others(client, librarian):
    for n in range(MOST_AUS):
        rule(au=at("big.example", name=f"A {n:02}"), choice="dark")
    assert sites(client) == []
    at("big.example", name="Z")
    assert sites(client) == ["big.example"]
    assert "A 0" not in lines(client)


def test_of_a_title_set_and_of_an_au(client, librarian):
    one, other = at("one.example", title=make_title("One")), at("other.example", title=make_title("Other"))
    chosen = TitleSet.objects.create(name="Ours", name_key="ours", kind=SetKind.HAND)
    TitleSetMember.objects.create(title_set=chosen, title=one.title)
    assert sites(client, set=str(chosen.pk)) == ["one.example"]
    assert sites(client, au=other.slug) == ["other.example"]
    assert "Ours" in lines(client, "pac", set=str(chosen.pk))
    page = client.get("/proxies/", {"set": str(chosen.pk)}).content.decode()
    assert f"as=pac&amp;set={chosen.pk}&amp;direct=1" in page
    for query, status in (({"set": "x"}, 400), ({"set": "999"}, 404), ({"au": "x"}, 404), ({"as": "x"}, 400)):
        assert client.get("/proxies/lines/", {"as": "pac", **query}).status_code == status


def test_names_that_would_break_the_lines(client, librarian):
    at("a.example", name='x\n*/ return "PROXY evil.example:1"; /*')
    for form in ("pac", "squid", "squid-file", "ezproxy"):
        for line in lines(client, form).splitlines():
            before = line.partition("evil.example")[0]
            assert before == line or "//" in before or before.startswith(("#", "Title "))


def test_lines_are_files_that_no_cache_keeps(client, librarian):
    at("a.example")
    answer = client.get("/proxies/lines/", {"as": "pac"})
    assert answer["Content-Type"] == "application/x-ns-proxy-autoconfig"
    assert answer["Content-Disposition"] == 'attachment; filename="lockss.pac"'
    assert answer["Cache-Control"] == "private, no-store"


def test_programs_fetch_them_with_a_token(client, librarian):
    at("a.example")
    client.logout()
    text = make_token(librarian, "status")
    answer = client.get("/proxies/lines/", {"as": "json"}, headers={"Authorization": f"Bearer {text}"})
    assert json.loads(answer.getvalue())[0]["host"] == "a.example"


def test_without_a_proxy_there_are_no_lines(client, librarian, settings):
    settings.NODE = replace(settings.NODE, proxy_listen="", proxy_address="")
    assert client.get("/proxies/lines/", {"as": "pac"}).status_code == 404
    assert b"proxy_listen" in client.get("/proxies/").content


def test_the_certificate_and_how_to_know_it(client, librarian, settings):
    page = client.get("/proxies/certificate/").content.decode()
    root = x509.load_pem_x509_certificate(client.get("/proxies/certificate/file/").content)
    print_ = root.fingerprint(root.signature_hash_algorithm).hex(":").upper()
    assert print_ in page
    assert b"PRIVATE" not in client.get("/proxies/certificate/file/").content
    settings.NODE = replace(settings.NODE, audit_tls=False)
    assert client.get("/proxies/certificate/").status_code == 404
    assert client.get("/proxies/certificate/file/").status_code == 404


def test_how_to_look_at_an_au_in_the_audit_proxy(client, librarian, settings):
    au = make_au()
    page = client.get(f"/aus/{au.slug}/audit/").content.decode()
    assert "proxy.example:3129" in page
    assert f">{au.slug}<" in page
    assert (
        f"{au.slug}@2026-03-01"
        in client.get(f"/aus/{au.slug}/audit/", {"day": "2026-03-01"}).content.decode()
    )
    new = f"/me/tokens/new/?scopes=content&amp;next=/aus/{au.slug}/audit/%3Fday%3D2026-03-01"
    assert new in client.get(f"/aus/{au.slug}/audit/", {"day": "2026-03-01"}).content.decode()
    assert client.get(f"/aus/{au.slug}/audit/", {"day": "<x>"}).status_code == 400
    assert f"/aus/{au.slug}/audit/" in client.get(f"/aus/{au.slug}/").content.decode()
    settings.NODE = replace(settings.NODE, audit_listen="", audit_address="")
    assert "audit_listen" in client.get(f"/aus/{au.slug}/audit/").content.decode()
    assert f"/aus/{au.slug}/audit/" not in client.get(f"/aus/{au.slug}/").content.decode()


def test_readers_are_not_led_to_it(client):
    au = make_au()
    client.force_login(make_person("rita", Role.READER))
    assert client.get(f"/aus/{au.slug}/audit/").status_code == 403
    assert f"/aus/{au.slug}/audit/" not in client.get(f"/aus/{au.slug}/").content.decode()
    page = client.get("/proxies/").content.decode()
    assert "3129" not in page
    assert "/proxies/certificate/" not in page
