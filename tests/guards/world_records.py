"""Requests for records in the matrix's world: one that is ready for each of their doors."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from core.documents.services import make_document
from intake.models import OutsideProvider, RecordsRequest
from intake.services.record_letters import confirm_sent
from intake.services.records import Wish, send
from tests.cast import NOW, Cast
from tests.factories.records import asked, lakeshore, one_page, release

DOORS = {"records_request", "send_records", "confirm_records", "chase_records", "receive_records",
         "no_records", "cancel_records", "review_records"}  # fmt: skip
# door → which of them: one printed, one asked for, one to review; else the one not sent yet
READY = {"confirm_records": "visit_notes", "chase_records": "pt_notes", "review_records": "images"}
Requests = dict[str, RecordsRequest]


def some_records(cast: Cast) -> tuple[OutsideProvider, Requests]:
    source = lakeshore(cast)
    release(cast)
    kinds = ("labs", "visit_notes", "pt_notes", "images")
    made: Requests = {k: asked(cast, source=source, wish=Wish((k,))) for k in kinds}
    for kind in ("visit_notes", "pt_notes"):
        made[kind] = send(request=made[kind], channel="print", by=cast.ana, now=NOW)
    made["pt_notes"] = confirm_sent(request=made["pt_notes"], proof="posted", by=cast.ana, now=NOW,
                                    version=made["pt_notes"].version)  # fmt: skip
    make_document(
        patient=cast.okafor, data=b"x", kind="imaging_report", title="Images", file_name="x",
        by=cast.ana, now=NOW, pages=1, subject_id=made["images"].pk,
    )  # fmt: skip
    RecordsRequest.objects.filter(pk=made["images"].pk).update(state="received", received_at=NOW)
    return source, made


def record_bodies(source: OutsideProvider, made: Requests) -> dict[str, dict[str, Any]]:
    """Door → a valid form."""
    version = {door: str(made[READY.get(door, "labs")].version) for door in DOORS}
    entry = {"name": "Lakeshore Imaging", "kind": "imaging", "fax": "312 555 0199",
             "preferred": "fax", "active": "1"}  # fmt: skip
    page = SimpleUploadedFile("a.pdf", one_page(), content_type="application/pdf")
    forms: dict[str, dict[str, Any]] = {
        "send_records": {"channel": "print"},
        "confirm_records": {"proof": "posted it"},
        "chase_records": {"words": "on Friday"},
        "receive_records": {"kind": "lab", "files": [page]},
        "no_records": {"said_by": "Maria there"},
        "cancel_records": {"reason": "not needed"},
        "review_records": {"words": "read"},
    }
    return {f"intake:{d}": form | {"version": version[d]} for d, form in forms.items()} | {
        "intake:find_sources": {"q": "lake"},
        "intake:ask_records": {"source": str(source.pk), "kinds": ["imaging_report"]},
        "intake:add_source": entry | {"name": "Una Imaging", "fax": ""},
        "intake:change_source": entry | {"version": "1", "note": "Closed on Fridays"},
    }
