import pytest

from apps.repository import services
from apps.repository.models import WarcFile
from tests.contracts.content_store import AUID, ContentStoreContract, Lab
from tests.repository.factories import use_store


class TestFileStore(ContentStoreContract):
    @pytest.fixture
    def lab(self, content, settings) -> Lab:
        # Every capture in a file of its own, so that a lost file is one lost version.
        use_store(settings, content, warc_max_bytes=1_024)

        def damage(artifact) -> None:
            with (content / artifact.place.file).open("r+b") as file:
                file.seek(artifact.place.offset + artifact.place.body_offset + 2)
                byte = file.read(1)
                file.seek(-1, 1)
                file.write(bytes([byte[0] ^ 1]))

        def lose(artifact) -> None:
            assert WarcFile.objects.get(name=artifact.place.file).artifacts == 1
            (content / artifact.place.file).unlink()

        return Lab(services, damage, lose)

    def open_at_once(self, store) -> None:
        with store.open_writer(auid=AUID, wait=0):
            pass
