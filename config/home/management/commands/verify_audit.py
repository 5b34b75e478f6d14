"""Recompute the audit chain; exit code 1 and the first bad row when it does not hold."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from core.audit.anchors import Anchor, AnchorFileError, read
from core.audit.services import record
from core.audit.verifying import Report, verify
from core.events.services import beat
from core.lib.clock import now
from core.lib.ui import ago


class Command(BaseCommand):
    help = "Checks that no audit row was changed, removed or slipped in since it was sealed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--anchors",
            type=Path,
            default=Path(settings.AUDIT_ANCHOR_FILE) if settings.AUDIT_ANCHOR_FILE else None,
            help="the file with the daily heads of the chain (AUDIT_ANCHOR_FILE)",
        )
        parser.add_argument("--json", action="store_true", help="the answer as one line of JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        report = verify(
            anchors=self.known(options["anchors"]),  # read first: later ones may know later seals
            progress=(lambda done, of: None) if options["json"] else self.progress,
        )
        at = now()
        with transaction.atomic():
            record(
                by=None,
                action="verify",
                object_kind="audit_trail",
                now=at,
                fields=[f"rows={report.rows}", f"seals={report.seals}"],
                reason="whole" if report.is_whole else report.findings[0].kind,
            )
            if report.is_whole:  # the health page says when it was last found whole
                beat(loop="verify_audit", now=at)
        self.stdout.write(as_json(report) if options["json"] else self.sentences(report))
        if not report.is_whole:
            sys.exit(1)

    def known(self, path: Path | None) -> list[Anchor]:
        try:
            return read(path) if path else []
        except AnchorFileError as error:
            raise CommandError(str(error)) from error

    def progress(self, done: int, of: int) -> None:
        self.stderr.write(f"{done:,} of {of:,} rows")

    def sentences(self, report: Report) -> str:
        words = [f"{report.rows:,} rows, {report.seals:,} seals, {report.anchors} anchors."]
        if report.unsealed:
            since = ago(report.oldest_unsealed, now())
            words.append(f"{report.unsealed:,} rows wait for a seal, the oldest from {since}.")
        else:
            words.append("Every row is sealed.")
        if not report.anchors:
            words.append("No anchor was given: rows cut off at the end would go unnoticed.")
        if report.is_whole:
            words.append("The chain is whole.")
        words += [f"NOT WHOLE. {finding.sentence}" for finding in report.findings]
        return "\n".join(words)


def as_json(report: Report) -> str:
    oldest = report.oldest_unsealed
    return json.dumps(
        {
            "whole": report.is_whole,
            "rows": report.rows,
            "seals": report.seals,
            "unsealed": report.unsealed,
            "oldest_unsealed": oldest.isoformat() if oldest else None,
            "anchors": report.anchors,
            "findings": [
                {"kind": f.kind, "id": f.id, "sentence": f.sentence} for f in report.findings
            ],
        }
    )
