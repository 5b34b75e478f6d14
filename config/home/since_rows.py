"""The rows behind “since you last looked”: one query over every table that something can come from.

Each part is limited by itself, so that a reader who was away for a year costs as much as one who
looked yesterday. What somebody did themselves is no news to them.
"""

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import (
    Case,
    CharField,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    UUIDField,
    Value,
    When,
)
from django.db.models.functions import Cast, Concat, JSONObject

from core.accounts.models import User
from core.audit.models import AuditEvent
from core.documents.models import Document
from core.people.fields import Part, shows
from core.people.models import Patient
from intake.models import Appointment, RedFlag
from messaging.models import Recipient, Thread
from outcomes.models import Measurement
from outcomes.moves import with_before
from outcomes.selectors import KEY
from rehab.models import (
    Addendum,
    CarePlan,
    FirstVisit,
    PathwayStep,
    PlanVersion,
    Restriction,
    Update,
)

MOST = 60  # of each kind: the page shows five lines and says how many more there are
BECAME = Q(action="finish", state="done") | Q(action="miss", state="no_show")


@dataclass(frozen=True)
class News:
    """One row that came: what, its id, when, by whom ("" = Hallway itself), and its columns."""

    kind: str
    id: uuid.UUID
    at: dt.datetime
    who: str
    facts: dict[str, Any]


def news(
    viewer: User,
    patient: Patient,
    *,
    charts: Sequence[uuid.UUID],
    since: dt.datetime,
) -> list[News]:
    """What this reader may read of what came since, the newest of each kind first. One query."""
    parts: list[Any] = [_messages(viewer, patient, since), *_flags(viewer, patient, since)]
    if shows(viewer, Part.MEASURES):
        parts += _measures(viewer, patient, since)
    if shows(viewer, Part.RESTRICTIONS):
        parts += _limits(viewer, patient, since)
    if shows(viewer, Part.PLANS):
        parts += [_updates(patient), *_versions(viewer, patient, since)]
        parts += [_deficits(viewer, patient, since), *_steps(viewer, patient, since)]
    if shows(viewer, Part.FIRST_VISITS):
        parts += _first_visits(viewer, patient, since)
    if shows(viewer, Part.VISITS):
        parts.append(_visits(viewer, patient, charts, since))
    if shows(viewer, Part.DOCUMENTS):
        parts.append(_documents(viewer, patient, since))
    return [News(*row) for row in parts[0].union(*parts[1:], all=True)]


def newest_update(patient: Patient) -> News | None:
    return next((News(*row) for row in _updates(patient)), None)


def part(  # noqa: PLR0913 - the columns every part has
    kind: str,
    rows: QuerySet[Any],
    *,
    at: str,
    who: str,
    facts: dict[str, Any],
    id_: Any = None,
    newest: str = "pk",  # of two at the same moment
    along: tuple[str, ...] = (),  # the index to go along before time
    most: int = MOST,
) -> QuerySet[Any, Any]:
    full, credentials = F(f"{who}__full_name"), f"{who}__credentials"
    letters = Case(
        When(~Q(**{credentials: ""}), then=Concat(Value(", "), F(credentials))), default=Value("")
    )
    name = Case(When(**{f"{who}__isnull": True}, then=Value("")), default=Concat(full, letters))
    found: QuerySet[Any, Any] = (
        rows.annotate(
            n_kind=Value(kind),
            n_id=id_ if id_ is not None else F("pk"),
            n_at=F(at),
            n_who=name,
            n_facts=JSONObject(**facts),
        )
        .order_by(*along, f"-{at}", f"-{newest}")
        .values_list("n_kind", "n_id", "n_at", "n_who", "n_facts")[:most]
    )
    return found


def _same(*names: str) -> dict[str, Any]:
    return {name: F(name) for name in names}


def _updates(patient: Patient) -> QuerySet[Any, Any]:
    """The newest one about a plan that runs, whenever it was."""
    facts = _same("changed", "next_week", "call_if", "by_id", "plan_id")
    rows = Update.objects.filter(plan__patient=patient, plan__ended_at=None)
    return part("update", rows, at="at", who="by", facts=facts, most=1)


def _versions(viewer: User, patient: Patient, since: dt.datetime) -> Iterator[QuerySet[Any, Any]]:
    """Of each plan that runs the newest that somebody else wrote since, and the one the reader
    saw."""
    rows = PlanVersion.objects.filter(plan__patient=patient, plan__ended_at=None)
    facts = _same("number", "body", "plan_id") | {"about": F("plan__episode__problem")}
    # A version that only repeats which limits hold, or a new deficit, has a line of its own.
    since_then = rows.filter(made_at__gt=since).exclude(made_by=viewer)
    since_then = since_then.exclude(part__in=("limits", "deficit"))
    seen = rows.filter(made_at__lte=since)
    for kind, which in (("version", since_then), ("version_seen", seen)):
        yield part(kind, which.distinct("plan_id"), at="made_at", who="made_by", facts=facts,
                   newest="number", along=("plan_id",))  # fmt: skip


def _deficits(viewer: User, patient: Patient, since: dt.datetime) -> QuerySet[Any, Any]:
    """Noted or taken back; one that was taken back meanwhile is no news any more."""
    rows = PlanVersion.objects.filter(plan__patient=patient, part="deficit", made_at__gt=since)
    rows = rows.filter(Q(plan__deficit_on__isnull=False) | Q(body__deficit=""))
    facts = _same("plan_id", "why") | {"deficit": F("body__deficit")}
    return part("deficit", rows.exclude(made_by=viewer), at="made_at", who="made_by", facts=facts)


def _steps(viewer: User, patient: Patient, since: dt.datetime) -> Iterator[QuerySet[Any, Any]]:
    """What was decided about a step of the pathway, and which plans ended."""
    decided = PathwayStep.objects.filter(plan__patient=patient, decided_at__gt=since)
    yield part("step", decided.exclude(decided_by=viewer), at="decided_at", who="decided_by",
               facts=_same("decision", "decision_words"))  # fmt: skip
    ended = CarePlan.objects.filter(patient=patient, ended_at__gt=since).exclude(ended_by=viewer)
    facts = {"reason": F("end_reason"), "about": F("episode__problem")}
    yield part("ended", ended, at="ended_at", who="ended_by", facts=facts)


def _first_visits(
    viewer: User, patient: Patient, since: dt.datetime
) -> Iterator[QuerySet[Any, Any]]:
    """Signed, and what was added below one that was."""
    signed = FirstVisit.objects.filter(patient=patient, signed_at__gt=since)
    yield part("signed", signed.exclude(signed_by=viewer), at="signed_at", who="signed_by",
               facts={"about": F("episode__problem")})  # fmt: skip
    added = Addendum.objects.filter(visit__patient=patient, at__gt=since).exclude(by=viewer)
    yield part("added", added, at="at", who="by", facts=_same("words", "visit_id"))


def _measures(viewer: User, patient: Patient, since: dt.datetime) -> Iterator[QuerySet[Any, Any]]:
    rows = Measurement.objects.filter(patient=patient, value__isnull=False)
    facts = _same(*KEY, "unit", "measured_at") | {"value": Cast("value", TextField())}
    fresh = rows.filter(wrong_at=None, recorded_at__gt=since).exclude(recorded_by=viewer)
    yield part(
        "measure",
        with_before(fresh, patient, since=since),
        at="recorded_at",
        who="clinician",
        facts=facts | {"before": Cast("before", TextField())},
    )
    # What nobody had seen yet when it was found wrong is no news.
    wrong = rows.filter(wrong_at__gt=since, recorded_at__lte=since).exclude(wrong_by=viewer)
    yield part("wrong", wrong, at="wrong_at", who="wrong_by", facts=facts | _same("wrong_reason"))


def _limits(viewer: User, patient: Patient, since: dt.datetime) -> Iterator[QuerySet[Any, Any]]:
    rows = Restriction.objects.filter(patient=patient)
    facts = _same("patient_id", "sentence", "source_words", "to_on", "until", "lift_reason")
    fresh = rows.filter(set_at__gt=since, lifted_at=None).exclude(set_by=viewer)
    yield part("limit", fresh, at="set_at", who="set_by", facts=facts)
    lifted = rows.filter(lifted_at__gt=since, set_at__lte=since).exclude(lifted_by=viewer)
    yield part("lifted", lifted, at="lifted_at", who="lifted_by", facts=facts)


def _flags(viewer: User, patient: Patient, since: dt.datetime) -> Iterator[QuerySet[Any, Any]]:
    rows = RedFlag.objects.filter(patient=patient)
    # The reasons are a clinician’s to read; that there is a flag is everybody’s.
    facts = _same("decision", *(("reasons",) if shows(viewer, Part.WORDS) else ()))
    yield part("flag", rows.filter(opened_at__gt=since).exclude(opened_by=viewer),
                at="opened_at", who="opened_by", facts=facts)  # fmt: skip
    decided = rows.filter(decided_at__gt=since).exclude(decided_by=viewer)
    yield part("decided", decided, at="decided_at", who="decided_by", facts=facts)


def _visits(
    viewer: User, patient: Patient, charts: Sequence[uuid.UUID], since: dt.datetime
) -> QuerySet[Any, Any]:
    """When the desk said what became of a visit stands on the trail; what it is now, on the row."""
    visit = Appointment.objects.annotate(name=Cast("pk", CharField())).filter(
        patient=patient, name=OuterRef("object_id")
    )
    said = AuditEvent.objects.filter(
        patient_id__in=charts, object_kind="appointment", action__in=("finish", "miss"),
        outcome="done", at__gt=since,
    ).exclude(actor=viewer)  # fmt: skip
    rows = said.annotate(state=Subquery(visit.values("state")[:1])).filter(BECAME)
    return part(
        "visit",
        rows,
        at="at",
        along=("patient_id",),  # of several charts by time alone would read everybody’s rows
        who="actor",
        id_=Subquery(visit.values("pk")[:1], output_field=UUIDField()),
        facts={
            "state": F("state"),
            "words": Subquery(visit.values("visit_type__words")[:1]),
            "starts_at": Subquery(visit.values("starts_at")[:1]),
        },
    )


def _documents(viewer: User, patient: Patient, since: dt.datetime) -> QuerySet[Any, Any]:
    rows = Document.objects.filter(
        patient=patient, state=Document.State.CLEAN, decided_at__gt=since
    ).exclude(uploaded_by=viewer)
    return part("document", rows, at="decided_at", who="uploaded_by", facts=_same("title"))


def _messages(viewer: User, patient: Patient, since: dt.datetime) -> QuerySet[Any, Any]:
    """To this reader: theirs to read, whatever their role. Updates and flags have lines of their
    own."""
    rows = Recipient.objects.filter(
        user=viewer,
        delivered_at__gt=since,
        message__thread__patient=patient,
        message__thread__kind=Thread.Kind.MESSAGE,
    )
    facts = {"title": F("message__thread__title"), "thread": F("message__thread_id")}
    return part("message", rows, at="delivered_at", who="message__author", facts=facts)
