from django.core.management.base import BaseCommand

from apps.nodes.services import alerting, sending


class Command(BaseCommand):
    help = (
        "Looks once for what is wrong, and tells the people who want to know; needs neither broker nor worker. "
        "Example: look_for_alerts"
    )

    def handle(self, *args, **options) -> None:
        found = alerting.look()
        sent = sending.send_due()
        self.stdout.write(f"open alerts: {found}, sent messages: {sent}")
