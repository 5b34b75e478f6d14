"""What rehab does from the tick about documents and charts. Each reads the row as it is now."""

import datetime as dt

from django.db.models import F

from core.documents.models import Document
from core.events.models import DomainEvent
from core.people.models import Merge, Patient
from messaging.models import WorkItem
from messaging.services.work import close_item
from rehab.models import Restriction
from rehab.services.apart import with_their_problems
from rehab.services.limit_doubts import doubt_limits_of
from rehab.services.limits import tell_plans
from rehab.services.surgeon_documents import document_moved, look_for_limits


def _document(event: DomainEvent) -> Document | None:
    rows = Document.objects.select_related("patient__clinic")
    return rows.filter(pk=event.subject_id).first()


def document_ready(event: DomainEvent, now: dt.datetime) -> None:
    """Found clean, or somebody said what it is: a surgeon's is read for limits the same day."""
    if row := _document(event):
        look_for_limits(document=row, now=now, since=event.happened_at)


def document_refiled(event: DomainEvent, now: dt.datetime) -> None:
    """It stood on the wrong chart."""
    if row := _document(event):
        document_moved(document=row, now=now, since=event.happened_at)


def charts_merged(event: DomainEvent, now: dt.datetime) -> None:
    """The other chart's limits hold on the kept one, and its plans say so."""
    merge = Merge.objects.select_related("kept__clinic").filter(pk=event.subject_id).first()
    if merge:
        tell_plans(merge.kept, by=None, now=now)


def merge_undone(event: DomainEvent, now: dt.datetime) -> None:
    """Each chart has its own plans, visits and limits again. What was copied meanwhile from a
    document that went back is in doubt."""
    merge = Merge.objects.select_related("kept__clinic", "gone__clinic").get(pk=event.subject_id)
    charts = (merge.kept, merge.gone)
    with_their_problems(charts=charts, now=now)
    apart = Restriction.objects.filter(patient__in=charts, document__isnull=False)
    apart = apart.exclude(document__patient=F("patient"))
    for document in Document.objects.filter(pk__in=apart.values("document")).order_by("pk"):
        doubt_limits_of(document=document, now=now, since=event.happened_at)
    for patient in charts:
        tell_plans(patient, by=None, now=now)


def status_changed(event: DomainEvent, now: dt.datetime) -> None:
    """Nobody copies limits in for somebody who has died."""
    patient = Patient.objects.get(pk=event.subject_id)
    if patient.status != Patient.Status.DECEASED:
        return
    kinds = ("surgeon_limits", "limits_doubted")
    for item in WorkItem.objects.filter(patient=patient, kind__in=kinds, closed_at=None):
        close_item(item=item, by=None, now=now, event="patient_died")
