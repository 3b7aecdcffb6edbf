"""The content host or the content proxy as a process of its own, on a test's database and store.

``python -m tests.delivery.serving_process content|proxy DATABASE FOLDER DESCRIPTOR`` of a listening socket.
"""

import os
import socket
import sys
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lockss_portal.testing")


def main(kind: str, database: str, folder: str, descriptor: str) -> None:
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection

    from tests.repository.factories import use_store

    connection.settings_dict["NAME"] = database
    listener = socket.socket(fileno=int(descriptor))
    content_url = f"http://localhost:{listener.getsockname()[1]}"
    use_store(settings, Path(folder) / "content", keys_dir=Path(folder) / "keys", content_url=content_url)
    if kind == "proxy":
        from apps.delivery.proxy import service

        service.run(listener, audit=False)
        return
    from lockss_portal import content_server

    content_server.serve(listener, behind_proxy=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
