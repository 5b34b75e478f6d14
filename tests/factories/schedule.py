"""A schedule for Riverside: types, rooms and hours, as a manager sets them."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from intake.models import Appointment, Availability, Room, VisitType
from intake.services.booking import Wanted, book
from tests.cast import NOW, Cast

TYPES = {
    "initial": ("Initial visit", "initial_visit", 60, "exam", "physician", False),
    "follow": ("Follow-up", "follow_up", 30, "exam", "physician", True),
    "check": ("Telehealth check", "telehealth_check", 15, "", "physician", True),
    "pt_eval": ("PT assessment", "pt_eval", 60, "therapy", "therapist", False),
    "pt": ("PT session", "pt_session", 45, "therapy", "therapist", False),
    "talk": ("Behavioral health", "behavioral", 45, "office", "behavioral_health", True),
}
ROOMS = (("Exam 1", "exam"), ("Exam 2", "exam"), ("Gym", "therapy"), ("Office", "office"))
# Tomorrow, a Wednesday, is the day before Thanksgiving: open.
WED = dt.date(2026, 11, 25)


class Schedule:
    """`schedule.types["pt_eval"]`; `schedule.book(cast.okafor, "initial", hour=15)`."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        clinic = cast.riverside
        self.types = {
            key: VisitType.objects.create(
                clinic=clinic, key=key, words=words, kind=kind, minutes=minutes, room_kind=room,
                role=role, telehealth=video,
            )
            for key, (words, kind, minutes, room, role, video) in TYPES.items()
        }  # fmt: skip
        self.rooms = [Room.objects.create(clinic=clinic, name=n, kind=k) for n, k in ROOMS]
        people = (cast.amin, cast.novak, cast.ruiz, cast.lang)
        Availability.objects.bulk_create(self._row(u, d) for u in people for d in range(5))

    def _row(self, who: Any, weekday: int, first: int = 8, last: int = 16) -> Availability:
        return Availability(
            clinic=self.cast.riverside, user=who, weekday=weekday, starts=dt.time(first),
            ends=dt.time(last), valid_from=dt.date(2026, 1, 1),
        )  # fmt: skip

    def hours(self, who: Any, weekday: int) -> None:
        """Eight to sixteen on one more weekday."""
        self._row(who, weekday).save()

    def at(self, hour: int, minute: int = 0, day: dt.date = WED) -> dt.datetime:
        """An instant of a wall time in Chicago."""
        wall = dt.datetime.combine(day, dt.time(hour, minute), ZoneInfo("America/Chicago"))
        return wall.astimezone(dt.UTC)

    def wanted(self, key: str, who: Any, at: dt.datetime, *, video: bool = False) -> Wanted:
        return Wanted(self.types[key], who.pk, at, video=video)

    def book(self, patient: Any, key: str, who: Any, at: dt.datetime, **more: Any) -> Appointment:
        more = {"by": self.cast.ana, "now": NOW} | more
        video = more.pop("video", False)
        return book(patient=patient, wanted=self.wanted(key, who, at, video=video), **more)
