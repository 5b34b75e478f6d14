"""Two charts were one by mistake: what was begun meanwhile goes with its problem."""

import uuid

import pytest
import time_machine
from django.urls import reverse

from core.audit.models import AuditEvent
from core.events.services import dispatch
from core.lib.errors import Conflict
from core.people.models import Episode
from core.people.services import join_care_team, merge, open_episode, undo_merge
from core.people.services.merging import LATE
from core.protocols.services import load
from messaging.models import WorkItem
from rehab.models import CarePlan, FirstVisit, Restriction
from rehab.plan_body import Hypothesis
from rehab.services.apart import with_their_problems
from rehab.services.plans import start_plan
from rehab.services.updates import send
from rehab.services.visits import open_visit
from tests.cast import NOW, patient
from tests.factories.plans import Planned, restricted
from tests.guards.planned import ELEMENTS

pytestmark = pytest.mark.django_db
CUFF = Hypothesis(words="Rotator cuff")


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOW, tick=False):
        yield


class Twins:
    """Dan's chart became part of Okafor's; his shoulder has a plan and a first visit since then."""

    def __init__(self, cast):
        self.cast, self.back = cast, Planned(cast)  # Okafor's own
        load(kind="first_visit", now=NOW)
        self.dan = patient(cast.riverside, "2042", "Dan", "Okafor", cast.okafor.birth_date, "")
        self.shoulder = open_episode(patient=self.dan, problem="Shoulder", region="shoulder",
                                     by=cast.ana, now=NOW)  # fmt: skip
        self.merge = merge(kept=cast.okafor, gone=self.dan, reason="same person", by=cast.park,
                           now=NOW)  # fmt: skip
        self.plan = start_plan(episode=self.problem, hypothesis=CUFF, by=cast.novak, now=NOW)
        self.visit = open_visit(episode=self.problem, by=cast.novak, now=NOW)
        self.limit = restricted(cast, episode=self.problem)
        self.plan = CarePlan.objects.get(pk=self.plan.pk)  # its second version, of the limit
        self.update = send(plan=self.plan, **ELEMENTS, to=[cast.ruiz], by=cast.amin, now=NOW,
                           key=uuid.uuid4(), head=self.plan.head)  # fmt: skip

    @property
    def problem(self):
        return Episode.objects.select_related("patient__clinic").get(pk=self.shoulder.pk)

    def undo(self, *, told=True):
        undo_merge(merge=self.merge, reason="two people after all", by=self.cast.park,
                   now=NOW + LATE)  # fmt: skip
        if told:
            dispatch(now=NOW + LATE)


@pytest.fixture
def twins(cast):
    return Twins(cast)


def whose(row):
    return type(row).objects.get(pk=row.pk).patient


def test_plan_visit_limit_and_their_promises_follow_the_problem(cast, twins):
    about = {twins.plan.pk, twins.visit.pk, twins.problem.pk,
             *twins.plan.versions.values_list("pk", flat=True),
             *twins.plan.versions.values_list("acks__pk", flat=True)}  # fmt: skip
    items = WorkItem.objects.filter(subject_id__in=about)
    assert items.exists() and {item.patient for item in items} == {cast.okafor}
    twins.undo()
    for row in (twins.plan, twins.visit, twins.limit, twins.update.message.thread):
        assert whose(row) == twins.dan
    assert {item.patient for item in items.all()} == {twins.dan}
    back = twins.back.plan
    assert back.patient == cast.okafor and twins.back.body.limits == ()
    trail = AuditEvent.objects.filter(action="refile", object_kind="care_plan")
    assert {row.patient_id for row in trail} == {cast.okafor.pk, twins.dan.pk}
    # Told again it moves nothing.
    versions = list(CarePlan.objects.values_list("pk", "version"))
    assert with_their_problems(charts=[cast.okafor, twins.dan], now=NOW + LATE) == 0
    assert list(CarePlan.objects.values_list("pk", "version")) == versions


def test_each_chart_shows_its_own_plan_and_an_outsider_neither(cast, twins, as_user):
    twins.undo()
    novak, quist = as_user(cast.novak), as_user(cast.quist)
    for chart, own, other in ((cast.okafor, "L5-S1", "Rotator"), (twins.dan, "Rotator", "L5-S1")):
        page = novak.get(reverse("rehab:plans", args=[chart.pk])).content.decode()
        assert own in page and other not in page
        assert quist.get(reverse("rehab:plans", args=[chart.pk])).status_code == 404
    assert quist.get(reverse("rehab:plan", args=[twins.plan.pk])).status_code == 404


def test_the_other_charts_team_is_asked_to_read_no_more(cast, twins):
    waiting = WorkItem.objects.filter(kind="plan_changed", closed_at=None, patient=twins.dan)
    join_care_team(patient=twins.dan, user=cast.berg, role="therapist", by=cast.ana, now=NOW)
    newest = twins.plan.versions.get(number=twins.plan.head)
    assert cast.ruiz.pk in newest.acks.values_list("user", flat=True)
    twins.undo()
    assert {item.owner for item in waiting} <= {cast.berg}
    assert {
        item.close_event
        for item in WorkItem.objects.filter(kind="plan_changed", patient=twins.dan, owner=cast.ruiz)
    } <= {"overtaken", "left_team"}


def test_nothing_is_begun_on_the_wrong_chart_while_the_charts_part(cast, twins):
    before = twins.problem  # as a page had fetched it
    twins.undo(told=False)
    for episode in (before, twins.problem):
        with pytest.raises(Conflict, match="moved to another chart"):
            start_plan(episode=episode, hypothesis=CUFF, by=cast.amin, now=NOW + LATE)
        with pytest.raises(Conflict, match="moved to another chart"):
            open_visit(episode=episode, by=cast.amin, now=NOW + LATE)
    dispatch(now=NOW + LATE)
    again = start_plan(episode=twins.problem, hypothesis=CUFF, by=cast.amin, now=NOW + LATE)
    assert again.pk == twins.plan.pk and again.patient == twins.dan
    assert open_visit(episode=twins.problem, by=cast.amin, now=NOW + LATE).patient == twins.dan
    assert CarePlan.objects.count() == 2 and FirstVisit.objects.count() == 1
    assert Restriction.objects.count() == 1
