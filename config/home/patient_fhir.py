"""What of a chart is plain as FHIR R4: who, insurances, contacts, allergies, conditions."""

import datetime as dt
from typing import Any

from core.people.models import Patient

Json = dict[str, Any]
CLASS = "http://terminology.hl7.org/CodeSystem/coverage-class"
IDENTIFIER = "http://terminology.hl7.org/CodeSystem/v2-0203"


def bundle_of(patient: Patient, *, now: dt.datetime) -> Json:
    """A collection; `import_patients` reads it back."""
    me = f"urn:uuid:{patient.pk}"
    found = [(me, person(patient))]
    for coverage in patient.coverages.filter(ended_at=None).select_related("payer"):
        found.append((f"urn:uuid:{coverage.pk}", cover(coverage, me)))
    for allergy in patient.allergies.filter(ended_at=None):
        found.append((f"urn:uuid:{allergy.pk}", said("AllergyIntolerance", allergy.substance, me)))
    for other in patient.comorbidities.filter(ended_at=None):
        found.append((f"urn:uuid:{other.pk}", condition(other.words, me, over=None)))
    for episode in patient.episodes.all():
        found.append((f"urn:uuid:{episode.pk}", condition(episode.problem, me, episode.closed_on)))
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": now.astimezone(dt.UTC).isoformat().replace("+00:00", "Z"),
        "entry": [{"fullUrl": address, "resource": resource} for address, resource in found],
    }


def kept(resource: Json) -> Json:
    """Without what is empty: FHIR has no empty values."""
    return {name: value for name, value in resource.items() if value not in ("", None, [], {})}


def person(patient: Patient) -> Json:
    street = [patient.address] if patient.address else []
    home = kept({"use": "home", "line": street, "city": patient.city, "state": patient.state,
                 "postalCode": patient.postal_code})  # fmt: skip
    contacts = patient.contacts.filter(ended_at=None, emergency=True)
    died = patient.status == Patient.Status.DECEASED
    return kept({
        "resourceType": "Patient",
        "id": str(patient.pk),
        "identifier": [{"type": {"coding": [{"system": IDENTIFIER, "code": "MR"}]},
                        "system": f"urn:uuid:{patient.clinic_id}", "value": patient.mrn}],
        "active": patient.status == Patient.Status.ACTIVE,
        "name": [{"use": "official", "family": patient.family_name,
                  "given": patient.given_name.split()}],
        "telecom": [
            *([{"system": "phone", "value": patient.phone}] if patient.phone else []),
            *([{"system": "email", "value": patient.email}] if patient.email else []),
        ],
        "gender": patient.sex,
        "birthDate": patient.birth_date.isoformat(),
        "deceasedDateTime": patient.status_on.isoformat() if died and patient.status_on else None,
        "deceasedBoolean": True if died and not patient.status_on else None,
        "address": [home] if len(home) > 1 else [],
        "contact": [{"relationship": [{"text": c.relation}], "name": {"text": c.name},
                     "telecom": [{"system": "phone", "value": c.phone}]} for c in contacts],
        "communication": [{"language": {"text": patient.language}, "preferred": True}],
    })  # fmt: skip


def cover(coverage: Any, me: str) -> Json:
    period = kept({"start": coverage.starts_on and coverage.starts_on.isoformat(),
                   "end": coverage.ends_on and coverage.ends_on.isoformat()})  # fmt: skip
    classes = [
        {"type": {"coding": [{"system": CLASS, "code": code}]}, "value": value, "name": value}
        for code, value in (("plan", coverage.plan), ("group", coverage.group_number))
        if value
    ]
    return kept({
        "resourceType": "Coverage",
        "id": str(coverage.pk),
        "status": "active",
        "subscriberId": coverage.member_id,
        "beneficiary": {"reference": me},
        "period": period,
        "payor": [{"display": coverage.payer.name}],
        "class": classes,
        "order": coverage.priority,
    })  # fmt: skip


def said(kind: str, words: str, me: str) -> Json:
    return {"resourceType": kind, "code": {"text": words}, "patient": {"reference": me}}


def condition(words: str, me: str, over: dt.date | None) -> Json:
    return kept({
        "resourceType": "Condition",
        "code": {"text": words},
        "subject": {"reference": me},
        "abatementDateTime": over.isoformat() if over else None,
    })  # fmt: skip
