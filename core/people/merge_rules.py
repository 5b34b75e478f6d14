"""What a chart takes over from the other chart of the same person. Pure: two charts in, facts out.

The kept chart's word stays wherever it says something. Three kinds of fact follow the person and
not the chart: what nobody agreed to on one chart is not agreed to; who needs an interpreter on one
needs one; who is a patient here on one is a patient here. Whether somebody has died is never
settled here: the charts must agree first.
"""

from typing import Any

from core.people.models import Patient

FILLED = ("preferred_name", "pronouns", "phone", "email")
ADDRESS = ("address", "city", "state", "postal_code")  # filled together, or a wrong one comes out
AGREED = ("may_voicemail", "may_text", "may_email")
# What one chart says is enough: an undo leaves it while another merged chart says it too.
STRICTER: dict[str, bool] = {**dict.fromkeys(AGREED, False), "interpreter": True}
DIED = (
    "One of the charts says that the patient has died, the other does not. Find out which is "
    "right and write it on both registrations; then they can become one."
)


def disagree_on_death(kept: Patient, gone: Patient) -> bool:
    dead = Patient.Status.DECEASED
    return (kept.status == dead) != (gone.status == dead)


def taken_over(kept: Patient, gone: Patient) -> dict[str, Any]:
    """Column → value the kept chart gets; only what differs from what it has."""
    found = {name: getattr(gone, name) for name in FILLED if not getattr(kept, name)}
    if not any(getattr(kept, name) for name in ADDRESS):
        found |= {name: getattr(gone, name) for name in ADDRESS}
    if kept.sex == Patient.Sex.UNKNOWN:
        found["sex"] = gone.sex
    if gone.interpreter and not kept.interpreter:
        found |= {"interpreter": True, "language": gone.language}
    found |= {name: False for name in AGREED if not getattr(gone, name)}
    if gone.status == Patient.Status.ACTIVE:  # both or none have died, see above
        found["status"] = gone.status
        if kept.status != gone.status:
            found |= {"status_on": gone.status_on, "status_note": gone.status_note}
    if kept.allergies_asked_at is None and gone.allergies_asked_at:
        found["allergies_asked_at"] = gone.allergies_asked_at
        found["allergies_asked_by"] = gone.allergies_asked_by
    return {name: value for name, value in found.items() if value != getattr(kept, name)}
