"""The proxies: ``python -m lockss_portal.proxy_server proxy|audit [DESCRIPTOR]`` of a listening socket."""

import os
import socket
import sys

from lockss_portal.conf.load import SettingsError, load_node
from lockss_portal.supervisor.ports import PortTakenError, listen_at

NAMES = ("proxy", "audit")


def main(arguments: list[str]) -> int:
    if not arguments or arguments[0] not in NAMES:
        print(__doc__, file=sys.stderr)
        return 2
    name, *descriptor = arguments
    try:
        node = load_node()
        place = node.proxy_listen if name == "proxy" else node.audit_listen
        if descriptor:
            listener = socket.socket(fileno=int(descriptor[0]))
        elif place:
            listener = listen_at(place, f"{name}_listen").socket
        else:
            raise SettingsError(f"{name}_listen is empty: there is nowhere to listen")
    except (SettingsError, PortTakenError) as error:
        print(error, file=sys.stderr)
        return 2
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lockss_portal.settings")
    import django

    django.setup()
    # Models must be ready first.
    from apps.delivery.proxy import service
    from lockss_portal import garbage, patience

    patience.begin(patience.READERS_S)
    if name == "proxy":
        from apps.usage.recording import begin

        # What auditors read is no usage.
        begin()
    garbage.settle(garbage.BODIES)
    service.run(listener, audit=name == "audit")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
