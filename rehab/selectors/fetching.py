"""One row of rehab by its id, for somebody who may know of its patient; the look is audited."""

import datetime as dt
import uuid
from typing import TypeVar

from django.db.models import Model, QuerySet

from core.accounts.models import User
from core.audit.services import record
from core.lib.errors import NotFound
from core.people.access import known_to
from rehab.models import CarePlan, FirstVisit, PathwayStep, PlanAck, PlanVersion, Restriction

Row = TypeVar("Row", bound=Model)
# model → the path to its patient, its name on the trail, what its page needs beside it
PATHS: dict[type[Model], tuple[str, str, tuple[str, ...]]] = {
    CarePlan: ("patient", "care_plan", ("patient__clinic", "clinic", "episode", "lanes")),
    PlanVersion: (
        "plan__patient",
        "plan_version",
        ("plan__patient__clinic", "plan__clinic", "made_by", "cosigned_by"),
    ),
    PlanAck: (
        "plan_version__plan__patient",
        "plan_ack",
        ("plan_version__plan__patient__clinic", "plan_version__made_by", "user"),
    ),
    PathwayStep: (
        "plan__patient",
        "pathway_step",
        ("plan__patient__clinic", "plan__clinic", "plan__episode", "decided_by"),
    ),
    FirstVisit: (
        "patient",
        "first_visit",
        ("patient__clinic", "clinic", "episode", "exam", "opened_by", "signed_by", "discarded_by"),
    ),
    Restriction: (
        "patient",
        "restriction",
        ("patient__clinic", "clinic", "episode", "document", "set_by", "lifted_by"),
    ),
}


def visible(model: type[Row], viewer: User, *, now: dt.datetime) -> QuerySet[Row]:
    """Rows of patients the viewer may know of."""
    path = PATHS[model][0]
    return model._default_manager.filter(known_to(viewer, now=now, patient=path))


def row_for(model: type[Row], viewer: User, pk: uuid.UUID, *, now: dt.datetime) -> Row:
    """Raises NotFound for none, or for one of somebody else’s patients: both read the same."""
    path, kind, beside = PATHS[model]
    row = visible(model, viewer, now=now).select_related(*beside).filter(pk=pk).first()
    patient = row
    for name in path.split("__"):
        patient = getattr(patient, name, None)
    record(
        by=viewer,
        action="read",
        object_kind=kind,
        object_id=pk,
        patient_id=patient.pk if patient is not None else None,
        now=now,
        outcome="done" if row else "refused",
    )
    if row is None:
        raise NotFound("There is no such page, or you are not on the patient’s care team.")
    return row
