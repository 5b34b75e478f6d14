"""Berg leaves Okafor's care team: what he was asked to read waits for him no more."""

import pytest
import time_machine
from django.urls import reverse

from core.events.services import dispatch
from core.people.models import CareTeamMember
from core.people.services import join_care_team, leave_care_team
from messaging.models import WorkItem
from tests.cast import NOW
from tests.factories.plans import GOAL, Planned
from tests.factories.updates import DAY, HOUR

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def story(cast):
    made = Planned(cast)
    join(cast, NOW)
    return made


def join(cast, now):
    join_care_team(patient=cast.okafor, user=cast.berg, role="therapist", by=cast.ana, now=now)
    dispatch(now=now)


def leave(cast, now):
    for member in CareTeamMember.objects.filter(user=cast.berg, to_on=None):
        leave_care_team(member=member, by=cast.ana, now=now)
    dispatch(now=now)


def asked(user):
    return WorkItem.objects.filter(kind="plan_changed", owner=user, closed_at=None)


@pytest.mark.parametrize("after", [HOUR, DAY])
def test_who_left_owes_no_reading_and_the_others_still_do(cast, story, after):
    ack = story.ack(cast.berg)
    assert asked(cast.berg).get().subject_id == ack.pk and asked(cast.ruiz).exists()
    leave(cast, NOW + after)
    ack.refresh_from_db()
    assert ack.overtaken_at and not ack.acknowledged_at
    assert not asked(cast.berg).exists() and asked(cast.ruiz).exists()


def test_the_plan_does_not_say_that_he_has_not_read_it(cast, story, as_user):
    here = reverse("rehab:plan", args=[story.pk])
    assert as_user(cast.amin).get(here).content.decode().count("not yet") == 2
    leave(cast, NOW + DAY)
    assert as_user(cast.amin).get(here).content.decode().count("not yet") == 1


def test_who_is_still_on_the_team_in_another_role_is_still_asked(cast, story):
    join_care_team(patient=cast.okafor, user=cast.berg, role="physician", by=cast.ana, now=NOW)
    member = CareTeamMember.objects.get(user=cast.berg, role="physician")
    leave_care_team(member=member, by=cast.ana, now=NOW + DAY)
    dispatch(now=NOW + DAY)
    assert asked(cast.berg).exists()


def test_who_comes_back_reads_the_plan_as_it_is_then(cast, story):
    leave(cast, NOW + DAY)
    join(cast, NOW + 2 * DAY)
    assert asked(cast.berg).get().subject_id == story.ack(cast.berg).pk
    leave(cast, NOW + 4 * DAY)
    story.write("goal", GOAL, now=NOW + 4 * DAY)
    assert not asked(cast.berg).exists() and asked(cast.ruiz).exists()
