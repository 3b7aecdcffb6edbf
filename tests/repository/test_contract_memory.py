import pytest

from tests.contracts.content_store import ContentStoreContract, Lab
from tests.simulators.content_store import MemoryStore


class TestMemoryStore(ContentStoreContract):
    @pytest.fixture
    def lab(self) -> Lab:
        store = MemoryStore()
        return Lab(store, store.damage, store.lose)
