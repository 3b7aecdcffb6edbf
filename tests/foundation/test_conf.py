"""Settings: where they come from, what is refused and how that is said."""

import json
import os
import re
import stat
import subprocess
import sys
from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockss_portal.conf import docs
from lockss_portal.conf.key import Key
from lockss_portal.conf.load import ROOT, SettingsError, hand_down, kinds, load_node, written_keys
from lockss_portal.conf.schema import SECTIONS, Node
from lockss_portal.conf.secret import secret_key
from lockss_portal.conf.values import WrongValueError, convert
from lockss_portal.queues import OWN


def node_in(folder: Path, toml: str = "", **environ: str) -> Node:
    (folder / "node.toml").write_text(toml, encoding="utf-8")
    return load_node({"LOCKSS_NODE": str(folder), **environ})


def test_defaults_are_those_of_deployed_networks(tmp_path: Path) -> None:
    node = load_node({"LOCKSS_NODE": str(tmp_path)})
    assert (node.poll_quorum, node.crawl_fetch_floor_ms, node.poll_between_polls) == (5, 6000, 120)
    assert node.lcap_tls is True
    assert node.lcap_identity == "TCP:[127.0.0.1]:9729"
    assert node.public_url == "http://127.0.0.1:8081"
    assert node.content_url == "http://localhost:8082"
    assert node.content_dir == tmp_path / "content"


def test_environment_before_file_before_default(tmp_path: Path) -> None:
    node = node_in(tmp_path, 'name = "file"\npoll_quorum = 3\n', LOCKSS_NAME="environment")
    assert (node.name, node.poll_quorum, node.poll_vote_margin) == ("environment", 3, 75)


@pytest.mark.parametrize("named", ["folder", "file"])
def test_the_node_is_named_by_folder_or_file(tmp_path: Path, named: str) -> None:
    (tmp_path / "node.toml").write_text('name = "here"')
    path = tmp_path if named == "folder" else tmp_path / "node.toml"
    assert load_node({"LOCKSS_NODE": str(path)}).name == "here"


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("lcap_tls", "off", False),
        ("lcap_tls", "YES", True),
        ("web_port", " 8_090 ", 8090),
        ("poll_interval", "0.5", 0.5),
        ("lcap_peers", "TCP:[10.0.0.1]:9729, TCP:[::1]:9730", ("TCP:[10.0.0.1]:9729", "TCP:[::1]:9730")),
        ("allowed_private_hosts", "127.0.0.1:8000 [::1]:80", ("127.0.0.1:8000", "[::1]:80")),
        ("lcap_tls_minimum", "1.2", "1.2"),
        ("content_dir", "/srv/x", Path("/srv/x")),
        ("time_zone", "Europe/Berlin", "Europe/Berlin"),
        ("name", "a, b = c", "a, b = c"),
    ],
)
def test_text_of_variables(tmp_path: Path, key: str, text: str, value: object) -> None:
    node = load_node({"LOCKSS_NODE": str(tmp_path), f"LOCKSS_{key.upper()}": text})
    assert getattr(node, key) == value


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("poll_quorum = 0", "poll_quorum is 0 ({file}), expected a whole number from 1 to 1000"),
        ('poll_quorum = "three"', "poll_quorum is 'three' ({file}), expected a whole number"),
        ("poll_quorum = true", "poll_quorum is True ({file}), expected a whole number"),
        ("poll_interval = nan", "poll_interval is nan ({file}), expected a number"),
        ("web_port = 70000", "web_port is 70000 ({file}), expected a whole number from 0 to 65535"),
        ("lcap_tls = 1", "lcap_tls is 1 ({file}), expected true or false"),
        ("lcap_peers = [1]", "lcap_peers is [1] ({file}), expected a list"),
        ("lcap_tls_minimum = '1.1'", "lcap_tls_minimum is '1.1' ({file}), expected 1.2 or 1.3"),
        ("name = 7", "name is 7 ({file}), expected text"),
        ("content_dir = ''", "content_dir is '' ({file}), expected a path"),
        ("poll_quorums = 3", "poll_quorums is not a setting ({file}); did you mean poll_quorum?"),
        ("zzz = 3", "zzz is not a setting ({file})"),
        ("time_zone = 'Mars/Olympus'", "time_zone is 'Mars/Olympus', expected a zone such as UTC"),
        ("public_url = 'http://x/path'", "public_url is 'http://x/path', expected http:// or https://"),
        ("public_url = 'http://localhost'", "content_url is '', expected another host than public_url"),
        ("public_url = 'https://a.example'", "behind_proxy is False, expected true"),
        ("lcap_identity = '10.0.0.1:9729'", "lcap_identity is '10.0.0.1:9729', expected TCP:[address]:port"),
        ("lcap_peers = ['TCP:[1.2.3.4]:1#sha256=00']", "lcap_peers is 'TCP:[1.2.3.4]:1#sha256=00', expected"),
        ("permitted_hosts = ['cdn[']", "permitted_hosts is 'cdn[', expected a regular expression"),
        ("permitted_plugin_hosts = ['']", "permitted_plugin_hosts is '', expected a regular expression"),
        ("allowed_private_hosts = ['10.0.0.1']", "allowed_private_hosts is '10.0.0.1', expected host:port"),
        ("crawl_proxies = ['squid']", "crawl_proxies is 'squid', expected host:port"),
        ("crawl_proxy = 'http://squid:3128'", "crawl_proxy is 'http://squid:3128', expected host:port"),
        ("second_factor_roles = ['king']", "second_factor_roles is 'king', expected one of system, network"),
        ("oidc_roles = ['staff']", "oidc_roles is 'staff', expected value=role"),
        ("oidc_issuer = 'http://login.example'\noidc_client_id = 'a'", "expected https://: what it says"),
        ("oidc_issuer = 'https://login.example'", "oidc_client_id is '', expected a name"),
        ("oidc_issuer = 'https:///x'\noidc_client_id = 'a'", "expected https://, a host and perhaps a path"),
        (
            "oidc_issuer = 'https://a.example'\noidc_client_id = 'a'\noidc_new_people = true",
            "oidc_roles is 'none', expected at least one pair",
        ),
        ("proxy_listen = '3128'", "proxy_listen is '3128', expected host:port"),
        ("audit_listen = '0.0.0.0:70000'", "audit_listen is '0.0.0.0:70000', expected host:port"),
        ("proxy_listen = 'a:1'\naudit_listen = 'a:1'", "audit_listen is 'a:1', expected another port than"),
        ("audit_hosts = ['here']", "audit_hosts is 'here', expected an address or a network"),
        ("proxy_passwords = ['uni=secret']", "proxy_passwords is (hidden), expected name=password"),
        ("proxy_forbidden_methods = ['head']", "proxy_forbidden_methods is 'head', expected a method"),
        ("poll_min_duration = 9\npoll_max_duration = 8", "poll_min_duration is 9.0, expected at most"),
        ("job_lease = 1\njob_heartbeat = 1", "job_heartbeat is 1.0, expected at most half of job_lease"),
        ("database_url = 'mysql://u:secret@h/n'", "database_url is (hidden), expected postgres://"),
        ("broker_url = 'http://u:secret@h/n'", "broker_url is (hidden), expected redis://"),
        ("name = ", "node.toml"),
    ],
)
def test_a_wrong_value_is_named_with_what_was_expected(tmp_path: Path, toml: str, said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        node_in(tmp_path, toml)
    assert said.format(file=tmp_path / "node.toml") in str(caught.value)
    assert "secret" not in str(caught.value)


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        node_in(tmp_path, "poll_quorum = 0\nweb_port = 'x'", LOCKSS_NAMES="x")
    assert len(str(caught.value).splitlines()) == 3


def test_plain_variables_of_the_engines(tmp_path: Path) -> None:
    node = node_in(tmp_path, "database_url = 'postgres://file/x'", DATABASE_URL="postgres://u:p@h:1/n")
    assert node.database_url == "postgres://u:p@h:1/n"


def test_a_wrong_value_stops_a_command(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "manage.py", "check"],
        env={"PATH": os.environ["PATH"], "LOCKSS_NODE": str(tmp_path), "LOCKSS_POLL_QUORUM": "many"},
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0
    assert "poll_quorum is 'many' (LOCKSS_POLL_QUORUM), expected a whole number" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_children_get_the_same_values_and_read_nothing_else(tmp_path: Path) -> None:
    node = node_in(tmp_path, "lcap_peers = ['TCP:[10.1.1.1]:9729']", LOCKSS_WEB_PORT="8123")
    file = tmp_path / "values.json"
    hand_down(node, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    (tmp_path / "node.toml").write_text("name = 'changed since'")
    assert load_node({"LOCKSS_VALUES": str(file), "LOCKSS_NAME": "ignored"}) == node


def test_written_keys(tmp_path: Path) -> None:
    (tmp_path / "node.toml").write_text("name = 'x'\npublic_url = ''")
    environ = {"LOCKSS_NODE": str(tmp_path), "LOCKSS_WEB_PORT": "1", "BROKER_URL": "redis://x"}
    assert written_keys(environ) == {"name", "web_port", "broker_url"}


def test_the_node_is_frozen(tmp_path: Path) -> None:
    with pytest.raises(FrozenInstanceError):
        load_node({"LOCKSS_NODE": str(tmp_path)}).name = "x"


def test_every_key_stands_in_one_section_with_help() -> None:
    names = [name for section in SECTIONS for name in section.__dataclass_fields__]
    assert sorted(names) == sorted(kinds())
    assert all(key.help for _, key in kinds().values())


def test_the_table_in_the_docs_is_what_the_schema_says() -> None:
    page = docs.PAGE.read_text(encoding="utf-8")
    assert docs.renewed(page) == page, "make settings"
    assert all(f"| `{name}`" in page for name in kinds())


@given(st.text(max_size=40), st.sampled_from([int, float, bool, str, tuple[str, ...], Path]))
def test_any_text_is_a_value_or_a_clear_refusal(text: str, kind: object) -> None:
    try:
        value = convert(text, kind, Key("help", low=0, high=10), Path("/home"))
    except WrongValueError:
        return
    assert json.dumps(value, default=str) is not None
    assert kind not in (int, float) or 0 <= value <= 10


def test_the_secret_key_is_made_once_and_private(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    first = secret_key(keys)
    assert len(first) >= 50
    assert secret_key(keys) == first
    assert stat.S_IMODE((keys / "secret.key").stat().st_mode) == 0o600
    assert stat.S_IMODE(keys.stat().st_mode) == 0o700
    assert [file.name for file in keys.iterdir()] == ["secret.key"]
    assert secret_key(tmp_path / "other") != first


def test_every_setting_is_read_somewhere():
    root = Path(__file__).resolve().parents[2]
    files = [*root.glob("apps/**/*.py"), *root.glob("lockss_portal/**/*.py")]
    code = "\n".join(f.read_text() for f in files if not f.name.startswith("schema"))
    # Worker counts are asked for by the queue's name.
    made = {f"{queue}_processes" for queue in OWN}
    unread = [f.name for f in fields(Node) if f.name not in made and not re.search(rf"\b{f.name}\b", code)]
    assert unread == []
