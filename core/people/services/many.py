"""Many charts at once: the same checks, numbers, history and trail as one by one.

`register_patient` for each of 10,000 would be forty thousand statements; here it is a few dozen.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import models, transaction
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from core.accounts.models import User
from core.audit.services import record_each
from core.lib.errors import Refused
from core.people.models import Clinic, Patient
from core.people.names import search_text
from core.people.services.patients import NUMBERS, _next_mrn
from core.people.services.sheets import refresh_search
from core.people.turns import turn

Row = TypeVar("Row", bound=models.Model)
SIZE = 1000  # rows a statement


def lock_numbers(clinic: Clinic) -> None:
    """One who gives out MRNs at a time per clinic, as `register_patient` does."""
    turn(clinic.pk, NUMBERS)


@transaction.atomic
def register_many(
    *, clinic: Clinic, charts: Sequence[Patient], by: User, now: dt.datetime, reason: str = ""
) -> list[Patient]:
    """New charts, unsaved as given; who brings no MRN gets one. Raises Refused: which is wrong."""
    lock_numbers(clinic)
    brought = [chart.mrn for chart in charts if chart.mrn]
    if len(set(brought)) < len(brought):
        raise Refused("Two new charts bring the same MRN.")
    taken = Patient.objects.filter(clinic=clinic, mrn__in=brought)
    if taken.exists():
        raise Refused("An MRN of the file was given to somebody else meanwhile. Check again.")
    number = int(_next_mrn(clinic))
    used = set(brought)
    for chart in charts:
        if not chart.mrn:
            while str(number) in used:
                number += 1
            chart.mrn, number = str(number), number + 1
        chart.clinic, chart.registered_at, chart.registered_by = clinic, now, by
        chart.search = search_text(
            given_name=chart.given_name,
            family_name=chart.family_name,
            mrn=chart.mrn,
            phone=chart.phone,
        )
    return save_new(Patient, charts, kind="patient", by=by, now=now, reason=reason)


def save_new(
    model: type[Row],
    rows: Sequence[Row],
    *,
    kind: str,
    by: User,
    now: dt.datetime,
    reason: str = "",
) -> list[Row]:
    """New rows of a tracked model with their history and a row of the trail each."""
    for row in rows:
        checked(row)
    saved: list[Row] = bulk_create_with_history(
        list(rows), model, batch_size=SIZE, default_user=by, default_date=now
    )
    about = [(row.pk, chart_of(row)) for row in saved]
    record_each(by=by, action="create", object_kind=kind, about=about, now=now, reason=reason)
    return saved


def save_filled(
    rows: Sequence[Patient],
    fields: Sequence[str],
    *,
    by: User,
    now: dt.datetime,
    reason: str = "",
) -> None:
    """Charts whose `fields` were set by the caller: version, search, history, trail."""
    pks = [row.pk for row in rows]
    leading = set(Patient.objects.filter(merged_into__in=pks).values_list("merged_into", flat=True))
    for row in rows:
        row.version += 1
        row.search = search_text(
            given_name=row.given_name, family_name=row.family_name, mrn=row.mrn, phone=row.phone
        )
        if row.pk in leading:  # few: it reads the charts merged into this one
            refresh_search(row)
        checked(row)
    columns = [*fields, "version", "search"]
    bulk_update_with_history(
        list(rows), Patient, columns, batch_size=SIZE, default_user=by, default_date=now
    )
    about = [(row.pk, row.pk) for row in rows]
    record_each(by=by, action="change", object_kind="patient", about=about, now=now,
                fields=list(fields), reason=reason)  # fmt: skip


def chart_of(row: Any) -> Any:
    return row.pk if isinstance(row, Patient) else row.patient_id


def checked(row: models.Model) -> None:
    """Every column's own rule; what spans rows is the database's constraints. Raises Refused."""
    links = [f.name for f in row._meta.concrete_fields if f.is_relation]
    try:
        row.clean_fields(exclude=links)
    except ValidationError as error:
        raise Refused(
            " ".join(f"{name}: {' '.join(words)}" for name, words in error.message_dict.items())
        ) from error
