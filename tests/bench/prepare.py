"""What a measurement needs in its database: people, signed-in sessions, open calls, open items.

`python -m tests.bench.prepare PATIENTS FILE` writes addresses and cookies as JSON.
"""
# ruff: noqa: E402 - Django is set up before the models are read

import datetime as dt
import json
import random
import sys
import uuid
from pathlib import Path

import django

django.setup()

from django.conf import settings
from django.core.management import call_command
from django.middleware.csrf import _get_new_csrf_string
from django.test import Client
from django.test.utils import override_settings

from config.home.demo.bulk import fill
from config.home.demo.bulk_rows import sheets, uid
from config.home.since import PAGE
from core.accounts.models import User
from core.audit.models import AuditEvent
from core.lib.clock import now
from core.people.models import Clinic, Patient
from intake.models import Call
from intake.services.calls import start_call
from messaging.models import WorkItem
from tests.sessions import cookie_of, sign_in

CONNECTIONS = 40
CHARTS = 200
POOL = 4000  # items to close in one measurement
DESK, DOCTOR = "ana.flores@hallway.example", "leila.amin@hallway.example"
MARK = "measured: to be closed"


def seeded(patients: int, folder: Path) -> Clinic:
    for command in ("migrate", "createcachetable", "load_protocols"):
        call_command(command, verbosity=0)
    call_command("seed_demo", "--users-file", folder / "users.json", verbosity=0)
    clinic = Clinic.objects.get(name="Riverside Pain Centre")
    fill(clinic=clinic, patients=patients, now=now(), say=lambda line: print(line, flush=True))  # noqa: T201
    return clinic


def cookies(user: User) -> list[str]:
    """A session for every connection, as a completed sign-in leaves it."""
    with override_settings(ALLOWED_HOSTS=["*"]):
        return [cookie_of(sign_in(Client(), user)) for _ in range(CONNECTIONS)]


def pool(clinic: Clinic) -> list[str]:
    """Items that stand closed until they are measured."""
    rows = WorkItem.objects.filter(clinic=clinic, reason=MARK)
    if not rows.exists():
        out, dice, at = sheets(), random.Random(7), now() + dt.timedelta(days=60)
        patients = list(Patient.objects.filter(clinic=clinic).values_list("pk", flat=True)[:500])
        for number in range(POOL):
            patient = patients[number % len(patients)]
            out["item"].add(
                uid(dice), clinic.pk, patient, "initial_visit", uid(dice), MARK, "front_desk", None,
                "Book the visit", at, now(), None, at, now(), None, "measured", "",
            )  # fmt: skip
        out["item"].copy()
    return [str(pk) for pk in rows.values_list("pk", flat=True)]


def calls(clinic: Clinic, desk: User) -> list[str]:
    """One open call a connection, each of its own patient."""
    Call.objects.filter(notes=MARK).delete()
    patients = Patient.objects.filter(clinic=clinic).order_by("-mrn")[:CONNECTIONS]
    made = [
        start_call(clinic=clinic, by=desk, now=now(), form_key=uuid.uuid4(), patient=patient)
        for patient in patients
    ]
    return [str(call.pk) for call in made]


def words(clinic: Clinic) -> list[str]:
    """What people search: a name, a name and a beginning, a chart number, a phone's end."""
    found = []
    for row in Patient.objects.filter(clinic=clinic).order_by("pk")[:200]:
        found += [row.family_name, f"{row.family_name} {row.given_name[:3]}", row.mrn]
    return found


def charts(clinic: Clinic, doctor: User) -> list[Patient]:
    """Patients of the thousands with a plan, last looked at two weeks ago: there is news.

    In a database that is measured again, others: what was looked at since has none.
    """
    planned = Patient.objects.filter(clinic=clinic, mrn__gte="2", plans__ended_at=None)
    planned = planned.filter(plans__isnull=False).distinct().order_by("pk")
    seen = AuditEvent.objects.filter(actor=doctor, object_kind=PAGE).values("patient_id")
    rows = list(planned.exclude(pk__in=seen)[:CHARTS]) or list(planned[:CHARTS])
    out, at = sheets(), now() - dt.timedelta(days=14)
    for row in rows:
        out["audit"].add(at, doctor.pk, doctor.roles, row.pk, PAGE, row.pk, "read")
    out["audit"].copy()
    return rows


def main(patients: int, target: Path) -> None:
    clinic = seeded(patients, target.parent)
    desk, doctor = User.objects.get(email=DESK), User.objects.get(email=DOCTOR)
    target.write_text(
        json.dumps(
            {
                "session": settings.SESSION_COOKIE_NAME,
                "csrf_cookie": settings.CSRF_COOKIE_NAME,
                "csrf": _get_new_csrf_string(),
                "desk": cookies(desk),
                "doctor": cookies(doctor),
                "patients": [str(row.pk) for row in charts(clinic, doctor)],
                "calls": calls(clinic, desk),
                "items": pool(clinic),
                "words": words(clinic),
                "rows": WorkItem.objects.count(),
            }
        )
    )


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
