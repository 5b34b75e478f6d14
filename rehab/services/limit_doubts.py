"""A limit whose document turned out to be another patient's: it holds until a physician has looked.

Taken away at once it could hurt (the limit may be right all the same), kept unseen it could too.
"""

import datetime as dt

from django.db import transaction

from core.accounts.models import User
from core.accounts.permissions import Perm
from core.documents.models import Document
from core.lib.errors import Conflict, Forbidden, Refused
from core.people.dates import today_at
from core.people.models import Patient
from messaging.services.work import open_item
from rehab.models import Restriction
from rehab.services.limits import DOUBTED, SHORTEST, audit, settle_doubts, tell_plans


@transaction.atomic
def doubt_limits_of(*, document: Document, now: dt.datetime, since: dt.datetime) -> int:
    """The document left these charts: what was copied from it there is in doubt, and says so.

    The link to the document goes, for it is another patient's now. `since` = when it left; the
    physician's clock runs from then. Returns how many limits; what is lifted or over only loses
    its link.
    """
    left = (
        Restriction.objects.select_for_update(of=("self",))
        .filter(document=document)
        .exclude(patient_id=document.patient_id)
    )
    charts: dict[object, Patient] = {}
    count = 0
    for row in left.select_related("patient__clinic").order_by("pk"):
        row.document = None
        today = today_at(row.patient.clinic.zone, now=now)
        if row.lifted_at is None and (row.to_on is None or row.to_on >= today):
            row.doubted_at = now
            charts[row.patient_id] = row.patient
            count += 1
        row.version += 1
        row._history_user = None  # type: ignore[attr-defined]
        row.save()
        audit("doubt_limit", row, None, now)
    for patient in charts.values():
        if patient.status == Patient.Status.DECEASED:  # nobody acts on their limits any more
            continue
        open_item(
            kind=DOUBTED,
            subject_id=patient.pk,
            clinic=patient.clinic,
            patient=patient,
            reason="A document was moved to another chart",
            by=None,
            now=now,
            opened_at=since,
        )
        tell_plans(patient, by=None, now=now)
    return count


@transaction.atomic
def confirm(
    *, restriction: Restriction, reason: str, by: User, now: dt.datetime, version: int
) -> Restriction:
    """A physician says that it holds for this patient all the same, and how they know.

    Confirmed twice by the same one is once. Raises Conflict when somebody was faster.
    """
    if not by.may(Perm.PLAN_COSIGN):
        raise Forbidden("A limit in doubt is confirmed or lifted by a physician.")
    words = " ".join(reason.split())[:200]
    row = (
        Restriction.objects.select_for_update(of=("self",))
        .select_related("patient__clinic", "clinic", "confirmed_by", "lifted_by")
        .get(pk=restriction.pk)
    )
    if row.confirmed_at and row.confirmed_by_id == by.pk and row.confirm_reason == words:
        return row
    if len(words) < SHORTEST:
        raise Refused("Write how you know that it holds, for example “asked Dr. Mills, 4 Nov”.")
    if row.version != version or not row.in_doubt:
        last = row.lifted_by or row.confirmed_by
        who = last.full_name if last else ""
        raise Conflict(
            "This limit is in doubt no more." if not row.in_doubt else "This was changed since.",
            versions=[("Reason", words, row.lift_reason or row.confirm_reason)],
            who=who,
        )
    row.confirmed_at, row.confirmed_by, row.confirm_reason = now, by, words
    row.version += 1
    row._history_user = by  # type: ignore[attr-defined]
    row.save()
    audit("confirm_limit", row, by, now, words)
    settle_doubts(row.patient, by=by, now=now)
    tell_plans(row.patient, by=by, now=now)
    return row
