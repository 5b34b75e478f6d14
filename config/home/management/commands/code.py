"""A code for a sign-in of the demo, in place of a phone."""

import json
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.accounts.codes import PERIOD, code_at, counter_at
from core.lib.clock import now

FILE = settings.BASE_DIR / ".local" / "demo.json"


class Command(BaseCommand):
    help = "Print the code that a sign-in of the running demo asks for (by e-mail or role)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("who", help="an e-mail or a role as the demo prints them")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.MODE not in {"demo", "test"}:
            raise CommandError("Codes are printed in demo mode only: people scan their own key.")
        if not FILE.exists():
            raise CommandError("The demo does not run here. Start it with: script/demo")
        users = json.loads(FILE.read_text())["users"]
        found = [u for role, u in users.items() if options["who"] in {role, u["email"]}]
        if not found or not found[0]["totp"]:
            raise CommandError(f"Nobody with a code is called that. Try one of: {', '.join(users)}")
        left = PERIOD - int(time.time()) % PERIOD
        code = code_at(found[0]["totp"], counter_at(now()))
        self.stdout.write(f"{code}   (good for {left} s more, and once)")
