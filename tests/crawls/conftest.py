"""An AU of the sample publisher, selected on this node, with the publisher serving in a thread."""

from dataclasses import replace
from pathlib import Path

import pytest

from apps.aus.models import Au
from apps.common.clock import now
from apps.lockss.auid import make_auid, slug_of
from apps.plugins.services import load_plugin_folder
from apps.repository.services import ensure_au_key
from lockss_portal.demo.publisher import Publisher
from lockss_portal.demo.titles import PLUGIN

PLUGINS = Path(__file__).resolve().parents[2] / "lockss_portal" / "demo" / "plugins"


@pytest.fixture
def publisher():
    with Publisher() as running:
        yield running


@pytest.fixture
def node(settings, tmp_path, publisher):
    """A node that may ask the sample publisher, quickly, and demands only a statement."""
    host = publisher.base_url.removeprefix("http://").rstrip("/")
    settings.NODE = replace(
        settings.NODE,
        content_dir=tmp_path / "content",
        spool_dir=tmp_path / "spool",
        media_dir=tmp_path / "media",
        keys_dir=tmp_path / "keys",
        allowed_private_hosts=(host,),
        crawl_fetch_floor_ms=0,
        crawl_retry_pause=0.05,
        permission_policy="machine",
    )
    return settings.NODE


def make_au(base_url: str, journal: str = "tidal", volume: int = 1, plugin: str = PLUGIN) -> Au:
    params = {"base_url": base_url, "journal": journal, "volume": str(volume)}
    auid = make_auid(plugin, params)
    return Au.objects.create(
        key=ensure_au_key(auid=auid),
        auid=auid,
        slug=slug_of(auid),
        plugin_id=plugin,
        params=params,
        name=f"{journal} {volume}",
        name_key=f"{journal} {volume}",
        selected_at=now(),
    )


@pytest.fixture
def au(db, node, publisher):
    load_plugin_folder(path=PLUGINS, user=None)
    return make_au(publisher.base_url)
