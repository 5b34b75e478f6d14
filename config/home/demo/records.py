"""The demo's directory and requests for records, at each point of their way."""

import datetime as dt

from core.accounts.models import User
from core.lib.errors import Refused
from core.people.models import Clinic, Consent, Patient
from intake.models import OutsideProvider, RecordsRequest
from intake.services import record_answers as answers
from intake.services import record_letters, records
from intake.services.directory import Entry, add_entry

DIRECTORY = [
    Entry("Lakeshore Imaging", "imaging", "MRI and CT", "312 555 0190", "312 555 0199",
          address="40 Harbor Street, Chicago, IL 60611", preferred="print"),
    Entry("Northwest Hospital, Medical Records", "hospital", "", "312 555 0180", "312 555 0189",
          portal="https://records.northwest.example/", preferred="print"),
    Entry("Dr. Helen Feld", "surgeon", "Shoulder surgery", "312 555 0170", "312 555 0179",
          email="records@feld.example", email_secure=True, preferred="email"),
    Entry("Westside Physical Therapy", "pt", "", "312 555 0160", "312 555 0169"),
    Entry("Dr. Aaron Mills", "provider", "Family medicine", "312 555 0150", "312 555 0159"),
]  # fmt: skip


def tell_records(clinic: Clinic, desk: User, charts: dict[str, Patient], now: dt.datetime) -> None:
    """Okafor's MRI was asked for and is due again; Hale has none; Nair's release is missing."""
    sources = {e.name: add_entry(clinic=clinic, wanted=e, by=desk, now=now) for e in DIRECTORY}
    asked = now - dt.timedelta(days=6)
    for mrn in ("1042", "1043"):
        signed(charts[mrn], desk, asked)
    okafor, hale, nair = charts["1042"], charts["1043"], charts["1045"]
    spine = records.Wish(("imaging_report", "images"), "low_back", words="MRI, lumbar spine")
    mri = posted(okafor, sources["Lakeshore Imaging"], spine, desk, asked)
    if mri.state == RecordsRequest.State.REQUESTED:
        answers.chase(
            request=mri,
            words="Phoned Maria at their desk: the disc is burned, the report follows",
            by=desk,
            now=now - dt.timedelta(days=2),
            version=mri.version,
        )
    none = posted(hale, sources["Westside Physical Therapy"],
                  records.Wish(("pt_notes",), "knee"), desk, asked)  # fmt: skip
    answers.say_none(
        request=none, said_by="Joel, front office", by=desk, now=now, version=none.version
    )
    records.prepare(patient=okafor, source=sources["Dr. Aaron Mills"], by=desk, now=now,
                    wish=records.Wish(("visit_notes", "medication_list")))  # fmt: skip
    records.prepare(patient=nair, source=sources["Dr. Helen Feld"], by=desk, now=now,
                    wish=records.Wish(("operative_note",), "shoulder"))  # fmt: skip


def signed(patient: Patient, desk: User, at: dt.datetime) -> Consent:
    return Consent.objects.create(
        patient=patient,
        kind=Consent.Kind.RELEASE,
        signed_by=patient.full_name,
        method=Consent.Method.PAPER,
        signed_on=at.date(),
        expires_on=at.date() + dt.timedelta(days=365),
        scope="Imaging, notes and operation reports of the last five years",
        noted_at=at,
        noted_by=desk,
    )


def posted(
    patient: Patient, source: OutsideProvider, wish: records.Wish, desk: User, at: dt.datetime
) -> RecordsRequest:
    """Printed and faxed by hand; prepared only where this machine makes no PDFs."""
    row = records.prepare(patient=patient, source=source, wish=wish, by=desk, now=at)
    try:
        row = records.send(request=row, channel="print", by=desk, now=at)
    except Refused:
        return row
    return record_letters.confirm_sent(
        request=row, proof="Faxed by hand, confirmation 4411", by=desk, now=at, version=row.version
    )
