import sys

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.aus.choices import SelectionOutcome
from apps.aus.errors import SelectionError
from apps.aus.services import select_aus
from apps.titles.choices import RELEASED, UNRELEASED
from apps.titles.models import ListedAu, Publisher, Title, TitleList
from apps.titles.staging import name_key


class Command(BaseCommand):
    help = (
        "Select archival units for preservation, as the pages do. Example: select_aus --publisher 'Harbour Press'. "
        "Exit code 0: done; 1: some were not possible; 2: nothing was done."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument(
            "--title", metavar="NAME", help="what is on offer of the titles of this name, or its number"
        )
        what.add_argument(
            "--publisher", metavar="NAME", help="what is on offer of this publisher, or its number"
        )
        what.add_argument(
            "--auid", action="append", help="this AU, as a title list names it; may be repeated"
        )
        what.add_argument("--all", action="store_true", help="everything on offer")
        parser.add_argument(
            "--list", dest="list_name", metavar="NAME", help="only what this title list names"
        )
        parser.add_argument(
            "--unreleased", action="store_true", help="also what the network has not released yet"
        )

    def handle(self, *, list_name: str | None, unreleased: bool, **options) -> None:
        rows = self._meant(unreleased=unreleased, **options)
        if list_name is not None:
            if not TitleList.objects.filter(name=list_name).exists():
                raise CommandError(f"no title list is called {list_name}", returncode=2)
            rows = rows.filter(entries__title_list__name=list_name, entries__retired_at=None)
        try:
            act = select_aus(
                user=None, listed=rows, scope={"kind": "command"}, unreleased=unreleased, at_once=sys.maxsize
            )
        except SelectionError as error:
            raise CommandError(str(error), returncode=2) from None
        self._report(act.selection)

    def _meant(self, *, unreleased: bool, **options):
        if options["auid"]:
            found = ListedAu.objects.filter(auid__in=options["auid"])
            missing = set(options["auid"]) - set(found.values_list("auid", flat=True))
            if missing:
                raise CommandError(f"no title list names {', '.join(sorted(missing))}", returncode=2)
            return found
        offered = ListedAu.objects.filter(status__in=(*RELEASED, *UNRELEASED) if unreleased else RELEASED)
        if options["title"]:
            return offered.filter(title__in=self._named(Title, options["title"]))
        if options["publisher"]:
            return offered.filter(publisher__in=self._named(Publisher, options["publisher"]))
        return offered

    @staticmethod
    def _named(model: type[Title] | type[Publisher], text: str):
        found = model.objects.filter(name_key=name_key(text))
        if not found.exists() and text.isascii() and text.isdigit() and len(text) < 19:
            found = model.objects.filter(pk=int(text))
        if not found.exists():
            raise CommandError(f"no {model._meta.verbose_name} is called {text}", returncode=2)  # noqa: SLF001
        return found

    def _report(self, selection) -> None:
        impossible = selection.results.filter(outcome=SelectionOutcome.IMPOSSIBLE)
        for result in impossible.select_related("listed_au").order_by("pk")[:100]:
            self.stderr.write(f"{result.listed_au.name}: {result.reason}")
        counts = {
            label: selection.results.filter(outcome=outcome).count()
            for outcome, label in SelectionOutcome.choices
        }
        self.stdout.write(", ".join(f"{number} {label}" for label, number in counts.items() if number))
        sys.exit(1 if counts[SelectionOutcome.IMPOSSIBLE.label] else 0)
