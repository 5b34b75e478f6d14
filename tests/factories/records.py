"""A source, a signed release and a request, as the front desk would make them."""

import datetime as dt
import io

from pypdf import PdfWriter

from core.people.models import Consent
from intake.services.directory import Entry, add_entry
from intake.services.records import Wish, prepare
from tests.cast import NOW

MRI = Wish(kinds=("imaging_report", "operative_note"), region="low_back", words="MRI of January")


def lakeshore(cast, **more):
    """An imaging centre in Riverside's directory, with a fax."""
    known = {"name": "Lakeshore Imaging", "kind": "imaging", "fax": "312 555 0199"}
    return add_entry(clinic=cast.riverside, wanted=Entry(**known | more), by=cast.ana, now=NOW)


def release(cast, patient=None, **more):
    """Signed on paper last week, for anybody."""
    known = {"kind": "release", "signed_by": "Daniel Okafor", "method": "paper",
             "signed_on": NOW.date() - dt.timedelta(days=7)}  # fmt: skip
    return Consent.objects.create(
        patient=patient or cast.okafor, noted_at=NOW, noted_by=cast.ana, **known | more
    )


def asked(cast, *, source=None, wish=MRI, by=None, now=NOW):
    return prepare(patient=cast.okafor, source=source or lakeshore(cast), wish=wish,
                   by=by or cast.ana, now=now)  # fmt: skip


def one_page():
    """A PDF with one empty page."""
    writer, out = PdfWriter(), io.BytesIO()
    writer.add_blank_page(width=300, height=300)
    writer.write(out)
    return out.getvalue()
