"""A hold and a change of hours each keep their own reason: neither settles the other's work."""

import datetime as dt
import uuid

import pytest
import time_machine
from django.urls import reverse

from core.people.models import ClinicClosure
from intake.models import RedFlag
from intake.services.answers import save_answer
from intake.services.calls import start_call, use_match
from intake.services.flags import acknowledge_flag, decide_flag, release_pt_hold
from intake.services.refit import refit
from messaging.models import WorkItem
from tests.cast import NOW
from tests.factories.schedule import WED, Schedule

pytestmark = pytest.mark.django_db


@pytest.fixture
def schedule(cast):
    return Schedule(cast)


def hold(cast):
    call = start_call(clinic=cast.riverside, by=cast.ana, now=NOW, form_key=uuid.uuid4())
    call, _ = save_answer(call=call, question="Q2", answer="yes", flags=[], by=cast.ana, now=NOW)
    born = cast.okafor.birth_date
    use_match(call=call, patient=cast.okafor, birth_date=born, by=cast.ana, now=NOW)
    return RedFlag.objects.get(call=call)


def to_move():
    return list(WorkItem.objects.filter(kind="visit_rebook", closed_at=None))


def test_fitting_hours_do_not_settle_what_a_hold_asked(cast, schedule):
    schedule.book(cast.okafor, "pt", cast.ruiz, schedule.at(10))
    flag = hold(cast)
    assert flag.is_holding_pt and len(to_move()) == 1
    refit(clinic=cast.riverside, by=cast.cole, now=NOW)
    [item] = to_move()
    assert "hold" in item.reason


def test_a_release_lists_what_must_be_moved_for_another_reason(cast, schedule):
    visit = schedule.book(cast.okafor, "pt", cast.ruiz, schedule.at(10))
    flag = hold(cast)
    ClinicClosure.objects.create(clinic=cast.riverside, on=WED, reason="Water damage")
    acknowledge_flag(flag=flag, by=cast.amin, now=NOW)
    flag.refresh_from_db()
    decide_flag(flag=flag, decision="confirm", to="", reason="Seen", by=cast.amin, now=NOW,
                release_hold=False, version=flag.version)  # fmt: skip
    flag.refresh_from_db()
    release_pt_hold(flag=flag, reason="Cleared by MRI", by=cast.amin, now=NOW)
    [item] = to_move()
    assert item.subject_id == visit.pk and "closed that day" in item.reason


def test_a_video_visit_is_moved_as_one(cast, as_user, schedule):
    at = schedule.at(10)
    visit = schedule.book(cast.okafor, "follow", cast.amin, at, video=True)
    assert visit.telehealth
    with time_machine.travel(NOW, tick=False):
        page = as_user(cast.ana).get(reverse("intake:move", args=[visit.pk])).content.decode()
    assert 'name="video" value="1"' in page
    plain = schedule.book(cast.hale, "follow", cast.novak, at + dt.timedelta(hours=1))
    with time_machine.travel(NOW, tick=False):
        page = as_user(cast.ana).get(reverse("intake:move", args=[plain.pk])).content.decode()
    assert 'name="video" value="1"' not in page
