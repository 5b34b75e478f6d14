"""What the desk has asked the demo's patients: who pays, whom to phone, what was signed."""

import datetime as dt
from typing import Any

from core.accounts.models import User
from core.people.models import (
    Allergy,
    Comorbidity,
    Consent,
    Coverage,
    Episode,
    Patient,
    PatientContact,
    Payer,
)
from core.people.services.sheets import no_known_allergies, note

# MRN → (payer, member or claim, contact, relation, allergy with reaction, other condition)
TOLD: dict[str, tuple[str, str, str, str, tuple[str, str] | None, str]] = {
    "1042": ("Northline Employers Mutual", "WC-20417", "Ngozi Okafor", "partner", None, ""),
    "1043": ("Medicare Part B", "1EG4-TE5-MK72", "Ruth Hale", "child",
             ("Penicillin", "rash"), "Atrial fibrillation, takes a blood thinner"),
    "1044": ("Prairie Health PPO", "PH-550912", "Ana Ortega", "partner", ("Latex", "hives"), ""),
    "1045": ("Prairie Health PPO", "PH-771204", "Dev Nair", "sibling", None, "Diabetes, type 2"),
    "1046": ("Silverlake Medicare Advantage", "SL-300771", "June Boyd", "partner", None,
             "Sleep apnea"),
}  # fmt: skip
CLAIM = {"employer": "Midway Freight", "adjuster_name": "Cy Bell",
         "adjuster_phone": "+13125550160", "case_manager_name": "Lou Hart",
         "case_manager_phone": "+13125550161"}  # fmt: skip


def register_all(charts: dict[str, Patient], desk: User, now: dt.datetime) -> None:
    for mrn, (payer, number, name, relation, allergy, condition) in TOLD.items():
        patient = charts[mrn]
        about: dict[str, Any] = {"patient": patient, "by": desk, "now": now}
        paid = note(kind=Coverage, values=covered(patient, payer, number, now), **about)
        episode = Episode.objects.filter(patient=patient).earliest("opened_on")
        episode.coverage = paid
        episode.save(update_fields=["coverage"])
        who = {"name": name, "relation": relation, "phone": f"+1312555{4000 + int(mrn)}",
               "emergency": True}  # fmt: skip
        note(kind=PatientContact, values=who, **about)
        if allergy:
            words = {"substance": allergy[0], "reaction": allergy[1], "severity": "moderate"}
            note(kind=Allergy, values=words, **about)
        else:
            no_known_allergies(**about)
        if condition:
            note(kind=Comorbidity, values={"words": condition}, **about)
        for kind in (Consent.Kind.TREATMENT, Consent.Kind.PRIVACY_NOTICE):
            signed = {"kind": kind, "signed_by": patient.full_name, "method": "paper",
                      "signed_on": now.date() - dt.timedelta(days=5)}  # fmt: skip
            note(kind=Consent, values=signed, **about)


def covered(patient: Patient, payer: str, number: str, now: dt.datetime) -> dict[str, Any]:
    row = Payer.objects.get(clinic=patient.clinic, name=payer)
    if row.payer_class != "workers_comp":
        return {"payer": row, "member_id": number}
    injured = now.date() - dt.timedelta(days=240)
    return CLAIM | {"payer": row, "claim_number": number, "injured_on": injured}
