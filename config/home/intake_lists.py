"""Lists of the way to the first visit, as CSV: schedule, records, directory, payers, papers."""

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from zoneinfo import ZoneInfo

from django.utils import timezone

from config.home.list_file import Line, ListFile
from core.accounts.models import User
from core.accounts.permissions import Perm
from core.documents.selectors import documents_of, wanted_of
from core.lib.errors import NotFound, Refused
from core.lib.instants import near_day
from core.people.access import as_uuid, clinics_of, visible_to
from core.people.models import Clinic, Patient, PayerClass
from core.people.payers import payers_of
from intake.agenda import Asked, between, pt_starts
from intake.record_selectors import AHEAD, coming_visits, directory, open_requests
from outcomes.selectors import HEADER, rows_of_patient

Said = Mapping[str, str]


def day_of(text: str, now: dt.datetime) -> dt.date:
    """The day that is shown; today for nonsense. Raises Refused for one years away."""
    day, far = near_day(text, today=timezone.localdate(now))
    if far:
        raise Refused("That day is more than two years away. Choose a nearer one.")
    return day


def shown_clinics(viewer: User, asked: Said, now: dt.datetime) -> Iterable[Clinic]:
    """The clinic whose page it is; without one, the viewer's. Raises NotFound for another's."""
    mine = clinics_of(viewer, now=now)
    if not asked["clinic"]:
        return mine
    found = mine.filter(pk=as_uuid(asked["clinic"]) or uuid.UUID(int=0))
    if not found:
        raise NotFound("There is no such clinic, or you do not work there.")
    return found


def an_id(text: str) -> str:
    return str(as_uuid(text) or "")


def schedule(viewer: User, asked: Said, now: dt.datetime, limit: int) -> Iterable[Line]:
    """The day or week that is shown, of the clinic that is shown."""
    day, week = day_of(asked["on"], now), asked["view"] == "week"
    first = day - dt.timedelta(days=day.weekday()) if week else day
    shown = Asked(first, 7 if week else 1, an_id(asked["provider"]), an_id(asked["room"]),
                  an_id(asked["type"]))  # fmt: skip
    for clinic in shown_clinics(viewer, asked, now):
        for row in between(viewer, clinic, shown, now=now, limit=limit):
            local = row.starts_at.astimezone(ZoneInfo(clinic.zone))
            yield row.patient_id, (f"{local:%Y-%m-%d %H:%M}", row.visit_type.minutes,
                                   row.patient.list_name, row.patient.mrn, row.visit_type.words,
                                   row.provider.full_name, row.room.name if row.room else "",
                                   row.telehealth, row.get_state_display())  # fmt: skip


def first_pt(viewer: User, asked: Said, now: dt.datetime, limit: int) -> Iterable[Line]:
    for clinic in shown_clinics(viewer, asked, now):
        for row in pt_starts(viewer, clinic, now=now, limit=limit):
            patient = row.item.patient
            cells = (patient.list_name if patient else row.item.reason, row.item.opened_at,
                     row.last, row.late, row.booked.starts_at if row.booked else None)  # fmt: skip
            yield row.item.patient_id, cells


def records_by_visit(viewer: User, asked: Said, now: dt.datetime, limit: int) -> Iterable[Line]:
    days = int(asked["days"]) if asked["days"] in {str(n) for n in AHEAD} else 14
    rows = coming_visits(viewer, now=now, days=days, everything=asked["show"] == "all", limit=limit)
    for row in rows:
        cells = (row.visit.starts_at, row.in_days, row.visit.patient.list_name,
                 row.visit.patient.mrn, row.came, row.asked)  # fmt: skip
        yield row.visit.patient_id, cells


def requests(viewer: User, asked: Said, now: dt.datetime, limit: int) -> Iterable[Line]:
    for row in open_requests(viewer, now=now, state=asked["state"], number=asked["number"],
                             limit=limit):  # fmt: skip
        cells = (row.number, row.patient.list_name, row.patient.mrn, row.source.name,
                 row.get_state_display(), row.prepared_at, row.requested_at,
                 row.received_at)  # fmt: skip
        yield row.patient_id, cells


def sources(viewer: User, asked: Said, now: dt.datetime, limit: int) -> Iterable[Line]:
    for row in directory(viewer, now=now, text=asked["q"], kind=asked["kind"],
                         off=asked["off"] == "1", limit=limit):  # fmt: skip
        cells = (row.name, row.get_kind_display(), row.specialty, row.phone, row.fax, row.email,
                 row.preferred, row.active)  # fmt: skip
        yield None, cells


def payers(viewer: User, asked: Said, now: dt.datetime, limit: int) -> Iterable[Line]:
    rows = payers_of(viewer, now=now)
    if asked["class"] in PayerClass.values:
        rows = rows.filter(payer_class=asked["class"])
    for row in rows[:limit]:
        cells = (row.name, row.get_payer_class_display(), row.phone, row.fax, row.portal, row.code,
                 row.active)  # fmt: skip
        yield None, cells


def chart_of(viewer: User, asked: Said, now: dt.datetime) -> Patient:
    """The patient whose list it is. Raises NotFound."""
    known: uuid.UUID | None = as_uuid(asked["patient"])
    patient = visible_to(viewer, now=now).filter(pk=known).first() if known else None
    if patient is None:
        raise NotFound("There is no such patient, or you are not on their care team.")
    return patient


def papers(viewer: User, asked: Said, now: dt.datetime, limit: int) -> Iterable[Line]:
    patient = chart_of(viewer, asked, now)
    rows = documents_of(patient).filter(**wanted_of(asked).columns())
    for row in rows[:limit]:
        cells = (row.get_kind_display(), row.title, row.source, row.documented_on, row.region,
                 row.get_state_display(), row.pages, row.uploaded_at, row.reviewed_at)  # fmt: skip
        yield patient.pk, cells


def measures(viewer: User, asked: Said, now: dt.datetime, limit: int) -> Iterable[Line]:
    patient = chart_of(viewer, asked, now)
    for number, cells in enumerate(rows_of_patient(viewer, patient, now=now)):
        if number == limit:
            return
        yield patient.pk, cells


INTAKE_LISTS: dict[str, ListFile] = {
    "schedule": ListFile(
        "Appointments", Perm.SCHEDULE_VIEW, ("clinic", "on", "view", "provider", "room",
                                                 "type"),
        ("When, local", "Minutes", "Patient", "MRN", "Visit", "With", "Room", "Telehealth",
         "State"), schedule),
    "first-pt": ListFile(
        "First PT visits to book", Perm.SCHEDULE_VIEW, ("clinic",),
        ("Patient", "Since", "Last day", "Late", "Booked for"), first_pt),
    "records-by-visit": ListFile(
        "Records by coming visit", Perm.PATIENT_ADMIN_VIEW, ("days", "show"),
        ("Visit", "In days", "Patient", "MRN", "Records in", "Asked for"), records_by_visit),
    "records-requests": ListFile(
        "Open records requests", Perm.PATIENT_ADMIN_VIEW, ("state", "number"),
        ("Number", "Patient", "MRN", "Asked of", "State", "Prepared", "Sent", "Received"),
        requests),
    "directory": ListFile(
        "Directory", Perm.RECORDS_REQUEST, ("q", "kind", "off"),
        ("Name", "Kind", "Specialty", "Phone", "Fax", "E-mail", "Preferred", "Active"), sources),
    "payers": ListFile(
        "Payers", Perm.LIBRARY_VIEW, ("class",),
        ("Name", "Class", "Phone", "Fax", "Portal", "Code", "Active"), payers),
    "documents": ListFile(
        "Documents of a patient", Perm.DOCUMENT_VIEW, ("patient", "kind", "state", "region"),
        ("Kind", "Title", "From", "Dated", "Region", "State", "Pages", "Uploaded", "Reviewed"),
        papers),
    "measures": ListFile(
        "Measures of a patient", Perm.CHART_VIEW, ("patient",),
        tuple(name.replace("_", " ").capitalize() for name in HEADER), measures),
}  # fmt: skip
