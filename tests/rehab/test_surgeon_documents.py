"""A surgeon's paper becomes limits the same day: asked of a clinician, copied in, or none in it."""

import datetime as dt

import pytest

from core.audit.models import AuditEvent
from core.documents.models import Document
from core.documents.services import classify, label_of
from core.events.services import emit
from core.lib.errors import Conflict, Forbidden, Refused
from intake.models import OutsideProvider
from intake.services.directory import Entry, add_entry
from messaging.models import WorkItem
from messaging.selectors.worklist import worklist
from rehab.models import LimitsCheck, PlanAck, PlanVersion, Restriction
from rehab.services.plans import acknowledge
from rehab.services.surgeon_documents import ask_for_limits, copy_limits, no_limits
from tests.cast import NOW
from tests.rehab.limit_stories import DAY, arrives, heard, lift_limit, paper, planned

pytestmark = pytest.mark.django_db


def items(**more):
    return WorkItem.objects.filter(kind="surgeon_limits", **more)


def copied(cast, document, by=None, seen=0, *limits):
    return copy_limits(
        document=document, source="surgeon", source_words="Dr. Mills, letter of 20 Nov",
        limits=limits or [lift_limit()], seen=seen, by=by or cast.ruiz, now=NOW,
    )  # fmt: skip


def test_an_operative_note_is_read_the_same_day(cast):
    note = paper(cast)
    arrives(note)
    item = items().get()
    assert (item.subject_id, item.patient, item.closed_at) == (note.pk, cast.okafor, None)
    assert item.due_at == dt.datetime(2026, 11, 25, 0, 0, tzinfo=dt.UTC)  # six o’clock in Chicago
    arrives(note)
    assert items().count() == 1


def test_the_day_counts_from_when_it_came_and_not_from_when_it_was_noticed(cast):
    note = paper(cast)
    arrives(note, at=NOW - DAY)
    assert items().get().due_at == dt.datetime(2026, 11, 24, 0, 0, tzinfo=dt.UTC)


def test_therapist_and_physician_have_it_on_their_today_and_the_desk_has_not(cast):
    arrives(paper(cast))
    seen = {
        who: [row.kind for row in worklist(getattr(cast, who), now=NOW)]
        for who in ("ruiz", "amin", "ana", "park", "lang", "quist")
    }
    both = ["surgeon_limits"]
    assert seen == {"ruiz": both, "amin": both, "ana": [], "park": [], "lang": [], "quist": []}


@pytest.mark.parametrize(
    ("kind", "source", "asked"),
    [("letter", "Dr. Mills, surgeon", True), ("letter", "Dr. Weller, family practice", False),
     ("letter", "Mills and Partners", True), ("imaging_report", "Dr. Mills, surgeon", False)],
)  # fmt: skip
def test_letters_are_read_when_a_surgeon_wrote_them(cast, kind, source, asked):
    add_entry(
        clinic=cast.riverside, by=cast.ana, now=NOW,
        wanted=Entry(name="Mills and Partners", kind=OutsideProvider.Kind.SURGEON,
                     fax="312 555 0190"),
    )  # fmt: skip
    arrives(paper(cast, kind=kind, source=source))
    assert items().exists() is asked


def test_saying_what_it_is_asks_too(cast):
    scan = paper(cast, kind="other")
    arrives(scan)
    assert not items().exists()
    label = label_of(scan)
    wanted = type(label)(**(label.columns() | {"kind": "operative_note"}))
    classify(document=scan, wanted=wanted, version=scan.version, by=cast.ana, now=NOW)
    heard()
    assert items().get().subject_id == scan.pk


@pytest.mark.parametrize("state", ["quarantined", "rejected"])
def test_nothing_is_asked_of_a_document_nobody_may_open(cast, state):
    note = paper(cast)
    rejected = state == "rejected"
    Document.objects.filter(pk=note.pk).update(
        state=state, decided_at=NOW if rejected else None, reason="x",
        stored_as="" if rejected else note.stored_as,
    )  # fmt: skip
    arrives(note)
    assert not items().exists()
    note.refresh_from_db()
    with pytest.raises(Refused, match="not open to anybody"):
        ask_for_limits(document=note, by=cast.ana, now=NOW)
    with pytest.raises(Refused, match="not open to anybody"):
        copied(cast, note)
    with pytest.raises(Refused, match="not open to anybody"):
        no_limits(document=note, reason="wound care", seen=0, by=cast.ruiz, now=NOW)
    assert not Restriction.objects.exists() and not LimitsCheck.objects.exists()


def test_whoever_files_says_that_it_has_limits_in_it(cast):
    scan = paper(cast, kind="other")
    item = ask_for_limits(document=scan, by=cast.ana, now=NOW)
    assert item.opened_by == cast.ana
    assert ask_for_limits(document=scan, by=cast.park, now=NOW) == item
    with pytest.raises(Forbidden):
        ask_for_limits(document=scan, by=cast.lang, now=NOW)


def test_copying_keeps_the_promise_and_the_plan_says_so(cast):
    plan, note = planned(cast), paper(cast)
    acknowledge(ack=PlanAck.objects.get(user=cast.ruiz), by=cast.ruiz, now=NOW)
    arrives(note)
    rows = copied(cast, note)
    assert rows[0].document == note and rows[0].source == "surgeon"
    assert items().get().close_event == "limits_copied"
    check = LimitsCheck.objects.get()
    assert (check.found, check.by, check.patient) == ("copied", cast.ruiz, cast.okafor)
    plan.refresh_from_db()
    newest = PlanVersion.objects.get(plan=plan, number=plan.head)
    assert "Dr. Mills, letter of 20 Nov" in newest.body["limits"][0]
    asked = WorkItem.objects.filter(kind="plan_changed", closed_at=None)
    assert [item.owner for item in asked] == [cast.amin]  # Ruiz wrote it herself
    trail = AuditEvent.objects.filter(action="limits_copied", object_id=str(note.pk))
    assert trail.get().actor == cast.ruiz
    arrives(note)
    assert items(closed_at=None).count() == 0  # read already


def test_no_limits_in_it_says_why(cast):
    note = paper(cast)
    arrives(note)
    with pytest.raises(Refused, match="what it says instead"):
        no_limits(document=note, reason=" ", seen=0, by=cast.ruiz, now=NOW)
    with pytest.raises(Forbidden):
        no_limits(document=note, reason="wound care", seen=0, by=cast.ana, now=NOW)
    no_limits(document=note, reason="wound care only", seen=0, by=cast.amin, now=NOW)
    item = items().get()
    assert item.close_event == "no_limits" and item.close_reason == ""  # the desk reads those
    assert LimitsCheck.objects.get().words == "wound care only"
    arrives(note, name="documents.classified")
    assert not items(closed_at=None).exists()
    assert ask_for_limits(document=note, by=cast.ana, now=NOW).closed_at is None  # somebody saw one


def test_two_who_copy_the_same_letter_copy_it_once(cast):
    note = paper(cast)
    copied(cast, note)
    with pytest.raises(Conflict) as late:
        copied(cast, note, cast.amin, 0, lift_limit("Lift at most 10 lb", value=10))
    assert late.value.who == "Lena Ruiz"
    label, mine, theirs = late.value.versions[0]
    assert label == "Limits" and "10 lb" in mine and theirs == "Lift at most 15 lb"
    assert Restriction.objects.count() == 1
    with pytest.raises(Conflict):
        no_limits(document=note, reason="wound care only", seen=0, by=cast.amin, now=NOW)
    copied(cast, note, cast.amin, 1, lift_limit("Carry at most 10 lb", activity="carry", value=10))
    assert Restriction.objects.count() == 2  # what was missing


def test_who_has_died_needs_no_limits(cast):
    arrives(paper(cast))
    cast.okafor.status, cast.okafor.status_on = "deceased", NOW.date()
    cast.okafor.save()
    emit(name="people.status_changed", subject_id=cast.okafor.pk, now=NOW)
    heard()
    assert items().get().close_event == "patient_died"
