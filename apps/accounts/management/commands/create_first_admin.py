"""Make the first administrator from a terminal; ``manage.py up`` prints the word for doing it in a browser."""

import getpass
import secrets
import sys

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from apps.accounts.errors import AccountError
from apps.accounts.models import User
from apps.accounts.services import create_first_admin


class Command(BaseCommand):
    help = (
        "Make the first system administrator of this node; refused once anybody has an account. "
        "Example: create_first_admin alice --generate."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument("username")
        how = parser.add_mutually_exclusive_group()
        how.add_argument(
            "--password-stdin", action="store_true", help="read the password from standard input"
        )
        how.add_argument("--generate", action="store_true", help="make a password and print it")

    def handle(self, *args, username: str, password_stdin: bool, generate: bool, **options) -> None:
        password = secrets.token_urlsafe(12) if generate else self._asked(password_stdin)
        try:
            validate_password(password, User(username=username))
            user = create_first_admin(username=username, password=password)
        except (AccountError, ValidationError) as error:
            raise CommandError(" ".join(getattr(error, "messages", [str(error)]))) from None
        self.stdout.write(f"{user.username} is the system administrator of this node")
        if generate:
            self.stdout.write(f"password: {password}")

    @staticmethod
    def _asked(from_stdin: bool) -> str:
        if from_stdin:
            return sys.stdin.readline().rstrip("\r\n")
        first = getpass.getpass("Password: ")
        if getpass.getpass("The same again: ") != first:
            raise CommandError("the two passwords are not the same")
        return first
