"""Reads about documents. The viewer comes first; a document is known where its patient is."""

import datetime as dt
import uuid

from django.db.models import QuerySet

from core.accounts.models import User
from core.accounts.permissions import Perm
from core.audit.services import record
from core.documents.models import Document
from core.lib.errors import NotFound
from core.people.access import as_uuid, known_to
from core.people.models import Patient


def documents_visible_to(viewer: User, *, now: dt.datetime) -> QuerySet[Document]:
    """Every document this person may open; nothing without the permission to open documents."""
    if not viewer.may(Perm.DOCUMENT_VIEW):
        return Document.objects.none()
    return Document.objects.filter(known_to(viewer, now=now, patient="patient"))


def documents_of(patient: Patient) -> QuerySet[Document]:
    """A chart's documents, newest first. The patient comes from `patient_for`: that is the gate."""
    return (
        Document.objects.filter(patient=patient)
        .select_related("uploaded_by", "reviewed_by")
        .order_by("-uploaded_at", "-id")
    )


def document_for(
    viewer: User, pk: uuid.UUID | str, *, now: dt.datetime, action: str = "read"
) -> Document:
    """The document, if this person may open it; the look is audited. Raises NotFound."""
    known = as_uuid(pk)
    found = documents_visible_to(viewer, now=now).select_related(
        "patient__clinic", "uploaded_by", "reviewed_by", "consent"
    )
    document = found.filter(pk=known).first() if known else None
    if document is None:
        record(
            by=viewer,
            action=action,
            object_kind="document",
            object_id=known or "",
            now=now,
            outcome="refused",
        )
        raise NotFound("There is no such document, or it is on a chart that is not open to you.")
    record(
        by=viewer,
        action=action,
        object_kind="document",
        object_id=document.pk,
        patient_id=document.patient_id,
        now=now,
    )
    return document
