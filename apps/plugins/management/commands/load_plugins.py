import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.plugins.errors import PluginError
from apps.plugins.services import load_plugin_folder


class Command(BaseCommand):
    help = (
        "Load platform definitions (plugins) from folders whose subfolders are packages (org/…), from JARs or ZIPs, or "
        "single files. Example: load_plugins plugins/ network.jar. Exit code 0: all in; 1: some files are no definitions; 2: a place could not be read."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")

    def handle(self, *, paths: list[Path], **options: object) -> None:
        added = unchanged = refused = 0
        for path in paths:
            try:
                done = load_plugin_folder(path)
            except PluginError as error:
                raise CommandError(str(error), returncode=2) from None
            added, unchanged, refused = (
                added + len(done.added),
                unchanged + len(done.unchanged),
                refused + len(done.refused),
            )
            for name, why in done.refused:
                self.stderr.write(f"{name}: {why}")
        self.stdout.write(f"{added} loaded, {unchanged} here already, {refused} refused")
        sys.exit(1 if refused else 0)
