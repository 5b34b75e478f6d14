"""Who may do what. One page, meant to be read by a clinic manager.

A person may hold several roles and may then do what any of them may. Whose patients they may do it
for is a second question: see core/people/access.py.
"""

from collections.abc import Iterable
from enum import StrEnum

from core.accounts.permissions import Perm


class Role(StrEnum):
    FRONT_DESK = "front_desk"
    PHYSICIAN = "physician"
    THERAPIST = "therapist"
    COORDINATOR = "coordinator"
    MANAGER = "manager"
    BEHAVIORAL_HEALTH = "behavioral_health"
    PATIENT = "patient"


EVERYONE_WORKING_HERE = frozenset(
    {
        Perm.HOME_VIEW,
        Perm.GALLERY_VIEW,
        Perm.LIBRARY_VIEW,
        Perm.ROSTER_VIEW,
        Perm.PATIENT_FIND,
        Perm.PATIENT_ADMIN_VIEW,
        Perm.WORK_VIEW,
        Perm.THREAD_WRITE,
        Perm.CALL_TAKE,  # any contact, from any screen, can turn out to be a red flag
        Perm.DISPOSITION_RAISE,
        Perm.FLAG_VIEW,
        Perm.SCHEDULE_VIEW,
    }
)

ROLES: dict[Role, frozenset[Perm]] = {
    Role.FRONT_DESK: EVERYONE_WORKING_HERE
    | {
        Perm.PATIENT_REGISTER,
        Perm.PATIENT_EDIT,
        Perm.CARE_TEAM_EDIT,
        Perm.BACKGROUND,
        Perm.CALL_BACK,
        Perm.CALL_LETTER,
        Perm.SCHEDULE_BOOK,
        Perm.RECORDS_REQUEST,
        Perm.DIRECTORY_EDIT,
        Perm.PAYER_EDIT,
        Perm.DOCUMENT_VIEW,
        Perm.DOCUMENT_FILE,
    },
    Role.PHYSICIAN: EVERYONE_WORKING_HERE
    | {
        Perm.CHART_VIEW,
        Perm.CALL_BACK,
        Perm.FLAG_ACKNOWLEDGE,
        Perm.FLAG_DECIDE,
        Perm.DISPOSITION_LOWER,
        Perm.PROTOCOL_EDIT,
        Perm.PROTOCOL_SIGN_OFF,
        Perm.CALL_LETTER,
        Perm.BREAK_GLASS,
        Perm.PATIENT_EDIT,
        Perm.BACKGROUND,
        Perm.CARE_TEAM_EDIT,
        Perm.SCHEDULE_BOOK,
        Perm.LIMIT_OVERRIDE,
        Perm.OVERRIDE_REVIEW,
        Perm.RECORDS_REQUEST,
        Perm.MEASURE_WRITE,
        Perm.DOCUMENT_VIEW,
        Perm.DOCUMENT_FILE,
        Perm.DOCUMENT_REVIEW,
        Perm.PATIENT_EXPORT,
        Perm.VISIT_WRITE,
        Perm.PLAN_WRITE,
        Perm.PLAN_COSIGN,
        Perm.RESTRICTION_SET,
        Perm.UPDATE_SEND,
    },
    Role.THERAPIST: EVERYONE_WORKING_HERE
    | {
        Perm.CHART_VIEW,
        Perm.BREAK_GLASS,
        Perm.BACKGROUND,
        Perm.SCHEDULE_BOOK,
        Perm.MEASURE_WRITE,
        Perm.DOCUMENT_VIEW,
        Perm.DOCUMENT_FILE,
        Perm.DOCUMENT_REVIEW,
        Perm.PLAN_WRITE,
        Perm.RESTRICTION_SET,
        Perm.UPDATE_SEND,
    },
    Role.COORDINATOR: EVERYONE_WORKING_HERE
    | {
        Perm.CHART_VIEW,
        Perm.PATIENT_REGISTER,
        Perm.PATIENT_EDIT,
        Perm.PATIENT_MERGE,
        Perm.PATIENT_IMPORT,
        Perm.PATIENT_EXPORT,
        Perm.CARE_TEAM_EDIT,
        Perm.BACKGROUND,
        Perm.CALL_BACK,
        Perm.CALL_LETTER,
        Perm.SCHEDULE_BOOK,
        Perm.RECORDS_REQUEST,
        Perm.DIRECTORY_EDIT,
        Perm.PAYER_EDIT,
        Perm.MEASURE_WRITE,
        Perm.DOCUMENT_VIEW,
        Perm.DOCUMENT_FILE,
        Perm.LIST_EXPORT,
    },
    Role.MANAGER: EVERYONE_WORKING_HERE
    | {
        Perm.PATIENT_REGISTER,
        Perm.PATIENT_EDIT,
        Perm.PATIENT_MERGE,
        Perm.PATIENT_IMPORT,
        Perm.CARE_TEAM_EDIT,
        Perm.CALL_BACK,
        Perm.SCHEDULE_BOOK,
        Perm.SCHEDULE_SETUP,
        Perm.OVERRIDE_REVIEW,
        Perm.RECORDS_REQUEST,
        Perm.DIRECTORY_EDIT,
        Perm.PAYER_EDIT,
        Perm.PROTOCOL_EDIT,
        Perm.DELIVERIES_VIEW,
        Perm.DELIVERIES_SETTLE,
        Perm.ROSTER_EDIT,
        Perm.LIST_EXPORT,
        Perm.BREAK_GLASS_REVIEW,
        Perm.AUDIT_VIEW,
        Perm.USER_ADMIN,
        Perm.HEALTH_VIEW,
        Perm.LEGAL_HOLD,
    },
    Role.BEHAVIORAL_HEALTH: EVERYONE_WORKING_HERE
    | {
        Perm.CHART_VIEW,
        Perm.BREAK_GLASS,
        Perm.BACKGROUND,
        Perm.SCHEDULE_BOOK,
        Perm.MEASURE_WRITE,
        Perm.DOCUMENT_VIEW,
        Perm.PLAN_WRITE,
        Perm.UPDATE_SEND,
    },
    Role.PATIENT: frozenset(
        {
            Perm.PORTAL_VIEW,
        }
    ),
}

STAFF = tuple(role for role in Role if role is not Role.PATIENT)


def allowed(roles: Iterable[str], perm: Perm) -> bool:
    """May somebody with these roles do this? Unknown roles grant nothing."""
    return any(perm in ROLES[Role(role)] for role in roles if role in set(Role))


def who_may(perm: Perm) -> list[Role]:
    """The roles that may, for the sentence on a refusal."""
    return [role for role, perms in ROLES.items() if perm in perms]
