"""Updates about the plans of the stories, and who has looked when: the manager's course is told
twice, then his physician changes the plan and another update is due."""

import datetime as dt
import uuid

from config.home.demo.measures import afternoon
from config.home.since import looked
from core.accounts.models import User
from core.people.models import Patient
from messaging.services.threads import acknowledge, mark_read
from rehab.models import CarePlan, Update
from rehab.services.plans import revise
from rehab.services.updates import plan_changed, send
from rehab.services.versions import body_of

CALL_IF = "New weakness pushing off with the foot; leg pain above 5 of 10 for 2 hours."
TOLD = (  # days ago, changed, next week
    (14, "Stands 27 min (was 18); leg pain 5 of 10 (was 7).",
     "Standing blocks of 30 minutes; hip hinge with the dowel 3 x 8."),
    (7, "Stands 34 min (was 27); ODI 38% (was 52).",
     "Step-ups begin if the leg stays quiet; nothing over 15 lb."),
)  # fmt: skip


def tell_updates(charts: dict[str, Patient], people: dict[str, User], now: dt.datetime) -> None:
    doctor = people["leila.amin@hallway.example"]
    therapist = people["lena.ruiz@hallway.example"]
    patient = charts["1042"]
    plan = CarePlan.objects.get(patient=patient, ended_at=None)
    for days, changed, next_week in TOLD:
        at = afternoon(now, days) + dt.timedelta(minutes=40)
        sent = _send(plan, changed, next_week, therapist, doctor, at)
        if days > 7:  # the newest one waits to be read
            mark_read(thread=sent.message.thread, by=doctor, now=at + dt.timedelta(hours=2))
            acknowledge(message=sent.message, by=doctor, now=at + dt.timedelta(hours=2))
    looked(doctor, patient, now=afternoon(now, 8))
    looked(therapist, patient, now=afternoon(now, 3))
    _change(plan, doctor, afternoon(now, 2))


def _send(
    plan: CarePlan, changed: str, next_week: str, by: User, to: User, at: dt.datetime
) -> Update:
    head = CarePlan.objects.values_list("head", flat=True).get(pk=plan.pk)
    return send(
        plan=plan, changed=changed, next_week=next_week, call_if=CALL_IF, to=[to], by=by, now=at,
        key=uuid.uuid5(plan.pk, at.isoformat()), head=head,
    )  # fmt: skip


def _change(plan: CarePlan, doctor: User, at: dt.datetime) -> None:
    plan.refresh_from_db()
    work = body_of(plan).work.model_copy(
        update={"words": "Light duty; at the bench in blocks of 20 minutes"}
    )
    row = revise(plan=plan, part="work", value=work, base=plan.head, by=doctor, now=at)
    version = row.versions.select_related("plan__clinic", "made_by").get(number=row.head)
    plan_changed(version=version, now=at)
