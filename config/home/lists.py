"""Lists as CSV: one declaration each, in LISTS. See docs/recipes/a-list-as-csv.md.

A list gives its header and its rows as its page shows them, filtered alike, to this viewer alone.
`list_file` asks why and who it is, and writes on the trail what left before it leaves.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils import timezone

from config.home.intake_lists import INTAKE_LISTS, day_of
from config.home.list_file import Line, ListFile
from core.accounts.models import User
from core.accounts.permissions import Perm
from core.people.access import clinics_of
from core.people.models import OnCallShift
from core.people.selectors import find_patients
from core.people.staff import staff_rows
from intake.selectors import calls_visible_to
from intake.services.callbacks import CALL_BACKS
from messaging.selectors.deliveries import deliveries
from messaging.selectors.worklist import WorkRow, open_items, worklist

WORK = ("Due", "What", "Reason", "Patient", "Owner", "Next action", "Next action at", "Waiting on")


def work_line(row: WorkRow) -> Line:
    cells = (row.due_at, row.words, row.reason, row.patient_name, row.owner_name, row.next_action,
             row.next_action_at, row.waiting_on)  # fmt: skip
    return row.patient_id, cells


def work(viewer: User, asked: Mapping[str, str], now: dt.datetime, limit: int) -> Iterable[Line]:
    return map(work_line, worklist(viewer, now=now, limit=limit))


def call_backs(
    viewer: User, asked: Mapping[str, str], now: dt.datetime, limit: int
) -> Iterable[Line]:
    return map(work_line, open_items(viewer, CALL_BACKS, now=now, limit=limit))


def calls(viewer: User, asked: Mapping[str, str], now: dt.datetime, limit: int) -> Iterable[Line]:
    """Who called and where it goes; what was said is on the call's own page."""
    rows = calls_visible_to(viewer, now=now).filter(clinic__in=clinics_of(viewer, now=now))
    for call in rows.select_related("patient", "opened_by").order_by("-received_at", "id")[:limit]:
        name = call.patient.list_name if call.patient else call.caller_line
        yield call.patient_id, (call.received_at, call.get_state_display(), name, call.phone,
                                call.disposition, call.opened_by and call.opened_by.full_name,
                                call.closed_at)  # fmt: skip


def users(viewer: User, asked: Mapping[str, str], now: dt.datetime, limit: int) -> Iterable[Line]:
    rows = staff_rows(
        viewer, now=now, text=asked["q"], role=asked["role"], state=asked["state"], limit=limit
    )
    for row in rows:
        cells = (row.name, row.email, ", ".join(row.roles), row.clinic_name, row.partner_practice,
                 row.state, row.second_factor, row.last_login)  # fmt: skip
        yield None, cells


def sent(viewer: User, asked: Mapping[str, str], now: dt.datetime, limit: int) -> Iterable[Line]:
    for row in deliveries(viewer, now=now, state=asked["state"], limit=limit):
        cells = (row.created_at, row.recipient, row.template, row.channel, row.state,
                 row.attempts, row.settled_at, row.last_error)  # fmt: skip
        yield row.patient_id, cells


def patients(
    viewer: User, asked: Mapping[str, str], now: dt.datetime, limit: int
) -> Iterable[Line]:
    if not asked["q"]:
        return
    for row in find_patients(viewer, asked["q"], now=now, limit=limit):
        cells = (row.mrn, row.family_name, row.given_name, row.birth_date, row.phone)
        yield row.id, cells


def roster(viewer: User, asked: Mapping[str, str], now: dt.datetime, limit: int) -> Iterable[Line]:
    """The week that is shown, of the viewer's clinics."""
    day = day_of(asked["week"], now)
    monday = timezone.make_aware(
        dt.datetime.combine(day - dt.timedelta(days=day.weekday()), dt.time())
    )
    rows = OnCallShift.objects.filter(
        clinic__in=clinics_of(viewer, now=now),
        starts_at__lt=monday + dt.timedelta(days=7),
        ends_at__gt=monday,
    )
    for row in rows.select_related("user", "clinic").order_by("starts_at", "position")[:limit]:
        cells: tuple[Any, ...] = (row.clinic.name, row.position, row.user.name_line, row.starts_at,
                                  row.ends_at)  # fmt: skip
        yield None, cells


LISTS: dict[str, ListFile] = INTAKE_LISTS | {
    "work": ListFile("Your work", Perm.WORK_VIEW, (), WORK, work),
    "call-backs": ListFile("Call-backs due", Perm.CALL_TAKE, (), WORK, call_backs),
    "calls": ListFile(
        "Calls", Perm.CALL_TAKE, (),
        ("Received", "State", "Who", "Phone", "Goes to", "Taken by", "Ended"), calls),
    "patients": ListFile(
        "Patients found", Perm.PATIENT_FIND, ("q",),
        ("MRN", "Last name", "First name", "Date of birth", "Phone"), patients, quiet=True),
    "users": ListFile(
        "Users", Perm.USER_ADMIN, ("q", "role", "state"),
        ("Name", "E-mail", "Roles", "Clinic", "Practice", "State", "Second factor", "Last sign-in"),
        users, quiet=True),
    "deliveries": ListFile(
        "Deliveries", Perm.DELIVERIES_VIEW, ("state",),
        ("Created", "To", "Kind", "Channel", "State", "Attempts", "Settled", "Last error"), sent),
    "on-call": ListFile(
        "On call", Perm.ROSTER_VIEW, ("week",),
        ("Clinic", "Position", "Who", "From", "To"), roster),
}  # fmt: skip
