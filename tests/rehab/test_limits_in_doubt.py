"""A document turns out to be another patient's: its promise moves, what was copied is in doubt."""

import pytest

from core.documents.services import refile
from core.lib.errors import Conflict, Forbidden, Refused
from core.people.models import Patient
from core.people.related import rows_of
from core.people.services import merge, undo_merge
from core.people.services.merging import LATE
from messaging.models import WorkItem
from messaging.selectors.worklist import worklist
from rehab.models import PlanVersion, Restriction
from rehab.selectors.limits import limits_now, limits_over
from rehab.services.limit_doubts import confirm
from rehab.services.limits import lift
from rehab.services.looking import look
from rehab.services.surgeon_documents import ask_for_limits, copy_limits, no_limits
from tests.cast import NOW, patient
from tests.rehab.limit_stories import (
    DAY,
    TODAY,
    arrives,
    heard,
    lift_limit,
    limited,
    paper,
    planned,
)

pytestmark = pytest.mark.django_db
WHY = "Her name stands on page 1"


@pytest.fixture
def misfiled(cast):
    """Margaret Hale's operative note, read for limits while it stood on Okafor's chart."""
    note = paper(cast)
    arrives(note)
    two = [lift_limit(), lift_limit("Carry at most 10 lb", activity="carry", value=10)]
    copy_limits(document=note, source="surgeon", source_words="Dr. Mills", limits=two, seen=0,
                by=cast.ruiz, now=NOW)  # fmt: skip
    limited(cast, lift_limit("Lift at most 30 lb", value=30))  # Amin's own
    return note


def moved(cast, note):
    note.refresh_from_db()
    refile(document=note, to=cast.hale, reason=WHY, by=cast.ana, now=NOW)
    return note


def open_items(kind):
    return WorkItem.objects.filter(kind=kind, closed_at=None)


def doubts(cast):
    lines = limits_now(cast.amin, cast.okafor, now=NOW)
    return {line.row.sentence: line.in_doubt for line in lines}


def test_what_was_copied_holds_in_doubt_until_a_physician_has_looked(cast, misfiled):
    plan = planned(cast)
    moved(cast, misfiled)
    both = {"Lift at most 15 lb": True, "Carry at most 10 lb": True, "Lift at most 30 lb": False}
    assert doubts(cast) == both  # at once, before anything was written
    heard()
    assert doubts(cast) == both
    assert not Restriction.objects.filter(document=misfiled).exists()
    item = open_items("limits_doubted").get()
    assert item.patient == cast.okafor and item.subject_id == cast.okafor.pk
    on_today = {
        who: "limits_doubted" in [row.kind for row in worklist(getattr(cast, who), now=NOW)]
        for who in ("amin", "ruiz", "ana", "quist")
    }
    assert on_today == {"amin": True, "ruiz": False, "ana": False, "quist": False}
    plan.refresh_from_db()
    said = PlanVersion.objects.get(plan=plan, number=plan.head).body["limits"]
    assert sum("In doubt" in line for line in said) == 2 and len(said) == 3


def test_the_promise_goes_with_the_document(cast, misfiled):
    assert not open_items("surgeon_limits").exists()
    moved(cast, misfiled)
    heard()
    item = open_items("surgeon_limits").get()
    assert (item.patient, item.subject_id) == (cast.hale, misfiled.pk)


def test_a_promise_nobody_kept_yet_moves(cast):
    note = paper(cast, kind="other")
    arrives(note, name="documents.classified")
    assert not open_items("surgeon_limits").exists()
    ask_for_limits(document=note, by=cast.ana, now=NOW)
    moved(cast, note)
    heard()
    assert open_items("surgeon_limits").get().patient == cast.hale
    gone = WorkItem.objects.get(kind="surgeon_limits", patient=cast.okafor)
    assert gone.close_event == "document_moved"
    assert not open_items("limits_doubted").exists()


def test_nothing_is_in_doubt_when_nothing_was_copied(cast):
    note = paper(cast, kind="other")
    no_limits(document=note, reason="wound care only", seen=0, by=cast.ruiz, now=NOW)
    moved(cast, note)
    heard()
    assert not open_items("limits_doubted").exists() and not open_items("surgeon_limits").exists()


def test_each_is_confirmed_or_lifted_and_then_the_promise_is_kept(cast, misfiled):
    moved(cast, misfiled)
    heard()
    first, second = Restriction.objects.filter(doubted_at__isnull=False).order_by("activity", "pk")
    with pytest.raises(Forbidden):
        confirm(restriction=first, reason="asked", by=cast.ruiz, now=NOW, version=first.version)
    with pytest.raises(Forbidden, match="in doubt"):
        lift(restriction=first, reason="not his", by=cast.ruiz, now=NOW, version=first.version)
    with pytest.raises(Refused, match="how you know"):
        confirm(restriction=first, reason="", by=cast.amin, now=NOW, version=first.version)
    values = {"by": cast.amin, "now": NOW}
    done = confirm(restriction=first, reason="asked Mills", version=first.version, **values)
    again = confirm(restriction=first, reason="asked Mills", version=first.version, **values)
    assert not done.in_doubt and again.version == done.version
    with pytest.raises(Conflict) as late:
        confirm(restriction=first, reason="I asked", by=cast.novak, now=NOW, version=first.version)
    assert late.value.who == "Leila Amin"
    assert open_items("limits_doubted").exists()
    lift(restriction=second, reason="not his", version=second.version, **values)
    item = WorkItem.objects.get(kind="limits_doubted")
    assert item.close_event == "limits_settled" and item.closed_by == cast.amin
    assert doubts(cast) == {first.sentence: False, "Lift at most 30 lb": False}


def test_what_is_over_asks_nobody(cast, misfiled):
    """One limit ends before the document is moved, the other one day after it."""
    first, second = Restriction.objects.filter(document=misfiled).order_by("activity", "pk")
    Restriction.objects.filter(pk=first.pk).update(to_on=TODAY)
    Restriction.objects.filter(pk=second.pk).update(to_on=TODAY + 2 * DAY)
    later = NOW + DAY
    misfiled.refresh_from_db()
    refile(document=misfiled, to=cast.hale, reason=WHY, by=cast.ana, now=later)
    heard(later)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.in_doubt, first.document) == (False, None) and second.in_doubt
    look(now=later + DAY)
    assert open_items("limits_doubted").exists(), "its last day"
    look(now=later + 2 * DAY)
    item = WorkItem.objects.get(kind="limits_doubted")
    assert (item.close_event, item.closed_by) == ("limits_settled", None)
    over = limits_over(cast.amin, cast.okafor, now=later + 2 * DAY)[0]
    assert len(over) == 2 and not any(line.in_doubt for line in over)


def test_the_last_one_that_holds_settles_it(cast, misfiled):
    moved(cast, misfiled)
    heard()
    first, second = Restriction.objects.filter(doubted_at__isnull=False).order_by("activity", "pk")
    Restriction.objects.filter(pk=first.pk).update(to_on=TODAY)
    confirm(restriction=second, reason="asked Mills", by=cast.amin, now=NOW + 3 * DAY,
            version=second.version)  # fmt: skip
    assert not open_items("limits_doubted").exists()


def test_nobody_is_asked_about_somebody_who_has_died(cast, misfiled):
    other = paper(cast, kind="other")
    Patient.objects.filter(pk__in=[cast.okafor.pk, cast.hale.pk]).update(status="deceased")
    arrives(paper(cast))
    moved(cast, misfiled)
    heard()
    assert not open_items("surgeon_limits").exists()
    assert not open_items("limits_doubted").exists()
    assert Restriction.objects.filter(doubted_at__isnull=False).count() == 2, "they say it still"
    Patient.objects.filter(pk=cast.okafor.pk).update(status="active")
    other.kind = "operative_note"
    other.save()
    arrives(other)
    assert open_items("surgeon_limits").get().subject_id == other.pk


def test_what_is_lifted_already_is_no_doubt(cast, misfiled):
    for row in Restriction.objects.filter(document=misfiled):
        lift(restriction=row, reason="cleared", by=cast.amin, now=NOW, version=1)
    moved(cast, misfiled)
    heard()
    assert not open_items("limits_doubted").exists()


def test_two_charts_of_one_person_share_their_limits_while_they_are_one(cast):
    plan = planned(cast)
    twin = patient(cast.riverside, "1099", "Daniel", "Okafor", cast.okafor.birth_date, "")
    limited(cast, patient=twin)
    note = paper(cast, patient=twin)
    row = merge(kept=cast.okafor, gone=twin, reason="same person", by=cast.park, now=NOW)
    heard(NOW + LATE)

    def said():
        plan.refresh_from_db()
        return PlanVersion.objects.get(plan=plan, number=plan.head).body["limits"]

    assert ["15 lb" in line for line in said()] == [True]
    note.refresh_from_db()
    copy_limits(document=note, source="surgeon", source_words="Dr. Mills", seen=0, by=cast.ruiz,
                limits=[lift_limit("Lift at most 10 lb", value=10)], now=NOW)  # fmt: skip
    undo_merge(merge=row, reason="two people after all", by=cast.park, now=NOW + LATE)
    heard(NOW + LATE)
    assert ["10 lb" in line and "In doubt" in line for line in said()] == [True]
    assert open_items("limits_doubted").get().patient == cast.okafor
    assert [each.sentence for each in Restriction.objects.filter(patient=twin)] == [
        "Lift at most 15 lb"
    ]


def test_the_other_chart_gets_nothing_of_this_one(cast, misfiled):
    """What hangs on Hale's chart is exported and purged with it: Okafor's limits do not."""
    moved(cast, misfiled)
    heard()
    hers = rows_of(Patient.objects.filter(pk=cast.hale.pk))
    assert not hers[Restriction].exists()
    his = rows_of(Patient.objects.filter(pk=cast.okafor.pk))
    assert his[Restriction].count() == 3
    assert limits_now(cast.amin, cast.hale, now=NOW) == []
