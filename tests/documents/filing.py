"""How the stories file something."""

from typing import Any

from core.documents.models import Document
from core.documents.services import receive
from tests.cast import NOW
from tests.factories.uploads import pdf, upload


def filed(cast: Any, data: bytes | None = None, **more: Any) -> Document:
    values = {
        "patient": cast.okafor, "upload": upload(data or pdf(), more.pop("name", "scan.pdf")),
        "kind": "imaging_report", "title": "MRI lumbar spine", "source": "Lakeside Imaging",
        "documented_on": None, "region": "low_back", "by": cast.ana, "now": NOW,
    }  # fmt: skip
    return receive(**(values | more))
