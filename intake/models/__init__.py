"""Every row of intake, by noun: calls, the schedule, appointments, records, payer policies."""

from intake.models.appointments import Appointment, BookingLimit, LimitOverride
from intake.models.calls import (
    Call,
    CallAction,
    CallAnswer,
    CallAttempt,
    Disposition,
    DispositionChange,
    RedFlag,
)
from intake.models.records import OutsideProvider, RecordsRequest
from intake.models.schedule import (
    Availability,
    AvailabilityException,
    Room,
    RoomKind,
    VisitKind,
    VisitType,
)

__all__ = [
    "Appointment",
    "Availability",
    "AvailabilityException",
    "BookingLimit",
    "Call",
    "CallAction",
    "CallAnswer",
    "CallAttempt",
    "Disposition",
    "DispositionChange",
    "LimitOverride",
    "OutsideProvider",
    "RecordsRequest",
    "RedFlag",
    "Room",
    "RoomKind",
    "VisitKind",
    "VisitType",
]
