"""A measurement is written with its context, kept for good, and marked when it was wrong."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from core.audit.models import AuditEvent
from core.lib.errors import Conflict, Forbidden, NotFound, Refused
from core.people.models import Coverage, Payer
from core.people.services import join_care_team, open_episode
from outcomes.models import Measurement, SurveyResponse
from outcomes.rules import Entry, Unreadable
from outcomes.selectors import lines_of, measurement_for, rows_of_patient
from outcomes.services import mark_in_error, record_measurement, score_survey
from outcomes.survey_rules import Answers
from tests.cast import NOW

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def measure(cast):
    def record(metric="sleep_hours", value="5", days=0, by=None, patient=None, **entry):
        return record_measurement(
            patient=patient or cast.okafor, metric=metric, by=by or cast.ruiz, now=NOW,
            entry=Entry(value=value, **entry), measured_at=NOW - days * DAY if days else None,
        )  # fmt: skip

    return record


def test_it_knows_the_problem_the_payer_who_and_by_which_rules(cast, measure):
    payer = Payer.objects.create(clinic=cast.riverside, name="Acme", payer_class="workers_comp")
    Coverage.objects.create(patient=cast.okafor, payer=payer, noted_at=NOW)
    episode = open_episode(patient=cast.okafor, problem="Sciatica", region="low_back",
                           by=cast.ana, now=NOW)  # fmt: skip
    row = measure()
    assert (row.episode, row.payer, row.clinic) == (episode, payer, cast.riverside)
    assert (row.clinician, row.recorded_by, row.measured_at) == (cast.ruiz, cast.ruiz, NOW)
    assert (row.metrics.label, row.unit, row.history.count()) == ("metrics v1", "h", 1)


def test_of_two_problems_nobody_guesses(cast, measure):
    made = [
        open_episode(patient=cast.okafor, problem=p, region="knee", by=cast.ana, now=NOW)
        for p in ("Knee", "Back")
    ]
    assert measure().episode is None
    named = record_measurement(patient=cast.okafor, metric="sleep_hours", entry=Entry(value="6"),
                               by=cast.ruiz, now=NOW, episode=made[0])  # fmt: skip
    assert named.episode == made[0]
    with pytest.raises(Refused):
        record_measurement(patient=cast.hale, metric="sleep_hours", entry=Entry(value="6"),
                           by=cast.ruiz, now=NOW, episode=made[0])  # fmt: skip


def test_typed_by_one_measured_by_another(cast):
    def typed_for(who):
        return record_measurement(patient=cast.okafor, metric="sleep_hours", entry=Entry("6"),
                                  by=cast.park, now=NOW, clinician=who)  # fmt: skip

    assert typed_for(cast.ruiz).clinician == cast.ruiz
    for nobody in (cast.quist, cast.ana, cast.berg):  # elsewhere, no clinician, not on the team
        with pytest.raises(Refused):
            typed_for(nobody)
    join_care_team(patient=cast.okafor, user=cast.berg, role="therapist", by=cast.ana, now=NOW)
    assert typed_for(cast.berg).clinician == cast.berg


@pytest.mark.parametrize("who", ["ana", "cole", "daniel"])
def test_who_does_not_measure(cast, measure, who):
    with pytest.raises(Forbidden):
        measure(by=getattr(cast, who))
    assert measure(by=cast.lang)


def test_it_was_not_measured_tomorrow_nor_before_the_patient_was_born(cast, measure):
    lived = (NOW.date() - cast.okafor.birth_date).days
    assert all(measure(days=days) for days in (300, 800, lived))  # a value of earlier records
    for days, why in ((-1, "future"), (lived + 1, "born"), (lived + 20_000, "born")):
        with pytest.raises(Refused, match=why):
            measure(days=days)


def test_a_survey_is_no_plain_value_and_the_other_way_round(cast, measure):
    with pytest.raises(Refused, match="page of its own"):
        measure("peg", "5")
    with pytest.raises(Refused, match="no survey"):
        score_survey(patient=cast.okafor, metric="sleep_hours", answers=Answers(score="5"),
                     by=cast.ruiz, now=NOW)  # fmt: skip
    with pytest.raises(Refused, match="what was measured"):
        measure("mood")


def test_answers_are_kept_behind_their_score(cast):
    row = score_survey(patient=cast.okafor, metric="peg", by=cast.ruiz, now=NOW,
                       answers=Answers(items=[("", "7"), ("", "6"), ("", "8")]))  # fmt: skip
    kept = SurveyResponse.objects.get(measurement=row)
    assert (row.value, kept.answered, kept.rule) == (7, 3, "mean")
    assert [item["value"] for item in kept.items] == [7, 6, 8]


def test_too_few_answers_are_kept_only_with_a_reason(cast):
    def answer(reason=""):
        return score_survey(patient=cast.okafor, metric="peg", by=cast.ruiz, now=NOW,
                            answers=Answers(items=[("", "7"), ("", ""), ("", "8")],
                                            about=Entry(missing_reason=reason)))  # fmt: skip

    with pytest.raises(Unreadable, match="2 of 3"):
        answer()
    row = answer("would not say")
    assert (row.value, row.missing_reason) == (None, "would not say")
    assert row.response.answered == 2


def test_wrong_is_marked_once_and_leaves_its_series(cast, measure):
    first, second = measure(days=2), measure(value="9", days=1)
    marked = mark_in_error(measurement=second, reason="typed 9 for 5", by=cast.amin, now=NOW,
                           version=1)  # fmt: skip
    again = mark_in_error(measurement=second, reason="typed 9 for 5", by=cast.amin, now=NOW,
                          version=1)  # fmt: skip
    assert marked.wrong_at == again.wrong_at == NOW and again.history.count() == 2
    with pytest.raises(Conflict) as too_late:
        mark_in_error(measurement=second, reason="other", by=cast.ruiz, now=NOW, version=1)
    assert ("What is wrong", "other", "typed 9 for 5") in too_late.value.versions
    (line,) = lines_of(cast.amin, cast.okafor, now=NOW)
    assert (line.count, line.last.id) == (1, first.pk)
    trail = AuditEvent.objects.filter(action="mark_in_error")
    assert [row.reason for row in trail] == ["typed 9 for 5"]
    with pytest.raises(Forbidden):
        mark_in_error(measurement=first, reason="x", by=cast.ana, now=NOW, version=1)


def test_only_like_with_like_is_one_series(cast, measure):
    for days, side in ((3, "left"), (2, "right"), (1, "left")):
        measure("single_leg_stance_s", str(20 - days), days, side=side)
    lines = lines_of(cast.amin, cast.okafor, now=NOW)
    assert [(line.where, line.count) for line in lines] == [("Left", 2), ("Right", 1)]
    assert lines[0].first.value == 17 and lines[0].last.value == 19


def test_not_able_to_stands_beside_the_last_value(cast, measure):
    measure("kneeling_min", "4", days=3)
    measure("kneeling_min", "", days=1, missing_reason="knee swollen")
    (line,) = lines_of(cast.amin, cast.okafor, now=NOW)
    assert (line.last.value, line.newest.missing_reason, line.count) == (4, "knee swollen", 2)


def test_an_outsider_gets_nothing(cast, measure):
    row = measure()
    assert measurement_for(cast.amin, row.pk, now=NOW) == row
    with pytest.raises(NotFound):
        measurement_for(cast.quist, row.pk, now=NOW)
    assert AuditEvent.objects.filter(object_kind="measurement", outcome="refused").count() == 1
    assert lines_of(cast.quist, cast.okafor, now=NOW) == []
    assert list(rows_of_patient(cast.quist, cast.okafor, now=NOW)) == []


def test_rows_for_a_list(cast, measure):
    measure(days=1)
    measure("single_leg_stance_s", "4", side="left")
    rows = list(rows_of_patient(cast.amin, cast.okafor, now=NOW))
    assert [row[:4] for row in rows] == [
        ("Single-leg stance, eyes open", "Left", 4.0, "s"), ("Sleep", "", 5.0, "h"),
    ]  # fmt: skip
    assert len(list(rows_of_patient(cast.amin, cast.okafor, now=NOW, metric="sleep_hours"))) == 1


@pytest.mark.parametrize(
    "broken",
    [{"value": None}, {"missing_reason": "both"}, {"measured_at": NOW + DAY},
     {"wrong_at": NOW}, {"wrong_at": NOW, "wrong_reason": "nobody said so"}],
)  # fmt: skip
def test_the_database_agrees(measure, broken):
    row = measure()
    for name, value in broken.items():
        setattr(row, name, value)
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()
    assert Measurement.objects.get().value == 5
