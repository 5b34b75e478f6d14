"""The clinic and its people; the patient, who pays, what registration notes; who opens a chart."""

from core.people.models.access import AccessGrant, LegalHold
from core.people.models.clinic import (
    Clinic,
    ClinicClosure,
    ClinicHours,
    Delegation,
    OnCallShift,
    StaffMember,
)
from core.people.models.coverage import Coverage, Payer, PayerClass
from core.people.models.merge import Merge, MovedRow
from core.people.models.patient import CareTeamMember, Episode, Patient
from core.people.models.registration import Allergy, Comorbidity, Consent, PatientContact

__all__ = [
    "AccessGrant",
    "Allergy",
    "CareTeamMember",
    "Clinic",
    "ClinicClosure",
    "ClinicHours",
    "Comorbidity",
    "Consent",
    "Coverage",
    "Delegation",
    "Episode",
    "LegalHold",
    "Merge",
    "MovedRow",
    "OnCallShift",
    "Patient",
    "PatientContact",
    "Payer",
    "PayerClass",
    "StaffMember",
]
