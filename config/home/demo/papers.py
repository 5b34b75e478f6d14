"""Papers as they arrive, through the services: invented reports as PDFs, a card as a photo."""

import datetime as dt
import io

from django.core.files.base import ContentFile
from PIL import Image, ImageDraw

from core.accounts.models import User
from core.documents.models import Document
from core.documents.services import receive, refile, review
from core.people.models import Patient


def file_papers(charts: dict[str, Patient], people: dict[str, User], now: dt.datetime) -> None:
    """One of every kind of thing that happens to a document."""
    desk, doctor = people["ana.flores@hallway.example"], people["leila.amin@hallway.example"]

    def arrived(  # noqa: PLR0913 - one paper
        mrn: str, kind: str, title: str, source: str, region: str, days: int, data: bytes, name: str
    ) -> Document:
        at = now - dt.timedelta(days=days)
        return receive(
            patient=charts[mrn],
            upload=ContentFile(data, name=name),
            kind=kind,
            title=title,
            source=source,
            documented_on=at.date() - dt.timedelta(days=2),
            region=region,
            by=desk,
            now=at,
        )

    mri = arrived("1042", "imaging_report", "MRI lumbar spine", "Lakeshore Imaging", "low_back", 20,
                  paper("MRI of the lumbar spine", OKAFOR), "scan0001.pdf")  # fmt: skip
    review(document=mri, by=doctor, now=now - dt.timedelta(days=19),
           words="Paracentral protrusion L5-S1, touches the left S1 root.")  # fmt: skip
    arrived("1042", "referral", "Referral", "Dr. Weller, family practice", "low_back", 30,
            paper("Referral", ["For: Daniel Okafor", "Please see for left leg pain."]),
            "referral.pdf")  # fmt: skip
    arrived("1045", "operative_note", "Rotator cuff repair, right", "Northside Orthopedics",
            "shoulder", 7, paper("Operative note", NAIR), "fax-0312.pdf")  # fmt: skip
    arrived("1043", "insurance_card", "Insurance card, front", "Patient", "", 21, card(),
            "IMG_0231.jpg")  # fmt: skip
    arrived("1046", "other", "Medication list", "Patient’s daughter", "", 5,
            b"PK\x03\x04 a word processor's file", "medication.docx")  # fmt: skip
    wrong = arrived("1043", "pt_note", "Physical therapy, 6 visits", "Northside PT", "neck", 4,
                    paper("Physical therapy summary", ["For: Luis Ortega", "Six visits."]),
                    "pt-summary.pdf")  # fmt: skip
    refile(document=wrong, to=charts["1044"], by=desk, now=now - dt.timedelta(days=3),
           reason="The name and birthday on page 1 are Luis Ortega’s.")  # fmt: skip


OKAFOR = [
    "For: Daniel Okafor", "", "L4-L5: mild bulge, no stenosis.",
    "L5-S1: left paracentral protrusion touching the left S1 root.",
    "No fracture. Conus ends at L1.",
]  # fmt: skip
NAIR = [
    "For: Priya Nair", "", "Arthroscopic repair of the right supraspinatus.",
    "Sling six weeks. No active elevation until the surgeon says so.",
]  # fmt: skip


def paper(heading: str, lines: list[str]) -> bytes:
    """A page of type, written by hand: no font to embed, nothing to install."""
    said = [f"BT /F 18 Tf 72 720 Td ({heading}) Tj ET"]
    said += [
        f"BT /F 11 Tf 72 {690 - 18 * n} Td ({line}) Tj ET" for n, line in enumerate(lines) if line
    ]
    drawing = "\n".join(said).encode("ascii")
    bodies = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R"
        b"/Resources<</Font<</F 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(drawing), drawing),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(bodies, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(bodies) + 1
    return out + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF"
        % (size, table, size, len(out))
    )


def card() -> bytes:
    """A photo of a card, as a phone takes it."""
    image = Image.new("RGB", (640, 400), (233, 240, 245))
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, 640, 90), fill=(20, 90, 120))
    pen.text((24, 30), "EXAMPLE HEALTH PLAN", fill="white", font_size=28)
    pen.text((24, 150), "Member: Margaret Hale", fill="black", font_size=24)
    pen.text((24, 200), "Member ID: EX 000 111", fill="black", font_size=24)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85)
    return out.getvalue()
