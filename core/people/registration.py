"""What stands on a registration and what is still to ask. The viewer comes first."""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils import timezone

from core.accounts.models import User
from core.accounts.permissions import Perm
from core.lib.errors import NotFound
from core.lib.ui import day
from core.lib.ui import words as in_plain
from core.people.dates import today_at
from core.people.fields import Part, shows
from core.people.forms import (
    AllergySheet,
    ComorbiditySheet,
    ConsentSheet,
    ContactSheet,
    CoverageSheet,
    ProblemSheet,
    Sheet,
)
from core.people.models import (
    Allergy,
    CareTeamMember,
    Comorbidity,
    Consent,
    Coverage,
    Episode,
    Patient,
    PatientContact,
    PayerClass,
)
from core.people.names import phone_words


@dataclass(frozen=True)
class Kind:
    """One kind of row: its model, its form, its words, and who writes it."""

    model: type[Any]
    form: type[Sheet]
    one: str
    perm: Perm


KINDS: dict[str, Kind] = {
    "contact": Kind(PatientContact, ContactSheet, "contact", Perm.PATIENT_EDIT),
    "coverage": Kind(Coverage, CoverageSheet, "coverage", Perm.PATIENT_EDIT),
    "consent": Kind(Consent, ConsentSheet, "consent or release", Perm.PATIENT_EDIT),
    "problem": Kind(Episode, ProblemSheet, "problem", Perm.PATIENT_EDIT),
    "allergy": Kind(Allergy, AllergySheet, "allergy", Perm.BACKGROUND),
    "comorbidity": Kind(Comorbidity, ComorbiditySheet, "condition", Perm.BACKGROUND),
}


def kind_for(viewer: User, key: str) -> Kind:
    """Raises NotFound for a kind there is not, or that is not theirs to write."""
    kind = KINDS.get(key)
    if kind is None or not viewer.may(kind.perm):
        raise NotFound("There is no such part of a registration.")
    return kind


def row_for(patient: Patient, kind: Kind, pk: uuid.UUID) -> Any:
    """One row of this very patient; the caller fetched the patient. Raises NotFound."""
    row = kind.model._default_manager.filter(patient=patient, pk=pk).first()
    if row is None:
        raise NotFound("There is no such entry on this chart.")
    return row


@dataclass(frozen=True)
class Registration:
    """Everything the page shows; what has ended stands in `past`."""

    contacts: list[PatientContact]
    coverages: list[Coverage]
    consents: list[Consent]
    problems: list[Episode]
    team: list[CareTeamMember]
    allergies: list[Allergy]
    comorbidities: list[Comorbidity]
    past: list[tuple[str, str, dt.date, str]]  # (what, words, ended on, why)
    missing: list[tuple[str, str]]  # (sentence, kind)
    today: dt.date


def registration_of(viewer: User, patient: Patient, *, now: dt.datetime) -> Registration:
    """A fixed number of queries: one for each kind of row."""
    today = today_at(patient.clinic.zone, now=now)
    reads_background = shows(viewer, Part.BACKGROUND)
    contacts = list(patient.contacts.order_by("-emergency", "name"))
    coverages = list(patient.coverages.select_related("payer").order_by("priority", "-starts_on"))
    consents = list(patient.consents.order_by("-signed_on", "-noted_at"))
    problems = list(patient.episodes.select_related("coverage__payer").order_by("-opened_on"))
    team = list(patient.care_team.select_related("user").order_by("role", "from_on"))
    allergies = list(patient.allergies.order_by("substance")) if reads_background else []
    others = list(patient.comorbidities.order_by("words")) if reads_background else []
    found = Registration(
        contacts=_open(contacts),
        coverages=[c for c in _open(coverages) if runs(c, today)],
        consents=[c for c in _open(consents) if not c.expires_on or c.expires_on >= today],
        problems=[e for e in problems if e.closed_on is None],
        team=[m for m in team if m.to_on is None or m.to_on >= today],
        allergies=_open(allergies),
        comorbidities=_open(others),
        past=[],
        missing=[],
        today=today,
    )
    found.past.extend(
        _past(viewer, [*contacts, *coverages, *consents, *allergies, *others], problems, today)
    )
    found.past.extend(
        ("Care team", f"{m.user.full_name}, {m.role.replace('_', ' ')}", m.to_on, "")
        for m in team
        if m.to_on and m.to_on < today
    )
    found.missing.extend(missing(viewer, patient, found))
    return found


def _open(rows: Sequence[Any]) -> list[Any]:
    return [row for row in rows if row.ended_at is None]


def runs(row: Coverage, today: dt.date) -> bool:
    """Does this coverage pay on this day, or from a day to come?"""
    return row.ended_at is None and (row.ends_on is None or row.ends_on >= today)


def _past(
    viewer: User, rows: Sequence[Any], problems: Sequence[Episode], today: dt.date
) -> list[tuple[str, str, dt.date, str]]:
    found: list[tuple[str, str, dt.date, str]] = []
    for row in rows:
        ended: dt.date | None
        if row.ended_at:
            ended = timezone.localdate(row.ended_at)  # the clinic's day
        elif isinstance(row, Coverage) and not runs(row, today):
            ended = row.ends_on
        elif isinstance(row, Consent) and row.expires_on and row.expires_on < today:
            ended = row.expires_on
        else:
            continue
        if ended:
            found.append((*words_of(row), ended, row.end_reason))
    reads = shows(viewer, Part.PROBLEM)
    for episode in problems:
        if episode.closed_on:
            words = episode.problem if reads else in_plain(episode.region)
            why = episode.close_reason if reads else ""
            found.append(("Problem", words, episode.closed_on, why))
    return found


def words_of(row: Any) -> tuple[str, str]:
    """(what it is, in one line)."""
    if isinstance(row, PatientContact):
        return "Contact", f"{row.name}, {row.get_relation_display().lower()}"
    if isinstance(row, Coverage):
        number = row.claim_number or row.member_id
        return "Coverage", f"{row.payer.name}{', ' + number if number else ''}"
    if isinstance(row, Consent):
        return "Consent", f"{row.get_kind_display()}, signed by {row.signed_by}"
    if isinstance(row, Allergy):
        return "Allergy", row.substance
    return "Condition", str(row.words)


def coverage_details(row: Coverage) -> list[str]:
    """A coverage in short phrases; what is not recorded is left out."""
    said = [
        PayerClass(row.payer.payer_class).label,
        row.plan,
        row.member_id and f"member {row.member_id}",
        row.group_number and f"group {row.group_number}",
        row.subscriber_name and f"insured: {row.subscriber_name}",
        row.starts_on and f"from {day(row.starts_on)}",
        row.ends_on and f"until {day(row.ends_on)}",
        row.claim_number and f"claim {row.claim_number}",
        row.injured_on and f"injured {day(row.injured_on)}",
        row.employer and f"employer {row.employer}",
        reached("adjuster", row.adjuster_name, row.adjuster_phone),
        reached("case manager", row.case_manager_name, row.case_manager_phone),
    ]
    return [str(words) for words in said if words]


def reached(what: str, name: str, number: str) -> str:
    return f"{what} {name} {phone_words(number) if number else ''}".strip() if name else ""


def missing(viewer: User, patient: Patient, found: Registration) -> list[tuple[str, str]]:
    """What the desk still asks before the first visit: (sentence, kind of the form to open)."""
    kinds = {c.kind for c in found.consents}
    asks = [
        (not patient.phone, "No phone number", "identity"),
        (not any(c.emergency for c in found.contacts), "Nobody to phone in an emergency",
         "contact"),
        (not found.coverages, "No coverage or claim", "coverage"),
        (not found.problems, "No problem to be cared for", "problem"),
        (Consent.Kind.TREATMENT not in kinds, "No consent to treatment", "consent"),
        (Consent.Kind.PRIVACY_NOTICE not in kinds, "Privacy notice not given", "consent"),
        (Consent.Kind.RELEASE not in kinds, "No release to ask others for records", "consent"),
        (shows(viewer, Part.BACKGROUND) and not patient.allergies_asked_at,
         "Allergies not asked yet", "allergy"),
    ]  # fmt: skip
    return [(words, kind) for needed, words, kind in asks if needed]


def gaps_of(patients: Iterable[Patient], *, on: dt.date) -> dict[uuid.UUID, list[str]]:
    """What is still to ask about each of a list of patients, in a word each: four queries."""
    charts = {patient.pk: patient for patient in patients}
    consents = Consent.objects.filter(
        Q(expires_on__isnull=True) | Q(expires_on__gte=on), patient__in=charts, ended_at=None
    )
    signed = set(consents.values_list("patient_id", "kind"))
    asked = {
        "emergency contact": _who(PatientContact, charts, emergency=True, ended_at=None),
        "coverage": set(
            Coverage.objects.filter(
                Q(ends_on__isnull=True) | Q(ends_on__gte=on), patient__in=charts, ended_at=None
            ).values_list("patient_id", flat=True)
        ),
        "problem": _who(Episode, charts, closed_on=None),
        "consent": {pk for pk, kind in signed if kind == Consent.Kind.TREATMENT},
        "privacy notice": {pk for pk, kind in signed if kind == Consent.Kind.PRIVACY_NOTICE},
        "phone": {pk for pk, patient in charts.items() if patient.phone},
        "allergies": {pk for pk, patient in charts.items() if patient.allergies_asked_at},
    }
    return {pk: [words for words, have in asked.items() if pk not in have] for pk in charts}


def _who(model: type[Any], charts: Iterable[uuid.UUID], **holds: Any) -> set[uuid.UUID]:
    rows = model._default_manager.filter(patient__in=charts, **holds)
    return set(rows.values_list("patient_id", flat=True))


def release_for_records(patient: Patient, *, on: dt.date) -> Consent | None:
    """The newest signed release that holds on a day, or None."""
    return (
        patient.consents.filter(
            Q(expires_on__isnull=True) | Q(expires_on__gte=on),
            kind=Consent.Kind.RELEASE,
            ended_at=None,
            signed_on__lte=on,
        )
        .order_by("-signed_on", "-noted_at")
        .first()
    )
