"""Where Celery's messages and the cache go: the embedded Valkey, or what BROKER_URL names."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from lockss_portal.conf.schema import Node
from lockss_portal.engines import valkey
from lockss_portal.engines.node import sockets

LOCAL_CACHE: dict[str, object] = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}


@dataclass(frozen=True, slots=True)
class Broker:
    """``url`` is for Celery, ``cache`` an entry of Django's CACHES."""

    url: str
    cache: dict[str, object]


def broker_settings(node: Node) -> Broker:
    if node.testing:
        return Broker("memory://", LOCAL_CACHE)
    if not node.broker_url:
        socket = sockets(node) / valkey.SOCKET
        return Broker(f"redis+socket://{socket}?virtual_host=0", _redis_cache(f"unix://{socket}?db=1"))
    if urlsplit(node.broker_url).scheme in ("redis", "rediss"):
        return Broker(node.broker_url, _redis_cache(node.broker_url))
    # A queue broker holds no cache; what must be shared between processes is a row anyway.
    return Broker(node.broker_url, LOCAL_CACHE)


def _redis_cache(location: str) -> dict[str, object]:
    return {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": location,
        "KEY_PREFIX": "lockss",
    }
