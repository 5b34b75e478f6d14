"""Reads of the ledger. Fetching is authorizing: a measurement comes only from here."""

import datetime as dt
import hashlib
import uuid
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import BooleanField, Count, ExpressionWrapper, F, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from core.accounts.models import User
from core.accounts.permissions import Perm
from core.audit.services import record
from core.lib.errors import NotFound
from core.people.access import known_to
from core.people.dates import today_at
from core.people.models import CareTeamMember, Clinic, Episode, Patient
from core.people.names import age_on
from core.protocols.selectors import current_version, protocol_of
from outcomes.models import Measurement, SurveyResponse
from outcomes.protocol_schema import Metric, MetricsProtocol
from outcomes.rules import (
    SIDE_WORDS,
    SeriesKey,
    Verdict,
    alerts,
    band,
    below_norm,
    change,
    plain,
)

PAGE = 50
WRONG = 20  # marked in error, on a patient's page
DRAWN = 400  # values on one page's charts
KEY = SeriesKey._fields
COLUMNS = ("id", *KEY, "value", "unit", "missing_reason", "details", "measured_at")


@dataclass(frozen=True)
class Value:
    """One measured value, or the reason why there is none."""

    id: uuid.UUID
    value: Decimal | None
    missing_reason: str
    measured_at: dt.datetime
    details: dict[str, str]


@dataclass(frozen=True)
class Line:
    """One series: like with like. `metric` None = the protocol in force does not know it."""

    key: SeriesKey
    metric: Metric | None
    name: str
    where: str  # side, region, version, conditions, in words
    unit: str
    count: int
    first: Value | None
    last: Value | None  # the newest with a value
    newest: Value  # with a value or without
    verdict: Verdict | None
    notes: list[str] = field(default_factory=list)  # what the last value says by itself

    @property
    def slot(self) -> str:
        """Names the form of this series on a page, whoever adds a value meanwhile."""
        return hashlib.sha256("|".join(self.key).encode()).hexdigest()[:12]

    @property
    def shown(self) -> str:
        """`40 min`, `7.5 of 10`."""
        return (
            f"{plain(self.last.value)} {self.unit}"
            if self.last and self.last.value is not None
            else ""
        )


def metrics_at(now: dt.datetime, clinic: Clinic | None = None) -> MetricsProtocol:
    """The metrics in force at a clinic."""
    found: MetricsProtocol = protocol_of(current_version("metrics", now=now, clinic=clinic))
    return found


def where_of(key: SeriesKey, metric: Metric | None) -> str:
    region = (metric.regions_by_id if metric else {}).get(key.region, key.region)
    version = f"version {key.instrument}" if key.instrument else ""
    return ", ".join(w for w in (SIDE_WORDS[key.side], region, version, key.variant) if w)


def visible(viewer: User, *, now: dt.datetime) -> QuerySet[Measurement]:
    """Measurements of patients the viewer may know of."""
    return Measurement.objects.filter(known_to(viewer, now=now, patient="patient"))


def measurement_for(viewer: User, pk: uuid.UUID, *, now: dt.datetime) -> Measurement:
    """One measurement; the look is on the audit trail. Raises NotFound."""
    row = (
        visible(viewer, now=now)
        .select_related("patient__clinic", "clinic", "wrong_by")
        .filter(pk=pk)
        .first()
    )
    record(
        by=viewer,
        action="read",
        object_kind="measurement",
        object_id=pk,
        patient_id=row.patient_id if row else None,
        now=now,
        outcome="done" if row else "refused",
    )
    if row is None:
        raise NotFound("There is no such measure, or you are not on the patient’s care team.")
    return row


def ends(rows: QuerySet[Measurement]) -> list[dict[str, Any]]:
    """The first and the last of each series, with and without a value, and how many. One query."""
    valued = ExpressionWrapper(Q(value__isnull=False), output_field=BooleanField())
    parts = [*(F(name) for name in KEY), F("valued")]
    newest = (F("measured_at").desc(), F("recorded_at").desc(), F("pk").desc())
    oldest = (F("measured_at").asc(), F("recorded_at").asc(), F("pk").asc())
    return list(
        rows.filter(wrong_at__isnull=True)
        .annotate(valued=valued)
        .annotate(
            newest=Window(RowNumber(), partition_by=parts, order_by=newest),
            oldest=Window(RowNumber(), partition_by=parts, order_by=oldest),
            many=Window(Count("pk"), partition_by=parts),
        )
        .filter(Q(newest=1) | Q(oldest=1))
        .values(*COLUMNS, "valued", "newest", "oldest", "many")
    )


def lines_of(
    viewer: User,
    patient: Patient,
    *,
    now: dt.datetime,
    key: SeriesKey | None = None,
    protocol: MetricsProtocol | None = None,
) -> list[Line]:
    """The series of a patient whom the viewer was let open, anchors first; or the one of `key`.

    One query however many values there are, one more for the protocol where it is not given.
    Values marked wrong are in none.
    """
    protocol = protocol or metrics_at(now, patient.clinic)
    rows = visible(viewer, now=now).filter(patient=patient)
    if key:
        rows = rows.filter(**key._asdict())
    found: dict[SeriesKey, list[dict[str, Any]]] = {}
    for row in ends(rows):
        found.setdefault(SeriesKey(*(row[name] for name in KEY)), []).append(row)
    order = {metric.id: at for at, metric in enumerate(protocol.metrics)}
    lines = [_line(protocol, k, part, patient) for k, part in found.items()]
    return sorted(
        lines,
        key=lambda line: (
            not (line.metric and line.metric.anchor),
            order.get(line.key.metric, len(order)),
            line.key,
        ),
    )


def _line(
    protocol: MetricsProtocol, key: SeriesKey, rows: list[dict[str, Any]], patient: Patient
) -> Line:
    metric = protocol.by_id.get(key.metric)
    first = next((_value(r) for r in rows if r["valued"] and r["oldest"] == 1), None)
    last = next((_value(r) for r in rows if r["valued"] and r["newest"] == 1), None)
    none = next((_value(r) for r in rows if not r["valued"] and r["newest"] == 1), None)
    newest = max((v for v in (last, none) if v), key=lambda v: v.measured_at)
    counts = {r["valued"]: r["many"] for r in rows}
    return Line(
        key=key,
        metric=metric,
        name=metric.name if metric else key.metric.replace("_", " ").capitalize(),
        where=where_of(key, metric),
        unit=rows[0]["unit"],
        count=sum(counts.values()),
        first=first,
        last=last,
        newest=newest,
        verdict=_verdict(metric, first, last),
        notes=_notes(protocol, metric, last, patient),
    )


def _value(row: dict[str, Any]) -> Value:
    return Value(row["id"], row["value"], row["missing_reason"], row["measured_at"], row["details"])


def _verdict(metric: Metric | None, first: Value | None, last: Value | None) -> Verdict | None:
    """None while there are not two values to compare."""
    if metric is None or first is None or last is None or first.id == last.id:
        return None
    if first.value is None or last.value is None:
        return None
    return change(metric, first.value, last.value)


def _notes(
    protocol: MetricsProtocol, metric: Metric | None, last: Value | None, patient: Patient
) -> list[str]:
    if metric is None or last is None or last.value is None:
        return []
    age = age_on(patient.birth_date, last.measured_at.date())
    norm = below_norm(protocol, metric, last.value, sex=patient.sex, age=age)
    zero = metric.zero_when
    told = [zero.words] if zero and last.details.get(zero.detail) == zero.choice else []
    return [n for n in (band(metric, last.value), norm, *alerts(metric, last.value), *told) if n]


def key_of(row: Measurement) -> SeriesKey:
    return SeriesKey(*(getattr(row, name) for name in KEY))


def series_page(
    viewer: User,
    row: Measurement,
    *,
    now: dt.datetime,
    after: tuple[dt.datetime, uuid.UUID] | None = None,
) -> list[Measurement]:
    """The values of the series in which `row` stands, newest first, wrong ones too.

    One query; `after` = the last key of the page before; one more row than a page says there is
    more.
    """
    rows = visible(viewer, now=now).filter(patient_id=row.patient_id, **key_of(row)._asdict())
    if after:
        rows = rows.filter(Q(measured_at__lt=after[0]) | Q(measured_at=after[0], pk__lt=after[1]))
    rows = rows.select_related("clinician", "recorded_by", "wrong_by", "response")
    return list(rows.order_by("-measured_at", "-pk")[: PAGE + 1])


def values_page(
    viewer: User,
    patient: Patient,
    *,
    metric: str,
    now: dt.datetime,
    after: tuple[dt.datetime, uuid.UUID] | None = None,
) -> list[Measurement]:
    """A patient's values, newest first, wrong ones too; one metric or all. One row more than a page
    says there is more."""
    rows = visible(viewer, now=now).filter(patient=patient)
    if metric:
        rows = rows.filter(metric=metric)
    if after:
        rows = rows.filter(Q(measured_at__lt=after[0]) | Q(measured_at=after[0], pk__lt=after[1]))
    return list(rows.select_related("metrics").order_by("-measured_at", "-pk")[: PAGE + 1])


def stated_in(metric: Metric | None, row: Measurement) -> str:
    """What was stated beside a value, and the answers behind a score, in words."""
    parts = []
    for detail in metric.details if metric else ():
        if detail.id in row.details:
            text = {c.id: c.label for c in detail.choices}.get(
                row.details[detail.id], row.details[detail.id]
            )
            parts.append(f"{detail.label}: {text} {detail.unit}".strip())
    response = getattr(row, "response", None)
    for item in response.items if response else ():
        number = "not answered" if item["value"] is None else item["value"]
        parts.append(f"{item['label']}: {number}")
    return "; ".join(parts)


def series_of(
    viewer: User, patient: Patient, metrics: Collection[str], *, now: dt.datetime
) -> dict[SeriesKey, list[Value]]:
    """The series of these metrics, the one measured last first; each the oldest value first.

    One query, of the newest DRAWN values; like with like, and wrong ones stay out.
    """
    rows = visible(viewer, now=now).filter(
        patient=patient, metric__in=metrics, wrong_at__isnull=True
    )
    found: dict[SeriesKey, list[Value]] = {}
    for row in rows.order_by("-measured_at", "-recorded_at", "-pk").values(*COLUMNS)[:DRAWN]:
        found.setdefault(SeriesKey(*(row[name] for name in KEY)), []).append(_value(row))
    return {key: values[::-1] for key, values in found.items()}


def marked_wrong(viewer: User, patient: Patient, *, now: dt.datetime) -> list[Measurement]:
    """The patient's values that were marked as wrong, the latest first."""
    rows = visible(viewer, now=now).filter(patient=patient, wrong_at__isnull=False)
    return list(rows.select_related("wrong_by").order_by("-wrong_at", "pk")[:WRONG])


def last_answers(viewer: User, patient: Patient, metric: str, *, now: dt.datetime) -> list[str]:
    """The labels of the newest filled-in survey: the patient's own activities, offered again."""
    row = (
        SurveyResponse.objects.filter(
            known_to(viewer, now=now, patient="measurement__patient"),
            measurement__patient=patient,
            measurement__metric=metric,
            measurement__wrong_at__isnull=True,
        )
        .order_by("-measurement__measured_at", "-measurement__recorded_at")
        .first()
    )
    return [str(item["label"]) for item in row.items] if row else []


HEADER = ("metric", "where", "value", "unit", "why_none", "details", "measured_at", "measured_by",
          "recorded_at", "recorded_by", "marked_wrong", "metrics_version")  # fmt: skip


def rows_of_patient(
    viewer: User, patient: Patient, *, now: dt.datetime, metric: str = ""
) -> Iterator[tuple[object, ...]]:
    """A patient's values as lines of a list (columns: HEADER), oldest first; one metric or all."""
    protocol = metrics_at(now, patient.clinic)
    rows = visible(viewer, now=now).filter(patient=patient)
    if metric:
        rows = rows.filter(metric=metric)
    rows = rows.select_related("clinician", "recorded_by", "metrics")
    for row in rows.order_by("metric", "measured_at", "pk").iterator(chunk_size=500):
        known = protocol.by_id.get(row.metric)
        yield (
            known.name if known else row.metric,
            where_of(key_of(row), known),
            float(row.value) if row.value is not None else None,
            row.unit,
            row.missing_reason,
            "; ".join(f"{k}: {v}" for k, v in row.details.items()),
            row.measured_at,
            row.clinician.full_name if row.clinician else "",
            row.recorded_at,
            row.recorded_by.full_name,
            row.wrong_reason if row.wrong_at else "",
            row.metrics.label,
        )


def measurers_of(patient: Patient, *, now: dt.datetime) -> list[User]:
    """Who of the care team measures, by name."""
    today = today_at(patient.clinic.zone, now=now)
    team = CareTeamMember.objects.filter(
        Q(to_on__isnull=True) | Q(to_on__gte=today), patient=patient, from_on__lte=today
    )
    people = User.objects.filter(pk__in=team.values("user"), is_active=True)
    return [u for u in people.order_by("full_name") if u.may(Perm.MEASURE_WRITE)]


def episodes_of(patient: Patient) -> list[Episode]:
    """The open problems, the newest first."""
    return list(patient.episodes.filter(closed_on=None).order_by("-opened_on", "pk"))
