"""The work items of single appointments: closed by what happens, opened for what must be moved."""

import datetime as dt
from collections.abc import Iterable

from core.accounts.models import User
from core.people.selectors import calendar_of
from intake.models import Appointment
from messaging.models import WorkItem
from messaging.services.work import close_item, open_item


def close_work(
    row: Appointment, kinds: tuple[str, ...], *, by: User | None, now: dt.datetime, event: str
) -> None:
    """Close what is open about this appointment; nothing open changes nothing."""
    for item in WorkItem.objects.filter(kind__in=kinds, subject_id=row.pk, closed_at__isnull=True):
        close_item(item=item, by=by, now=now, event=event)


def ask_rebook(rows: Iterable[Appointment], *, why: str, by: User | None, now: dt.datetime) -> int:
    """Each visit that cannot take place as booked is the desk's to move. How many.

    Due at the end of the next business day, or when the visit begins if that is sooner.
    """
    count = 0
    for row in rows:
        calendar = calendar_of(row.clinic)
        day = now.astimezone(calendar.zone).date()
        closing = calendar.opening(calendar.add_business_days(day, 1))
        soon = closing[1] if closing else now + dt.timedelta(days=1)
        open_item(
            kind="visit_rebook",
            subject_id=row.pk,
            clinic=row.clinic,
            patient=row.patient,
            reason=why,
            by=by,
            now=now,
            due=max(now, min(soon, row.starts_at)),
        )
        count += 1
    return count
