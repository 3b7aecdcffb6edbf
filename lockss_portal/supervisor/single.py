"""``manage.py process NAME``: one process of the node in the foreground, for systemd or a container."""

import os
import sys

from lockss_portal import processes
from lockss_portal.conf.load import SettingsError, load_node


def main(arguments: list[str]) -> int:
    try:
        node = load_node()
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    known = {process.name: process for process in (processes.migration(None), *processes.services(node))}
    if len(arguments) != 1 or arguments[0] not in known:
        print(f"usage: manage.py process {'|'.join(known)}", file=sys.stderr)
        return 2
    for folder in (node.run_dir, node.keys_dir):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    process = known[arguments[0]]
    os.chdir(process.cwd)
    return os.execve(process.argv[0], process.argv, dict(process.environment))
