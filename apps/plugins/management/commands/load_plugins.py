import json
import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.plugins.errors import PluginError
from apps.plugins.services import Loaded, load_plugin_folder
from apps.plugins.tasks import wake_trials


class Command(BaseCommand):
    help = (
        "Load platform definitions (plugins) from folders whose subfolders are packages (org/…), from JARs or ZIPs, or "
        "single files. The signature of a JAR is checked; one that is broken loads nothing. "
        "Example: load_plugins plugins/src riverside.jar --output JSON. "
        "Exit code 0: all in; 1: some files or JARs were refused; 2: a place could not be read."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
        parser.add_argument(
            "--output",
            metavar="JSON",
            help="JSON: print what was done as JSON; any other word is the file that it is written to",
        )

    def handle(self, *, paths: list[Path], output: str | None, **options: object) -> None:
        places = []
        for path in paths:
            if not path.exists():
                raise CommandError(f"{path} cannot be read: there is no such file or folder", returncode=2)
            try:
                places.append(_as_data(path, load_plugin_folder(path)))
            except PluginError as error:
                if not error.refused:
                    raise CommandError(str(error), returncode=2) from None
                places.append(_as_data(path, Loaded(refused=[(str(path), str(error))])))
        wake_trials()
        self._tell(places, output)
        sys.exit(1 if any(place["refused"] for place in places) else 0)

    def _tell(self, places: list[dict], output: str | None) -> None:
        for place in places if not output else ():
            for one in place["refused"]:
                self.stderr.write(f"{one['path']}: {one['reason']}")
            for plugin_id in place["waiting"]:
                self.stdout.write(f"{plugin_id}: a newer version is tried on stored pages before it is used")
        if not output:
            counts = [sum(len(place[name]) for place in places) for name in ("added", "unchanged", "refused")]
            self.stdout.write("{} loaded, {} here already, {} refused".format(*counts))
            return
        text = json.dumps({"places": places}, ensure_ascii=False, indent=1) + "\n"
        if output.lower() in ("json", "-"):
            self.stdout.write(text)
            return
        try:
            Path(output).write_text(text, encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{output}: cannot be written: {error.strerror}", returncode=2) from error


def _as_data(path: Path, done: Loaded) -> dict:
    return {
        "place": str(path),
        "signature": done.signature or None,
        "added": done.added,
        "unchanged": done.unchanged,
        "waiting": done.waiting,
        "refused": [{"path": name, "reason": why} for name, why in done.refused],
    }
