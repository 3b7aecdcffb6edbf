"""Prints how to make the first administrator in a browser, while there is none."""

from django.conf import settings
from django.core.management.base import BaseCommand

from apps.accounts.services import setup_token


class Command(BaseCommand):
    help = "Print the set-up word of a node that nobody has an account at; nothing otherwise. Example: setup_token."

    def handle(self, *args, **options) -> None:
        token = setup_token()
        if token is not None:
            self.stdout.write(
                f"nobody has an account yet: open {settings.NODE.public_url}/accounts/setup/ "
                f"and give the set-up word {token}"
            )
