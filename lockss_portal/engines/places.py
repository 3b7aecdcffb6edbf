"""Where engines keep their data and sockets."""

import hashlib
import os
import re
import stat
from pathlib import Path

from lockss_portal.engines.user import EngineError, RunAs

# A Unix socket's path holds 107 bytes (unix(7)); the longest name in the folder is PostgreSQL's lock file.
SOCKET_PATH_BYTES = 107
LONGEST_NAME = "/.s.PGSQL.5432.lock"
# PostgreSQL reads the folder from a comma-separated, quoted list, libpq from a URL: plain characters only.
PLAIN = re.compile(r"[A-Za-z0-9/._-]+")
SHARED_STATE = Path("/var/lib/lockss-portal")


def socket_dir(run_dir: Path, as_user: RunAs) -> Path:
    """The folder of a node's sockets: its own, or a short private one under /tmp. Does not create it."""
    if as_user.owner is None and _fits(run_dir):
        return run_dir
    digest = hashlib.sha256(os.fsencode(run_dir)).hexdigest()[:16]
    return Path(f"/tmp/lockss-{os.geteuid()}-{digest}")  # noqa: S108 - make_private looks whose it is


def make_private(folder: Path, as_user: RunAs) -> None:
    """Create it with mode 0700, or make sure that it is ours alone; EngineError if somebody else holds it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        _check_ours(folder, as_user)
    if as_user.owner is not None and folder.stat().st_uid != as_user.owner:
        os.chown(folder, as_user.owner, as_user.owner)
    if stat.S_IMODE(folder.stat().st_mode) != 0o700:
        folder.chmod(0o700)


def reachable(path: Path, user: int) -> bool:
    """Whether another user can pass through every folder above ``path``."""
    for folder in path.absolute().parents:
        try:
            found = folder.stat()
        except FileNotFoundError:
            continue
        bit = 0o100 if found.st_uid == user else 0o001
        if not found.st_mode & bit:
            return False
    return True


def data_dir(wanted: Path, as_user: RunAs) -> Path:
    """Where the data goes: as wanted, unless the engine's user cannot get there."""
    if as_user.owner is None or reachable(wanted, as_user.owner):
        return wanted
    digest = hashlib.sha256(os.fsencode(wanted.absolute())).hexdigest()[:16]
    return SHARED_STATE / digest / wanted.name


def _fits(folder: Path) -> bool:
    path = str(folder)
    return len(os.fsencode(path + LONGEST_NAME)) <= SOCKET_PATH_BYTES and bool(PLAIN.fullmatch(path))


def _check_ours(folder: Path, as_user: RunAs) -> None:
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {os.geteuid(), as_user.owner}:
        raise EngineError(f"{folder} belongs to somebody else; give another folder by LOCKSS_RUN_DIR")
