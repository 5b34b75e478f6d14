"""Reads of the schedule. Fetching is authorizing: an appointment comes only from here."""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from core.accounts.models import User
from core.audit.services import record
from core.lib.business_days import wall
from core.lib.errors import NotFound, Refused
from core.people.access import known_to, reach_of
from core.people.dates import today_at
from core.people.models import Clinic, Patient
from intake.appointment_rules import (
    PT_KINDS,
    STANDING,
    breach_shows_on,
    pair,
    pt_deadline,
)
from intake.models import (
    Appointment,
    Call,
    LimitOverride,
    Room,
    VisitKind,
    VisitType,
)
from intake.slots import FARTHEST, Slot, ground, hours_between, offers
from messaging.models import WorkItem

PAGE = 50
MOST = 500  # lines of one page of the schedule; a file has them all
Key = tuple[dt.datetime, uuid.UUID]  # where the last page ended
WITH = ("patient", "visit_type", "provider", "room")


def appointments_visible_to(viewer: User, *, now: dt.datetime) -> QuerySet[Appointment]:
    return Appointment.objects.filter(known_to(viewer, now=now, patient="patient"))


def appointment_for(
    viewer: User, pk: uuid.UUID | str, *, now: dt.datetime, action: str = "read"
) -> Appointment:
    """One appointment; the look is on the audit trail. Raises NotFound."""
    row = (
        appointments_visible_to(viewer, now=now)
        .select_related(
            *WITH, "clinic", "patient__clinic", "episode", "booked_by", "cancelled_by",
            "rescheduled_from", "rescheduled_to", "visit_type__clinic",
        )
        .filter(pk=pk)
        .first()
    )  # fmt: skip
    record(
        by=viewer,
        action=action,
        object_kind="appointment",
        object_id=pk,
        patient_id=row.patient_id if row else None,
        now=now,
        outcome="done" if row else "refused",
    )
    if row is None:
        raise NotFound("There is no such appointment, or you are not on the patient's care team.")
    return row


@dataclass(frozen=True)
class Asked:
    """What the schedule page shows; ids of people, rooms and types as text, "" = all."""

    first: dt.date
    days: int
    provider: str = ""
    room: str = ""
    type: str = ""


def between(
    viewer: User,
    clinic: Clinic,
    asked: Asked,
    *,
    now: dt.datetime,
    limit: int | None = None,
    after: Key | None = None,
) -> list[Appointment]:
    """Appointments of these days, in order of time; cancelled and moved ones are left out. All of
    them, or `limit` of those `after` the last one shown."""
    zone = ZoneInfo(clinic.zone)
    since = wall(zone, asked.first, dt.time(0))
    until = wall(zone, asked.first + dt.timedelta(days=asked.days), dt.time(0))
    rows = appointments_visible_to(viewer, now=now).filter(
        clinic=clinic, starts_at__gte=since, starts_at__lt=until, state__in=(*STANDING, "no_show")
    )
    for column, pk in (("provider", asked.provider), ("room", asked.room),
                       ("visit_type", asked.type)):  # fmt: skip
        if pk:
            rows = rows.filter(**{column: pk})
    if after:
        rows = rows.filter(Q(starts_at__gt=after[0]) | Q(starts_at=after[0], pk__gt=after[1]))
    return list(rows.select_related(*WITH).order_by("starts_at", "pk")[:limit])


def booked_with(
    user: User, *, now: dt.datetime, clinic: Clinic | None = None, after: dt.date | None = None
) -> int:
    """How many booked visits to come somebody has; of one clinic, and after a day of its wall."""
    rows = Appointment.objects.filter(
        provider=user, state=Appointment.State.BOOKED, starts_at__gt=now
    )
    if clinic:
        rows = rows.filter(clinic=clinic)
    if clinic and after:
        if after > today_at(clinic.zone, now=now) + dt.timedelta(days=FARTHEST):
            return 0  # nobody is booked that far ahead
        midnight = wall(ZoneInfo(clinic.zone), after + dt.timedelta(days=1), dt.time(0))
        rows = rows.filter(starts_at__gte=midnight)
    return rows.count()


def there_on(clinic: Clinic, day: dt.date) -> list[User]:
    """Who has hours on this weekday, by name."""
    rows = hours_between(clinic, first=day, last=day).filter(weekday=day.weekday())
    return list(User.objects.filter(pk__in=rows.values("user_id")).order_by("full_name"))


def providers_of(clinic: Clinic) -> list[User]:
    """Everybody with hours here or a visit here, for the filter."""
    with_hours = Q(availabilities__clinic=clinic) | Q(exceptions__clinic=clinic)
    return list(User.objects.filter(with_hours).distinct().order_by("full_name"))


def types_of(clinic: Clinic, *, all_of_them: bool = False) -> list[VisitType]:
    rows = VisitType.objects.filter(clinic=clinic).select_related("clinic")
    return list((rows if all_of_them else rows.filter(active=True)).order_by("words", "pk"))


def rooms_of(clinic: Clinic) -> list[Room]:
    return list(Room.objects.filter(clinic=clinic).order_by("name"))


def type_in(types: Iterable[VisitType], pk: str) -> VisitType | None:
    return next((row for row in types if str(row.pk) == pk), None)


def first_of(types: Iterable[VisitType], kinds: Sequence[str]) -> VisitType | None:
    """The type to propose for a kind: the first by name."""
    return next((row for row in types if row.kind in kinds), None)


def visits_of(
    patient: Patient, *, now: dt.datetime, before: Key | None = None
) -> tuple[list[Appointment], list[Appointment]]:
    """(to come, past and called off) of a patient fetched through `patient_for`; of the second one
    page and a row more, `before` the last one shown."""
    rows = Appointment.objects.filter(patient=patient).select_related(
        "visit_type", "provider", "room"
    )
    coming = rows.filter(ends_at__gte=now, state__in=STANDING).order_by("starts_at", "pk")
    gone = rows.exclude(ends_at__gte=now, state__in=STANDING).order_by("-starts_at", "pk")
    if before:
        gone = gone.filter(Q(starts_at__lt=before[0]) | Q(starts_at=before[0], pk__gt=before[1]))
    return list(coming), list(gone[: PAGE + 1])


# --- free times --------------------------------------------------------------------------------

Day = tuple[dt.date, list[tuple[User, list[Slot]]]]
SHOWN = 90  # times on one page


def by_day(slots: Sequence[Slot], zone: str) -> list[Day]:
    """Free times per day and person, whole days until there are enough for a page."""
    days: dict[dt.date, dict[User, list[Slot]]] = {}
    for count, slot in enumerate(slots):
        day = today_at(zone, now=slot.starts_at)
        if day not in days and count >= SHOWN:
            break
        days.setdefault(day, {}).setdefault(slot.provider, []).append(slot)
    return [(day, list(people.items())) for day, people in days.items()]


@dataclass(frozen=True)
class Pair:
    """A first visit and the first PT visit, offered together."""

    visit: Slot
    therapy: Slot

    @property
    def value(self) -> str:
        return f"{self.visit.value}|{self.therapy.value}"


@dataclass(frozen=True)
class WeekOffer:
    """What is offered for one call: pairs within its week, or what is left of them."""

    visit_type: VisitType | None
    pt_type: VisitType | None
    pairs: list[Pair]
    therapy: list[Slot]  # where the first visit is booked already
    booked: list[Appointment]
    last: dt.date
    late: bool


def week_offer(patient: Patient, call: Call, *, now: dt.datetime, since: dt.datetime) -> WeekOffer:
    """Pairs within seven calendar days of `since`; once those are over, the next seven days."""
    clinic = patient.clinic
    types = types_of(clinic)
    visit_type = first_of(types, (VisitKind.INITIAL,))
    pt_type = first_of(types, (VisitKind.PT_EVAL,))
    today, last = today_at(clinic.zone, now=now), pt_deadline(since, ZoneInfo(clinic.zone))
    late = last < today
    until = today + dt.timedelta(days=7) if late else last
    booked = [
        a
        for a in Appointment.objects.filter(
            patient=patient, state__in=STANDING, starts_at__gte=call.received_at
        )
        .select_related("visit_type", "provider")
        .order_by("starts_at")
        if a.visit_type.kind in {VisitKind.INITIAL, *PT_KINDS}
    ]
    kinds = {a.visit_type.kind for a in booked}

    def free_for(kind: VisitType | None) -> list[Slot]:
        if kind is None:
            return []
        found = ground(kind, first=today, last=until, now=now, patient=patient)
        return offers(found, first=today, last=until)

    therapy = [] if kinds & set(PT_KINDS) else free_for(pt_type)
    visits = [] if VisitKind.INITIAL in kinds else free_for(visit_type)
    return WeekOffer(
        visit_type=visit_type,
        pt_type=pt_type,
        pairs=_pairs(visits, therapy, clinic.zone),
        therapy=therapy[:6] if VisitKind.INITIAL in kinds else [],
        booked=booked,
        last=last,
        late=late,
    )


def _pairs(visits: list[Slot], therapy: list[Slot], zone: str) -> list[Pair]:
    """The earliest pair, and the earliest from each of the next days on."""
    found: list[Pair] = []
    for day in sorted({today_at(zone, now=slot.starts_at) for slot in visits}):
        later = [slot for slot in visits if today_at(zone, now=slot.starts_at) >= day]
        chosen = pair([s.span for s in later], [s.span for s in therapy])
        if chosen:
            made = Pair(later[chosen[0]], therapy[chosen[1]])
            if made.value not in [p.value for p in found]:
                found.append(made)
        if len(found) == 3:
            break
    return found


# --- same-week PT ------------------------------------------------------------------------------


@dataclass(frozen=True)
class PtStart:
    """One open promise of a first PT visit."""

    item: WorkItem
    last: dt.date
    late: bool
    shows: bool  # from day 5 on
    booked: Appointment | None  # booked, but after the seven days


def pt_starts(
    viewer: User,
    clinic: Clinic,
    *,
    now: dt.datetime,
    limit: int | None = None,
    after: Key | None = None,
) -> list[PtStart]:
    """Calls whose first PT visit is not booked within the week, what is due first on top. All of
    them, or `limit` of those `after` the last one shown."""
    zone = ZoneInfo(clinic.zone)
    today = today_at(clinic.zone, now=now)
    rest = Q(due_at__gt=after[0]) | Q(due_at=after[0], pk__gt=after[1]) if after else Q()
    items = list(
        WorkItem.objects.filter(
            rest,
            known_to(viewer, now=now, patient="patient")
            | Q(patient__isnull=True, clinic_id__in=reach_of(viewer, now=now).own),
            kind="pt_start", clinic=clinic, closed_at__isnull=True,
        )
        .select_related("patient")
        .order_by("due_at", "pk")[:limit]
    )  # fmt: skip
    later: dict[uuid.UUID, Appointment] = {}
    for row in (
        Appointment.objects.filter(
            patient__in=[i.patient_id for i in items if i.patient_id],
            state__in=STANDING, visit_type__kind__in=PT_KINDS, starts_at__gte=now,
        )
        .select_related("provider")
        .order_by("-starts_at")
    ):  # fmt: skip
        later[row.patient_id] = row
    return [
        PtStart(
            item=item,
            last=pt_deadline(item.opened_at, zone),
            late=today > pt_deadline(item.opened_at, zone),
            shows=today >= breach_shows_on(item.opened_at, zone),
            booked=later.get(item.patient_id) if item.patient_id else None,
        )
        for item in items
    ]


def pt_since(call: Call) -> dt.datetime:
    """When the seven days of this call began: with the call, or with the release of a hold."""
    item = WorkItem.objects.filter(kind="pt_start", subject_id=call.pk).order_by("-opened_at")
    newest = item.values_list("opened_at", flat=True).first()
    return newest or call.spoke_at or call.received_at


# --- overrides ---------------------------------------------------------------------------------


def override_for(viewer: User, pk: uuid.UUID, *, now: dt.datetime) -> LimitOverride:
    """One booking against a limit; the look is on the audit trail. Raises NotFound."""
    row = (
        LimitOverride.objects.filter(
            known_to(viewer, now=now, patient="appointment__patient"), pk=pk
        )
        .select_related(
            "appointment__patient__clinic", "appointment__visit_type", "appointment__provider",
            "limit", "by", "reviewed_by",
        )
        .first()
    )  # fmt: skip
    record(
        by=viewer,
        action="read",
        object_kind="limit_override",
        object_id=pk,
        patient_id=row.appointment.patient_id if row else None,
        now=now,
        outcome="done" if row else "refused",
    )
    if row is None:
        raise NotFound("There is no such booking, or you are not on the patient's care team.")
    return row


def read_slot(text: str) -> tuple[uuid.UUID, dt.datetime]:
    """A time as its button sends it. Raises Refused for what is none."""
    who, _, at = text.partition("_")
    try:
        starts_at = dt.datetime.fromisoformat(at)
        if starts_at.tzinfo is None or not 2000 < starts_at.year < 2200:
            raise ValueError
        return uuid.UUID(who), starts_at.astimezone(dt.UTC)
    except (ValueError, OverflowError) as error:
        raise Refused("Choose one of the times shown.") from error
