"""What somebody had typed; long work and how far it is."""

import datetime as dt
import uuid

from django.db.models import Q, QuerySet

from core.accounts.models import User
from core.accounts.roles import Role
from core.audit.services import record
from core.lib.errors import NotFound
from core.people.access import reach_of
from core.work.models import Draft, Job

PAGE = 50
LATELY = dt.timedelta(hours=24)


def draft_text(viewer: User, place: str) -> str:
    return drafts_of(viewer).filter(place=place).values_list("text", flat=True).first() or ""


def drafts_of(viewer: User) -> QuerySet[Draft]:
    """One's own alone, whoever asks."""
    return Draft.objects.filter(user=viewer).exclude(text="")


def jobs_visible_to(viewer: User, *, now: dt.datetime) -> QuerySet[Job]:
    """One's own, and for a manager those of the clinics they run."""
    reach = reach_of(viewer, now=now)
    rule = Q(owner=viewer)
    if viewer.has_role(Role.MANAGER):
        rule |= Q(clinic__in=reach.own)
    return Job.objects.filter(rule).select_related("owner", "clinic", "file")


def job_for(viewer: User, pk: uuid.UUID, *, now: dt.datetime) -> Job:
    """One job the viewer may know of. Raises NotFound."""
    job = jobs_visible_to(viewer, now=now).filter(pk=pk).first()
    if job is None:
        record(by=viewer, action="read", object_kind="job", object_id=pk, now=now,
               outcome="refused")  # fmt: skip
        raise NotFound("There is no such work, or it is not yours.")
    return job


def job_rows(
    viewer: User,
    *,
    now: dt.datetime,
    before: tuple[dt.datetime, uuid.UUID] | None = None,
    limit: int = PAGE,
) -> list[Job]:
    """Newest first; `before` = the last row's key."""
    rows = jobs_visible_to(viewer, now=now)
    if before:
        rows = rows.filter(Q(created_at__lt=before[0]) | Q(created_at=before[0], id__gt=before[1]))
    return list(rows.order_by("-created_at", "id")[:limit])


def own_jobs_lately(viewer: User, *, now: dt.datetime) -> list[Job]:
    """What Today shows: one's own work of the last day."""
    rows = Job.objects.filter(owner=viewer, created_at__gt=now - LATELY)
    return list(rows.order_by("-created_at", "id")[:5])
