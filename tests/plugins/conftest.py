from dataclasses import replace

import pytest


@pytest.fixture
def node(settings, tmp_path):
    """A node with folders of its own; change a setting with ``node(plugin_signatures="require")``."""
    before = settings.NODE

    def change(**more):
        settings.NODE = replace(
            before,
            media_dir=tmp_path / "media",
            spool_dir=tmp_path / "spool",
            content_dir=tmp_path / "content",
            **more,
        )
        return settings.NODE

    change()
    return change
