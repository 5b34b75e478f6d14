"""One clinic for all browser tests: the demo's people and stories, and calls in every state."""

import contextlib
import io
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from tests.sessions import age_authentication, cookie_of, sign_in

PHYSICIAN, DESK, MANAGER = "physician", "front_desk", "manager"
THERAPIST, COORDINATOR, PATIENT = "therapist", "coordinator", "patient"
PARTNER = "partner"  # a therapist of another practice, with one chart open in an emergency
STALE = "stale"  # a physician whose password was given long ago
EMAILS = {
    STALE: "grace.mbeki@hallway.example",
    DESK: "ana.flores@hallway.example",
    PHYSICIAN: "leila.amin@hallway.example",
    THERAPIST: "lena.ruiz@hallway.example",
    COORDINATOR: "jo.park@hallway.example",
    MANAGER: "dana.cole@hallway.example",
    PARTNER: "tom.berg@northside.example",
    PATIENT: "daniel.okafor@mail.example",
}


@dataclass
class World:
    """Ids by name (`world.ids["emergency"]`), and what the tests do behind the browser's back."""

    users_file: Path
    ids: dict[str, Any] = field(default_factory=dict)

    def user(self, role: str) -> Any:
        from core.accounts.models import User

        return User.objects.get(email=EMAILS[role])

    def session_of(self, role: str) -> str:
        """A fresh signed-in session, as the cookie's value."""
        client = sign_in(Client(), self.user(role))
        if role == STALE:
            age_authentication(client)
        return cookie_of(client)

    def call(self, *, phone: str = "312 555 0188", mrn: str = "", **answers: str) -> Any:
        """A call on the line with Ana; answers as `Q2="yes"` or `Q3="yes:RF03c"`."""
        from core.people.models import Clinic, Patient
        from intake.services.answers import save_answer
        from intake.services.calls import start_call

        now, desk = timezone.now(), self.user(DESK)
        call = start_call(
            clinic=Clinic.objects.get(),
            by=desk,
            now=now,
            form_key=uuid.uuid4(),
            phone=phone,
            patient=Patient.objects.get(mrn=mrn) if mrn else None,
        )
        for question, given in answers.items():
            answer, _, flags = given.partition(":")
            call, _ = save_answer(
                call=call,
                question=question,
                answer=answer,
                flags=flags.split(",") if flags else [],
                by=desk,
                now=now,
            )
        return call

    def answers(self, call_pk: Any) -> dict[str, str]:
        from intake.models import CallAnswer

        return dict(CallAnswer.objects.filter(call=call_pk).values_list("question", "answer"))


def emergency(world: World, mrn: str) -> Any:
    """The partner's therapist opens a chart that is not theirs."""
    from core.people.models import Patient
    from messaging.services.break_glass import break_glass

    patient = Patient.objects.get(mrn=mrn)
    return break_glass(
        clinic=patient.clinic,
        known_by=mrn,
        birth_date=patient.birth_date,
        reason="collapsed in our waiting room, needs allergies and medication",
        by=world.user(PARTNER),
        now=timezone.now(),
    )


def against_a_limit(world: World) -> Any:
    """A physician booked Okafor against a limit; a manager reviews it."""
    from core.people.models import Patient
    from intake.models import Appointment, LimitOverride
    from intake.services.limits import set_limit

    patient, now = Patient.objects.get(mrn="1042"), timezone.now()
    limit = set_limit(
        patient=patient, source="hand", source_id=patient.pk, kinds=["procedure"],
        from_on=now.date(), to_on=now.date(), sentence="No procedure before the blood test is in.",
        by=world.user(PHYSICIAN), now=now,
    )  # fmt: skip
    row = Appointment.objects.filter(patient=patient, state="booked").latest("starts_at")
    return LimitOverride.objects.create(
        appointment=row, limit=limit, reason="The result was read to us on the phone",
        at=now, by=world.user(PHYSICIAN),
    ).pk  # fmt: skip


def in_doubt() -> None:
    """A limit of Boyd's whose document was another patient's."""
    from core.people.models import Patient
    from rehab.models import Restriction

    patient, now = Patient.objects.get(mrn="1046"), timezone.now()
    Restriction.objects.create(
        clinic=patient.clinic, patient=patient, source="surgeon", source_words="Dr. Mills, letter",
        activity="lift", value=15, unit="lb", sentence="Lift at most 15 lb", from_on=now.date(),
        until="cleared in writing", set_at=now, doubted_at=now,
    )  # fmt: skip


def first_visit_ids(world: World) -> dict[str, Any]:
    """The demo's signed first visit, one being written and one problem without any."""
    from core.people.models import Episode
    from rehab.models import FirstVisit
    from rehab.services.visits import open_visit

    episode = Episode.objects.get(patient__mrn="1046", closed_on=None)
    begun = open_visit(episode=episode, by=world.user(PHYSICIAN), now=timezone.now())
    signed = FirstVisit.objects.get(patient__mrn="1042", state="signed")
    return {"visit_begun": begun.pk, "visit_signed": signed.pk}


def plan_ids(world: World) -> dict[str, Any]:
    """The demo’s plans: a first version, one that waits for a physician, one to be read."""
    from rehab.models import CarePlan, PlanAck, PlanVersion

    waiting = PlanVersion.objects.filter(cosign_needed=True, cosigned_at=None)
    to_read = PlanAck.objects.filter(acknowledged_at=None, overtaken_at=None)
    return {
        "standing": CarePlan.objects.get(patient__mrn="1045", ended_at=None).pk,
        "first_version": PlanVersion.objects.get(plan__patient__mrn="1042", number=1).pk,
        "to_sign": waiting.latest("made_at").pk,
        "to_read": to_read.filter(user=world.user(PHYSICIAN)).latest("asked_at").pk,
    }


def visit_ids() -> dict[str, Any]:
    from core.people.models import Patient
    from intake.models import Appointment, Call, VisitType

    return {
        "visit": Appointment.objects.filter(state="booked").latest("starts_at").pk,
        "visit_missed": Appointment.objects.filter(state="no_show").latest("starts_at").pk,
        "to_book": Call.objects.get(given_name="Nora").pk,
        "nora": Patient.objects.get(given_name="Nora").pk,
        "pt_type": VisitType.objects.get(kind="pt_eval").pk,
    }


def paper_ids() -> dict[str, Any]:
    from core.documents.models import Document
    from core.people.models import Consent
    from intake.models import OutsideProvider, RecordsRequest

    return {
        "signed": Consent.objects.filter(patient__mrn="1042", kind="release")
        .latest("signed_on")
        .pk,
        "mri": Document.objects.get(title="MRI lumbar spine").pk,
        "unread": Document.objects.get(title="Referral").pk,
        "letter": Document.objects.get(source="Dr. Helen Feld").pk,
        "operation": Document.objects.get(kind="operative_note").pk,
        "rejected": Document.objects.get(state="rejected").pk,
        "moved": Document.objects.get(refilings__isnull=False).pk,
        "chased": RecordsRequest.objects.get(source__name="Lakeshore Imaging").pk,
        "unsigned": RecordsRequest.objects.get(release=None, state="prepared").pk,
        "source": OutsideProvider.objects.get(name="Lakeshore Imaging").pk,
    }


def library_ids() -> dict[str, Any]:
    from core.people.models import Payer
    from core.protocols.models import ProtocolVersion
    from outcomes.models import Measurement

    return {
        "measure": Measurement.objects.filter(metric="sts_reps").latest("measured_at").pk,
        "metrics": ProtocolVersion.objects.filter(kind="metrics").latest("pk").pk,
        "lanes": ProtocolVersion.objects.get(kind="lanes").pk,
        "first_visit": ProtocolVersion.objects.get(kind="first_visit").pk,
        "red_flags": ProtocolVersion.objects.filter(kind="red_flags").latest("pk").pk,
        "escalation": ProtocolVersion.objects.get(kind="escalation", author=None).pk,
        "payer_policies": ProtocolVersion.objects.get(kind="payer_policies").pk,
        "written": ProtocolVersion.objects.get(author__isnull=False).pk,
        "payer": Payer.objects.earliest("name").pk,
    }


def build(folder: Path) -> World:
    """The demo's seed, and one of everything the pages show."""
    from core.people.models import Clinic, Patient
    from intake.models import LimitOverride
    from messaging.models import Delivery, Thread, WorkItem
    from messaging.services.break_glass import end_access
    from messaging.services.threads import start_thread
    from rehab.models import CarePlan, PathwayStep

    with contextlib.redirect_stdout(io.StringIO()):
        call_command("load_protocols")
        call_command("seed_demo", users_file=folder / "demo.json")
    world = World(folder / "demo.json")
    new = world.call(mrn="1043", Q2="yes")
    start_thread(
        clinic=Clinic.objects.get(), patient=Patient.objects.get(mrn="1042"), title="Stairs",
        body="May he take the stairs again?", to=[world.user(DESK), world.user(PHYSICIAN)],
        by=world.user(THERAPIST), now=timezone.now(), dedupe_key="browser", asks=True,
    )  # fmt: skip
    over, running = (emergency(world, mrn) for mrn in ("1043", "1042"))
    end_access(grant=over, by=over.user, now=timezone.now())
    override = against_a_limit(world)
    in_doubt()
    world.ids = (
        plan_ids(world)
        | first_visit_ids(world)
        | visit_ids()
        | paper_ids()
        | library_ids()
        | imported()
        | of_calls(world, new)
    )
    world.ids |= {
        "way": CarePlan.objects.get(patient__mrn="1042", ended_at=None).pk,
        "step": PathwayStep.objects.get(plan__patient__mrn="1042", state="due").pk,
        "told_plan": CarePlan.objects.get(patient__mrn="1042", ended_at=None).pk,
        "override": LimitOverride.objects.get(pk=override).pk,
        "emergency_over": over.pk,
        "amin": world.user(PHYSICIAN).pk,
        "cole": world.user(MANAGER).pk,
        "park": world.user(COORDINATOR).pk,
        "emergency_open": running.pk,
        "okafor": Patient.objects.get(mrn="1042").pk,
        "ana": world.user(DESK).pk,
        "hale": Patient.objects.get(mrn="1043").pk,
        "boyd": Patient.objects.get(mrn="1046").pk,
        "nobody": Patient.objects.get(mrn="1050").pk,
        "thread": Thread.objects.get(title="Weekly neck scores").pk,
        "item": WorkItem.objects.filter(kind="call_back", closed_at=None).earliest("due_at").pk,
        "delivery": Delivery.objects.latest("created_at").pk,
    }
    return world


def of_calls(world: World, new: Any) -> dict[str, Any]:
    """Calls in every state, and the flags of two; `new` = the emergency."""
    from intake.models import Call, RedFlag

    return {
        "fresh": world.call().pk,
        "branches": world.call(phone="", Q1="yes", Q3="dont_know", Q10="yes", Q12="yes").pk,
        "emergency": new.pk,
        "same_day": world.call(phone="312 555 0189", Q1="no", Q5="yes").pk,
        "ended": Call.objects.filter(state="closed").latest("closed_at").pk,
        "waiting": Call.objects.filter(state="waiting", origin="missed").earliest("received_at").pk,
        "hung_up": Call.objects.filter(state="waiting").exclude(origin="missed").get().pk,
        "flag_new": RedFlag.objects.get(call=new).pk,
        "flag_decided": RedFlag.objects.exclude(decided_at=None).latest("opened_at").pk,
    }


def imported() -> dict[str, Any]:
    """The file of patients that waits, its job, and the record of a patient as a file."""
    from core.importing.models import ImportBatch
    from core.work.models import Job

    return {
        "import_checked": ImportBatch.objects.get(state="checked").pk,
        "job_done": Job.objects.get(kind="import_check").pk,
    }
