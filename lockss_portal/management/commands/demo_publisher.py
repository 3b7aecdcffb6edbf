"""The sample publisher of a demonstration that runs: switched off, on again, or asked."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from lockss_portal.conf.load import ROOT
from lockss_portal.demo.switch import NobodyThereError, Power, Switch


class Command(BaseCommand):
    help = "Switches the sample publisher of the demonstration. Example: demo_publisher stop."
    requires_system_checks = ()

    def add_arguments(self, parser) -> None:
        parser.add_argument("act", choices=("stop", "start", "status"))
        parser.add_argument(
            "--home", type=Path, default=ROOT / "var" / "demo", help="where the demonstration lives"
        )

    def handle(self, *, act: str, home: Path, **_) -> None:
        switch = Switch(home.absolute())
        try:
            if act != "status":
                switch.turn(Power.DOWN if act == "stop" else Power.UP)
            self.stdout.write(f"The sample publisher is {switch.state()}.")
        except NobodyThereError as error:
            raise CommandError(f"{error}: start one with “make demo”") from None
