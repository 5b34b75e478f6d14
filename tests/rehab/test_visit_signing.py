"""Signed once: the limits stand in the ledger, and nothing of the visit changes any more."""

from decimal import Decimal

import pytest
from django.db import InternalError, ProgrammingError, transaction

from core.audit.models import AuditEvent
from core.lib.errors import Conflict, Forbidden, Refused
from messaging.models import WorkItem
from outcomes.models import Measurement
from rehab.models import Addendum, FirstVisit
from rehab.services.visits import addend, discard, open_visit, save_visit, sign
from rehab.visit_body import Amount, Thought
from tests.cast import NOW
from tests.factories.first_visits import begun, gardener, put, said, warehouse

pytestmark = pytest.mark.django_db


def signed(cast, make=warehouse):
    visit = make(cast)
    return sign(visit=visit, by=cast.amin, now=NOW, version=visit.version)


def test_the_managers_ten_minutes_stand_in_the_ledger(cast):
    visit = signed(cast)
    row = Measurement.objects.get()
    assert (row.metric, row.value, row.unit) == ("standing_tolerance_min", Decimal(10), "min")
    assert row.details == {"stop": "pins and needles in the calf"}
    assert (row.episode, row.clinician, row.measured_at) == (visit.episode, cast.amin, NOW)
    assert WorkItem.objects.get(kind="first_visit_sign").close_event == "signed"


def test_the_gardeners_stands_with_her_chair_and_what_has_no_metric_stays_words(cast):
    visit = gardener(cast)
    put(visit, cast, "gait", single_leg__left=said("unsteady", Decimal("3.5")))
    visit = put(visit, cast, "limits", stairs=Amount(text="10 steps", blocker="fear"))
    sign(visit=visit, by=cast.amin, now=NOW, version=visit.version)
    kept = {row.metric: (row.value, row.side, row.variant) for row in Measurement.objects.all()}
    assert kept["sts_reps"][0] == 5 and "17" in kept["sts_reps"][2]
    assert kept["kneeling_min"][0] == 3
    assert kept["single_leg_stance_s"][:2] == (Decimal("3.5"), "left")
    assert len(kept) == 3


def test_signed_twice_is_once_and_writes_nothing_twice(cast):
    visit = signed(cast)
    again = sign(visit=visit, by=cast.amin, now=NOW, version=1)
    assert again.signed_at == NOW and Measurement.objects.count() == 1
    with pytest.raises(Refused, match="signed"):
        sign(visit=visit, by=cast.novak, now=NOW, version=visit.version)
    assert AuditEvent.objects.filter(object_id=str(visit.pk), action="sign").count() == 1


def test_what_was_not_read_is_not_signed(cast):
    visit = warehouse(cast)
    shown = visit.version
    put(visit, cast, "falls", fell=said("yes"))
    with pytest.raises(Conflict, match="Read it"):
        sign(visit=visit, by=cast.amin, now=NOW, version=shown)
    assert not Measurement.objects.exists()


@pytest.mark.parametrize(
    ("section", "values", "sentence"),
    [
        ("neuro", {"S1_strength__left": None, "L5_strength__left": None}, "examined"),
        ("limits", {"standing_tolerance_min": None}, "tolerance"),
        ("hypotheses", {"rows": (Thought(line="Something", standing=""),)}, "treated first"),
        ("hypotheses", {"rows": (Thought(line="Bad luck", standing="chosen"),)}, "Nothing speaks"),
    ],
)
def test_what_is_missing_is_said(cast, section, values, sentence):
    visit = warehouse(cast)
    if section == "neuro":
        put(visit, cast, "provocation", slr__left=None)
        put(visit, cast, "direction", repeated_extension=None)
    visit = put(visit, cast, section, **values)
    with pytest.raises(Refused, match=sentence):
        sign(visit=visit, by=cast.amin, now=NOW, version=visit.version)
    visit.refresh_from_db()
    assert visit.state == "open" and not Measurement.objects.exists()


def test_words_of_the_physician_speak_for_a_hypothesis_too(cast):
    visit = warehouse(cast)
    own = Thought(line="Piriformis", standing="chosen", speaks_for=("Pain on sitting on it",))
    visit = put(visit, cast, "hypotheses", rows=(own,))
    assert sign(visit=visit, by=cast.amin, now=NOW, version=visit.version).state == "signed"


def test_an_old_form_changes_nothing_after_signing(cast):
    visit = warehouse(cast)
    old = FirstVisit.objects.select_related("episode", "patient__clinic").get(pk=visit.pk)
    sign(visit=visit, by=cast.amin, now=NOW, version=visit.version)
    for section, values in (("falls", {"fell": said("yes")}), ("work", {"job": "x"})):
        with pytest.raises(Refused, match="Nothing of it changes"):
            save_visit(visit=old, section=section, values=values, base=old.version, by=cast.amin,
                       now=NOW)  # fmt: skip
    with pytest.raises(Refused, match="Nothing of it changes"):
        discard(visit=old, reason="by mistake", by=cast.amin, now=NOW, version=old.version)


@pytest.mark.parametrize(
    "change",
    [
        {"body": {}},
        {"state": "open", "signed_at": None, "signed_by": None},
        {"visit_on": "2020-1-1"},
    ],
)
def test_the_database_keeps_a_signed_visit_whoever_asks(cast, change):
    visit = signed(cast)
    with (
        pytest.raises((InternalError, ProgrammingError), match="never changed"),
        transaction.atomic(),
    ):
        FirstVisit.objects.filter(pk=visit.pk).update(**change)
    assert FirstVisit.objects.filter(pk=visit.pk).update(patient=cast.hale) == 1  # a merge may


def test_an_open_one_may_still_change_in_the_database(cast):
    visit = begun(cast)
    assert FirstVisit.objects.filter(pk=visit.pk).update(body={}) == 1


def test_words_are_added_below_with_name_and_time_and_stay(cast):
    visit = warehouse(cast)
    with pytest.raises(Refused, match="signed"):
        addend(visit=visit, words="Too early", by=cast.amin, now=NOW)
    sign(visit=visit, by=cast.amin, now=NOW, version=visit.version)
    with pytest.raises(Refused, match="Write what"):
        addend(visit=visit, words="  ", by=cast.amin, now=NOW)
    row = addend(visit=visit, words="MRI seen: it fits", by=cast.novak, now=NOW)
    assert (row.by, row.at, row.words) == (cast.novak, NOW, "MRI seen: it fits")
    with pytest.raises((InternalError, ProgrammingError)), transaction.atomic():
        Addendum.objects.filter(pk=row.pk).update(words="other")


def test_a_therapist_signs_and_adds_nothing(cast):
    visit = warehouse(cast)
    for act in (
        lambda: sign(visit=visit, by=cast.ruiz, now=NOW, version=visit.version),
        lambda: discard(visit=visit, reason="no", by=cast.ruiz, now=NOW, version=visit.version),
        lambda: addend(visit=visit, words="x", by=cast.ruiz, now=NOW),
    ):
        with pytest.raises(Forbidden, match="physicians"):
            act()


def test_discarded_with_a_reason_it_stays_readable_and_another_begins(cast):
    visit = warehouse(cast)
    with pytest.raises(Refused, match="Write why"):
        discard(visit=visit, reason=" ", by=cast.amin, now=NOW, version=visit.version)
    with pytest.raises(Conflict):
        discard(visit=visit, reason="wrong problem", by=cast.amin, now=NOW, version=1)
    gone = discard(visit=visit, reason="wrong problem", by=cast.amin, now=NOW,
                   version=visit.version)  # fmt: skip
    assert gone.body["limits"] and gone.discard_reason == "wrong problem"
    assert not Measurement.objects.exists()
    assert WorkItem.objects.get(kind="first_visit_sign").close_event == "discarded"
    fresh = open_visit(episode=visit.episode, by=cast.amin, now=NOW)
    assert fresh.pk != gone.pk and fresh.state == "open"
    with pytest.raises(Refused, match="discarded"):
        save_visit(visit=gone, section="falls", values={"fell": said("no")}, base=1, by=cast.amin,
                   now=NOW)  # fmt: skip
