import pytest

from tests.repository.factories import use_store


@pytest.fixture
def content(db, settings, tmp_path):
    """An empty store, and the database."""
    return use_store(settings, tmp_path / "content")
