"""The compose file against the schema of the Compose Specification, and against the processes that exist."""

import copy
import json
import shlex
from pathlib import Path

import jsonschema
import pytest
import yaml

from lockss_portal import processes
from lockss_portal.conf.load import ROOT, load_node

SCHEMA = json.loads((Path(__file__).parent / "compose" / "compose_spec.json").read_text(encoding="utf-8"))
COMPOSE = yaml.safe_load((ROOT / "docker" / "compose.yml").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft201909Validator(SCHEMA)
ENGINES = {"postgres", "valkey"}


def test_the_file_fulfils_the_schema() -> None:
    assert [f"{list(e.path)}: {e.message}" for e in VALIDATOR.iter_errors(COMPOSE)] == []


@pytest.mark.parametrize(
    ("service", "key", "value"),
    [
        ("web", "commands", ["x"]),
        ("web", "depends_on", {"postgres": {"condition": "up"}}),
        ("beat", "ports", 1),
    ],
)
def test_the_schema_would_complain(service: str, key: str, value: object) -> None:
    damaged = copy.deepcopy(COMPOSE)
    damaged["services"][service][key] = value
    assert not VALIDATOR.is_valid(damaged)


def test_every_process_is_a_service_with_a_health_check() -> None:
    node = load_node(
        {"LOCKSS_ONE_WORKER": "false", "DATABASE_URL": "postgres://x/y", "BROKER_URL": "redis://x"}
    )
    names = {process.name for process in processes.services(node)}
    services = COMPOSE["services"]
    assert set(services) == ENGINES | {"migrate"} | names
    for name in names:
        assert services[name]["command"] == ["process", name]
        assert services[name]["healthcheck"]["test"][-1] == name
    assert all("healthcheck" in services[name] for name in ENGINES)


def test_settings_it_gives_are_settings() -> None:
    given = COMPOSE["x-node"]["environment"]
    own = {k: v for k, v in given.items() if k.startswith("LOCKSS_")}
    plain = {k: v.partition(":-")[2].rstrip("}") if v.startswith("$") else v for k, v in own.items()}
    assert load_node(plain | {"DATABASE_URL": "postgres://a:b@c:1/d"}).one_worker is False


def test_what_the_image_copies_exists_and_is_not_ignored() -> None:
    lines = (ROOT / "docker" / "Dockerfile").read_text(encoding="utf-8").splitlines()
    copied = [shlex.split(line)[1] for line in lines if line.startswith("COPY")]
    kept = (ROOT / "docker" / "Dockerfile.dockerignore").read_text(encoding="utf-8").split()
    assert len(copied) >= 5
    for name in copied:
        assert (ROOT / name).exists(), name
        assert f"!{name}" in kept
