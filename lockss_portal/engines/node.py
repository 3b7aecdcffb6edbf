"""The engines of a node, as its settings describe them."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from lockss_portal.conf.schema import Node
from lockss_portal.engines import places, postgres, valkey
from lockss_portal.engines.user import run_as


def sockets(node: Node) -> Path:
    return places.socket_dir(node.run_dir, run_as())


def cluster(node: Node) -> postgres.Cluster:
    return postgres.Cluster(
        data=places.data_dir(node.postgres_dir, run_as()),
        sockets=sockets(node),
        connections=node.database_connections,
        memory_mb=node.database_memory_mb,
        durable=not node.testing,
    )


def database_settings(node: Node) -> dict[str, object]:
    """Django's DATABASES entry: the outside server of DATABASE_URL, or the embedded one."""
    # A server that is stopped takes connections, and never greets.
    # A threshold must be there for statements to be prepared at all; only those that ask for it are (common/prepared.py).
    options = {"connect_timeout": 10, "prepare_threshold": 1 << 30}
    common: dict[str, object] = {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True, "OPTIONS": options}
    if not node.database_url:
        return common | {
            "ENGINE": "lockss_portal.engines.django",
            "NAME": postgres.DATABASE,
            "USER": postgres.USER,
            "HOST": str(sockets(node)),
            "PORT": str(postgres.PORT),
        }
    url = urlsplit(node.database_url)
    return common | {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(url.path.lstrip("/")),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": unquote(url.hostname or ""),
        "PORT": str(url.port or ""),
    }


def store(node: Node) -> valkey.Store:
    return valkey.Store(data=node.valkey_dir, sockets=sockets(node), durable=not node.testing)
