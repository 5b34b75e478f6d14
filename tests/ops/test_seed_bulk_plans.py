"""The plans of the invented thousands: as the services would have left them, looked at today."""

from decimal import Decimal

import pytest
from django.db import connection
from django.db.models import Max

from core.people.models import Episode
from messaging.models import WorkItem
from rehab.models import CarePlan, PathwayStep, PlanAck, PlanVersion, Restriction, Update
from rehab.plan_body import PARTS, PlanBody
from rehab.plan_rules import goal_columns, therapy_gaps
from rehab.selectors.limits import limits_in_words
from rehab.services.looking import due_plans, look_at
from rehab.services.plans import check_part
from tests.ops.test_seed_bulk import NOW, clinic, seed  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db


@pytest.fixture
def plans(clinic):  # noqa: F811 - the fixture
    seed(clinic, patients=120)
    return list(CarePlan.objects.select_related("episode", "patient__clinic", "clinic"))


def test_one_plan_for_most_open_problems_as_its_newest_version_says(plans):
    connection.check_constraints()
    assert len(plans) > 0.75 * Episode.objects.filter(closed_on=None).count() > 20
    heads = dict(PlanVersion.objects.values_list("plan").annotate(Max("number")))
    for plan in plans:
        assert plan.head == heads[plan.pk] == plan.versions.count()
        assert plan.episode.closed_on is None and plan.episode.patient_id == plan.patient_id
        assert plan.episode.opened_on <= plan.started_on
        said = plan.versions.get(number=plan.head)
        body = PlanBody.model_validate(said.body)
        assert {name: getattr(plan, name) for name in goal_columns(body.goal)} == goal_columns(
            body.goal
        )
        assert plan.lane == body.hypothesis.lane
        assert 2_000 < len(str(said.body)) < 5_000 and not therapy_gaps(body.therapy, body.goal)
        for part in PARTS:
            check_part(plan.clinic, part, body, now=NOW)
        assert body.limits == limits_in_words(plan.patient, today=NOW.date())
        assert set(plan.steps.values_list("key", flat=True)) == {s.key for s in body.pathway.steps}
        assert plan.history.count() == 1
    assert {plan.head for plan in plans} >= {1, 2}
    limited = Restriction.objects.values("patient").distinct().count()
    assert 0.05 < limited / len(plans) < 0.4 and Update.objects.count() > 0.25 * len(plans)


def test_every_day_lies_in_the_past_and_every_row_in_its_order(plans):
    assert not PlanVersion.objects.filter(made_at__gt=NOW).exists()
    assert not PlanAck.objects.filter(acknowledged_at__gt=NOW).exists()
    assert not Update.objects.filter(at__gt=NOW).exists()
    for told in Update.objects.select_related("plan"):
        made = told.plan.versions.get(number=told.plan_number).made_at
        assert made < told.at and told.message.recipients.count() == 1
    for plan in plans:
        made = list(plan.versions.order_by("number").values_list("made_at", flat=True))
        assert made == sorted(made)
        assert all(version.acks.count() >= 2 for version in plan.versions.all())


def test_the_daily_look_has_nothing_to_do(plans):
    """Nothing is due today; looked at all the same, every step and every promise stays as it is."""
    assert due_plans(now=NOW) == []
    steps = {row.pk: row for row in PathwayStep.objects.all()}
    promised = set(WorkItem.objects.values_list("kind", "subject_id"))
    for plan in plans:
        look_at(plan_id=plan.pk, now=NOW)
    for row in PathwayStep.objects.all():
        was = steps[row.pk]
        assert (row.state, row.reason, row.due_on) == (was.state, was.reason, was.due_on)
    fresh = set(WorkItem.objects.values_list("kind", "subject_id")) - promised
    assert len(fresh) <= 0.03 * len(plans)  # whose ten promises were used up
    closed = WorkItem.objects.filter(kind__in=("follow_up", "pathway_step"), closed_at=NOW)
    assert not closed.exists()
    for item in WorkItem.objects.filter(kind="plan_changed", closed_at=None):
        ack = PlanAck.objects.get(pk=item.subject_id, acknowledged_at=None)
        assert ack.user_id == item.owner_id
    assert all(row.due_on for row in PathwayStep.objects.filter(state="not_met"))
    assert Decimal(45) == plans[0].goal_target
