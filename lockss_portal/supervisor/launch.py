"""Becomes another program that dies with its parent, if need be under another user id.

Run as ``python -I -S launch.py PARENT SIGNAL MODE -- PROGRAM ARG...``; only the standard library, so that it
costs a few milliseconds. MODE is ``same``, ``userns`` (user 65534 inside a user namespace of its own: files
still belong to us) or ``uid:N``. The signal is asked for after the change of user, which would clear it.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1
CLONE_NEWUSER = 0x10000000
INSIDE = 65534
ORPHANED = 111
REFUSED = 112


def main(argv: list[str]) -> int:
    parent, number, mode = int(argv[1]), int(argv[2]), argv[3]
    program = argv[argv.index("--") + 1 :]
    # Found, and all modules loaded, before the change of user: the library may lie where the other cannot read.
    path = found(program[0])
    libc = ctypes.CDLL(None, use_errno=True)
    try:
        change_user(libc, mode)
    except OSError as error:
        print(f"launch: {mode}: {error}", file=sys.stderr)
        return REFUSED
    libc.prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)
    if parent and os.getppid() != parent:
        return ORPHANED
    return os.execv(path, program)


def found(name: str) -> str:
    folders = () if "/" in name else os.environ.get("PATH", os.defpath).split(":")
    return next((path for folder in folders if os.access(path := f"{folder}/{name}", os.X_OK)), name)


def change_user(libc: ctypes.CDLL, mode: str) -> None:
    if mode == "userns":
        outer_user, outer_group = os.getuid(), os.getgid()
        if libc.unshare(CLONE_NEWUSER) != 0:
            raise OSError(ctypes.get_errno(), "user namespaces are not allowed here")
        write("/proc/self/setgroups", "deny")
        write("/proc/self/uid_map", f"{INSIDE} {outer_user} 1")
        write("/proc/self/gid_map", f"{INSIDE} {outer_group} 1")
    elif mode.startswith("uid:"):
        user = int(mode.removeprefix("uid:"))
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)


def write(path: str, text: str) -> None:
    with open(path, "w", encoding="ascii") as out:
        out.write(text)


if __name__ == "__main__":
    sys.exit(main(sys.argv))
