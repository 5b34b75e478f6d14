"""Encrypt every secret with the first of SECRETS_KEYS, so that an older key can be dropped."""

from typing import Any

from django.core.management.base import BaseCommand

from core.accounts.codes import rotate_secrets


class Command(BaseCommand):
    help = "Encrypt all second factors with the newest key of SECRETS_KEYS."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{rotate_secrets()} secrets are under the newest key.")
