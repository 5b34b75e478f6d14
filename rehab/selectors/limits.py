"""Which restrictions hold, as pages, lists and the plan show them."""

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.db.models.functions import TruncDate

from core.accounts.models import User
from core.documents.models import Document
from core.lib.day_words import day_words
from core.people.dates import today_at
from core.people.fields import Part, shows
from core.people.models import Patient
from rehab.limit_rules import Limit, amount, ends, holds, resumes_on, span
from rehab.models import LimitsCheck, Restriction
from rehab.selectors.fetching import visible

PAGE = 50
Edge = tuple[dt.datetime, uuid.UUID]


def in_force(patient: Patient, *, today: dt.date) -> list[Restriction]:
    """What holds today or from a later day on, the earliest end first."""
    rows = Restriction.objects.filter(patient=patient, lifted_at=None)
    rows = rows.order_by("to_on", "from_on", "pk")
    return [row for row in rows if row.to_on is None or row.to_on >= today]


def limits_in_words(patient: Patient, *, today: dt.date) -> tuple[str, ...]:
    """The same as the plan repeats it."""
    return tuple(
        f"{row.sentence} ({row.source_words}, {span(limit_of(row))})"
        + (". In doubt: a physician confirms or lifts it" if row.in_doubt else "")
        for row in in_force(patient, today=today)
    )


def limit_of(row: Restriction) -> Limit:
    """A row as the rules read it."""
    return Limit(
        activity=row.activity,
        sentence=row.sentence,
        from_on=row.from_on,
        to_on=row.to_on,
        until=row.until,
        value=row.value,
        unit=row.unit,
    )


def holds_today(row: Restriction, *, today: dt.date) -> bool:
    return row.lifted_at is None and holds(limit_of(row), today)


@dataclass(frozen=True)
class LimitLine:
    """A restriction as people read it. `when`: now, coming, over or lifted."""

    row: Restriction
    when: str
    amount: str  # what a machine compares: “Lifting: 15 lb at most”
    begins: str
    ends: str
    resumes_on: dt.date | None
    in_doubt: bool  # a physician has to confirm or lift it

    @property
    def begins_later(self) -> bool:
        return self.when == "coming"


def line_of(row: Restriction, *, today: dt.date) -> LimitLine:
    limit = limit_of(row)
    if row.lifted_at:
        when = "lifted"
    elif holds(limit, today):
        when = "now"
    else:
        when = "coming" if row.from_on > today else "over"
    moved = row.document is not None and row.document.patient_id != row.patient_id
    counts = when in {"now", "coming"}
    return LimitLine(
        row=row,
        when=when,
        amount=amount(limit, row.get_activity_display()),
        begins=f"from {day_words(row.from_on)}",
        ends=ends(limit),
        resumes_on=resumes_on(limit),
        in_doubt=counts and (row.in_doubt or moved),
    )


def _read_by(viewer: User, *, now: dt.datetime) -> QuerySet[Restriction]:
    """Rows with what a line shows beside them; none for whom the words are not."""
    rows = visible(Restriction, viewer, now=now)
    if not shows(viewer, Part.RESTRICTIONS):
        return rows.none()
    return rows.select_related("document", "set_by", "lifted_by", "confirmed_by")


def _page(rows: QuerySet[Restriction], after: Edge | None) -> tuple[list[Restriction], Edge | None]:
    """A page in the order in which they were set, newest first; the last one's key when more."""
    if after:
        rows = rows.filter(Q(set_at__lt=after[0]) | Q(set_at=after[0], pk__lt=after[1]))
    page = list(rows.order_by("-set_at", "-pk")[: PAGE + 1])
    last = page[PAGE - 1] if len(page) > PAGE else None
    return page[:PAGE], (last.set_at, last.pk) if last else None


def limits_of(
    viewer: User, patients: Iterable[Patient], *, now: dt.datetime
) -> dict[uuid.UUID, list[LimitLine]]:
    """Patient → what holds today, then what is to come. One query for a list of them; each day is
    that of the patient's clinic (fetch `clinic` with them)."""
    days = {patient.pk: today_at(patient.clinic.zone, now=now) for patient in patients}
    found: dict[uuid.UUID, list[LimitLine]] = {pk: [] for pk in days}
    rows = _read_by(viewer, now=now).filter(patient__in=days, lifted_at=None)
    for row in rows.order_by("to_on", "from_on", "pk"):
        line = line_of(row, today=days[row.patient_id])
        if line.when in {"now", "coming"}:
            found[row.patient_id].append(line)
    for lines in found.values():
        lines.sort(key=lambda line: (line.begins_later, line.row.from_on if line.begins_later
                                     else dt.date.min))  # fmt: skip
    return found


def limits_now(viewer: User, patient: Patient, *, now: dt.datetime) -> list[LimitLine]:
    """What holds today, then what is to come, of one patient."""
    return limits_of(viewer, [patient], now=now)[patient.pk]


def limits_over(
    viewer: User, patient: Patient, *, now: dt.datetime, after: Edge | None = None
) -> tuple[list[LimitLine], Edge | None]:
    """(a page of what is over or was lifted, the newest first; the edge to older ones)."""
    today = today_at(patient.clinic.zone, now=now)
    rows = _read_by(viewer, now=now).filter(
        Q(lifted_at__isnull=False) | Q(to_on__lt=today), patient=patient
    )
    page, edge = _page(rows, after)
    return [line_of(row, today=today) for row in page], edge


def limits_on(
    viewer: User, patient: Patient, *, day: dt.date, now: dt.datetime, after: Edge | None = None
) -> tuple[list[LimitLine], Edge | None]:
    """(a page of what held or will hold on a day, the edge to older ones). A limit holds no more
    from the day on which it was lifted, by the clinic's calendar."""
    lifted_on = TruncDate("lifted_at", tzinfo=ZoneInfo(patient.clinic.zone))
    rows = (
        _read_by(viewer, now=now)
        .annotate(lifted_on=lifted_on)
        .filter(
            Q(to_on__isnull=True) | Q(to_on__gte=day),
            Q(lifted_at__isnull=True) | Q(lifted_on__gt=day),
            patient=patient,
            from_on__lte=day,
        )
    )
    page, edge = _page(rows, after)
    return [line_of(row, today=day) for row in page], edge


def limits_copied_from(viewer: User, document: Document, *, now: dt.datetime) -> list[LimitLine]:
    """What was copied from a document onto the chart on which it stands."""
    rows = _read_by(viewer, now=now).filter(document=document, patient_id=document.patient_id)
    today = today_at(document.patient.clinic.zone, now=now)
    return [line_of(row, today=today) for row in rows.order_by("set_at", "pk")[:PAGE]]


def checks_of(document: Document) -> list[LimitsCheck]:
    """Who read this document for limits while it stood on this chart, the newest first."""
    rows = LimitsCheck.objects.filter(document=document.pk, patient_id=document.patient_id)
    return list(rows.select_related("by").order_by("-at", "-pk"))
