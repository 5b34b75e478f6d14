"""The schedule of the matrix's world: visits of Okafor's in the states the doors ask for."""

import datetime as dt
import uuid
from typing import Any

from core.people.services import open_episode
from intake.models import Appointment, Availability, AvailabilityException, LimitOverride
from intake.services.limits import set_limit
from tests.cast import NOW, Cast
from tests.factories.schedule import WED, Schedule

HOUR = dt.timedelta(hours=1)


class Visits:
    """`ids[route]` = the row a door is about; `bodies[route]` = a valid form."""

    def __init__(self, cast: Cast) -> None:
        self.cast, self.schedule = cast, Schedule(cast)
        tomorrow = self.visit(self.schedule.at(9), cast.amin)
        begun = self.visit(NOW - HOUR / 2, cast.novak)
        here = self.visit(NOW - 4 * HOUR, cast.novak, state="arrived", arrived_at=NOW - 4 * HOUR)
        episode = open_episode(
            patient=cast.okafor, problem="Okafor back", region="low_back", by=cast.ana, now=NOW
        )
        limit = set_limit(
            patient=cast.okafor, source="hand", source_id=uuid.uuid4(), kinds=["procedure"],
            from_on=WED, to_on=WED, sentence="Not on that day.", by=cast.mbeki, now=NOW,
        )  # fmt: skip
        override = LimitOverride.objects.create(
            appointment=tomorrow, limit=limit, reason="Okafor asked", by=cast.mbeki, at=NOW
        )
        away = AvailabilityException.objects.create(
            clinic=cast.riverside, user=cast.lang, kind="away", from_on=WED, to_on=WED, made_at=NOW
        )
        hours = Availability.objects.filter(user=cast.lang).first()
        assert hours
        self.ids: dict[str, Any] = {
            "intake:visits": cast.okafor.pk, "intake:book": cast.okafor.pk,
            "intake:appointment": tomorrow.pk, "intake:move": tomorrow.pk,
            "intake:cancel": tomorrow.pk, "intake:arrive": begun.pk, "intake:miss": begun.pk,
            "intake:assign": tomorrow.pk, "rehab:book_visit": episode.pk,
            "intake:undo_arrival": here.pk, "intake:finish": here.pk,
            "intake:book_episode": episode.pk, "intake:override": override.pk,
            "intake:review_override": override.pk,
            "intake:change_type": self.schedule.types["follow"].pk,
            "intake:change_room": self.schedule.rooms[0].pk,
            "intake:end_hours": hours.pk, "intake:end_exception": away.pk,
        }  # fmt: skip
        self.bodies = self.forms(str(self.schedule.types["follow"].pk))
        self.bodies["intake:assign"] = {"version": "1", "problem": str(episode.pk)}

    def visit(self, at: dt.datetime, who: Any, **more: Any) -> Appointment:
        kind = self.schedule.types["initial"]
        return Appointment.objects.create(
            clinic=self.cast.riverside, patient=self.cast.okafor, visit_type=kind, provider=who,
            room=self.schedule.rooms[0], starts_at=at, ends_at=at + HOUR, booked_at=NOW,
            booked_by=self.cast.ana, **more,
        )  # fmt: skip

    def forms(self, follow: str) -> dict[str, dict[str, Any]]:
        free = f"{self.cast.novak.pk}_{self.schedule.at(13).isoformat()}"
        therapy = f"{self.cast.ruiz.pk}_{self.schedule.at(13).isoformat()}"
        row = {"version": "1"}
        kind = {"words": "Second look", "kind": "follow_up", "minutes": "30", "room_kind": "exam",
                "role": "physician", "notice_minutes": "0"}  # fmt: skip
        room = {"name": "Exam 9", "kind": "exam"}
        return {
            "intake:book": {"type": follow, "slot": free},
            "intake:book_call": {"slots": therapy},
            "intake:move": row | {"slot": free},
            "intake:cancel": row | {"whose": "patient", "reason": "travelling"},
            "intake:review_override": {"verdict": "justified", "words": "Right"},
            "intake:add_type": kind, "intake:change_type": kind | row,
            "intake:add_room": room, "intake:change_room": room | row,
            "intake:add_hours": {"user": str(self.cast.ruiz.pk), "weekdays": ["5"],
                                 "starts": "08:00", "ends": "12:00", "valid_from": "2026-12-01"},
            "intake:end_hours": row | {"last": "2026-12-31"},
            "intake:add_exception": {"user": str(self.cast.ruiz.pk), "kind": "away",
                                     "from_on": "2026-12-24"},
        } | dict.fromkeys(("intake:arrive", "intake:miss", "intake:undo_arrival", "intake:finish"),
                          row)  # fmt: skip
