"""Reads about records requests and the directory. The viewer comes first."""

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Lower

from core.accounts.models import User
from core.audit.services import record, record_list
from core.documents.models import Document
from core.documents.selectors import scans_of
from core.lib.errors import NotFound
from core.people.access import as_uuid, known_to, own_clinics_of
from core.people.dates import today_at
from core.people.models import Clinic, Consent, Patient
from core.people.names import digits, folded
from intake.models import Appointment, OutsideProvider, RecordsRequest
from intake.record_rules import IN, Way, names, possible, why_not
from intake.services.records import releases_of, ways_to
from messaging.models import Delivery

PAGE = 30
FOUND = 8
AHEAD = (7, 14, 30)  # days of the list of visits


def requests_visible_to(viewer: User, *, now: dt.datetime) -> QuerySet[RecordsRequest]:
    """Those about patients the viewer may know of."""
    return RecordsRequest.objects.filter(known_to(viewer, now=now, patient="patient"))


def request_for(viewer: User, pk: uuid.UUID, *, now: dt.datetime) -> RecordsRequest:
    """One request; the look is on the audit trail. Raises NotFound."""
    row = (
        requests_visible_to(viewer, now=now)
        .select_related(
            "clinic",
            "patient__clinic",
            "source__clinic",
            "release",
            "delivery",
            "call",
            "prepared_by",
            "requested_by",
            "reviewed_by",
        )
        .filter(pk=pk)
        .first()
    )
    record(
        by=viewer,
        action="read",
        object_kind="records_request",
        object_id=pk,
        patient_id=row.patient_id if row else None,
        now=now,
        outcome="done" if row else "refused",
    )
    if row is None:
        raise NotFound("There is no such request, or its chart is not open to you.")
    return row


def requests_of(patient: Patient) -> list[RecordsRequest]:
    """A chart's requests, newest first; the patient comes from `patient_for`."""
    rows = patient.records_requests.select_related(
        "source", "reviewed_by", "prepared_by", "delivery"
    )
    return list(rows.order_by("-prepared_at", "id")[:100])


@dataclass(frozen=True)
class Step:
    """One change of a request: when, who, what it was then."""

    at: dt.datetime
    who: str
    state: str


@dataclass(frozen=True)
class RequestPage:
    """Everything the page of one request shows."""

    request: RecordsRequest
    actions: list[str]
    ways: list[Way]
    # (release, why not, does it name the source, its scans)
    releases: list[tuple[Consent, str, bool, list[Document]]]
    letters: list[Delivery]
    documents: list[Document]
    steps: list[Step]


def request_page(request: RecordsRequest, *, now: dt.datetime) -> RequestPage:
    """A fixed number of queries; the request comes from `request_for`."""
    today = today_at(request.clinic.zone, now=now)
    letter = request.delivery
    history = request.history.select_related("history_user").order_by("history_date", "history_id")
    steps: list[Step] = []
    releases = releases_of(request.patient)
    scans = scans_of(releases)
    for row in history:
        label = str(RecordsRequest.State(row.state).label)
        if row.chased and row.state == "chased":
            label = f"{label} ({row.chased}): {row.said}"
        if not steps or steps[-1].state != label:
            who = row.history_user.full_name if row.history_user else "Hallway"
            steps.append(Step(row.history_date, who, label))
    return RequestPage(
        request=request,
        actions=possible(
            request.state,
            letter=letter.state if letter else "",
            attempts=letter.attempts if letter else 0,
        ),
        ways=ways_to(request.source),
        releases=[
            (r, why_not(r, today=today), names(r, request.source.name), scans.get(r.pk, []))
            for r in releases
        ],
        letters=list(
            Delivery.objects.filter(subject_id=request.pk)
            .select_related("acted_by")
            .order_by("-created_at")[:10]
        ),
        documents=list(
            Document.objects.filter(subject_id=request.pk, patient=request.patient)
            .select_related("uploaded_by", "reviewed_by")
            .order_by("uploaded_at", "id")
        ),
        steps=steps,
    )


def _counted(states: tuple[str, ...] | None) -> Coalesce:
    """How many requests of a visit's patient were not cancelled; with `states`, stand there."""
    rows = RecordsRequest.objects.filter(patient=OuterRef("patient")).exclude(state="cancelled")
    if states:
        rows = rows.filter(state__in=states)
    counts = rows.order_by().values("patient").annotate(n=Count("id")).values("n")
    return Coalesce(Subquery(counts, output_field=IntegerField()), 0)


@dataclass(frozen=True)
class VisitRow:
    """A patient's next visit: how many records were asked for, how many are in."""

    visit: Appointment
    asked: int
    came: int
    in_days: int
    pk: uuid.UUID


def coming_visits(
    viewer: User,
    *,
    now: dt.datetime,
    days: int = 14,
    everything: bool = False,
    after: uuid.UUID | None = None,
    limit: int = PAGE,
) -> list[VisitRow]:
    """Each patient's next booked visit, soonest first.

    Without `everything` only where something is still missing.
    """
    booked = Appointment.objects.filter(state=Appointment.State.BOOKED, starts_at__gte=now)
    sooner = booked.filter(patient=OuterRef("patient"), starts_at__lt=OuterRef("starts_at"))
    rows = (
        booked.filter(
            ~Exists(sooner),
            known_to(viewer, now=now, patient="patient"),
            starts_at__lt=now + dt.timedelta(days=days),
        )
        .annotate(asked=_counted(None), came=_counted(IN))
        .select_related("patient", "provider", "visit_type", "clinic")
    )
    if not everything:
        rows = rows.filter(asked__gt=_counted(IN))
    last = Appointment.objects.filter(pk=after).first() if after else None
    if last:
        rows = rows.filter(
            Q(starts_at__gt=last.starts_at) | Q(starts_at=last.starts_at, id__gt=last.pk)
        )
    found = list(rows.order_by("starts_at", "id")[:limit])
    _listed(viewer, [row.patient_id for row in found], now)
    return [VisitRow(row, row.asked, row.came, _days_to(row, now=now), row.pk) for row in found]


def counted_for(patients: Iterable[uuid.UUID]) -> dict[uuid.UUID, tuple[int, int]]:
    """Patient → (records in, records asked for), for a list of patients: one query."""
    rows = RecordsRequest.objects.filter(patient__in=patients).exclude(state="cancelled")
    found = rows.values_list("patient_id").annotate(
        came=Count("id", filter=Q(state__in=IN)), asked=Count("id")
    )
    return {pk: (came, asked) for pk, came, asked in found.order_by()}


def _days_to(visit: Appointment, *, now: dt.datetime) -> int:
    """Nights until then, on the clinic's own calendar."""
    zone = visit.clinic.zone
    return (today_at(zone, now=visit.starts_at) - today_at(zone, now=now)).days


def open_requests(
    viewer: User,
    *,
    now: dt.datetime,
    state: str = "",
    number: str = "",
    after: uuid.UUID | None = None,
    limit: int = PAGE,
) -> list[RecordsRequest]:
    """What is not closed, oldest first; `number` (on the letter) finds one, closed or not."""
    rows = requests_visible_to(viewer, now=now).select_related("patient", "source", "delivery")
    if number:
        rows = rows.filter(number__iexact=number.strip())
    else:
        rows = rows.filter(closed_at=None)
        if state in RecordsRequest.State.values:
            rows = rows.filter(state=state)
    last = RecordsRequest.objects.filter(pk=after).first() if after else None
    if last:
        rows = rows.filter(
            Q(prepared_at__gt=last.prepared_at) | Q(prepared_at=last.prepared_at, id__gt=last.pk)
        )
    found = list(rows.order_by("prepared_at", "id")[:limit])
    _listed(viewer, [row.patient_id for row in found], now)
    return found


def _listed(viewer: User, patients: list[uuid.UUID], now: dt.datetime) -> None:
    record_list(
        by=viewer,
        action="list",
        object_kind="records_request",
        patient_ids=sorted(set(patients)),
        now=now,
    )


# --- the directory --------------------------------------------------------------------------------


def sources_visible_to(viewer: User, *, now: dt.datetime) -> QuerySet[OutsideProvider]:
    """The directory of the clinics somebody works at for the clinic itself."""
    return OutsideProvider.objects.filter(clinic__in=own_clinics_of(viewer, now=now))


def source_for(viewer: User, pk: uuid.UUID, *, now: dt.datetime) -> OutsideProvider:
    """One entry. Raises NotFound."""
    row = sources_visible_to(viewer, now=now).select_related("clinic").filter(pk=pk).first()
    if row is None:
        raise NotFound("There is no such entry in your clinic’s directory.")
    return row


def source_at(clinic: Clinic, pk: str) -> OutsideProvider:
    """Who is to be asked, from the directory of the patient's clinic. Raises NotFound."""
    known = as_uuid(pk)
    row = OutsideProvider.objects.filter(clinic=clinic, pk=known).first() if known else None
    if row is None:
        raise NotFound("There is no such entry in the patient’s clinic’s directory.")
    return row


def find_sources(clinic: Clinic, text: str) -> list[OutsideProvider]:
    """Active entries by part of a name, a specialty or a number; without text those asked most
    lately."""
    rows = OutsideProvider.objects.filter(clinic=clinic, active=True)
    if not text.strip():
        latest = RecordsRequest.objects.filter(source=OuterRef("pk")).order_by("-prepared_at")
        lately = Subquery(latest.values("prepared_at")[:1])
        by_time = F("lately").desc(nulls_last=True)
        return list(rows.annotate(lately=lately).order_by(by_time, Lower("name"))[:FOUND])
    return list(_matching(rows, text).order_by(Lower("name"), "id")[:FOUND])


def _matching(rows: QuerySet[OutsideProvider], text: str) -> QuerySet[OutsideProvider]:
    numbers = digits(text)
    if len(numbers) >= 3:
        return rows.filter(search__contains=numbers)
    for word in folded(text).split()[:5]:
        rows = rows.filter(search__contains=word)
    return rows


def directory(  # noqa: PLR0913 - one list, its filters
    viewer: User,
    *,
    now: dt.datetime,
    text: str = "",
    kind: str = "",
    off: bool = False,
    after: uuid.UUID | None = None,
    limit: int = PAGE,
) -> list[OutsideProvider]:
    """Entries by name; `off`: those switched off."""
    rows = sources_visible_to(viewer, now=now).filter(active=not off).select_related("clinic")
    if kind in OutsideProvider.Kind.values:
        rows = rows.filter(kind=kind)
    if text.strip():
        rows = _matching(rows, text)
    rows = rows.annotate(sorted_name=Lower("name"))
    last = OutsideProvider.objects.filter(pk=after).first() if after else None
    if last:
        name = last.name.lower()
        rows = rows.filter(Q(sorted_name__gt=name) | Q(sorted_name=name, id__gt=last.pk))
    return list(rows.order_by("sorted_name", "id")[:limit])
