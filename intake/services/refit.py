"""Hours changed, somebody is away or gone, a day is closed: which booked visits do not fit?"""

import datetime as dt

from core.accounts.models import User
from core.people.dates import today_at
from core.people.models import Clinic
from core.people.selectors import calendar_of
from intake.appointment_rules import PT_KINDS, Wish, fits, windows
from intake.models import Appointment
from intake.services.limits import on_hold
from intake.services.visit_work import ask_rebook, close_work
from intake.slots import Posts, posts_at, providers_between
from messaging.models import WorkItem

NOT_THERE = "No longer in working hours: move it to another time"
CLOSED = "The clinic is closed that day: move it to another day"
GONE = "{} does not see patients here then any more: move it to somebody else"


def held(visit: Appointment) -> bool:
    """A red flag holds this therapy: that it fits the hours settles nothing."""
    return visit.visit_type.kind in PT_KINDS and on_hold(visit.patient)


def gone_by(visit: Appointment, day: dt.date, posts: Posts) -> bool:
    """Has this visit nobody: its person left, lost the role, or has no post on that day?"""
    since, until = posts.get(visit.provider_id, (dt.date.max, None))
    works = since <= day and (until is None or day <= until)
    return not (
        works and visit.provider.is_active and visit.visit_type.role in visit.provider.roles
    )


def refit(*, clinic: Clinic, by: User | None, now: dt.datetime, user: User | None = None) -> int:
    """Every booked visit to come that lies outside its person's hours, or whose person is gone by
    then, is work to rebook; one that fits again is not. Opening twice is one item. Returns how
    many have to be moved."""
    rows = Appointment.objects.filter(
        clinic=clinic, state=Appointment.State.BOOKED, starts_at__gt=now
    ).select_related("clinic", "patient", "visit_type", "provider")
    visits = list(rows.filter(provider=user) if user else rows)
    if not visits:
        return 0
    calendar = calendar_of(clinic)
    first = today_at(clinic.zone, now=now)
    last = max(today_at(clinic.zone, now=visit.starts_at) for visit in visits)
    asked = set(
        WorkItem.objects.filter(
            kind="visit_rebook", clinic=clinic, closed_at__isnull=True
        ).values_list("subject_id", flat=True)
    )
    # What somebody settled in words is not asked again for the same reason.
    settled = set(
        WorkItem.objects.filter(
            kind="visit_rebook", clinic=clinic, close_event="done_by_hand",
            subject_id__in=[visit.pk for visit in visits],
        ).values_list("subject_id", "reason")
    )  # fmt: skip
    who = list({visit.provider_id for visit in visits})
    posts = posts_at(clinic, who)
    people = providers_between(clinic, who, first=first, last=last, posts=posts)
    moved = 0
    for visit in visits:
        day = today_at(clinic.zone, now=visit.starts_at)
        kind = visit.visit_type.kind
        wish = Wish(kind=kind, minutes=visit.visit_type.minutes, video=visit.telehealth)
        span = (visit.starts_at, visit.ends_at)
        there = windows(calendar, day, people[visit.provider_id], kind)
        gone = gone_by(visit, day, posts)
        if not gone and any(fits(window, wish, span) for window in there):
            if visit.pk in asked and not held(visit):
                close_work(visit, ("visit_rebook",), by=by, now=now, event="fits_again")
            continue
        why = CLOSED if calendar.opening(day) is None else NOT_THERE
        why = GONE.format(visit.provider.full_name) if gone else why
        if (visit.pk, why) not in settled:
            moved += ask_rebook([visit], why=why, by=by, now=now)
    return moved
