"""WORKLIST: every kind of promise the clinic makes. Due times: protocols/escalation.yaml."""

from dataclasses import dataclass

from core.accounts.permissions import Perm
from core.accounts.roles import Role


@dataclass(frozen=True)
class WorkKind:
    """`rank` 0 = most consequential. `by_hand` = a person may close it, else only its event."""

    words: str
    owner_role: Role
    rank: int
    route: str  # name of the page of its subject, reversed with the subject's id
    next_action: str
    by_hand: bool = False
    urgent: bool = False  # addressed to people through the ladder, shown at read time
    also: Perm | None = None  # who else may take and move it
    seen_by: Role | None = None  # on whose Today it stands too: what must not wait for one role


WORKLIST: dict[str, WorkKind] = {
    "red_flag": WorkKind(
        "Red flag to acknowledge", Role.PHYSICIAN, 0, "intake:flag", "Acknowledge", urgent=True
    ),
    "red_flag_decision": WorkKind(
        "Red flag to decide", Role.PHYSICIAN, 1, "intake:flag", "Decide", urgent=True
    ),
    "same_day_call_back": WorkKind(
        "Call back today", Role.FRONT_DESK, 2, "intake:callback", "Call back", also=Perm.CALL_BACK
    ),
    "call_back": WorkKind(
        "Missed call", Role.FRONT_DESK, 3, "intake:callback", "Call back", also=Perm.CALL_BACK
    ),
    "open_call": WorkKind("Unfinished call", Role.FRONT_DESK, 3, "intake:call", "Finish the call"),
    "pt_hold": WorkKind(
        "PT on hold", Role.PHYSICIAN, 4, "intake:flag", "Release the hold or keep it"
    ),
    "initial_visit_urgent": WorkKind(
        "Visit within 72 hours",
        Role.FRONT_DESK,
        4,
        "intake:book_call",
        "Book the visit",
        by_hand=True,
    ),
    "pt_start": WorkKind(
        "First PT within 7 days",
        Role.FRONT_DESK,
        4,
        "intake:book_call",
        "Book the PT visit",
        by_hand=True,
    ),
    "visit_rebook": WorkKind(
        "Visit to rebook",
        Role.FRONT_DESK,
        4,
        "intake:appointment",
        "Move the visit",
        by_hand=True,
    ),
    "pt_after_flare": WorkKind(
        "No PT 21 days after a flare",
        Role.FRONT_DESK,
        4,
        "intake:book_episode",
        "Book the PT visit",
        by_hand=True,
    ),
    "override_review": WorkKind(
        "Booking against a limit to review",
        Role.MANAGER,
        4,
        "intake:override",
        "Review it",
        also=Perm.OVERRIDE_REVIEW,
    ),
    "visit_missed": WorkKind(
        "Did not come",
        Role.FRONT_DESK,
        5,
        "intake:appointment",
        "Call the patient",
        by_hand=True,
    ),
    "visit_outcome": WorkKind(
        "Did they come?",
        Role.FRONT_DESK,
        6,
        "intake:appointment",
        "Say what became of the visit",
    ),
    "break_glass_review": WorkKind(
        "Emergency access to review",
        Role.MANAGER,
        4,
        "home:break_glass_review",
        "Review it",
    ),
    "on_call_gap": WorkKind("Nobody on call", Role.MANAGER, 5, "home:roster_gap", "Fill the gap"),
    "delivery_dead": WorkKind(
        "Message not delivered",
        Role.MANAGER,
        6,
        "messaging:delivery",
        "Reach them another way, then settle it",
    ),
    "records_release": WorkKind(
        "Release to be signed",
        Role.FRONT_DESK,
        5,
        "intake:records_request",
        "Get it signed, then send",
        also=Perm.RECORDS_REQUEST,
    ),
    "records_request": WorkKind(
        "Records to ask for today",
        Role.FRONT_DESK,
        5,
        "intake:records_request",
        "Send it today",
        also=Perm.RECORDS_REQUEST,
    ),
    "records_chase": WorkKind(
        "Records to ask for again",
        Role.FRONT_DESK,
        7,
        "intake:records_request",
        "Ask whether they come",
        also=Perm.RECORDS_REQUEST,
    ),
    "records_review": WorkKind(
        "Records to review",
        Role.PHYSICIAN,
        6,
        "intake:records_request",
        "Read what came",
        also=Perm.DOCUMENT_REVIEW,
    ),
    "initial_visit": WorkKind(
        "Book initial visit",
        Role.FRONT_DESK,
        7,
        "intake:book_call",
        "Book the visit",
        by_hand=True,
    ),
    "protocol_sign_off": WorkKind(
        "Version to sign off", Role.PHYSICIAN, 7, "protocols:version", "Sign it off or withdraw it"
    ),
    "message": WorkKind(
        "Message to act on",
        Role.FRONT_DESK,
        8,
        "messaging:inbox_row",
        "Answer",
        by_hand=True,
    ),
    "first_visit_sign": WorkKind(
        "First visit to sign", Role.PHYSICIAN, 5, "rehab:first_visit", "Sign it or discard it"
    ),
    "plan_to_begin": WorkKind(
        "Plan to begin",
        Role.PHYSICIAN,
        5,
        "rehab:first_visit",
        "Take the first visit into the plan",
        by_hand=True,
    ),
    "surgical_referral": WorkKind(
        "Surgical referral", Role.PHYSICIAN, 2, "rehab:plan", "Refer, or say why not", by_hand=True
    ),
    "surgeon_limits": WorkKind(
        "Surgeon’s limits to copy in",
        Role.THERAPIST,
        3,
        "rehab:limits_from",
        "Copy the limits in",
        also=Perm.RESTRICTION_SET,
        seen_by=Role.PHYSICIAN,
    ),
    "limits_doubted": WorkKind(
        "Limits to confirm", Role.PHYSICIAN, 2, "rehab:limits", "Confirm or lift them"
    ),
    "pathway_step": WorkKind(
        "Pathway to decide", Role.PHYSICIAN, 5, "rehab:step", "Decide the next step"
    ),
    "plan_cosign": WorkKind(
        "Plan to co-sign", Role.PHYSICIAN, 6, "rehab:plan_version", "Read it and co-sign"
    ),
    "plan_changed": WorkKind(
        "Plan changed", Role.THERAPIST, 6, "rehab:changed", "Read what changed"
    ),
    "update_due": WorkKind(
        "Update to send",
        Role.THERAPIST,
        6,
        "rehab:write_update",
        "Write three short lines",
        also=Perm.UPDATE_SEND,
    ),
    "follow_up": WorkKind(
        "Follow-ups to book",
        Role.FRONT_DESK,
        7,
        "rehab:book_visit",
        "Book the visit",
        by_hand=True,
    ),
}
