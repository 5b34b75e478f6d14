"""The one door for the rows of a registration: note, amend, end. Nothing is deleted.

`values` are a sheet's cleaned fields (core/people/forms.py); importers bring theirs the same way.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.module_loading import import_string

from core.accounts.models import User
from core.audit.services import record
from core.events.services import emit
from core.lib.errors import Conflict, Refused
from core.people.dates import today_at
from core.people.editing import changed, merged
from core.people.models import (
    Allergy,
    Comorbidity,
    Consent,
    Coverage,
    Episode,
    Patient,
    PatientContact,
)
from core.people.names import digits, folded, search_text
from core.people.related import charts_of

Row = TypeVar("Row", Allergy, Comorbidity, Consent, Coverage, PatientContact)
NAMES = {
    Allergy: "allergy", Comorbidity: "comorbidity", Consent: "consent", Coverage: "coverage",
    PatientContact: "contact", Episode: "episode", Patient: "patient",
}  # fmt: skip
SHORTEST = 3


@transaction.atomic
def note(
    *, patient: Patient, kind: type[Row], values: Mapping[str, Any], by: User | None,
    now: dt.datetime,
) -> Row:  # fmt: skip
    """A new row of a registration. Raises Refused with what to correct."""
    lock_chart(patient)
    row = kind(patient=patient, noted_at=now, noted_by=by, **values)
    save(row)
    if isinstance(row, Allergy):
        _asked_for_allergies(patient, by, now)
    _audit("create", row, by, now, sorted(values))
    return row


def lock_chart(patient: Patient) -> Patient:
    """One writer of a registration at a time; a merge waits for it, and it for a merge."""
    locked = Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    if locked.merged_into_id:
        raise Conflict("This chart was merged into another one meanwhile. Open the page again.")
    return locked


def save(row: Any) -> None:
    """Checked against the model and the database's own rules. Raises Refused."""
    if isinstance(row, Coverage):
        check_priority(row)
    try:
        row.full_clean()
    except ValidationError as error:
        raise Refused(sentences(error)) from error
    row.save()


def sentences(error: ValidationError) -> str:
    found = error.message_dict
    return " ".join(
        f"{'' if name == '__all__' else name.replace('_', ' ') + ': '}{' '.join(said)}"
        for name, said in found.items()
    )


def check_priority(row: Coverage) -> None:
    """One running coverage at each place of the order."""
    if row.ended_at or row.ends_on:
        return
    taken = Coverage.objects.filter(
        patient=row.patient_id, priority=row.priority, ended_at=None, ends_on=None
    ).exclude(pk=row.pk)
    if other := taken.select_related("payer").first():
        free = next_priority(row.patient_id)
        raise Refused(
            f"{other.payer.name} is number {row.priority} in the order already. Give this one "
            f"number {free}, or write until when {other.payer.name} ran."
        )


def next_priority(patient_id: Any) -> int:
    """The first free place in the order in which coverages are billed."""
    running = Coverage.objects.filter(patient=patient_id, ended_at=None, ends_on=None)
    taken = set(running.values_list("priority", flat=True))
    return next(n for n in range(1, 10) if n not in taken or n == 9)


@transaction.atomic
def amend(  # noqa: PLR0913 - one row, what was typed and what had been shown
    *,
    row: Any,
    values: Mapping[str, Any],
    shown: Mapping[str, Any],
    labels: Mapping[str, str],
    words: Mapping[str, Mapping[Any, str]],
    version: int,
    by: User,
    now: dt.datetime,
) -> Any:
    """Save what somebody changed in a row. Raises Conflict with both texts, or Refused."""
    patient = lock_chart(row if isinstance(row, Patient) else row.patient)
    fresh = patient if isinstance(row, Patient) else type(row).objects.get(pk=row.pk)
    if getattr(fresh, "ended_at", None) or getattr(fresh, "closed_on", None):
        raise Conflict("Somebody ended this entry meanwhile. Open the page again.")
    before = {name: getattr(fresh, name) for name in values}
    if fresh.version == version:
        shown = before
    wanted = merged(
        mine=values, shown=shown, saved=before, labels=labels, words=words, version=fresh.version
    )
    names = changed(before, wanted)
    if not names:
        return fresh
    for name in names:
        setattr(fresh, name, wanted[name])
    fresh.version += 1
    if isinstance(fresh, Patient):
        refresh_search(fresh)
    save(fresh)
    _audit("change", fresh, by, now, names)
    if isinstance(fresh, Patient) and "status" in names:
        emit(name="people.status_changed", subject_id=fresh.pk, now=now, ring=True)
    return fresh


@transaction.atomic
def end(*, row: Row, reason: str, by: User, now: dt.datetime) -> Row:
    """Take a row off the chart: over, or wrong. It stays readable. Ended twice is once."""
    lock_chart(row.patient)
    fresh = type(row).objects.get(pk=row.pk)
    if fresh.ended_at:
        return fresh
    fresh.ended_at, fresh.ended_by, fresh.end_reason = now, by, reason_of(reason)
    fresh.version += 1
    fresh.save(update_fields=["ended_at", "ended_by", "end_reason", "version"])
    _audit("end", fresh, by, now, ["ended_at"], fresh.end_reason)
    return fresh


def reason_of(text: str) -> str:
    words = " ".join(text.split())
    if len(words) < SHORTEST:
        raise Refused("Write why, in a few words.")
    return words[:200]


@transaction.atomic
def close_episode(*, episode: Episode, reason: str, by: User, now: dt.datetime) -> Episode:
    """The problem is cared for no more. Closed twice is once.

    Raises Refused with what a higher app says stands in its way (`settings.CLOSING_CHECKS`).
    """
    lock_chart(episode.patient)
    fresh = Episode.objects.select_for_update(no_key=True).get(pk=episode.pk)
    if fresh.closed_on:
        return fresh
    for check in settings.CLOSING_CHECKS:
        in_the_way: Callable[[Episode, User], Refused | None] = import_string(check)
        if refusal := in_the_way(fresh, by):
            raise refusal
    today = today_at(episode.patient.clinic.zone, now=now)
    fresh.closed_on, fresh.close_reason = max(today, fresh.opened_on), reason_of(reason)
    fresh.version += 1
    fresh.save(update_fields=["closed_on", "close_reason", "version"])
    _audit("end", fresh, by, now, ["closed_on"], fresh.close_reason)
    return fresh


@transaction.atomic
def no_known_allergies(*, patient: Patient, by: User, now: dt.datetime) -> Patient:
    """Somebody asked, and there are none. Raises Refused while one is noted."""
    locked = lock_chart(patient)
    if locked.allergies.filter(ended_at=None).exists():
        raise Refused("An allergy is noted. End it first, with the reason, if it is wrong.")
    _asked_for_allergies(locked, by, now)
    return locked


def _asked_for_allergies(patient: Patient, by: User | None, now: dt.datetime) -> None:
    patient.allergies_asked_at, patient.allergies_asked_by = now, by
    patient.save(update_fields=["allergies_asked_at", "allergies_asked_by"])
    _audit("change", patient, by, now, ["allergies_asked_at"])


def refresh_search(patient: Patient) -> None:
    """The searched column: this chart's own words, and the numbers, phones and names of every chart
    merged into it. The numbers come first: what is too long for the column is cut at its end."""
    own = search_text(
        given_name=patient.given_name,
        family_name=patient.family_name,
        mrn=patient.mrn,
        phone=patient.phone,
    )
    olds = Patient.objects.filter(pk__in=charts_of(patient.pk)[1:]).order_by("mrn")
    rows = list(olds.values_list("mrn", "phone", "family_name", "given_name"))
    numbers = [f"mrn{mrn} {mrn} {digits(phone)[-10:]}" for mrn, phone, *_ in rows]
    names = dict.fromkeys(folded(f"{family} {given}") for _, _, family, given in rows)
    others = [*numbers, *(name for name in names if name not in own)]
    patient.search = folded(" ".join([own, *others]))[:260]


def _audit(
    action: str, row: Any, by: User | None, now: dt.datetime, fields: Any, reason: str = ""
) -> None:
    record(
        by=by,
        action=action,
        object_kind=NAMES[type(row)],
        object_id=row.pk,
        patient_id=row.pk if isinstance(row, Patient) else row.patient_id,
        now=now,
        fields=list(fields),
        reason=reason,
    )
