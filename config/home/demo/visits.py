"""The demo clinic's schedule: types, rooms, hours, and booked visits around today."""

import datetime as dt
from collections.abc import Mapping

from core.accounts.models import User
from core.people.models import Clinic, Patient
from core.people.selectors import calendar_of
from intake.models import Appointment, VisitKind, VisitType
from intake.services.appointments import arrive, miss
from intake.services.booking import Wanted, book
from intake.services.schedule import TypeForm, add_exception, add_hours, save_room, save_visit_type
from intake.slots import ground, offers

# name, kind, minutes, room, role, may it be by video, minutes of notice
TYPES = (
    ("Initial visit", "initial_visit", 60, "exam", "physician", 0, 0),
    ("Follow-up", "follow_up", 30, "exam", "physician", 1, 0),
    ("Telehealth check", "telehealth_check", 15, "", "physician", 1, 0),
    ("Procedure visit", "procedure", 45, "procedure", "physician", 0, 1440),
    ("PT assessment", "pt_eval", 60, "therapy", "therapist", 0, 0),
    ("PT session", "pt_session", 45, "therapy", "therapist", 0, 0),
    ("Behavioral health visit", "behavioral", 45, "office", "behavioral_health", 1, 0),
)
ROOMS = (("Exam 1", "exam"), ("Exam 2", "exam"), ("Procedure room", "procedure"),
         ("Therapy gym", "therapy"), ("Therapy table", "therapy"),
         ("Office", "office"))  # fmt: skip
HOURS = (
    ("leila.amin@hallway.example", range(5), 8, 16),
    ("paul.novak@hallway.example", (0, 1, 3), 9, 17),
    ("grace.mbeki@hallway.example", (1, 2, 4), 8, 15),
    ("lena.ruiz@hallway.example", range(5), 8, 17),
    ("iris.lang@hallway.example", (0, 2), 10, 16),
)
# who (MRN), which kind, how many working days from today; an hour later for each of a day
VISITS = (
    ("1042", "pt_session", -6), ("1043", "follow_up", -4), ("1044", "pt_session", -2),
    ("1042", "pt_session", 0), ("1043", "pt_session", 0), ("1044", "follow_up", 0),
    ("1045", "follow_up", 1), ("1042", "follow_up", 1), ("1043", "pt_session", 2),
    ("1044", "behavioral", 3), ("1042", "pt_session", 4),
)  # fmt: skip


def set_up(clinic: Clinic, people: Mapping[str, User], now: dt.datetime) -> None:
    """Types, rooms and hours as the manager sets them; once."""
    manager = people["dana.cole@hallway.example"]
    if VisitType.objects.filter(clinic=clinic).exists():
        return
    for words, kind, minutes, room, role, video, notice in TYPES:
        form = TypeForm(
            words=words, kind=kind, minutes=minutes, room_kind=room, role=role,
            telehealth=bool(video), notice_minutes=notice,
        )  # fmt: skip
        save_visit_type(clinic=clinic, form=form, by=manager, now=now)
    for name, kind in ROOMS:
        save_room(clinic=clinic, name=name, kind=kind, active=True, by=manager, now=now)
    for who, weekdays, first, last in HOURS:
        add_hours(
            clinic=clinic, user=people[who], weekdays=list(weekdays), starts=dt.time(first),
            ends=dt.time(last), valid_from=now.date() - dt.timedelta(days=60), by=manager, now=now,
        )  # fmt: skip


def fill(
    clinic: Clinic, people: Mapping[str, User], charts: Mapping[str, Patient], now: dt.datetime
) -> None:
    """Past, present and coming visits; one patient did not come, one physician will be away."""
    desk, manager = people["ana.flores@hallway.example"], people["dana.cole@hallway.example"]
    types = {t.kind: t for t in VisitType.objects.filter(clinic=clinic).select_related("clinic")}
    calendar = calendar_of(clinic)
    today = now.astimezone(calendar.zone).date()
    made: list[Appointment] = []
    for mrn, kind, away in VISITS:
        day = today
        for _ in range(abs(away)):
            day += dt.timedelta(days=1 if away > 0 else -1)
            while not calendar.is_business_day(day):
                day += dt.timedelta(days=1 if away > 0 else -1)
        if calendar.opening(day) is None:  # today is a holiday or weekend: the next working day
            day = calendar.add_business_days(day, 1)
        opening = calendar.opening(day)
        assert opening  # noqa: S101 - a business day opens
        asked = min(now, opening[0] - dt.timedelta(days=1)) if away < 1 else now
        found = ground(types[kind], first=day, last=day, now=asked, patient=charts[mrn])
        free = offers(found, first=day, last=day)
        if free:
            wanted = Wanted(types[kind], free[0].provider.pk, free[0].starts_at)
            made.append(book(patient=charts[mrn], wanted=wanted, by=desk, now=asked))
    for row in made:
        if row.starts_at < now - dt.timedelta(days=1):
            if row.visit_type.kind == VisitKind.FOLLOW_UP:
                miss(appointment=row, by=desk, now=row.ends_at)
            else:
                arrive(appointment=row, by=desk, now=row.starts_at)
    ahead = calendar.add_business_days(today, 1)
    add_exception(
        clinic=clinic, user=people["leila.amin@hallway.example"], kind="away", from_on=ahead,
        to_on=ahead, starts=None, ends=None, reason="Course", by=manager, now=now,
    )  # fmt: skip
