"""Ask for polls now; the next scan calls them."""

from django.core.management.base import BaseCommand, CommandError

from apps.aus.choices import AuState
from apps.aus.models import Au
from apps.polls.services.pollers import request_poll


class Command(BaseCommand):
    help = "Ask for a poll on AUs now, whatever their date. Example: request_polls --auid 'org|x&base_url~…'"

    def add_arguments(self, parser) -> None:
        scope = parser.add_mutually_exclusive_group(required=True)
        scope.add_argument("--all", action="store_true", help="every collected AU")
        scope.add_argument("--auid", action="append", help="this AU; may be repeated")

    def handle(self, *, all: bool, auid: list[str] | None, **_) -> None:  # noqa: A002 - the option's name
        collected = Au.objects.filter(state=AuState.SELECTED, crawl_status__last_success_at__isnull=False)
        found = collected if all else collected.filter(auid__in=auid)
        missing = set(auid or ()) - set(found.values_list("auid", flat=True))
        if missing:
            raise CommandError(f"not a collected AU of this node: {', '.join(sorted(missing))}")
        for au in found:
            request_poll(au=au)
        self.stdout.write(f"{found.count()} polls asked for")
