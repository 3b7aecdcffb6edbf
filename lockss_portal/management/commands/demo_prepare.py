"""Sets one node of the demonstration up; called by ``manage.py demo`` with the plan on standard input."""

from django.core.management.base import BaseCommand

from lockss_portal.demo.prepare import main


class Command(BaseCommand):
    help = "Set up a node of the demonstration (called by `demo`). Example: demo_prepare < plan.json."

    def handle(self, *args, **options) -> None:
        main()
