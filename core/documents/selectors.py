"""Reads about documents. The viewer comes first; a document is known where its patient is."""

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Count, Min, Q, QuerySet

from core.accounts.models import User
from core.accounts.permissions import Perm
from core.audit.models import AuditEvent
from core.audit.services import record, record_list
from core.documents.models import Document, Refiling
from core.lib.errors import NotFound
from core.people.access import as_uuid, known_to
from core.people.models import Consent, Episode, Patient

PAGE = 50
OPENED = ("read", "download")  # somebody saw it, not only its line in a list


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


def scans_of(consents: Iterable[Consent]) -> dict[uuid.UUID, list[Document]]:
    """Signature → its scans, clean or still being checked, as they came. The consents come from a
    chart that is open to whoever asks. One query."""
    found: dict[uuid.UUID, list[Document]] = {}
    rows = Document.objects.filter(
        consent__in=[consent.pk for consent in consents],
        kind=Document.Kind.CONSENT_FORM,
        state__in=[Document.State.QUARANTINED, Document.State.CLEAN],
    )
    for row in rows.select_related("uploaded_by").order_by("uploaded_at", "title", "id"):
        if row.consent_id:
            found.setdefault(row.consent_id, []).append(row)
    return found


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


@dataclass(frozen=True)
class Wanted:
    """How a list is narrowed, as the address says it; unknown words narrow nothing."""

    kind: str = ""
    state: str = ""
    region: str = ""

    def columns(self) -> dict[str, str]:
        return {name: value for name, value in vars(self).items() if value}

    def address(self, **more: str) -> str:
        return "?" + urlencode(self.columns() | more)


def wanted_of(said: Mapping[str, str]) -> Wanted:
    known = {
        "kind": Document.Kind.values,
        "state": Document.State.values,
        "region": Episode.Region.values,
    }
    return Wanted(**{k: said.get(k, "") for k, all_ in known.items() if said.get(k) in all_})


def page_of(
    patient: Patient, wanted: Wanted, *, after: uuid.UUID | None = None
) -> tuple[list[Document], uuid.UUID | None]:
    """(a page of a chart's documents, the last one's id when older ones follow)."""
    rows = documents_of(patient).filter(**wanted.columns())
    if after:
        edge = Document.objects.filter(pk=after, patient=patient).first()
        if edge:
            rows = rows.filter(
                Q(uploaded_at__lt=edge.uploaded_at)
                | Q(uploaded_at=edge.uploaded_at, pk__lt=edge.pk)
            )
    page = list(rows[: PAGE + 1])
    return page[:PAGE], page[PAGE - 1].pk if len(page) > PAGE else None


@dataclass(frozen=True)
class Moved:
    """A re-filing as a manager reads it: `seen_by` opened it while it stood on the wrong chart."""

    row: Refiling
    seen_by: list[str]


def refilings(
    viewer: User, *, now: dt.datetime, after: uuid.UUID | None = None
) -> tuple[list[Moved], uuid.UUID | None]:
    """(a page of the re-filings of the viewer's clinics, newest first; the edge to older ones)."""
    if not viewer.may(Perm.AUDIT_VIEW):
        return [], None
    rows = (
        Refiling.objects.filter(known_to(viewer, now=now, patient="was"))
        .filter(known_to(viewer, now=now, patient="to"))
        .select_related("was", "to", "by", "document")
        .order_by("-at", "-id")
    )
    edge = Refiling.objects.filter(pk=after).first() if after else None
    if edge:
        rows = rows.filter(Q(at__lt=edge.at) | Q(at=edge.at, pk__lt=edge.pk))
    page = list(rows[: PAGE + 1])
    shown = page[:PAGE]
    looks = AuditEvent.objects.filter(
        patient_id__in={row.was_id for row in shown},
        object_kind="document",
        object_id__in={str(row.document_id) for row in shown},
        action__in=OPENED,
        outcome=AuditEvent.Outcome.DONE,
    ).values_list("object_id", "patient_id", "actor__full_name", "at")
    seen: dict[tuple[str, uuid.UUID | None], list[tuple[str, dt.datetime]]] = {}
    for document, chart, name, at in looks:
        seen.setdefault((document, chart), []).append((name, at))
    moved = [
        Moved(
            row,
            sorted(
                {
                    name
                    for name, at in seen.get((str(row.document_id), row.was_id), ())
                    if name and at <= row.at
                }
            ),
        )
        for row in shown
    ]
    record_list(
        by=viewer,
        action="list",
        object_kind="document",
        patient_ids=sorted({row.was_id for row in shown} | {row.to_id for row in shown}),
        now=now,
    )
    return moved, shown[-1].pk if len(page) > PAGE else None


def waiting_since() -> tuple[int, dt.datetime | None]:
    """(how many documents wait for their check, since when the oldest does)."""
    told = Document.objects.filter(state=Document.State.QUARANTINED).aggregate(
        count=Count("pk"), since=Min("uploaded_at")
    )
    return told["count"], told["since"]
