#!/usr/bin/env python3
"""Commands of a node: ``manage.py up`` runs it, ``manage.py help`` lists the rest."""

import os
import sys


def main() -> None:
    if sys.argv[1:2] == ["up"]:
        from lockss_portal.supervisor.up import main as up

        sys.exit(up(sys.argv[2:]))
    if sys.argv[1:2] == ["process"]:
        from lockss_portal.supervisor.single import main as process

        sys.exit(process(sys.argv[2:]))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lockss_portal.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
