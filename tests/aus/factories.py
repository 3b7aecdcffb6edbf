"""Lists with a plugin that fits them."""

from apps.aus.models import Au
from apps.plugins.services import load_plugin_files
from apps.titles.models import ListedAu
from apps.titles.services.importing import run_import
from apps.titles.staging import ReadAu
from tests.plugins.factories import PATH, xml
from tests.titles.factories import make_import, read_au, read_file, read_title


def load_sample(**changes: object) -> None:
    load_plugin_files([(PATH, xml(**changes))])


def offer(*aus: ReadAu, name: str = "Riverside", **more) -> list[ListedAu]:
    """Import these AUs; their rows, in order."""
    run_import(list_import=make_import(name, **more), files=[read_file(aus)])
    found = ListedAu.objects.in_bulk([au.auid for au in aus], field_name="auid") if aus else {}
    return [found[au.auid] for au in aus]


def volumes(count: int, title: str = "Journal of Estuarine Studies", **more) -> list[ReadAu]:
    block = read_title(title, publisher=more.pop("publisher", "Tidewater Press"))
    return [read_au(block, volume, **more) for volume in range(1, count + 1)]


def chosen(listed: ListedAu) -> Au:
    return Au.objects.get(listed=listed)
