"""More of everything: `crowd(cast, shown, 10, 100)` adds rows 10 to 99 to every list."""

import datetime as dt
import uuid
from typing import Any

from core.audit.models import AuditEvent
from core.documents.models import Document, Refiling
from core.people.models import Patient, Payer
from core.people.names import search_text
from intake.models import Appointment, Call, VisitType
from messaging.models import Delivery, Message, Recipient, Thread, WorkItem
from outcomes.models import Measurement
from rehab.models import CarePlan, Restriction, Update
from tests.cast import NOW, Cast

DAY = dt.timedelta(days=1)


def crowd(cast: Cast, shown: Any, first: int, last: int) -> None:
    """Rows for every list a measured page shows; `shown` = flag, thread, measure of own pages."""
    numbers = range(first, last)
    flag, thread, measure = shown
    people = Patient.objects.bulk_create(patient(cast, n) for n in numbers)
    WorkItem.objects.bulk_create(
        item(cast, n, about, kind, role)
        for n, who in zip(numbers, people, strict=True)
        for kind, role in (("initial_visit", "front_desk"), ("call_back", "front_desk"),
                           ("pt_hold", "physician"), ("delivery_dead", "manager"),
                           ("pt_start", "front_desk"))
        for about in (who, cast.okafor)
    )  # fmt: skip
    visits(cast, people)
    Call.objects.bulk_create(
        call(cast, about, state, flag)
        for who in people
        for state in (Call.State.OPEN, Call.State.CLOSED)
        for about in (who, cast.okafor)
    )
    threads = Thread.objects.bulk_create(
        Thread(clinic=cast.riverside, patient=who, kind="message", title="x", opened_by=cast.ana,
               opened_at=NOW)
        for who in (*people, *[cast.okafor] * len(people))
    )  # fmt: skip
    messages = Message.objects.bulk_create(
        Message(thread=row, author=cast.ana, body="x", sent_at=NOW, dedupe_key=str(uuid.uuid4()))
        for row in (*threads, *[thread, flag.thread] * len(people))
    )
    Recipient.objects.bulk_create(
        Recipient(message=m, user=user, why="x", delivered_at=NOW)
        for m in messages
        for user in (cast.amin, cast.novak)
    )
    Measurement.objects.bulk_create(  # more series, a longer one, and more that was wrong
        Measurement(
            clinic=cast.riverside, patient=cast.okafor, metric="sleep_hours", value=5, unit="h",
            region=region, measured_at=NOW, recorded_at=NOW, recorded_by=cast.ruiz,
            clinician=cast.ruiz, metrics=measure.metrics, **wrong,
        )
        for n in numbers
        for region, wrong in (
            (f"r{n}", {}),
            ("", {}),
            ("", {"wrong_at": NOW, "wrong_by": cast.ruiz, "wrong_reason": "x"}),
        )
    )  # fmt: skip
    Payer.objects.bulk_create(
        Payer(clinic=cast.riverside, name=f"Payer {n}", payer_class="self_pay") for n in numbers
    )
    papers(cast, people, numbers)
    Restriction.objects.bulk_create(restriction(cast, n, over) for n in numbers for over in (0, 1))
    updates(cast, numbers)
    Delivery.objects.bulk_create(
        Delivery(clinic=cast.riverside, dedupe_key=str(uuid.uuid4()), template="reminder", path="/",
                 user=cast.amin, state="sent", created_at=NOW, next_attempt_at=NOW, settled_at=NOW)
        for _ in numbers
    )  # fmt: skip


def restriction(cast: Cast, n: int, over: int) -> Restriction:
    """One that holds or will, and one that is over."""
    day = NOW.date() + dt.timedelta(days=n % 3)
    from_on, to_on = (day, None) if not over else (day - 9 * DAY, day - 5 * DAY)
    return Restriction(
        clinic=cast.riverside, patient=cast.okafor, source="surgeon", source_words="Dr. Mills",
        activity="bend", sentence=f"Do not bend {n}", from_on=from_on, to_on=to_on,
        until="" if over else "cleared", set_at=NOW - dt.timedelta(minutes=n), set_by=cast.ruiz,
    )  # fmt: skip


def updates(cast: Cast, numbers: range) -> None:
    """More updates about Okafor's plan, more values and visits to draft one from."""
    plan = CarePlan.objects.filter(patient=cast.okafor).order_by("started_on").first()
    if plan is None:
        return
    thread = Thread.objects.create(clinic=cast.riverside, patient=cast.okafor, kind="update",
                                   title="x", opened_by=cast.ruiz, opened_at=NOW)  # fmt: skip
    messages = Message.objects.bulk_create(
        Message(thread=thread, author=cast.ruiz, body="x", sent_at=NOW, dedupe_key=f"u{n}")
        for n in numbers
    )
    Update.objects.bulk_create(
        Update(plan=plan, message=message, changed="x", next_week="x", call_if="x", plan_number=1,
               at=NOW - dt.timedelta(minutes=n), by=cast.ruiz)
        for n, message in zip(numbers, messages, strict=True)
    )  # fmt: skip
    Recipient.objects.bulk_create(
        Recipient(message=m, user=user, why="x", delivered_at=NOW)
        for m in messages
        for user in (cast.amin, cast.novak)
    )


def papers(cast: Cast, people: list[Patient], numbers: range) -> None:
    """Documents of Okafor, each moved here from somebody else and looked at there."""
    filed = Document.objects.bulk_create(paper(cast, cast.okafor, n) for n in numbers)
    Refiling.objects.bulk_create(
        Refiling(document=row, was=who, to=cast.okafor, reason="x", by=cast.ana, at=NOW)
        for row, who in zip(filed, people, strict=True)
    )
    AuditEvent.objects.bulk_create(
        AuditEvent(at=NOW, actor=cast.amin, action="read", object_kind="document",
                   object_id=str(row.pk), patient_id=who.pk)
        for row, who in zip(filed, people, strict=True)
    )  # fmt: skip


def paper(cast: Cast, who: Patient, n: int) -> Document:
    return Document(
        patient=who, clinic=cast.riverside, kind="lab", title=f"Paper {n}", file_name="x", size=1,
        content_type="image/png", pages=1, sha256="0" * 64, stored_as=f"{n:032x}", state="clean",
        uploaded_by=cast.ana, uploaded_at=NOW - dt.timedelta(minutes=n), decided_at=NOW,
        reviewed_by=cast.amin, reviewed_at=NOW,
    )  # fmt: skip


def visits(cast: Cast, people: list[Patient]) -> None:
    """One visit each tomorrow, done by nobody twice: they are past each other's minute."""
    kind = VisitType.objects.filter(clinic=cast.riverside).order_by("minutes", "pk").first()
    if kind is None:
        return
    last = Appointment.objects.filter(clinic=cast.riverside).order_by("-ends_at").first()
    begin = max(last.ends_at, NOW) if last else NOW
    minute = dt.timedelta(minutes=1)
    for n, who in enumerate(people):
        for m, about in enumerate((who, cast.okafor)):
            at = begin + (2 * n + m) * minute
            Appointment.objects.create(
                clinic=cast.riverside, patient=about, visit_type=kind, provider=cast.amin,
                starts_at=at, ends_at=at + minute, booked_at=NOW, booked_by=cast.ana,
            )  # fmt: skip


def patient(cast: Cast, n: int) -> Patient:
    name, mrn, phone = f"Crowd{n}", str(5000 + n), f"+1312556{n:04}"
    return Patient(
        clinic=cast.riverside, mrn=mrn, given_name="Ann", family_name=name, phone=phone,
        birth_date=dt.date(1970, 1, 1), registered_at=NOW,
        search=search_text(given_name="Ann", family_name=name, mrn=mrn, phone=phone),
    )  # fmt: skip


def item(cast: Cast, n: int, who: Patient, kind: str, role: str) -> WorkItem:
    return WorkItem(
        clinic=cast.riverside, patient=who, kind=kind, subject_id=uuid.uuid4(), reason="x",
        owner_role=role, next_action="x", next_action_at=NOW, opened_at=NOW,
        due_at=NOW + dt.timedelta(minutes=n),
    )  # fmt: skip


def call(cast: Cast, who: Patient, state: str, flag: Any) -> Call:
    ended = {"closed_at": NOW, "closed_by": cast.ana} if state == Call.State.CLOSED else {}
    return Call(
        clinic=cast.riverside, patient=who, state=state, form_key=uuid.uuid4(), received_at=NOW,
        spoke_at=NOW, opened_by=cast.ana, held_by=cast.ana, saved_at=NOW, phone="+13125550188",
        protocol=flag.call.protocol, disposition="routine", **ended,
    )  # fmt: skip
