"""Who reads which part of a row: the one table. A row somebody may open is not all theirs to read.

The clinic's rule is the minimum that the work needs. Whoever books, phones and pages needs to know
who it is, how to reach them, what language they speak and that something is urgent or on hold; the
problem, what was answered on the phone and what clinicians write to each other is for clinicians.
Whoever is `concerned` reads the words too: they took the call, are in the thread, or must act on a
flag nobody has decided yet (intake/sight.py, messaging/selectors say who that is).

Models above are named by words only. tests/core/test_fields.py fails for a field with a name or
health in it that stands in no group.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Model

from core.accounts.models import User
from core.accounts.permissions import Perm


class Part(StrEnum):
    IDENTITY = "identity"
    CONTACT = "contact"
    NEEDS = "needs"
    SAFETY = "safety"
    CALLER = "caller"
    WORK = "work"
    PROBLEM = "problem"
    WORDS = "words"
    MESSAGES = "messages"
    EMERGENCY = "emergency"
    HOLD = "hold"
    SETTLED = "settled"
    COVERAGE = "coverage"
    CONTACTS = "contacts"
    BACKGROUND = "background"
    CONSENTS = "consents"
    MERGES = "merges"
    IMPORTS = "imports"
    MEASURES = "measures"
    OCCURRENCES = "occurrences"
    DOCUMENTS = "documents"
    REFILINGS = "refilings"
    VISITS = "visits"
    OVERRIDES = "overrides"
    RECORDS = "records"
    PLANS = "plans"
    FIRST_VISITS = "first_visits"
    RESTRICTIONS = "restrictions"


@dataclass(frozen=True)
class Group:
    """Fields read together (model → blank-separated names) and the permission that opens them."""

    perm: Perm
    fields: Mapping[str, str]


FIELDS: dict[Part, Group] = {
    # --- whoever works here -----------------------------------------------------------------
    Part.IDENTITY: Group(
        Perm.PATIENT_ADMIN_VIEW,
        {"Patient": "mrn given_name family_name birth_date sex pronouns search"},
    ),
    Part.CONTACT: Group(
        Perm.PATIENT_ADMIN_VIEW,
        {
            "Patient": "phone email preferred_name address city state postal_code contact_by "
            "may_text may_email may_voicemail",
        },
    ),
    Part.CONTACTS: Group(
        Perm.PATIENT_ADMIN_VIEW, {"PatientContact": "name relation phone email end_reason"}
    ),
    Part.COVERAGE: Group(
        Perm.PATIENT_ADMIN_VIEW,
        {
            "Coverage": "plan member_id group_number subscriber subscriber_name "
            "subscriber_birth_date claim_number injured_on employer adjuster_name adjuster_phone "
            "adjuster_email case_manager_name case_manager_phone case_manager_email end_reason",
        },
    ),
    Part.CONSENTS: Group(
        Perm.PATIENT_ADMIN_VIEW,
        {"Consent": "signed_by signed_as witness party scope end_reason"},
    ),
    # Whoever may open a document reads what it is, its name as it came, the reviewer’s words.
    Part.DOCUMENTS: Group(
        Perm.DOCUMENT_VIEW,
        {"Document": "file_name title source region side review_words"},
    ),
    # Which part of the body: nobody can book or ask for records without it, as on a call.
    Part.NEEDS: Group(
        Perm.PATIENT_ADMIN_VIEW,
        {"Patient": "language interpreter status_note", "Episode": "region side flared_on"},
    ),
    # Where somebody goes and that therapy waits: nobody can book or phone without it.
    Part.SAFETY: Group(
        Perm.FLAG_VIEW,
        {
            "Call": "disposition hold_pt",
            "RedFlag": "disposition hold_pt decision decided_disposition",
        },
    ),
    Part.CALLER: Group(
        Perm.CALL_TAKE,
        {
            "Call": "phone given_name family_name birth_date caller_name relation permission "
            "region",
            "CallAttempt": "words",
        },
    ),
    # What kind of visit, and that one may not be booked yet: nobody can book without it.
    Part.VISITS: Group(
        Perm.SCHEDULE_VIEW,
        {"Appointment": "visit_type notes cancel_reason", "BookingLimit": "kinds sentence"},
    ),
    Part.WORK: Group(Perm.WORK_VIEW, {"WorkItem": "reason next_action close_reason"}),
    # --- clinicians, and whoever is concerned -----------------------------------------------
    Part.PROBLEM: Group(Perm.CHART_VIEW, {"Episode": "problem work close_reason"}),
    # Latex on the table, a blood thinner before a block: told at the desk, read by who treats.
    Part.BACKGROUND: Group(
        Perm.BACKGROUND,
        {
            "Allergy": "substance reaction severity end_reason",
            "Comorbidity": "words since end_reason",
        },
    ),
    Part.WORDS: Group(
        Perm.CHART_VIEW,
        {
            "Call": "since notes",
            "CallAnswer": "answer flags",
            "CallAction": "kind words disposition",
            "DispositionChange": "was to known reason",
            "RedFlag": "reasons decision_reason hold_release_reason",
            "RecordsRequest": "review_words",
        },
    ),
    # What was asked of whom: whoever books and phones must know what is in before the visit.
    Part.RECORDS: Group(
        Perm.PATIENT_ADMIN_VIEW,
        {"RecordsRequest": "kinds region words none_said_by said"},
    ),
    Part.MESSAGES: Group(Perm.CHART_VIEW, {"Thread": "title", "Message": "body"}),
    Part.MEASURES: Group(
        Perm.CHART_VIEW,
        {
            "Measurement": "lane procedure metric value missing_reason unit instrument side region "
            "variant details wrong_reason",
            "SurveyResponse": "items",
        },
    ),
    Part.PLANS: Group(
        Perm.CHART_VIEW,
        {
            "CarePlan": "lane goal_words goal_metric goal_side goal_baseline goal_target "
            "deficit_words end_reason",
            "PlanVersion": "body why",
            "PathwayStep": "reason service decision decision_words",
            "Update": "changed next_week call_if",
        },
    ),
    Part.FIRST_VISITS: Group(
        Perm.CHART_VIEW, {"FirstVisit": "body discard_reason", "Addendum": "words"}
    ),
    Part.RESTRICTIONS: Group(
        Perm.CHART_VIEW,
        {
            "Restriction": "source_words activity value unit sentence until lift_reason "
            "confirm_reason",
            "LimitsCheck": "words",
        },
    ),
    Part.OCCURRENCES: Group(Perm.CHART_VIEW, {"Occurrence": "lane procedure outcome"}),
    # --- running the clinic -----------------------------------------------------------------
    Part.EMERGENCY: Group(Perm.BREAK_GLASS_REVIEW, {"AccessGrant": "reason review_words"}),
    Part.HOLD: Group(Perm.LEGAL_HOLD, {"LegalHold": "reason lift_reason"}),
    # Why somebody booked against a limit, and what was said about it.
    Part.OVERRIDES: Group(Perm.OVERRIDE_REVIEW, {"LimitOverride": "reason review_words"}),
    Part.MERGES: Group(Perm.PATIENT_MERGE, {"Merge": "reason undo_reason"}),
    Part.SETTLED: Group(Perm.DELIVERIES_VIEW, {"Delivery": "act_reason to_name to_address"}),
    Part.IMPORTS: Group(
        Perm.PATIENT_IMPORT,
        {
            "ImportBatch": "file_name headers",
            "ImportRow": "data problems",
            "ExternalIdentifier": "system value",
        },
    ),
    # Where a document stood before: names two charts at once, so only for who reads the trail.
    Part.REFILINGS: Group(Perm.AUDIT_VIEW, {"Refiling": "reason"}),
}


def shows(viewer: User, part: Part) -> bool:
    """Does this person's role open this part of the rows they may open?"""
    return viewer.may(FIELDS[part].perm)


def shown(row: Model | type[Model], viewer: User, *, concerned: bool = False) -> frozenset[str]:
    """The classified fields of a row that this person reads; all of them when it concerns them."""
    name = row._meta.object_name or ""
    return frozenset(
        field
        for part, group in FIELDS.items()
        if concerned or shows(viewer, part)
        for field in group.fields.get(name, "").split()
    )
