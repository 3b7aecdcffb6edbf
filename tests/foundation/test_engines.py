"""The embedded engines: folders, users, sockets, and that they end with whoever wanted them."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from lockss_portal.conf.load import ROOT, load_node
from lockss_portal.engines import node as engines
from lockss_portal.engines import places, postgres, user, valkey
from lockss_portal.engines.broker import broker_settings
from lockss_portal.engines.owner import ensure_postgres
from lockss_portal.engines.postgres import Cluster
from lockss_portal.engines.user import EngineError, RunAs
from lockss_portal.supervisor.identity import ProcessId

OURS = RunAs("same")
OTHER = RunAs("uid:65534", 65534)
# Starts a server as a command does, says so, and lives until told.
COMMAND = """
import sys
from pathlib import Path
from lockss_portal.engines.owner import ensure_postgres
from lockss_portal.engines.postgres import Cluster
from lockss_portal.supervisor.identity import ProcessId
data, sockets = Path(sys.argv[1]), Path(sys.argv[2])
ensure_postgres(Cluster(data=data, sockets=sockets, durable=False), ProcessId.own(), data.parent / "log")
print("ready", flush=True)
sys.stdin.read()
"""


def wait_gone(cluster: Cluster, timeout: float = 20) -> None:
    end = time.monotonic() + timeout
    while postgres.running_pid(cluster) is not None:
        assert time.monotonic() < end, "the server outlived its owner"
        time.sleep(0.02)


def command(cluster: Cluster, code: str = COMMAND, *more: str) -> subprocess.Popen:
    started = subprocess.Popen(
        [sys.executable, "-c", code, cluster.data, cluster.sockets, *more],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
    )
    assert started.stdout is not None
    assert started.stdout.readline() == b"ready\n"
    return started


def end(started: subprocess.Popen, number: signal.Signals | None = None) -> None:
    if number is None:
        started.communicate(b"", timeout=30)
    else:
        started.send_signal(number)
        started.communicate(timeout=30)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """Below a folder with blanks whose path is far longer than a socket's may be."""
    deep = tmp_path / ("a name with blanks, 'quotes' and ümlauts " * 3).strip() / ("x" * 80)
    deep.mkdir(parents=True, mode=0o700)
    sockets = places.socket_dir(deep / "run", user.run_as())
    yield Cluster(data=deep / "pg", sockets=sockets, durable=False)
    shutil.rmtree(sockets, ignore_errors=True)


def modes_above(folder: Path) -> list[int]:
    return [stat.S_IMODE(above.stat().st_mode) for above in folder.parents]


@pytest.mark.e2e
@pytest.mark.parametrize("number", [None, signal.SIGKILL])
def test_a_server_lives_as_long_as_the_command_that_wanted_it(
    cluster: Cluster, number: signal.Signals | None
) -> None:
    before = modes_above(cluster.data)
    first = command(cluster)
    pid = postgres.running_pid(cluster)
    second = command(cluster)
    assert postgres.running_pid(cluster) == pid, "the second command uses what runs"
    end(second)
    with psycopg.connect(
        host=str(cluster.sockets), user=postgres.USER, dbname=postgres.DATABASE
    ) as connection:
        row = connection.execute("SELECT current_setting('server_version_num')::int / 10000").fetchone()
        assert row == (18,)
        shown = "SELECT datlocprovider, datcollate, pg_encoding_to_char(encoding) FROM pg_database LIMIT 1"
        assert connection.execute(shown).fetchone() == ("b", "C.UTF-8", "UTF8")
    end(first, number)
    wait_gone(cluster)
    assert modes_above(cluster.data) == before
    assert stat.S_IMODE(cluster.data.stat().st_mode) == 0o700
    assert stat.S_IMODE(cluster.sockets.stat().st_mode) == 0o700


@pytest.mark.e2e
def test_a_server_killed_with_9_starts_at_the_first_try(cluster: Cluster) -> None:
    first = command(cluster)
    pid = postgres.running_pid(cluster)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    wait_gone(cluster)
    second = command(cluster)
    assert postgres.running_pid(cluster) not in (None, pid)
    end(second)
    end(first)
    wait_gone(cluster)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root must become somebody else")
def test_as_root_the_server_is_not_root_and_its_files_are_ours(cluster: Cluster) -> None:
    started = command(cluster)
    pid = postgres.running_pid(cluster)
    inside = Path(f"/proc/{pid}/uid_map").read_text().split()
    if user.run_as().mode == "userns":
        assert inside[:2] == ["65534", "0"]
        assert cluster.data.stat().st_uid == 0
    end(started)
    wait_gone(cluster)


def test_a_folder_made_half_is_made_anew(tmp_path: Path) -> None:
    cluster = Cluster(data=tmp_path / "pg", sockets=tmp_path / "s", durable=False)
    partial = tmp_path / "pg.partial"
    partial.mkdir()
    (partial / "PG_VERSION").write_text("18")
    postgres.initialise(cluster)
    assert (cluster.data / "global" / "pg_control").exists()
    assert not partial.exists()
    before = (cluster.data / "PG_VERSION").stat().st_mtime_ns
    postgres.initialise(cluster)
    assert (cluster.data / "PG_VERSION").stat().st_mtime_ns == before


def test_a_failing_initdb_says_why_and_what_helps(tmp_path: Path) -> None:
    (tmp_path / "pg").mkdir()
    (tmp_path / "pg" / "something").touch()
    with pytest.raises(OSError, match="pg"):
        postgres.initialise(Cluster(data=tmp_path / "pg", sockets=tmp_path, durable=False))
    assert (tmp_path / "pg" / "something").exists()


@pytest.mark.parametrize(
    "text", ["", "abc\n", "-5\n", "999999999\n/x\n", "OURS\n/x\n1\n5432\n/s\n\n\nready\n"]
)
def test_a_stale_pid_file_is_not_a_server(tmp_path: Path, text: str) -> None:
    """Not even one with the id of a process that runs, as ours does."""
    cluster = Cluster(data=tmp_path, sockets=tmp_path)
    (tmp_path / "postmaster.pid").write_text(text.replace("OURS", str(os.getpid())))
    assert postgres.running_pid(cluster) is None
    assert not postgres.ready(cluster)


@pytest.mark.parametrize("folder", ["/srv/" + "x" * 90, "/srv/with blank", "/srv/a,b", "/srv/ü", "/srv/it's"])
def test_sockets_move_to_a_short_private_folder(folder: str) -> None:
    found = places.socket_dir(Path(folder), OURS)
    assert len(str(found)) + len(places.LONGEST_NAME) <= places.SOCKET_PATH_BYTES
    assert found == places.socket_dir(Path(folder), OURS)
    assert found != places.socket_dir(Path(folder + "2"), OURS)


def test_sockets_stay_in_a_short_folder() -> None:
    assert places.socket_dir(Path("/srv/lockss/run"), OURS) == Path("/srv/lockss/run")
    assert places.socket_dir(Path("/srv/lockss/run"), OTHER) != Path("/srv/lockss/run")


def test_a_private_folder_is_private_and_ours(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)
    places.make_private(folder, OURS)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    (tmp_path / "link").symlink_to(folder)
    with pytest.raises(EngineError, match="LOCKSS_RUN_DIR"):
        places.make_private(tmp_path / "link", OURS)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    os.chown(folder, 12345, 12345)
    with pytest.raises(EngineError, match="belongs to somebody else"):
        places.make_private(folder, OURS)


def test_reachable_looks_at_every_folder_above(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    for above in (inner, inner.parent, tmp_path):
        above.chmod(0o755)
    reachable = all(above.stat().st_mode & 0o001 for above in (inner / "x").parents)
    assert places.reachable(inner / "x", 65534) is reachable
    inner.parent.chmod(0o700)
    assert places.reachable(inner / "x", 65534) is False
    assert places.data_dir(inner / "pg", OURS) == inner / "pg"
    moved = places.data_dir(inner / "pg", OTHER)
    assert moved.is_relative_to(places.SHARED_STATE)
    assert moved.name == "pg"


# As COMMAND, where user namespaces are forbidden and the wheel lies where only root can read.
FORBIDDEN = (
    """
import sys
from pathlib import Path
from lockss_portal.engines import places, user
works, reachable = user._works, places.reachable
user._works = lambda mode: mode.startswith("uid:") and works(mode)
places.reachable = lambda path, user: "site-packages" not in str(path) and reachable(path, user)
places.SHARED_STATE = Path(sys.argv.pop())
"""
    + COMMAND
)


@pytest.fixture
def passable() -> Iterator[Path]:
    """A folder that every user can pass through; pytest's own are closed."""
    with tempfile.TemporaryDirectory(prefix="lockss-passable-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.mark.e2e
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_without_user_namespaces_another_user_runs_it(tmp_path: Path, passable: Path) -> None:
    state = passable / "state"
    wanted = Cluster(data=tmp_path / "pg", sockets=places.socket_dir(tmp_path / "run", OTHER), durable=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(places, "SHARED_STATE", state)
        cluster = replace(wanted, data=places.data_dir(wanted.data, OTHER))
    assert cluster.data.is_relative_to(state)
    started = command(cluster, FORBIDDEN, str(state))
    pid = postgres.running_pid(cluster)
    assert cluster.data.stat().st_uid == user.NOBODY
    assert stat.S_IMODE(cluster.data.stat().st_mode) == 0o700
    assert Path(f"/proc/{pid}").stat().st_uid == user.NOBODY
    assert Path(os.readlink(f"/proc/{pid}/exe")).is_relative_to(state)
    with psycopg.connect(
        host=str(cluster.sockets), user=postgres.USER, dbname=postgres.DATABASE
    ) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    end(started)
    wait_gone(cluster)
    shutil.rmtree(cluster.sockets)


@pytest.mark.parametrize(
    ("euid", "named", "works", "mode"),
    [
        (1000, True, (), "same"),
        (1000, False, ("userns",), "userns"),
        (1000, False, (), "same"),
        (0, True, ("userns", "uid:65534"), "userns"),
        (0, True, ("uid:65534",), "uid:65534"),
        (0, True, (), None),
    ],
)
def test_who_runs_the_server(
    euid: int, named: bool, works: tuple[str, ...], mode: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(user.VARIABLE, raising=False)
    monkeypatch.setattr(user.os, "geteuid", lambda: euid)
    monkeypatch.setattr(user, "_has_name", lambda uid: named)
    monkeypatch.setattr(user, "_works", lambda asked: asked in works)
    if mode is None:
        with pytest.raises(EngineError, match="DATABASE_URL"):
            user.run_as.__wrapped__()
    else:
        assert user.run_as.__wrapped__().mode == mode


def test_children_do_not_ask_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(user, "_works", lambda asked: pytest.fail("a process was started to find out"))
    for handed in (RunAs("same"), RunAs("userns"), OTHER):
        monkeypatch.setenv(user.VARIABLE, handed.mode)
        assert user.run_as.__wrapped__() == handed


def test_outside_engines_are_not_started(tmp_path: Path) -> None:
    node = load_node(
        {
            "LOCKSS_NODE": str(tmp_path),
            "DATABASE_URL": "postgres://us%40er:p%2Fw@db.example:5433/na%20me",
            "BROKER_URL": "amqp://x@y//",
        }
    )
    found = engines.database_settings(node)
    assert {k: found[k] for k in ("NAME", "USER", "PASSWORD", "HOST", "PORT")} == {
        "NAME": "na me",
        "USER": "us@er",
        "PASSWORD": "p/w",
        "HOST": "db.example",
        "PORT": "5433",
    }
    assert found["ENGINE"] == "django.db.backends.postgresql"
    assert broker_settings(node).url == "amqp://x@y//"


@pytest.mark.e2e
@pytest.mark.parametrize(
    ("words", "starts"),
    [
        (["check"], False),
        (["--help"], False),
        (["migrate", "--help"], False),
        (["showmigrations", "auth"], True),
    ],
)
def test_only_a_command_that_asks_the_database_starts_it(
    tmp_path: Path, words: list[str], starts: bool
) -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "manage.py", *words],
        env={"PATH": os.environ["PATH"], "LOCKSS_NODE": str(tmp_path), "LOCKSS_TESTING": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, textwrap.shorten(done.stderr, 2000)
    assert (tmp_path / "pg").exists() is starts
    wait_gone(engines.cluster(load_node({"LOCKSS_NODE": str(tmp_path)})))


@pytest.mark.e2e
def test_valkey_keeps_its_messages_over_a_kill(tmp_path: Path) -> None:
    store = valkey.Store(data=tmp_path, sockets=places.socket_dir(tmp_path, OURS))
    for expected in (b"$-1", b"$5"):
        server = subprocess.Popen(user.launched(valkey.command(store), "same", signal.SIGKILL), cwd=tmp_path)
        try:
            end_at = time.monotonic() + 20
            while not valkey.ready(store):
                assert time.monotonic() < end_at
                time.sleep(0.02)
            assert ask(store, b"GET key").startswith(expected)
            assert ask(store, b"SET key hello") == b"+OK\r\n"
            assert ask(store, b"CONFIG GET port").endswith(b"$1\r\n0\r\n")
            # The file is synced once a second.
            time.sleep(1.2)
        finally:
            server.kill()
            server.wait()
    assert not valkey.ready(store)


def ask(store: valkey.Store, line: bytes) -> bytes:
    import socket

    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(store.socket))
        connection.sendall(line + b"\r\n")
        return connection.recv(4096)


def test_an_owner_that_is_gone_gets_no_server(tmp_path: Path) -> None:
    """Its guard sees at once that nobody is there."""
    cluster = Cluster(data=tmp_path / "pg", sockets=places.socket_dir(tmp_path / "run", OURS), durable=False)
    gone = subprocess.Popen(["true"])
    gone.wait()
    with pytest.raises(EngineError, match="did not start"):
        ensure_postgres(cluster, ProcessId(gone.pid, 1), tmp_path / "log")
    wait_gone(cluster)
