import sys

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import QuerySet

from apps.aus.choices import SelectionOutcome
from apps.aus.errors import SelectionError
from apps.aus.period_words import period_fault
from apps.aus.scopes import in_years, years_in
from apps.aus.services import deactivate_aus, reactivate_aus, select_aus
from apps.common.errors import BadQuery
from apps.lockss.holdings import PeriodError
from apps.titles.choices import RELEASED, UNRELEASED
from apps.titles.models import ListedAu, Publisher, Title, TitleList, TitleSet
from apps.titles.services import units_in
from apps.titles.staging import name_key


class Command(BaseCommand):
    help = (
        "Select archival units for preservation, as the pages do, or take them out and back. "
        "Example: select_aus --title-set 'Nursing' --years 'from 2010 on'. "
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
            "--title-set", metavar="NAME", help="what is on offer of this title set, or its number"
        )
        what.add_argument(
            "--auid", action="append", help="this AU, as a title list names it; may be repeated"
        )
        what.add_argument("--all", action="store_true", help="everything on offer")
        parser.add_argument(
            "--list", dest="list_name", metavar="NAME", help="only what this title list names"
        )
        parser.add_argument(
            "--years", metavar="YEARS", help="only of these years: 2004, 2000-2010, 'from 2020 on'"
        )
        parser.add_argument(
            "--unreleased", action="store_true", help="also what the network has not released yet"
        )
        does = parser.add_mutually_exclusive_group()
        does.add_argument(
            "--deactivate",
            action="store_true",
            help="take what is selected of it out again; nothing preserved is deleted",
        )
        does.add_argument(
            "--reactivate", action="store_true", help="take what was deactivated of it in again"
        )
        parser.add_argument("--dry-run", action="store_true", help="only say how many are meant")

    def handle(self, *, list_name: str | None, years: str | None, **options) -> None:
        rows = self._meant(**options)
        if list_name is not None:
            if not TitleList.objects.filter(name=list_name).exists():
                raise CommandError(f"no title list is called {list_name}", returncode=2)
            rows = rows.filter(entries__title_list__name=list_name, entries__retired_at=None)
        if years is not None:
            try:
                rows = rows.filter(in_years(years_in(years)))
            except PeriodError as error:
                raise CommandError(period_fault(error), returncode=2) from None
        if options["dry_run"]:
            self.stdout.write(f"{rows.count()} meant, nothing done")
            return
        self._report(self._act(rows, **options))

    def _act(self, rows: QuerySet[ListedAu], **options):
        scope, most = {"kind": "command"}, sys.maxsize
        try:
            if options["deactivate"]:
                return deactivate_aus(user=None, listed=rows, scope=scope, at_once=most).selection
            if options["reactivate"]:
                return reactivate_aus(user=None, listed=rows, scope=scope, at_once=most).selection
            return select_aus(
                user=None, listed=rows, scope=scope, unreleased=options["unreleased"], at_once=most
            ).selection
        except SelectionError as error:
            raise CommandError(str(error), returncode=2) from None

    def _meant(self, **options) -> QuerySet[ListedAu]:
        if options["auid"]:
            found = ListedAu.objects.filter(auid__in=options["auid"])
            missing = set(options["auid"]) - set(found.values_list("auid", flat=True))
            if missing:
                raise CommandError(f"no title list names {', '.join(sorted(missing))}", returncode=2)
            return found
        rows = self._in_scope(**options)
        if options["deactivate"] or options["reactivate"]:
            # What is here, whatever the lists say of it by now.
            return rows.filter(aus__isnull=False)
        return rows.filter(status__in=(*RELEASED, *UNRELEASED) if options["unreleased"] else RELEASED)

    def _in_scope(self, **options) -> QuerySet[ListedAu]:
        if options["title"]:
            return ListedAu.objects.filter(title__in=self._named(Title, options["title"]))
        if options["publisher"]:
            return ListedAu.objects.filter(publisher__in=self._named(Publisher, options["publisher"]))
        if options["title_set"]:
            try:
                return units_in(self._named(TitleSet, options["title_set"]).get())
            except BadQuery as error:
                raise CommandError(f"the search of this set cannot be read: {error}", returncode=2) from None
        return ListedAu.objects.all()

    @staticmethod
    def _named(model: type[Title] | type[Publisher] | type[TitleSet], text: str):
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
