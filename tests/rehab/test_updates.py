"""The therapist's update: due when it should be, sent once, in one thread, to the right people."""

import uuid

import pytest

from core.audit.models import AuditEvent
from core.events.models import DomainEvent
from core.events.services import dispatch, emit
from core.lib.errors import Conflict, Forbidden, Refused
from core.people.services import join_care_team
from intake.models import Appointment
from messaging.models import Message, Recipient, Thread, WorkItem
from messaging.services.threads import acknowledge, mark_read
from rehab.models import Update
from rehab.plan_body import Medication, Tolerance
from rehab.selectors.updates import ground_of, reached_by, referrers
from rehab.services.plans import end_plan
from rehab.services.updates import Unwritten, send
from tests.cast import NOW
from tests.factories.updates import DAY, ELEMENTS, HOUR, Course

pytestmark = pytest.mark.django_db


@pytest.fixture
def course(cast):
    made = Course(cast)
    dispatch(now=NOW)
    return made


@pytest.fixture
def write(cast, course):
    def sent(to=None, **more):
        plan = course.plan
        wanted = ELEMENTS | {
            "plan": plan, "to": to or [cast.amin], "by": cast.ruiz, "now": NOW,
            "key": uuid.uuid4(), "head": plan.head,
        } | more  # fmt: skip
        return send(**wanted)

    return sent


def due(course):
    return list(
        WorkItem.objects.filter(kind="update_due", subject_id=course.row.pk, closed_at=None)
    )


# --- due ------------------------------------------------------------------------------------------


def test_after_the_second_session_the_therapist_owes_one(cast, course, write):
    course.session(NOW - 6 * DAY)
    course.session(NOW - 5 * DAY, kind="follow_up")  # no therapy
    dispatch(now=NOW)
    assert due(course) == []
    second = course.session(NOW - 3 * DAY)
    dispatch(now=NOW)
    (item,) = due(course)
    assert (item.owner, item.owner_role, item.patient) == (cast.ruiz, "therapist", cast.okafor)
    assert item.reason == "Two PT sessions are done"  # read by the desk: nothing clinical
    write()
    assert due(course) == []
    assert WorkItem.objects.get(pk=item.pk).close_event == "update_sent"
    course.session(NOW - 1 * DAY)  # the third owes nothing
    emit(name="intake.visit_done", subject_id=second.pk, now=NOW)  # told again
    dispatch(now=NOW)
    assert due(course) == [] and WorkItem.objects.filter(kind="update_due").count() == 1


def test_a_visit_that_did_not_take_place_takes_it_back(cast, course):
    course.session(NOW - 6 * DAY)
    second = course.session(NOW - 3 * DAY)
    dispatch(now=NOW)
    assert len(due(course)) == 1
    Appointment.objects.filter(pk=second.pk).update(state="no_show")
    emit(name="intake.visit_done", subject_id=second.pk, now=NOW)
    dispatch(now=NOW)
    assert due(course) == []
    Appointment.objects.filter(pk=second.pk).update(state="done")
    emit(name="intake.visit_done", subject_id=second.pk, now=NOW)
    dispatch(now=NOW)
    assert len(due(course)) == 1


def test_a_session_before_the_plan_or_of_another_problem_does_not_count(course):
    course.session(NOW - 30 * DAY)
    course.session(NOW - 6 * DAY)
    dispatch(now=NOW)
    assert due(course) == []


def test_a_change_by_a_physician_owes_one_and_no_other_change_does(cast, course):
    assert due(course) == []  # what was written on the first day is the beginning
    course.revise("tolerance", Tolerance(words="Stands 34 minutes"), by=cast.ruiz)
    dispatch(now=NOW)
    assert due(course) == []
    course.revise("medication", Medication(lines=("gabapentin 300 mg at night",)))
    course.revise("medication", Medication(lines=("gabapentin 600 mg at night",)))
    dispatch(now=NOW)
    (item,) = due(course)
    assert (item.owner, item.opened_by, item.reason) == (
        cast.ruiz, cast.amin, "The plan was changed",
    )  # fmt: skip


def test_what_the_update_told_already_is_not_owed_again(cast, course, write):
    course.revise("medication", Medication(lines=("gabapentin 300 mg at night",)))
    write()  # before the tick came round
    dispatch(now=NOW)
    assert due(course) == []


def test_of_two_therapists_nobody_owns_it_alone(cast, course):
    join_care_team(patient=cast.okafor, user=cast.berg, role="therapist", by=cast.ana, now=NOW)
    course.revise("medication", Medication(lines=("gabapentin 300 mg at night",)))
    dispatch(now=NOW)
    assert due(course)[0].owner is None


def test_a_plan_that_ended_owes_nothing(cast, course):
    course.revise("medication", Medication(lines=("gabapentin 300 mg at night",)))
    dispatch(now=NOW)
    plan = course.plan
    end_plan(plan=plan, reason="goal reached", by=cast.amin, now=NOW, version=plan.version)
    assert due(course) == []
    course.session(NOW - 6 * DAY)
    course.session(NOW - 3 * DAY)
    dispatch(now=NOW)
    assert due(course) == []
    assert not DomainEvent.objects.filter(handled_at=None).exists()


# --- sent -----------------------------------------------------------------------------------------


def test_it_is_three_lines_in_the_referrers_inbox_and_acknowledged_there(cast, course, write):
    made = write()
    row = Recipient.objects.get(message=made.message)
    assert (row.user, made.message.thread.kind) == (cast.amin, Thread.Kind.UPDATE)
    assert made.message.body.splitlines() == [
        f"Changed: {ELEMENTS['changed']}",
        f"Next week: {ELEMENTS['next_week']}",
        f"Call if: {ELEMENTS['call_if']}",
    ]
    assert (made.plan_number, made.changed) == (course.plan.head, ELEMENTS["changed"])
    mark_read(thread=made.message.thread, by=cast.amin, now=NOW)
    acknowledge(message=made.message, by=cast.amin, now=NOW + HOUR)
    row.refresh_from_db()
    assert row.acknowledged_at == NOW + HOUR
    assert AuditEvent.objects.filter(object_kind="update", action="send").count() == 1


def test_one_thread_a_plan_and_one_effect_a_form(cast, course, write):
    key = uuid.uuid4()
    first, again, next_one = write(key=key), write(key=key, now=NOW + HOUR), write(now=NOW + DAY)
    assert first == again != next_one
    assert first.message.thread == next_one.message.thread
    assert (Update.objects.count(), Message.objects.count()) == (2, 2)


def test_what_is_missing_or_too_long_is_said_for_each_element(write):
    with pytest.raises(Unwritten) as refusal:
        write(changed=" ", call_if="x" * 300)
    assert list(refusal.value.problems) == ["changed", "call_if"]
    assert "20 characters" in refusal.value.problems["call_if"]
    assert not Update.objects.exists() and not Thread.objects.exists()
    assert write(changed="same as last week").changed == "same as last week"  # not over-policed


def test_whom_it_reaches(cast, course, write):
    join_care_team(patient=cast.okafor, user=cast.lang, role="behavioral_health", by=cast.ana,
                   now=NOW)  # fmt: skip
    course.revise("medication", Medication(lines=("x",)), by=cast.novak)  # stands in for Amin
    people = reached_by(course.plan, cast.ruiz, now=NOW)
    assert {u.full_name for u in people} == {"Leila Amin", "Iris Lang", "Paul Novak"}
    assert {u.full_name for u in referrers(people)} == {"Leila Amin", "Paul Novak"}
    write(to=[cast.novak, cast.lang])
    for outsider in (cast.mbeki, cast.quist, cast.ana, cast.daniel):
        with pytest.raises(Refused, match="not on the care team"):
            write(to=[outsider])
    with pytest.raises(Refused, match="at least one person"):
        write(to=[cast.ruiz])  # oneself is nobody
    with pytest.raises(Forbidden):
        write(by=cast.ana)


def test_the_plan_changed_while_it_was_written(cast, course, write):
    head = course.plan.head
    course.revise("medication", Medication(lines=("gabapentin 300 mg at night",)))
    with pytest.raises(Conflict) as conflict:
        write(head=head)
    assert conflict.value.who == "Leila Amin"
    assert conflict.value.versions == [
        ("Medication: Medication", "", "gabapentin 300 mg at night"),
    ]
    assert not Update.objects.exists()
    assert write().plan_number == head + 1


def test_it_is_drafted_from_what_came_since_the_last_one(cast, course, write):
    course.stood(34, course.begun + HOUR)
    course.stood(36, NOW - 5 * DAY)
    assert ground_of(cast.ruiz, course.plan, now=NOW).draft.changed == "Stands 36 min (was 34)."
    write(now=NOW - 4 * DAY)
    course.stood(40, NOW - 1 * DAY)
    course.revise("medication", Medication(lines=("gabapentin 300 mg at night",)))
    ground = ground_of(cast.ruiz, course.plan, now=NOW)
    assert ground.draft.changed == (
        "Stands 40 min (was 36). Plan: Medication: gabapentin 300 mg at night."
    )
    assert ground.draft.next_week.startswith("Begins: Step-ups, 6 inches 3 x 8.")
    assert ground.draft.call_if.startswith("New weakness pushing off with the foot; Pain above 5")
    write(now=NOW)
    assert ground_of(cast.ruiz, course.plan, now=NOW + HOUR).draft.changed == ""
