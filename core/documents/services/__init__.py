"""Every write about documents."""

from core.documents.services.deciding import check, check_waiting
from core.documents.services.filing import classify, refile, review
from core.documents.services.labels import Label, label_of
from core.documents.services.receiving import (
    Arrival,
    attach_scan,
    make_document,
    receive,
    receive_all,
)

__all__ = [
    "Arrival",
    "Label",
    "attach_scan",
    "check",
    "check_waiting",
    "classify",
    "label_of",
    "make_document",
    "receive",
    "receive_all",
    "refile",
    "review",
]
