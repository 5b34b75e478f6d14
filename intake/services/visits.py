"""What an ended call promises: a visit with a due time."""

import datetime as dt

from core.accounts.models import User
from intake.models import Call
from messaging.models import WorkItem
from messaging.services.work import open_item

VISITS = {"urgent_24_72h": "initial_visit_urgent", "routine": "initial_visit"}


def open_visit_item(call: Call, disposition: str, *, by: User, now: dt.datetime) -> None:
    """Urgent and routine end in a visit with a due time; a flagged call's follows the decision."""
    kind = VISITS.get(disposition)
    promised = WorkItem.objects.filter(kind=kind, subject_id=call.pk).exists()
    if kind and not promised:  # a booked visit is not asked for again
        open_item(
            kind=kind,
            subject_id=call.pk,
            clinic=call.clinic,
            patient=call.patient,
            reason=f"{call.caller_line} called; {call.get_region_display() or 'region not asked'}",
            by=by,
            now=now,
        )
