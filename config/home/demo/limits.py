"""Limits in the stories: after an injection, from an operative note, in a letter of today."""

import datetime as dt
from decimal import Decimal

from django.core.files.base import ContentFile

from config.home.demo.measures import afternoon
from config.home.demo.papers import paper
from core.accounts.models import User
from core.documents.models import Document
from core.documents.services import receive
from core.lib.day_words import day_words
from core.people.dates import today_at
from core.people.models import Patient
from rehab.limit_rules import Limit
from rehab.services.limits import lift, set_restrictions
from rehab.services.surgeon_documents import copy_limits

FELD = [
    "For: Priya Nair", "", "Seen after repair of the right supraspinatus.",
    "The arm may be moved by others only. Nothing heavier than a cup until I see her again.",
]  # fmt: skip


def tell_limits(charts: dict[str, Patient], people: dict[str, User], now: dt.datetime) -> None:
    doctor = people["leila.amin@hallway.example"]
    therapist = people["lena.ruiz@hallway.example"]
    after_the_injection(charts["1042"], doctor, now)
    after_the_repair(charts["1045"], therapist, now)
    a_letter_today(charts["1045"], people["ana.flores@hallway.example"], now)


def after_the_injection(patient: Patient, doctor: User, now: dt.datetime) -> None:
    """Okafor's ceiling after his injection, and what was lifted before."""
    at = afternoon(now, 18)
    day = today_at(patient.clinic.zone, now=at)
    words = f"L5-S1 injection, {day_words(day)}"
    week = dt.timedelta(days=7)
    ceiling = Limit("lift", "Lift at most 15 lb", day, day + 3 * week, "", Decimal(15), "lb")
    bath = Limit("water", "No bath and no pool", day, day + week)
    drive = Limit("drive", "No driving until the leg feels normal", day, None, "it feels normal")
    rows = set_restrictions(patient=patient, source="procedure", source_words=words,
                            limits=[ceiling, bath, drive], by=doctor, now=at)  # fmt: skip
    lift(restriction=rows[2], reason="Feeling is back, drove with his wife beside him", by=doctor,
         now=afternoon(now, 17), version=1)  # fmt: skip


def after_the_repair(patient: Patient, therapist: User, now: dt.datetime) -> None:
    """Nair's operative note, copied in on the day it came."""
    note = Document.objects.filter(patient=patient, kind="operative_note").first()
    if note is None or note.state != Document.State.CLEAN:
        return
    at = max(note.uploaded_at, note.decided_at or note.uploaded_at) + dt.timedelta(minutes=40)
    day = note.documented_on or today_at(patient.clinic.zone, now=at)
    sling = Limit("other", "Sling", day, day + dt.timedelta(weeks=6))
    arm = Limit("active_motion", "Do not raise the arm by its own muscles", day, None,
                "the surgeon says so in writing")  # fmt: skip
    words = f"{note.source}, operative note, {day_words(day)}"
    copy_limits(document=note, source="surgeon", source_words=words, limits=[sling, arm], seen=0,
                by=therapist, now=min(at, now))  # fmt: skip


def a_letter_today(patient: Patient, desk: User, now: dt.datetime) -> None:
    """It came an hour ago: a therapist or physician copies its limits in today."""
    at = now - dt.timedelta(hours=1)
    receive(
        patient=patient, upload=ContentFile(paper("Letter", FELD), name="feld-letter.pdf"),
        kind="letter", title="Letter after the shoulder repair", source="Dr. Helen Feld",
        documented_on=at.date() - dt.timedelta(days=1), region="shoulder", by=desk, now=at,
    )  # fmt: skip
