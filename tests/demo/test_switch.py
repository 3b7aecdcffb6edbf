"""The sample publisher's switch, as another process turns it, and what stands in demo.json."""

import json
import stat
import urllib.error
import urllib.request

import pytest
from django.core.management import CommandError, call_command

from lockss_portal.demo import layout
from lockss_portal.demo.delivering import describe, examples
from lockss_portal.demo.publisher import Publisher
from lockss_portal.demo.switch import NobodyThereError, Power, Switch


def answer(publisher: Publisher, path: str = "tidal/volume/1/contents") -> int:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(publisher.base_url + path, timeout=5) as got:
        return got.status


def test_it_is_switched_off_and_on_at_the_same_address(tmp_path, capsys):
    publisher = Publisher()
    switch = Switch(tmp_path)
    with publisher.switched_by(switch):
        assert answer(publisher) == 200
        call_command("demo_publisher", "stop", home=tmp_path)
        with pytest.raises(urllib.error.URLError):
            answer(publisher)
        # Twice is once.
        call_command("demo_publisher", "stop", home=tmp_path)
        call_command("demo_publisher", "status", home=tmp_path)
        assert "is down." in capsys.readouterr().out.splitlines()[-1]
        call_command("demo_publisher", "start", home=tmp_path)
        assert answer(publisher) == 200
        assert switch.state() is Power.UP
    with pytest.raises(NobodyThereError):
        switch.state()


def test_a_switch_that_nobody_answers_says_so(tmp_path):
    with pytest.raises(CommandError, match="no demonstration runs"):
        call_command("demo_publisher", "stop", home=tmp_path)
    (tmp_path / "publisher.state").write_text("up 999999999")
    with pytest.raises(CommandError, match="no demonstration runs"):
        call_command("demo_publisher", "status", home=tmp_path)


def test_a_demonstration_begins_with_the_publisher_on(tmp_path):
    (tmp_path / "publisher.wanted").write_text("down")
    publisher = Publisher()
    with publisher.switched_by(Switch(tmp_path)):
        assert answer(publisher) == 200
        assert Switch(tmp_path).wanted() is Power.UP


def test_what_is_described_is_what_runs(tmp_path):
    port, nodes = layout.plan(tmp_path)
    publisher = f"http://127.0.0.1:{port}/"
    file = tmp_path / "demo.json"
    describe(file, publisher, nodes, ("librarian", "word"))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    found = json.loads(file.read_text())
    assert [node["portal"] for node in found["nodes"]] == [node.portal for node in nodes]
    addresses = [node[key] for node in found["nodes"] for key in ("content_proxy", "audit_proxy")]
    assert len(set(addresses)) == 2 * layout.NODES
    for node, told in zip(nodes, found["nodes"], strict=True):
        assert f'proxy_listen = "{told["content_proxy"]}"' in node.settings("x")
        assert f'audit_listen = "{told["audit_proxy"]}"' in node.settings("x")
    assert [each["url"] for each in found["publisher"]["examples"]] == [e.url for e in examples(publisher)]


def test_examples_are_pages_of_the_publisher():
    publisher = Publisher()
    with publisher:
        paths = [each.url.removeprefix(publisher.base_url) for each in examples(publisher.base_url)]
        assert [answer(publisher, path) for path in paths] == [200] * len(paths)
