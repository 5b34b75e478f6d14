"""What came into the ledger since a moment: of each series its newest value, like with like."""

import datetime as dt
import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from core.accounts.models import User
from core.people.models import Patient
from outcomes.models import Measurement
from outcomes.protocol_schema import MetricsProtocol
from outcomes.rules import SeriesKey, plain
from outcomes.selectors import KEY, metrics_at, visible, where_of

MOST = 60  # values looked through: a page shows eight lines, an update has room for about as many
# As a colleague says it; every other metric goes by its name.
SAYS = {
    "standing_tolerance_min": "stands", "sitting_tolerance_min": "sits",
    "walking_distance_m": "walks", "kneeling_min": "kneels", "lift_capacity_lb": "lifts",
    "sleep_hours": "sleeps", "sts_reps": "sit-to-stand",
}  # fmt: skip


@dataclass(frozen=True)
class Move:
    """The newest value of one series; `was` = the one known before, "" = there was none."""

    id: uuid.UUID
    key: SeriesKey
    name: str  # “stands”, “Pain rating”
    where: str  # side, region, version, conditions, in words
    value: str  # “40 min”
    was: str  # “34”
    anchor: bool
    at: dt.datetime  # recorded

    @property
    def words(self) -> str:
        """“stands 40 min (was 34)”, “Pain rating 4 of 10, leg (was 5)”."""
        place = f", {self.where[:1].lower()}{self.where[1:]}" if self.where else ""
        before = f" (was {self.was})" if self.was else ""
        return f"{self.name} {self.value}{place}{before}"


def with_before(
    rows: QuerySet[Measurement], patient: Patient, *, since: dt.datetime | None
) -> QuerySet[Measurement]:
    """Each value with the one of its series before it that was known at `since` (`before`).

    Where none was known then, the first of the series: a course begins somewhere.
    """
    same = _same_series(patient).filter(measured_at__lt=OuterRef("measured_at"))
    known = same.filter(recorded_at__lte=since) if since else same.none()
    newest = Subquery(known.order_by("-measured_at", "-recorded_at").values("value")[:1])
    first = Subquery(same.order_by("measured_at", "recorded_at").values("value")[:1])
    return rows.annotate(before=Coalesce(newest, first) if since else first)


def _same_series(patient: Patient) -> QuerySet[Measurement]:
    """The values that compare with the row of the outer query."""
    key = {name: OuterRef(name) for name in KEY}
    return Measurement.objects.filter(patient=patient, wrong_at=None, value__isnull=False, **key)


def moves_since(
    viewer: User,
    patient: Patient,
    *,
    since: dt.datetime | None,
    now: dt.datetime,
    protocol: MetricsProtocol | None = None,
) -> list[Move]:
    """Of each series whose newest value came since: that one; anchors first, no wrong one.

    One query, one more for the protocol where it is not given.
    """
    protocol = protocol or metrics_at(now, patient.clinic)
    rows = visible(viewer, now=now).filter(patient=patient, wrong_at=None, value__isnull=False)
    if since:
        rows = rows.filter(recorded_at__gt=since)
    later = _same_series(patient).filter(measured_at__gt=OuterRef("measured_at"))
    rows = with_before(rows, patient, since=since).filter(~Exists(later))  # not of old records
    rows = rows.order_by("-measured_at", "-recorded_at", "pk")
    columns = ("id", *KEY, "value", "unit", "before", "at")
    found = rows.annotate(at=F("recorded_at")).values(*columns)[:MOST]
    newest: dict[SeriesKey, Move] = {}
    for row in found:
        move = move_of(row, protocol)
        newest.setdefault(move.key, move)
    return sorted(newest.values(), key=lambda m: (not m.anchor, m.name, m.key))


def move_of(row: dict[str, Any], protocol: MetricsProtocol) -> Move:
    """A row with id, the columns of a series, value, unit, before and at."""
    key = SeriesKey(*(row[name] for name in KEY))
    metric = protocol.by_id.get(key.metric)
    name = metric.name if metric else key.metric.replace("_", " ").capitalize()
    before = row["before"]
    return Move(
        id=row["id"],
        key=key,
        name=SAYS.get(key.metric, name),
        where=where_of(key, metric),
        value=f"{plain(Decimal(row['value']))} {row['unit']}",
        was=plain(Decimal(before)) if before is not None else "",
        anchor=bool(metric and metric.anchor),
        at=row["at"],
    )
