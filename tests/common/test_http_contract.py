"""The contract of the fetching port, run on both adapters."""

from collections.abc import AsyncIterator

import pytest

from apps.common.http import FetcherPolicy, GuardedFetcher
from apps.common.http_guard import Guard
from tests.contracts.fetcher import FetcherContract, Lab
from tests.simulators.hostile_server import hostile_server
from tests.simulators.publisher import MemoryPublisher, Script


class TestMemory(FetcherContract):
    @pytest.fixture
    async def lab(self) -> Lab:
        script = Script()
        return Lab(script, MemoryPublisher(script), lambda path: f"http://www.example.org{path}")


class TestSockets(FetcherContract):
    @pytest.fixture
    async def lab(self) -> AsyncIterator[Lab]:
        script = Script()
        async with hostile_server(script) as server:
            policy = FetcherPolicy(guard=Guard.of([server.endpoint]))
            async with GuardedFetcher(policy) as fetcher:
                yield Lab(script, fetcher, server.url)
